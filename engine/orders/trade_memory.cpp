#include "engine/orders/trade_memory.hpp"

#include <algorithm>

namespace portcullis::engine {

TradeMemory::TradeMemory() : ring_(remembered), index_(remembered) {
    floor_.fill(no_trade.value);
    start_.fill(no_trade.value);
    last_.fill(no_trade.value);
}

// One-to-one within an instrument. Two trades of different instruments may meet at one key once in
// 2^64; see() then finds other numbers under it and calls it a contradiction, which halts.
std::uint64_t TradeMemory::key(InstrumentId instrument, TradeId trade) noexcept {
    return static_cast<std::uint64_t>(trade.value) +
           (std::uint64_t{instrument.value} + 1) * 0xd1b54a32d192ed03ULL;
}

std::uint64_t TradeMemory::digest(const Trade& trade) noexcept {
    StateHasher hasher;
    hasher.add(trade.cl_ord_id);
    hasher.add(trade.trade);
    hasher.add(trade.price);
    hasher.add(trade.qty);
    hasher.add(trade.instrument);
    hasher.add(trade.side);
    return hasher.value();
}

TradeMemory::Seen TradeMemory::see(const Trade& trade) noexcept {
    verify(trade.instrument.value < capacity::instruments);
    if (trade.trade.value < 0) {
        return Seen::no_id;
    }
    const std::size_t i = trade.instrument.value;
    const std::uint64_t wanted = key(trade.instrument, trade.trade);
    if (const auto at = index_.find(wanted)) {
        Trade& known = ring_[*at];
        const bool same = known.trade == trade.trade && known.instrument == trade.instrument &&
                          known.price == trade.price && known.qty == trade.qty &&
                          known.side == trade.side;
        if (!same) {
            return Seen::contradiction;
        }
        if (known.cl_ord_id == no_order && trade.cl_ord_id != no_order) {
            multiset_ -= digest(known);
            known.cl_ord_id = trade.cl_ord_id;
            multiset_ += digest(known);
            return Seen::copy_late_id;
        }
        const bool same_owner = trade.cl_ord_id == no_order || known.cl_ord_id == trade.cl_ord_id;
        return same_owner ? Seen::copy : Seen::contradiction;
    }
    if (trade.trade.value <= start_[i]) {
        return Seen::before_start;
    }
    if (trade.trade.value <= floor_[i]) {
        return Seen::too_old;
    }
    if (index_.count() == remembered) {
        const Trade& oldest = ring_[next_];
        std::int64_t& floor = floor_[oldest.instrument.value];
        floor = std::max(floor, oldest.trade.value);
        index_.erase(key(oldest.instrument, oldest.trade));
        multiset_ -= digest(oldest);
        // The one that came may itself lie under the floor that its coming made; it is news now,
        // and remembered.
    }
    ring_[next_] = trade;
    index_.insert(wanted, static_cast<std::uint32_t>(next_));
    multiset_ += digest(trade);
    next_ = (next_ + 1) % remembered;
    last_[i] = std::max(last_[i], trade.trade.value);
    return Seen::fresh;
}

bool TradeMemory::known(InstrumentId instrument, TradeId trade) const noexcept {
    verify(instrument.value < capacity::instruments);
    return trade.value <= start_[instrument.value] || index_.find(key(instrument, trade));
}

void TradeMemory::set_start(InstrumentId instrument, TradeId last) noexcept {
    verify(instrument.value < capacity::instruments);
    const std::size_t i = instrument.value;
    start_[i] = std::max(start_[i], last.value);
    last_[i] = std::max(last_[i], last.value);
}

TradeId TradeMemory::last(InstrumentId instrument) const noexcept {
    verify(instrument.value < capacity::instruments);
    return TradeId{last_[instrument.value]};
}

void TradeMemory::hash(StateHasher& hasher) const noexcept {
    hasher.add(index_.count());
    hasher.add(multiset_);
    for (std::size_t i = 0; i < capacity::instruments; ++i) {
        if (floor_[i] == no_trade.value && start_[i] == no_trade.value &&
            last_[i] == no_trade.value) {
            continue;  // most: nothing was ever heard of them
        }
        hasher.add(i);
        hasher.add(floor_[i]);
        hasher.add(start_[i]);
        hasher.add(last_[i]);
    }
}

}  // namespace portcullis::engine
