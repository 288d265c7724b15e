// TradeMemory: which fills have been counted, by (instrument, trade id).
//
// One fill arrives up to four times: in the answer, on two streams and in the history. The last
// 65,536 are remembered; when one is forgotten to make room, its number becomes its instrument's
// *floor*. A number at or below a floor that is not remembered may be a copy or may be news, and
// nothing here can tell: it is refused as `too_old`, never guessed, and the core reconciles
// balances. (Venues number trades upwards, so this takes a report that is tens of thousands of our
// own fills late.) A floor set at start is another matter: what lies at or below it is inside the
// balances that the run began with, so it is a copy. Thread: core.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/orders/flat_index.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/fix.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/state_hash.hpp"
#include "engine/types/units.hpp"

namespace portcullis::engine {

class TradeMemory {
public:
    static constexpr std::size_t remembered = 65536;

    enum class Seen : std::uint8_t {
        fresh = 1,          ///< never before; now remembered
        copy = 2,           ///< counted before, same numbers
        copy_late_id = 3,   ///< counted before without an owner; now it has one
        contradiction = 4,  ///< counted before with another price, quantity, side or owner
        too_old = 5,
        before_start = 6,
        no_id = 7,
    };
    struct Trade {
        ClOrdId cl_ord_id{};  ///< 0: not known to be ours
        TradeId trade{no_trade};
        PriceAtoms price{};
        QtyAtoms qty{};
        InstrumentId instrument{no_instrument};
        Side side{Side::buy};
    };

    TradeMemory();
    /// Remembers `trade` if it is fresh.
    [[nodiscard]] Seen see(const Trade& trade) noexcept;
    /// It has been counted already (or lies inside the start).
    [[nodiscard]] bool known(InstrumentId instrument, TradeId trade) const noexcept;
    /// Trades of `instrument` up to `last` are inside the balances that this run starts from.
    void set_start(InstrumentId instrument, TradeId last) noexcept;
    /// Highest number seen: where the next history query begins. no_trade: none yet.
    [[nodiscard]] TradeId last(InstrumentId instrument) const noexcept;
    void hash(StateHasher& hasher) const noexcept;

private:
    [[nodiscard]] static std::uint64_t key(InstrumentId instrument, TradeId trade) noexcept;
    [[nodiscard]] static std::uint64_t digest(const Trade& trade) noexcept;

    std::vector<Trade> ring_;
    FlatIndex index_;
    std::size_t next_{};        ///< ring position of the next one
    std::uint64_t multiset_{};  ///< sum of digests of what is remembered: free of arrival order
    std::array<std::int64_t, capacity::instruments> floor_{};
    std::array<std::int64_t, capacity::instruments> start_{};
    std::array<std::int64_t, capacity::instruments> last_{};
};

}  // namespace portcullis::engine
