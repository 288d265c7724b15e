// How a limit is written in the config file: in units that a person thinks in.
//
// Inside, limits are integers in atoms, micros and nanoseconds (limits.hpp). In the file an amount
// is an exact decimal of the whole unit and a time is in milliseconds, and the key says so:
//   order_qty_atoms_max      -> order_qty_base_max = "0.05"
//   order_notional_micro_max -> order_notional_risk_currency_max = "5000"
//   quote_age_ns_max         -> quote_age_ms_max = 1500
// One rule for all, so that a new limit has its key in the file by having one here.
// Cold code: config loader and documentation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::risk {

enum class TomlForm : std::uint8_t { decimal, milliseconds, count };

struct TomlLimit {
    std::string key;
    TomlForm form{TomlForm::count};
    std::int64_t divide_by{1};  ///< decimals are read in 1e-8 of the unit: this many to one of ours
};

/// `key` and `unit` as in the tables of limits.hpp.
[[nodiscard]] inline TomlLimit toml_limit(std::string_view key, std::string_view unit) {
    struct Rule {
        std::string_view unit;
        std::string_view inside;
        std::string_view outside;
        TomlForm form;
        std::int64_t divide_by;
    };
    constexpr Rule rules[] = {
        {"base atoms", "_atoms_", "_base_", TomlForm::decimal, 1},
        {"micro", "_micro_", "_risk_currency_", TomlForm::decimal, 100},
        {"ns", "_ns_", "_ms_", TomlForm::milliseconds, 1},
    };
    std::string name(key);
    for (const Rule& rule : rules) {
        const std::size_t at = name.find(rule.inside);
        if (unit == rule.unit && at != std::string::npos) {
            name.replace(at, rule.inside.size(), rule.outside);
            return {name, rule.form, rule.divide_by};
        }
    }
    return {name, TomlForm::count, 1};
}

/// A window's span in its largest whole unit: "100ms", "60s", "24h".
[[nodiscard]] inline std::string span_text(std::int64_t span_ns) {
    struct Unit {
        std::int64_t ns;
        std::string_view name;
    };
    constexpr Unit units[] = {{3'600'000'000'000, "h"}, {1'000'000'000, "s"}, {1'000'000, "ms"}};
    for (const Unit& unit : units) {
        if (span_ns % unit.ns == 0) {
            return std::to_string(span_ns / unit.ns) + std::string(unit.name);
        }
    }
    return std::to_string(span_ns) + "ns";
}

}  // namespace portcullis::risk
