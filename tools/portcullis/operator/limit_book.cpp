// Changes of limits, read, judged and put into order. See limit_book.hpp.
#include "tools/portcullis/operator/limit_book.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "engine/types/decimal.hpp"
#include "risk/limit_names.hpp"
#include "risk/operators/numbers.hpp"
#include "tools/portcullis/amounts.hpp"

namespace portcullis::tools {
namespace {

constexpr std::int64_t millisecond_ns = 1'000'000;

// In our own unit; nothing where it is not written as the file would.
std::optional<std::int64_t> value_of(const risk::TomlLimit& toml, const std::string& text) {
    if (toml.form == risk::TomlForm::decimal) {
        const engine::DecimalResult read = engine::parse_decimal(text);
        const bool whole =
            read.error == engine::DecimalError::none && read.atoms % toml.divide_by == 0;
        return whole ? std::optional(read.atoms / toml.divide_by) : std::nullopt;
    }
    const auto number = risk::number_of<std::int64_t>(text);
    const std::int64_t unit = toml.form == risk::TomlForm::milliseconds ? millisecond_ns : 1;
    std::int64_t value = 0;
    return number && !__builtin_mul_overflow(*number, unit, &value) ? std::optional(value)
                                                                    : std::nullopt;
}

}  // namespace

std::string limit_text(std::string_view key, std::string_view unit, std::int64_t value) {
    const risk::TomlLimit toml = risk::toml_limit(key, unit);
    switch (toml.form) {
        case risk::TomlForm::decimal:
            return "\"" + (toml.divide_by == 1 ? decimal_text(value) : short_micro_text(value)) +
                   "\"";
        case risk::TomlForm::milliseconds:
            return std::to_string(value / millisecond_ns);
        case risk::TomlForm::count:
            break;
    }
    return std::to_string(value);
}

LimitBook::LimitBook(const AppConfig& config)
    : config_(config), limits_(config.limits), hash_(risk::limits_hash(config.limits)) {}

engine::Result<LimitBook::Named> LimitBook::named(engine::Scope scope, std::uint16_t index,
                                                  const std::string& key) const {
    std::optional<Named> found;
    risk::for_each_limit_scope(limits_, [&](engine::Scope in, std::uint16_t at, const auto& keys,
                                            const auto& limits) {
        for (const auto& each : keys) {
            if (in == scope && at == index && risk::toml_limit(each.key, each.unit).key == key) {
                found = Named{each.key, each.unit, limits.*each.field, each.ceiling};
            }
        }
    });
    if (!found) {
        return engine::Error{"no limit \"" + key + "\" of this scope"};
    }
    return *found;
}

engine::Result<std::string> LimitBook::text(engine::Scope scope, std::uint16_t index,
                                            const std::string& key) const {
    const auto limit = named(scope, index, key);
    if (!limit) {
        return engine::Error{limit.error()};
    }
    std::string text = limit_text(limit.value().key, limit.value().unit, limit.value().value);
    std::erase(text, '"');
    return text;
}

std::string LimitBook::problem_with(const risk::Limits& next) const {
    risk::LimitScopes scopes;
    scopes.venues = 1;
    scopes.accounts = 1;
    scopes.instruments = engine::InstrumentSet::first(config_.instruments.size());
    scopes.strategies = engine::StrategyIds::first(config_.strategies.size());
    const auto problems = risk::problems(next, scopes);
    return problems.empty() ? std::string{}
                            : problems.front().key + ": expected " + problems.front().expected;
}

engine::Result<LimitBook::Rows> LimitBook::one(engine::Scope scope, std::uint16_t index,
                                               const std::string& key,
                                               const std::string& value) const {
    const auto limit = named(scope, index, key);
    if (!limit) {
        return engine::Error{limit.error()};
    }
    const auto wanted = value_of(risk::toml_limit(limit.value().key, limit.value().unit), value);
    if (!wanted || *wanted <= 0) {
        return engine::Error{key +
                             ": expected more than zero, written as in the configuration "
                             "file, without quotes"};
    }
    risk::Limits next = limits_;
    *risk::find_limit(next, scope, index, engine::fnv1a(limit.value().key)).value = *wanted;
    return from(next);
}

engine::Result<LimitBook::Rows> LimitBook::from(const risk::Limits& next) const {
    Rows rows = risk::differences(limits_, next);
    bool same_universes = true;
    for (std::size_t i = 0; i < limits_.strategy.size(); ++i) {
        same_universes =
            same_universes && limits_.strategy[i].instruments == next.strategy[i].instruments;
    }
    const auto same_windows = [](const auto& mine, const auto& theirs) {
        return std::equal(mine.begin(), mine.end(), theirs.begin(),
                          [](const auto& a, const auto& b) { return a.windows == b.windows; });
    };
    if (limits_.firm.windows != next.firm.windows || !same_windows(limits_.venue, next.venue) ||
        !same_windows(limits_.account, next.account) ||
        !same_windows(limits_.instrument, next.instrument) ||
        !same_windows(limits_.strategy, next.strategy)) {
        return engine::Error{"windows differ: they change with a restart alone"};
    }
    if (!same_universes || limits_.on_breach != next.on_breach) {
        return engine::Error{same_universes
                                 ? "risk.on_breach differs: it changes with a restart alone"
                                 : "a strategy's instruments differ: they change with a restart "
                                   "alone"};
    }
    for (const risk::LimitDifference& row : rows) {
        if (!risk::changes_live(row.key)) {
            return engine::Error{row_text(row) + ": this one changes with a restart alone"};
        }
    }
    std::string problem = problem_with(next);
    if (!problem.empty()) {
        return engine::Error{std::move(problem)};
    }
    return rows;
}

std::vector<engine::Event> LimitBook::order(const Rows& rows, std::uint32_t uid,
                                            std::uint64_t agreed, const std::string& by,
                                            engine::MonoNs now, engine::WallNs wall) {
    std::vector<engine::Event> events;
    ++limits_.version;
    for (const risk::LimitDifference& row : rows) {
        engine::LimitChange change = row.change;
        change.uid = uid;
        events.push_back(engine::Event::of(change, now, wall));
        *risk::find_limit(limits_, change.scope, change.index, change.key).value = change.value;
        changed_by_[{change.scope, change.index, change.key}] =
            fmt::format("{} (version {})", by, limits_.version);
    }
    hash_ = risk::limits_hash(limits_);
    engine::LimitsTake take;
    take.hash = hash_;
    take.agreed = agreed;
    take.version = limits_.version;
    take.rows = static_cast<std::uint32_t>(rows.size());
    take.uid = uid;
    events.push_back(engine::Event::of(take, now, wall));
    return events;
}

std::string LimitBook::changed_by(engine::Scope scope, std::uint16_t index,
                                  std::string_view key) const {
    const auto found = changed_by_.find({scope, index, engine::fnv1a(key)});
    return found == changed_by_.end() ? "configuration" : found->second;
}

std::string LimitBook::row_text(const risk::LimitDifference& row) const {
    const std::size_t index = row.change.index;
    std::string where = "firm";
    if (row.change.scope == engine::Scope::venue) {
        where = "venue " + config_.venue.name;
    } else if (row.change.scope == engine::Scope::instrument) {
        where =
            "instrument " + (index < config_.instruments.size() ? config_.instruments[index].symbol
                                                                : std::to_string(index));
    } else if (row.change.scope == engine::Scope::strategy) {
        where = "strategy " + (index < config_.strategies.size() ? config_.strategies[index].name
                                                                 : std::to_string(index));
    }
    return risk::toml_limit(row.key, row.unit).key + " of " + where + ": " +
           limit_text(row.key, row.unit, row.was) + " -> " +
           limit_text(row.key, row.unit, row.change.value);
}

}  // namespace portcullis::tools
