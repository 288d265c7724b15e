// FaultPlan: what goes wrong in one seeded run, and the dice.
//
// Swarm testing: each class of fault is on with probability 1/2, so that a run has a few of them at
// full strength instead of a little of everything; most failures in the field need two or three.
// One seed is one run, for ever: dice are split by purpose, so that a new use of one does not
// reshuffle the others.
#pragma once

#include <cstdint>

#include "engine/types/units.hpp"

namespace portcullis::tests {

// style: using-namespace because every line of these tests speaks of the engine
using namespace portcullis::engine;

/// SplitMix64.
class Dice {
public:
    explicit Dice(std::uint64_t seed, std::uint64_t purpose = 0)
        : state_(seed * 0x9e3779b97f4a7c15ULL + purpose * 0xd1b54a32d192ed03ULL) {}
    std::uint64_t next() noexcept {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    /// Both ends included.
    std::int64_t between(std::int64_t low, std::int64_t high) noexcept {
        return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
    }
    bool permille(std::int64_t chance) noexcept { return between(0, 999) < chance; }

private:
    std::uint64_t state_;
};

struct FaultPlan {
    // Chances in permille, of each message.
    std::int64_t request_lost{};    ///< never arrives; nobody tells
    std::int64_t answer_lost{};     ///< done or not, the answer does not come
    std::int64_t answer_unknown{};  ///< 5xx: done in half of the cases
    std::int64_t rejected{};
    std::int64_t stream_lost{};  ///< one copy of one event; the stream is found mute later
    std::int64_t duplicated{};
    std::int64_t not_sent{};   ///< no room in the venue's budget
    std::int64_t no_room{};    ///< request ring or journal full, sampled into the step
    std::int64_t gap{};        ///< of the market data
    std::int64_t stale{};      ///< a snapshot that is older than the gap
    std::int64_t crossed{};    ///< a ticker that is
    std::int64_t disagrees{};  ///< a ticker that the book contradicts
    bool reordered{};          ///< within one stream, too
    bool slow{};               ///< latencies up to 400 ms instead of 20
    bool disconnects{};        ///< of either connection
    bool silences{};           ///< the feed says nothing for seconds
    bool deaf{};               ///< both order connections open, and nothing comes for a while
    bool commands{};           ///< halt, resume, reduce-only, cancel-all
    bool kill{};
    bool deposit{};  ///< somebody moves money, and the venue says so
    bool theft{};    ///< it goes, else it comes
    bool wild{};     ///< a strategy that asks for anything, instead of a market maker

    explicit FaultPlan(std::uint64_t seed) {
        Dice dice(seed, 1);
        const auto chance = [&dice](std::int64_t most) {
            return dice.permille(500) ? dice.between(1, most) : 0;
        };
        request_lost = chance(100);
        answer_lost = chance(100);
        answer_unknown = chance(100);
        rejected = chance(100);
        stream_lost = chance(50);
        duplicated = chance(300);
        not_sent = chance(100);
        no_room = chance(50);
        gap = chance(20);
        stale = chance(500);
        crossed = chance(10);
        disagrees = chance(10);
        reordered = dice.permille(500);
        slow = dice.permille(500);
        disconnects = dice.permille(500);
        silences = dice.permille(250);
        commands = dice.permille(250);
        kill = dice.permille(250);
        deposit = dice.permille(50);
        theft = dice.permille(50);
        wild = dice.permille(500);
        deaf = dice.permille(250);
    }
    /// Nothing goes wrong any more.
    void heal() {
        const bool was_wild = wild;
        *this = FaultPlan(was_wild, Healed{});
    }
    /// Money is gone: a breach is the right answer, and only then. What comes is no breach.
    [[nodiscard]] bool foreign() const { return theft; }

private:
    struct Healed {};
    FaultPlan(bool was_wild, Healed) : wild(was_wild) {}
};

}  // namespace portcullis::tests
