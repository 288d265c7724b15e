// Any bytes as market events, as a damaged journal would give them: the book is sound whenever it
// claims to be valid, shows nothing when not, and no event of the outside world trips a verify.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "engine/book/market.hpp"

namespace {

using namespace portcullis::engine;

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void check(const InstrumentMarket& market, const ApplyResult& result) {
    require(market.book().self_check());
    require(result.outcome != BookOutcome::reset || !market.valid());
    const Bbo top = market.top();
    if (!market.valid()) {
        require(!top.two_sided());
        require(market.book().level_count(Side::buy) == 0);
    }
    require(!top.two_sided() || top.bid.price < top.ask.price);
    (void)net_top(market, {});
}

/// Any 64 bits are hardly ever a price that a ladder has a slot for.
void bring_near(BookLevel& level) {
    level.price = PriceAtoms{(level.price.value & 0xfff) + 1};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    InstrumentMarket market(64, milliseconds(100), 512);
    // With a ladder from the start or not; with prices that it may have slots for, or with any.
    market.set_tick(PriceAtoms{size % 2 == 0 ? 1 : 0});
    const bool near = size / 2 % 2 == 0;
    std::int64_t now = 0;
    // Each event: one byte of kind and of time passed, then the bytes of its payload.
    for (std::size_t at = 0; at < size;) {
        const std::uint8_t kind = data[at++];
        now += std::int64_t{kind} * 1'000'000;
        if (kind % 8 == 0) {
            TopOfBook ticker;
            if (size - at < sizeof ticker) {
                break;
            }
            std::memcpy(static_cast<void*>(&ticker), data + at, sizeof ticker);
            at += sizeof ticker;
            check(market, market.on(ticker, MonoNs{now}));
        } else if (kind % 8 == 7) {
            market.set_tick(PriceAtoms{kind / 8 - 1});
            check(market, {});
        } else {
            BookDelta part;
            if (size - at < sizeof part) {
                break;
            }
            std::memcpy(static_cast<void*>(&part), data + at, sizeof part);
            at += sizeof part;
            for (BookLevel& level : part.levels) {
                if (near) {
                    bring_near(level);
                }
            }
            check(market, market.on(part, MonoNs{now}));
            check(market, market.on_time(MonoNs{now}));
            if (kind % 8 != 6) {
                market.recentre();
                check(market, {});
            }
        }
    }
    StateHasher hasher;
    market.hash(hasher);
    return 0;
}
