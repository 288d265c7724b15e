// LossBook: what each strategy and the firm have made or lost today, fees included.
//
// Per row (a strategy, the firm) the amounts of every asset that its fills have brought and taken.
// Their worth at the marks, less what it was when the day began, is the day's profit; the highest
// that was seen today, less what it is now, the drawdown. Marks are middles of fresh and valid
// books without our own orders (engine/core): a trade of our own never moves them.
//
// Writer and reader: the gate (core thread); the history of earlier runs keeps one of its own.
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

/// What all that a row holds was worth.
struct LossDay {
    Weight worth{};  ///< when it was last reckoned
    Weight start{};  ///< when the day began
    Weight peak{};   ///< at its highest of the day

    friend bool operator==(const LossDay&, const LossDay&) noexcept = default;
};

// Reckoned when a fill comes, for its rows, and when all marks have been taken, for all; a review
// compares two numbers. While an asset that a row holds has no mark, nothing is known of that row
// and it keeps the figures it had: mark_missing denies every order meanwhile.
class LossBook {
public:
    using Row = std::size_t;
    static constexpr Row firm = engine::capacity::strategies;
    static constexpr std::size_t rows = firm + 1;

    LossBook() : table_(rows), active_() { active_.reserve(rows); }

    /// Moves what `fill` traded and cost. Assets that do not exist are left out.
    void take(Row row, const engine::GateFill& fill, engine::AssetId base,
              engine::AssetId quote) noexcept;
    /// At the marks that `mark_of(AssetId)` gives, in micro per unit, zero: none. None while one is
    /// missing.
    template <class MarkOf>
    [[nodiscard]] std::optional<LossFigures> value(Row row, const MarkOf& mark_of) noexcept {
        Book& book = table_[row];
        Weight worth = 0;
        for (std::size_t i = 0; i < book.touched_count; ++i) {
            const std::uint16_t asset = book.touched[i];
            const std::int64_t mark = mark_of(engine::AssetId{asset});
            if (mark == 0 && book.amounts[asset] != 0) {
                return std::nullopt;
            }
            worth += worth_of(book.amounts[asset], mark);
        }
        return set_worth(row, worth);
    }
    /// Whatever it is worth now is where the new day begins.
    void begin_day() noexcept;
    // What an earlier run of the same journal left behind.
    void restore_amount(Row row, engine::AssetId asset, int128 amount) noexcept;
    void restore_day(Row row, const LossDay& day) noexcept;
    [[nodiscard]] const LossDay& day(Row row) const noexcept { return table_[row].day; }
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
        LossDay day{};
        bool active{};
    };

    /// As a weight, saturated far beyond every limit: of a sum of all assets nothing overflows.
    [[nodiscard]] static Weight worth_of(int128 amount, std::int64_t mark) noexcept {
        return amount < 0 ? -weigh(-amount, mark) : weigh(amount, mark);
    }
    LossFigures set_worth(Row row, Weight worth) noexcept;
    void move(Row row, engine::AssetId asset, int128 amount) noexcept;

    std::vector<Book> table_;
    std::vector<Row> active_;
};

}  // namespace portcullis::risk
