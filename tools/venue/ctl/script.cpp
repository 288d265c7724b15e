#include "tools/venue/ctl/script.hpp"

#include <algorithm>
#include <array>

#include "engine/types/decimal.hpp"
#include "engine/types/units.hpp"
#include "tools/venue/faults/fault_spec.hpp"

namespace portcullis::tools::venue {
namespace {

using engine::Error;

constexpr std::int64_t atoms_per_ms = engine::atoms_per_unit / 1000;
constexpr std::int64_t seconds_max = 7 * 86'400;

/// What a command begins with, and with how many words it is whole.
struct Form {
    std::string_view verb;
    std::size_t least, most;
    std::string_view usage;
};
constexpr std::size_t any = 64;

constexpr std::array<Form, 20> forms = {
    {{"replay", 2, 3, "replay pause|resume|seek SECONDS|speed S|loop on|off|status"},
     {"fault", 2, any, "fault list|on|off|once"},
     {"status", 1, 1, "status"},
     {"accounts", 1, 1, "accounts"},
     {"balances", 1, 2, "balances [ACCOUNT]"},
     {"keys", 1, 1, "keys"},
     {"clock", 1, 3, "clock [skew MILLISECONDS]"},
     {"quit", 1, 1, "quit"},
     {"key", 3, 7, "key add|revoke|permissions|ips ..."},
     {"account", 3, any, "account add|fees NAME ..."},
     {"disconnect", 2, 2, "disconnect streams|orders|second|wsapi|all"},
     {"tear", 2, 2, "tear streams|orders|second|wsapi|all"},
     {"mute", 2, 2, "mute orders|second|wsapi"},
     {"gap", 2, 2, "gap SYMBOL"},
     {"silence", 3, 3, "silence streams on|off"},
     {"balance", 4, 4, "balance ACCOUNT ASSET DELTA"},
     {"external-lock", 4, 4, "external-lock ACCOUNT ASSET DELTA"},
     {"foreign-order", 6, 6, "foreign-order ACCOUNT SYMBOL SIDE PRICE QTY"},
     {"lost-ack", 2, 2, "lost-ack on|off"},
     {"error-after-accept", 2, 2, "error-after-accept N"}}};

/// Why the venue would not even understand the command; empty if it may.
std::string mistake(const std::vector<std::string>& words) {
    const auto form = std::find_if(forms.begin(), forms.end(),
                                   [&words](const Form& each) { return each.verb == words[0]; });
    if (form == forms.end()) {
        return "unknown command '" + words[0] + "'";
    }
    if (words.size() < form->least || words.size() > form->most) {
        return "expected " + std::string(form->usage);
    }
    if (words[0] != "fault") {
        return "";
    }
    if (words[1] == "on" || words[1] == "once") {
        const auto read = read_fault(words[1], {words.begin() + 2, words.end()});
        return read ? "" : read.error();
    }
    if (words[1] == "off") {
        const bool known = words.size() > 2 && words.size() < 5 &&
                           (words[2] == "all" || find_fault(words[2]) != nullptr);
        return known ? "" : "expected fault off NAME|all [TARGET]";
    }
    return words[1] == "list" && words.size() == 2 ? "" : "expected fault list|on|off|once";
}

}  // namespace

engine::Result<std::vector<ScriptStep>> read_script(std::string_view text,
                                                    const std::string& name) {
    std::vector<ScriptStep> steps;
    std::size_t number = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        const std::vector<std::string> words = split_words(line);
        if (words.empty() || words[0].starts_with('#')) {
            continue;
        }
        const std::string place = name + ":" + std::to_string(number) + ": ";
        const auto time = engine::parse_decimal(words[0]);
        if (time.error != engine::DecimalError::none || time.atoms % atoms_per_ms != 0 ||
            time.atoms / engine::atoms_per_unit > seconds_max) {
            return Error{place + "'" + words[0] +
                         "': expected seconds since the start, as 2.5, to the millisecond"};
        }
        if (words.size() < 2) {
            return Error{place + "expected T_SECONDS COMMAND"};
        }
        const std::int64_t at_ms = time.atoms / atoms_per_ms;
        if (!steps.empty() && at_ms < steps.back().at_ms) {
            return Error{place + words[0] + " s: expected no less than the line before, " +
                         std::to_string(steps.back().at_ms) + " ms"};
        }
        const std::vector<std::string> command(words.begin() + 1, words.end());
        if (const std::string wrong = mistake(command); !wrong.empty()) {
            return Error{place + wrong};
        }
        std::string joined;
        for (const std::string& word : command) {
            joined += (joined.empty() ? "" : " ") + word;
        }
        steps.push_back({at_ms, joined, number});
    }
    if (steps.empty()) {
        return Error{name + ": no command in it; expected lines T_SECONDS COMMAND"};
    }
    return steps;
}

}  // namespace portcullis::tools::venue
