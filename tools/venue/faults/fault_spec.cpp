#include "tools/venue/faults/fault_spec.hpp"

#include <optional>
#include <set>
#include <sstream>

#include "engine/types/decimal.hpp"

namespace portcullis::tools::venue {
namespace {

using engine::Error;
using engine::Outcome;

constexpr std::int64_t atoms_per_millionth = 100;  // a decimal's atoms are 1e-8
constexpr std::int64_t duration_s_max = 86'400;

struct Target {
    unsigned bits{};
    std::string name;
};

std::optional<Target> read_target(const std::string& word) {
    if (word == "orders" || word == "second" || word == "wsapi") {
        return Target{target_wsapi, word};
    }
    if (word == "orders+rest" || word == "second+rest" || word == "wsapi+rest") {
        return Target{target_wsapi | target_rest, word.substr(0, word.find('+'))};
    }
    if (word == "rest" || word == "venue") {
        return Target{word == "rest" ? target_rest : target_venue, word};
    }
    if (word.starts_with("account:") && word.size() > 8) {
        return Target{target_account, word.substr(8)};
    }
    if (word.starts_with("symbol:") && word.size() > 7) {
        return Target{target_symbol, word.substr(7)};
    }
    if (word == "streams") {
        return Target{target_market, "*"};
    }
    if (word.find_first_of("@*!") != std::string::npos) {
        return Target{target_market, word};
    }
    return std::nullopt;
}

std::string rate_text(std::uint64_t rate_e6) {
    std::string digits = std::to_string(rate_e6);
    digits.insert(0, 7 - digits.size(), '0');
    return digits.substr(0, 1) + "." + digits.substr(1);
}

/// "10s" or "250ms". A number alone would be read as either.
std::optional<std::int64_t> read_duration_ms(std::string_view text) {
    const bool milli = text.ends_with("ms");
    if (!text.ends_with('s')) {
        return std::nullopt;
    }
    text.remove_suffix(milli ? 2 : 1);
    const auto value = engine::parse_unsigned(text);
    const std::uint64_t most = static_cast<std::uint64_t>(duration_s_max) * (milli ? 1000 : 1);
    if (!value || *value == 0 || *value > most) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(*value) * (milli ? 1 : 1000);
}

Outcome read_dose(FaultSpec& spec, const std::string& key, const std::string& value) {
    if (key == "rate") {
        const auto rate = engine::parse_decimal(value);
        const std::int64_t millionths = rate.atoms / atoms_per_millionth;
        if (rate.error != engine::DecimalError::none || rate.atoms % atoms_per_millionth != 0 ||
            millionths < 1 || millionths > 1'000'000) {
            return Error{"rate=" + value + ": expected a probability from 0.000001 to 1"};
        }
        spec.rate_e6 = static_cast<std::uint64_t>(millionths);
        return engine::Done{};
    }
    const auto every = engine::parse_unsigned(value);
    if (!every || *every == 0 || *every > 1'000'000'000) {
        return Error{"every=" + value + ": expected a number from 1 to 1000000000"};
    }
    spec.every = *every;
    return engine::Done{};
}

Outcome read_argument(FaultSpec& spec, const FaultArgument& argument, const std::string& value) {
    const bool negative = value.starts_with('-');
    const auto number = engine::parse_unsigned(std::string_view(value).substr(negative ? 1 : 0));
    const bool fits = number && *number <= std::uint64_t{1} << 40U;
    const std::int64_t read =
        fits ? static_cast<std::int64_t>(*number) * (negative ? -1 : 1) : argument.most + 1;
    if (!fits || read < argument.least || read > argument.most) {
        return Error{std::string(argument.name) + "=" + value + ": expected a number from " +
                     std::to_string(argument.least) + " to " + std::to_string(argument.most)};
    }
    spec.argument = read;
    return engine::Done{};
}

Outcome read_option(FaultSpec& spec, const FaultRow& row, std::string_view verb,
                    const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string key = word.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (!row.argument.name.empty() && key == row.argument.name) {
        return read_argument(spec, row.argument, value);
    }
    const bool dosed = row.dose == FaultDose::each || (row.dose == FaultDose::act && verb == "on");
    if (verb == "on" && dosed && (key == "rate" || key == "every")) {
        return read_dose(spec, key, value);
    }
    if (dosed && key == "seed") {
        const auto seed = engine::parse_unsigned(value);
        if (!seed) {
            return Error{"seed=" + value + ": expected a number"};
        }
        spec.seed = *seed;
        return engine::Done{};
    }
    if (verb == "on" && key == "for") {
        const auto duration = read_duration_ms(value);
        if (!duration) {
            return Error{"for=" + value + ": expected a time as 10s or 250ms, a day at most"};
        }
        spec.duration_ms = *duration;
        return engine::Done{};
    }
    std::string expected = row.argument.name.empty() ? "" : std::string(row.argument.name) + "=, ";
    expected += dosed ? (verb == "on" ? "rate=, every=, seed=, " : "seed=, ") : "";
    expected += verb == "on" ? "for=, " : "";
    return Error{"'" + word + "': " + std::string(row.name) + " with " + std::string(verb) +
                 " takes " +
                 (expected.empty() ? "no option" : expected.substr(0, expected.size() - 2))};
}

}  // namespace

std::string FaultSpec::target() const {
    if ((targets & target_account) != 0) {
        return "account:" + name;
    }
    if ((targets & target_symbol) != 0) {
        return "symbol:" + name;
    }
    const bool both = (targets & target_wsapi) != 0 && (targets & target_rest) != 0;
    return both ? name + "+rest" : name;
}

std::string FaultSpec::text() const {
    const FaultRow& row = row_of(kind);
    std::string out = std::string(row.name) + " " + target();
    if (row.dose != FaultDose::state) {
        out += rate_e6 > 0 ? " rate=" + rate_text(rate_e6) : " every=" + std::to_string(every);
        out += " seed=" + std::to_string(seed);
    }
    if (!row.argument.name.empty()) {
        out += " " + std::string(row.argument.name) + "=" + std::to_string(argument);
    }
    if (duration_ms > 0) {
        out += " for=" + std::to_string(duration_ms) + "ms";
    }
    if (strikes >= 0) {
        out += " left=" + std::to_string(strikes);
    }
    return out;
}

engine::Result<FaultSpec> read_fault(std::string_view verb, const std::vector<std::string>& words) {
    if (words.size() < 2) {
        const FaultRow* named = words.empty() ? nullptr : find_fault(words[0]);
        return Error{"expected fault " + std::string(verb) + " NAME TARGET [OPTION=VALUE]..., as " +
                     example_of(named == nullptr ? row_of(FaultKind::drop) : *named, verb)};
    }
    const FaultRow* row = find_fault(words[0]);
    if (row == nullptr) {
        std::string names;
        for (const FaultRow& each : fault_catalogue()) {
            names += (names.empty() ? "" : ", ") + std::string(each.name);
        }
        return Error{"unknown fault '" + words[0] + "': expected one of " + names};
    }
    const auto target = read_target(words[1]);
    if (!target || (row->targets & target->bits) != target->bits) {
        return Error{words[0] + " does not strike '" + words[1] + "'; its targets are " +
                     targets_text(row->targets) + ", as " + example_of(*row, verb)};
    }
    if (row->dose == FaultDose::state && verb == "once") {
        return Error{words[0] + " holds until it is switched off: fault on " + words[0] + " " +
                     words[1] + " [for=10s]"};
    }
    FaultSpec spec;
    spec.kind = row->kind;
    spec.targets = target->bits;
    spec.name = target->name;
    spec.argument = row->argument.standard;
    spec.strikes = verb == "once" ? 1 : -1;
    std::set<std::string> told;
    for (std::size_t i = 2; i < words.size(); ++i) {
        if (auto read = read_option(spec, *row, verb, words[i]); !read) {
            return Error{read.error()};
        }
        const std::string key = words[i].substr(0, words[i].find('='));
        if (!told.insert(key).second) {
            return Error{"'" + words[i] + "': expected " + key + "= once"};
        }
    }
    if (told.contains("rate") && told.contains("every")) {
        return Error{"expected rate= or every=, found both"};
    }
    if (row->dose == FaultDose::act && verb == "on" && !told.contains("rate") &&
        !told.contains("every")) {
        return Error{words[0] + " happens at once: fault once " + words[0] + " " + words[1] +
                     ", or on with rate= or every="};
    }
    return spec;
}

std::vector<std::string> split_words(std::string_view line) {
    std::istringstream in{std::string(line)};
    std::vector<std::string> words;
    for (std::string word; in >> word;) {
        words.push_back(word);
    }
    return words;
}

bool pattern_matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace portcullis::tools::venue
