// ClosedDoors: until when the venue wants to hear nothing from this address.
//
// A venue counts and bans addresses, not connections: what one door is told (an answer of the
// WebSocket API, a status of REST, a refused upgrade) holds for the others too, and each of them
// has an owner and a thread of its own. So the time stands in one place that all of them look at
// before they ask. It is of our monotonic clock, which all threads share and nobody sets; a door
// that is told a time of the venue's turns it into one of ours. Times are only lengthened.
// Writers and readers: every owner of a door, any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "engine/types/units.hpp"

namespace portcullis::gateways {

// 429: the address has used up its weight, which REST and the WebSocket API have in common: no
// request on either, and no upgrade that weighs. A market stream weighs nothing and may connect.
// 418: the address is banned: nothing at all.
class ClosedDoors {
public:
    void close(std::uint16_t status, engine::MonoNs until) noexcept {
        lengthen(status == 418 ? all_ : requests_, until.value);
    }
    /// No request leaves before this.
    [[nodiscard]] engine::MonoNs requests() const noexcept {
        return engine::MonoNs{std::max(load(requests_), load(all_))};
    }
    /// Nobody connects before this.
    [[nodiscard]] engine::MonoNs all() const noexcept { return engine::MonoNs{load(all_)}; }

private:
    using Time = std::atomic<std::int64_t>;

    static std::int64_t load(const Time& time) noexcept {
        // relaxed: a number by itself, nothing else crosses with it.
        return time.load(std::memory_order_relaxed);
    }
    static void lengthen(Time& time, std::int64_t until) noexcept {
        std::int64_t known = load(time);
        // relaxed: as in load; the loop keeps the greatest.
        while (until > known &&
               !time.compare_exchange_weak(known, until, std::memory_order_relaxed)) {
        }
    }

    Time requests_{0};
    Time all_{0};
};

}  // namespace portcullis::gateways
