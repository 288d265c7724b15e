// ForeignSymbols: what the account trades beyond the symbols of our config, so that a cancel of
// everything covers it.
//
// A mass cancel goes symbol by symbol, and a kill is complete only when nothing is open on any that
// the account used: under an earlier config (from the journal), or by somebody else's hand (from
// rows of open orders and the account stream). Room for more symbols than the venue lists, taken at
// construction; one that cannot be kept all the same is counted and never passed over in silence:
// a start is refused, and the console says it. Owner: order agent.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/types/units.hpp"
#include "gateways/binance/symbols.hpp"

namespace portcullis::gateways::binance {

// Nothing of ours is ever sent to them, so one whose cancel the venue has answered is cancelled
// again only when something has been seen on it since: thousands of symbols, repeated in each round
// of a kill, would eat the weight of the question that proves it.
class ForeignSymbols {
public:
    /// Binance lists some 3500 spot symbols, those that do not trade any more included.
    static constexpr std::size_t capacity = 4096;
    /// Of a symbol, as long as the process lives.
    using Index = std::uint16_t;
    static constexpr Index none = 0xffff;
    static_assert(capacity < none);

    ForeignSymbols() { entries_.reserve(capacity); }

    /// Something was seen on it. False: no name that can stand in a request, or no room. Known
    /// already is true.
    [[nodiscard]] bool note(std::string_view symbol) noexcept {
        const auto known =
            std::find_if(entries_.begin(), entries_.end(),
                         [symbol](const Entry& entry) { return entry.name.view() == symbol; });
        if (known != entries_.end()) {
            known->clear = false;
            return true;
        }
        const auto name = Name::of(symbol);
        if (!name || entries_.size() == capacity) {
            return false;
        }
        entries_.push_back({*name, {}, false, false, false});
        return true;
    }
    /// Each of them awaits a cancel on which something may be open, unless one has just left and
    /// its answer may come: for `answer_max`.
    void await_all(engine::MonoNs now, engine::DurationNs answer_max) noexcept {
        left_ = 0;
        for (Entry& entry : entries_) {
            const bool on_its_way = entry.sent != engine::MonoNs{} && now - entry.sent < answer_max;
            entry.awaits = entry.awaits || (!entry.clear && !on_its_way);
            left_ += entry.awaits ? 1 : 0;
        }
    }
    /// The venue has answered its cancel. `clear`: nothing is open there now.
    void on_answer(Index index, bool clear) noexcept {
        entries_[index].clear = clear;
        entries_[index].sent = {};
    }
    [[nodiscard]] std::size_t left() const noexcept { return left_; }
    /// Calls `send(symbol, index, again)` for each that awaits its cancel, until a first one says
    /// that it cannot: a repeated one that cannot keeps nobody from a first.
    template <class Send>
    std::size_t send(engine::MonoNs now, Send&& send) {
        std::size_t sent = 0;
        for (auto entry = entries_.begin(); left_ != 0 && entry != entries_.end(); ++entry) {
            if (!entry->awaits) {
                continue;
            }
            if (!send(entry->name.view(), static_cast<Index>(entry - entries_.begin()),
                      entry->sent_before)) {
                if (entry->sent_before) {
                    continue;
                }
                break;
            }
            entry->sent_before = true;
            entry->awaits = false;
            entry->sent = now;
            --left_;
            ++sent;
        }
        return sent;
    }

private:
    struct Entry {
        Name name;
        engine::MonoNs sent{};  ///< its cancel, and no answer has come
        bool awaits{};
        bool clear{};
        bool sent_before{};
    };
    std::vector<Entry> entries_;
    std::size_t left_{};
};

}  // namespace portcullis::gateways::binance
