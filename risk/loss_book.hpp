// LossBook: what each strategy and the firm have made or lost today, fees included.
//
// Per row (a strategy, the firm) the amounts of every asset that its fills have brought and taken.
// Their worth at the marks, less what it was when the day began, is the day's profit; the highest
// that was seen today, less what it is now, the drawdown. Marks are those of the gate's exposure:
// middles of fresh and valid books without our own orders (engine/core), so a trade of our own
// never moves them. Reckoned when a fill comes, for its rows, and when all marks have been taken,
// for all; a review compares two numbers.
//
// While an asset that a row holds has no mark, nothing is known of that row and it keeps the
// figures it had: mark_missing denies every order meanwhile. Writer and reader: the gate (core
// thread).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/core/gate_api.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/state_hash.hpp"
#include "engine/types/units.hpp"
#include "risk/exposure.hpp"

namespace portcullis::risk {

/// Of one row, in micro of the risk currency, rounded against us; negative is a gain.
struct LossFigures {
    std::int64_t loss{};      ///< since the day began
    std::int64_t drawdown{};  ///< from the highest of the day; never negative
};

class LossBook {
public:
    using Row = std::size_t;
    static constexpr Row firm = engine::capacity::strategies;
    static constexpr std::size_t rows = firm + 1;

    LossBook() : table_(rows), active_() { active_.reserve(rows); }

    /// Moves what `fill` traded and cost. Assets that do not exist are left out.
    void take(Row row, const engine::GateFill& fill, engine::AssetId base,
              engine::AssetId quote) noexcept;
    /// At the marks of `exposure`. None while one is missing.
    [[nodiscard]] std::optional<LossFigures> value(Row row, const Exposure& exposure) noexcept;
    /// Whatever it is worth now is where the new day begins.
    void begin_day() noexcept;
    /// Rows that any fill has touched, in the order in which they were.
    [[nodiscard]] const std::vector<Row>& active() const noexcept { return active_; }
    [[nodiscard]] int128 amount(Row row, engine::AssetId asset) const noexcept {
        return table_[row].amounts[asset.value];
    }
    /// Everything that a later answer can depend on.
    void hash(engine::StateHasher& hasher) const noexcept;

private:
    struct Book {
        std::array<int128, engine::capacity::assets> amounts{};
        std::array<std::uint16_t, engine::capacity::assets> touched{};
        std::array<bool, engine::capacity::assets> is_touched{};
        std::size_t touched_count{};
        Weight worth{};
        Weight start{};  ///< of the day
        Weight peak{};   ///< of the day
        bool active{};
    };

    void move(Row row, engine::AssetId asset, int128 amount) noexcept;

    std::vector<Book> table_;
    std::vector<Row> active_;
};

}  // namespace portcullis::risk
