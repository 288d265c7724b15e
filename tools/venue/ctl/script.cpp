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

constexpr std::array<std::string_view, 20> verbs = {
    "replay",     "fault",         "status",        "accounts", "balances",
    "keys",       "clock",         "quit",          "key",      "account",
    "disconnect", "tear",          "mute",          "gap",      "silence",
    "balance",    "external-lock", "foreign-order", "lost-ack", "error-after-accept"};

/// Why the venue would not even understand the command; empty if it may.
std::string mistake(const std::vector<std::string>& words) {
    if (std::find(verbs.begin(), verbs.end(), words[0]) == verbs.end()) {
        return "unknown command '" + words[0] + "'";
    }
    if (words[0] != "fault") {
        return "";
    }
    const std::string verb = words.size() > 1 ? words[1] : "";
    if (verb == "on" || verb == "once") {
        const auto read = read_fault(verb, {words.begin() + 2, words.end()});
        return read ? "" : read.error();
    }
    return verb == "off" || verb == "list" ? "" : "expected fault list|on|off|once";
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
