// MuteWatch: is an account stream connected but silent?
//
// A stream that has died quietly looks like a quiet market, and fills would be missed. The one
// proof is an acknowledgement: what the venue has confirmed on the order connection must come as an
// event on each stream. So each confirmed order or cancel is expected on both; where it has not
// come within the limit, that stream is mute. A fixed table found by the order's sequence; a newer
// expectation may overwrite an older one in its place, which loses one check and never invents one.
// Owner: order agent.
#pragma once

#include <array>
#include <cstdint>

#include "engine/types/ids.hpp"
#include "engine/types/units.hpp"

namespace portcullis::gateways::binance {

class MuteWatch {
public:
    static constexpr std::size_t streams = 2;
    static constexpr std::uint8_t all_streams = (1U << streams) - 1;
    enum class What : std::uint8_t { order = 0, cancel = 1 };

    explicit MuteWatch(engine::DurationNs limit) noexcept : limit_(limit) {
        engine::verify(limit.value > 0);
    }

    /// A request leaves: its event may come before its answer. `live`: streams that are up now.
    void on_sent(engine::ClOrdId id, What what, std::uint8_t live) noexcept {
        Entry& entry = at(id, what);
        if (entry.armed) {
            --armed_;
        }
        entry = Entry{id, {}, what, live, 0, false};
    }
    /// The venue has confirmed it.
    void on_acknowledged(engine::ClOrdId id, What what, engine::MonoNs now) noexcept {
        Entry& entry = at(id, what);
        if (entry.id != id || entry.what != what || entry.armed) {
            return;
        }
        if ((entry.expected & ~entry.seen) != 0) {
            entry.armed = true;
            entry.deadline = now + limit_;
            ++armed_;
        }
    }
    /// Its event came on `stream`.
    void on_event(engine::ClOrdId id, What what, std::size_t stream) noexcept {
        Entry& entry = at(id, what);
        if (entry.id != id || entry.what != what) {
            return;
        }
        entry.seen = static_cast<std::uint8_t>(entry.seen | 1U << stream);
        if (entry.armed && (entry.expected & ~entry.seen) == 0) {
            entry.armed = false;
            --armed_;
        }
    }
    /// The stream was replaced or lost: nothing that it owed is expected any more.
    void forgive(std::size_t stream) noexcept {
        for (Entry& entry : entries_) {
            entry.expected = static_cast<std::uint8_t>(entry.expected & ~(1U << stream));
            if (entry.armed && (entry.expected & ~entry.seen) == 0) {
                entry.armed = false;
                --armed_;
            }
        }
    }
    /// Bit i: stream i owes an event that is overdue.
    [[nodiscard]] std::uint8_t mute(engine::MonoNs now) const noexcept {
        if (armed_ == 0) {
            return 0;
        }
        std::uint8_t result = 0;
        for (const Entry& entry : entries_) {
            if (entry.armed && now >= entry.deadline) {
                result = static_cast<std::uint8_t>(result | (entry.expected & ~entry.seen));
            }
        }
        return result;
    }

private:
    struct Entry {
        engine::ClOrdId id{};
        engine::MonoNs deadline{};
        What what{What::order};
        std::uint8_t expected{};
        std::uint8_t seen{};
        bool armed{};
    };
    static constexpr std::size_t size = 512;
    [[nodiscard]] Entry& at(engine::ClOrdId id, What what) noexcept {
        return entries_[(id.sequence() * 2 + static_cast<std::uint64_t>(what)) % size];
    }

    engine::DurationNs limit_;
    std::array<Entry, size> entries_{};
    std::size_t armed_{};
};

}  // namespace portcullis::gateways::binance
