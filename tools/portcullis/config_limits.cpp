#include "tools/portcullis/config_limits.hpp"

#include <optional>

#include "engine/types/capacity.hpp"
#include "risk/deny_reason.hpp"
#include "risk/limit_names.hpp"
#include "tools/portcullis/amounts.hpp"
#include "tools/portcullis/config.hpp"

namespace portcullis::tools {
namespace {

using engine::ConfigSection;

constexpr std::int64_t ns_per_ms = 1'000'000;

// A value of ours as the file writes it.
std::string in_file(const risk::TomlLimit& toml, std::int64_t value) {
    switch (toml.form) {
        case risk::TomlForm::decimal:
            return "\"" + (toml.divide_by == 1 ? decimal_text(value) : short_micro_text(value)) +
                   "\"";
        case risk::TomlForm::milliseconds:
            return std::to_string(value / ns_per_ms);
        case risk::TomlForm::count:
            break;
    }
    return std::to_string(value);
}

template <class Limits, std::size_t N>
std::optional<risk::TomlLimit> find_toml(const std::array<risk::LimitKey<Limits>, N>& keys,
                                         std::string_view key) {
    for (const auto& each : keys) {
        if (each.key == key) {
            return risk::toml_limit(each.key, each.unit);
        }
    }
    return std::nullopt;
}

}  // namespace

// An absent limit is told by the getter, a zero one here: both let nothing pass.
template <class Limits, std::size_t N>
void LimitsReader::read(ConfigSection& section, const std::array<risk::LimitKey<Limits>, N>& keys,
                        Limits& limits, const std::string& path) {
    for (const auto& limit : keys) {
        const risk::TomlLimit toml = risk::toml_limit(limit.key, limit.unit);
        std::int64_t& value = limits.*(limit.field);
        if (toml.form == risk::TomlForm::milliseconds) {
            value = section.integer(toml.key, 1, limit.ceiling / ns_per_ms) * ns_per_ms;
        } else if (toml.form == risk::TomlForm::count) {
            value = section.integer(toml.key, 1, limit.ceiling);
        } else {
            const std::size_t before = reader_.problem_count();
            const std::int64_t atoms = section.decimal(toml.key);
            const bool read_well = reader_.problem_count() == before;
            value = atoms / toml.divide_by;
            if (atoms % toml.divide_by != 0) {
                reader_.expect(section, toml.key, "no more than six decimals");
            } else if (read_well && value == 0) {
                reader_.expect(section, toml.key, "more: zero lets nothing pass");
            } else if (value > limit.ceiling) {
                reader_.problem(section, toml.key,
                                "found " + in_file(toml, value) + ", expected at most " +
                                    in_file(toml, limit.ceiling));
                value = 0;
            }
        }
        if (value == 0) {
            bad_.insert(path + "." + std::string(limit.key));
        }
    }
    scopes_.push_back({path, section});
}

// Rows beyond the last are read and not kept: their number is a problem of its own.
void LimitsReader::read_windows(ConfigSection& section, risk::WindowSet& windows,
                                const std::string& path) {
    std::vector<ConfigSection> rows = section.tables("windows", 1);
    if (rows.empty()) {
        bad_.insert(path + ".windows");
    }
    if (rows.size() > windows.size()) {
        reader_.problem(section, "windows",
                        "found " + std::to_string(rows.size()) + " rows, expected at most " +
                            std::to_string(windows.size()));
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        risk::WindowLimits beyond;
        risk::WindowLimits& mine = i < windows.size() ? windows[i] : beyond;
        const std::string row_path = path + ".windows[" + std::to_string(i) + "]";
        mine.span_ns = rows[i].duration("span_ms", 1, risk::day_ns / ns_per_ms).value;
        read(rows[i], risk::window_keys, mine, row_path);
        if (mine.span_ns == 0) {
            bad_.insert(path + ".windows");
        }
    }
}

void LimitsReader::firm(ConfigSection section) {
    read(section, risk::firm_keys, limits_.firm, "firm");
    read_windows(section, limits_.firm.windows, "firm");
}

void LimitsReader::on_breach(ConfigSection section) {
    for (const risk::ReasonInfo& row : risk::deny_reasons) {
        if (row.scope == engine::Scope{}) {
            continue;
        }
        const auto choice = section.choice(row.name, {"deny", "halt", "cancel", "kill"},
                                           static_cast<std::size_t>(row.on_breach) - 1);
        limits_.on_breach[static_cast<std::size_t>(row.reason)] =
            static_cast<engine::BreachAction>(choice + 1);
    }
}

void LimitsReader::venue(ConfigSection section) {
    read(section, risk::venue_keys, limits_.venue[0], "venue[0]");
    read_windows(section, limits_.venue[0].windows, "venue[0]");
}

void LimitsReader::account(ConfigSection section) {
    read(section, risk::account_keys, limits_.account[0], "account[0]");
    read_windows(section, limits_.account[0].windows, "account[0]");
}

void LimitsReader::instrument(ConfigSection section) {
    const std::string path = "instrument[" + std::to_string(instruments_) + "]";
    risk::InstrumentLimits beyond;
    const bool kept = instruments_ < limits_.instrument.size();
    risk::InstrumentLimits& mine = kept ? limits_.instrument[instruments_] : beyond;
    read(section, risk::instrument_keys, mine, path);
    read_windows(section, mine.windows, path);
    ++instruments_;
    if (mine.order_qty_atoms_max > mine.position_atoms_max && mine.position_atoms_max > 0) {
        reader_.problem(section, "order_qty_base_max",
                        "found \"" + decimal_text(mine.order_qty_atoms_max) +
                            "\", expected at most position_base_max (\"" +
                            decimal_text(mine.position_atoms_max) + "\")");
        bad_.insert(path + ".order_qty_atoms_max");
    }
    const std::int64_t kill = mine.order_notional_kill_micro_max;
    if (mine.order_notional_micro_max > kill && kill > 0) {
        reader_.problem(section, "order_notional_risk_currency_max",
                        "found \"" + short_micro_text(mine.order_notional_micro_max) +
                            "\", expected at most order_notional_kill_risk_currency_max (\"" +
                            short_micro_text(kill) + "\")");
        bad_.insert(path + ".order_notional_micro_max");
    }
}

void LimitsReader::strategy(ConfigSection section) {
    risk::StrategyLimits beyond;
    const bool kept = strategies_ < limits_.strategy.size();
    risk::StrategyLimits& mine = kept ? limits_.strategy[strategies_] : beyond;
    const std::string path = "strategy[" + std::to_string(strategies_) + "]";
    read(section, risk::strategy_keys, mine, path);
    read_windows(section, mine.windows, path);
    ++strategies_;
}

void LimitsReader::finish() {
    risk::LimitScopes known;
    known.venues = 1;
    known.accounts = 1;
    known.instruments =
        engine::InstrumentSet::first(std::min(instruments_, engine::capacity::instruments));
    known.strategies =
        engine::StrategyIds::first(std::min(strategies_, engine::capacity::strategies));
    for (const risk::LimitProblem& problem : risk::problems(limits_, known)) {
        report(problem);
    }
}

void LimitsReader::report(const risk::LimitProblem& problem) {
    const std::size_t dot = problem.key.rfind('.');
    const std::string_view key = std::string_view(problem.key).substr(dot + 1);
    for (const Scope& scope : scopes_) {
        if (problem.key.compare(0, dot, scope.path) != 0) {
            continue;
        }
        auto toml = find_toml(risk::firm_keys, key);
        toml = toml ? toml : find_toml(risk::instrument_keys, key);
        toml = toml ? toml : find_toml(risk::strategy_keys, key);
        toml = toml ? toml : find_toml(risk::window_keys, key);
        if (key == "span_ns") {
            toml = risk::TomlLimit{"span_ms", risk::TomlForm::milliseconds, 1};
        }
        const std::string name = toml ? toml->key : std::string(key);
        // What is missing, or of the wrong form, has been told with its line.
        const bool told = bad_.count(problem.key) != 0 || (!toml && problem.found == 0);
        const bool against_an_absent_one = problem.expected.ends_with("(0)");
        if (!told && !against_an_absent_one) {
            reader_.problem(
                scope.section, name,
                "found " + (toml ? in_file(*toml, problem.found) : std::to_string(problem.found)) +
                    ", expected " + problem.expected);
        }
        return;
    }
    reader_.problem(reader_.root(), "",
                    problem.key + ": found " + std::to_string(problem.found) + ", expected " +
                        problem.expected);
}

std::string memory_text(const AppConfig& config) {
    std::string text;
    std::size_t whole = 0;
    const auto add = [&](const std::string& scope, const risk::WindowSet& windows) {
        const std::size_t bytes = risk::ScopeWindows::bytes_of(windows);
        whole += bytes;
        text += "#   " + scope + ": " + std::to_string(bytes / 1024) + " KiB\n";
    };
    add("firm", config.limits.firm.windows);
    add("venue", config.limits.venue[0].windows);
    add("account", config.limits.account[0].windows);
    for (std::size_t i = 0; i < config.instruments.size(); ++i) {
        add("instrument " + engine::toml_text(config.instruments[i].symbol),
            config.limits.instrument[i].windows);
    }
    for (std::size_t i = 0; i < config.strategies.size(); ++i) {
        add("strategy " + engine::toml_text(config.strategies[i].name),
            config.limits.strategy[i].windows);
    }
    return "# memory of the windows: " + std::to_string(whole / 1024) + " KiB\n" + text;
}

}  // namespace portcullis::tools
