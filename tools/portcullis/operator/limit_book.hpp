// LimitBook: the limits as they stand, who changed each last, and changes read from people.
//
// A set of changes is rows and then one record that takes them (engine::LimitsTake), in this order
// in the control queue: the core puts them in force in one step. What tightens one person does;
// what loosens takes two keys and the delay, or in a rehearsal without operators nobody else. A
// start takes the configuration's limits. Owner: control agent.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "engine/events/control.hpp"
#include "engine/types/result.hpp"
#include "risk/limit_changes.hpp"
#include "tools/portcullis/config.hpp"

namespace portcullis::tools {

/// As the configuration file writes it: "0.05" in quotes, 50, 1500.
[[nodiscard]] std::string limit_text(std::string_view key, std::string_view unit,
                                     std::int64_t value);

class LimitBook {
public:
    explicit LimitBook(const AppConfig& config);

    using Rows = std::vector<risk::LimitDifference>;
    /// One limit by its key in the file; `value` without quotes. The error says what is wrong with
    /// it: no such limit, not while the engine runs, above its ceiling, at odds with another.
    [[nodiscard]] engine::Result<Rows> one(engine::Scope scope, std::uint16_t index,
                                           const std::string& key, const std::string& value) const;
    /// All that differ in a configuration read anew. The error names what cannot change now.
    [[nodiscard]] engine::Result<Rows> from(const risk::Limits& next) const;
    /// The value now, as the file writes it, without quotes.
    [[nodiscard]] engine::Result<std::string> text(engine::Scope scope, std::uint16_t index,
                                                   const std::string& key) const;

    /// The set is ordered: what to put into the queue, in this order. `by`: who, for people.
    [[nodiscard]] std::vector<engine::Event> order(const Rows& rows, std::uint32_t uid,
                                                   std::uint64_t agreed, const std::string& by,
                                                   engine::MonoNs now, engine::WallNs wall);

    [[nodiscard]] const risk::Limits& limits() const noexcept { return limits_; }
    [[nodiscard]] std::uint32_t version() const noexcept { return limits_.version; }
    [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
    /// "uid 1000 (version 3)"; "configuration" where nobody has changed it.
    [[nodiscard]] std::string changed_by(engine::Scope scope, std::uint16_t index,
                                         std::string_view key) const;
    /// "collar_bps_max of instrument BTCUSDT: 25 -> 20".
    [[nodiscard]] std::string row_text(const risk::LimitDifference& row) const;

private:
    struct Named {
        std::string_view key;
        std::string_view unit;
        std::int64_t value{};
        std::int64_t ceiling{};
    };
    [[nodiscard]] engine::Result<Named> named(engine::Scope scope, std::uint16_t index,
                                              const std::string& key) const;
    [[nodiscard]] std::string problem_with(const risk::Limits& next) const;

    const AppConfig& config_;
    risk::Limits limits_;
    std::uint64_t hash_{};
    std::map<std::tuple<engine::Scope, std::uint16_t, std::uint64_t>, std::string> changed_by_;
};

}  // namespace portcullis::tools
