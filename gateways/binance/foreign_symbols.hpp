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
#include <string_view>
#include <vector>

#include "gateways/binance/symbols.hpp"

namespace portcullis::gateways::binance {

class ForeignSymbols {
public:
    /// Binance lists some 3500 spot symbols, those that do not trade any more included.
    static constexpr std::size_t capacity = 4096;

    ForeignSymbols() { entries_.reserve(capacity); }

    /// False: no name that can stand in a request, or no room. Known already is true.
    [[nodiscard]] bool note(std::string_view symbol) noexcept {
        const auto known = [symbol](const Entry& entry) { return entry.name.view() == symbol; };
        if (std::any_of(entries_.begin(), entries_.end(), known)) {
            return true;
        }
        const auto name = Name::of(symbol);
        if (!name || entries_.size() == capacity) {
            return false;
        }
        entries_.push_back({*name, false});
        return true;
    }
    /// Each of them awaits a cancel.
    void await_all() noexcept {
        for (Entry& entry : entries_) {
            entry.awaits = true;
        }
        left_ = entries_.size();
    }
    [[nodiscard]] std::size_t left() const noexcept { return left_; }
    /// Calls `send(symbol)` for each that awaits its cancel, until one says that it cannot.
    template <class Send>
    std::size_t send(Send&& send) {
        std::size_t sent = 0;
        for (auto entry = entries_.begin(); left_ != 0 && entry != entries_.end(); ++entry) {
            if (!entry->awaits) {
                continue;
            }
            if (!send(entry->name.view())) {
                break;
            }
            entry->awaits = false;
            --left_;
            ++sent;
        }
        return sent;
    }

private:
    struct Entry {
        Name name;
        bool awaits{};
    };
    std::vector<Entry> entries_;
    std::size_t left_{};
};

}  // namespace portcullis::gateways::binance
