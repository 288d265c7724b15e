// Client order ids on the wire: who made this order, and can that be forged?
//
// A venue echoes our client order id on everything that happens to an order, so attribution rests
// on it, and a thief with our key elsewhere sees our ids. A prefix ("x-ours-") would be the usual
// way and is copied in a second. So the text carries epoch and sequence and a tag of 100 bits,
// HMAC-SHA256 under a random key of that epoch which never leaves the journal:
//
//     p | 13 characters: epoch and sequence | 20 characters: tag        34 in all, [0-9a-z]
//     q | ... of the order that it cancels  | a tag of its own          a cancel's own id
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/rings/seqlock.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/result.hpp"
#include "gateways/codec/hmac_sha256.hpp"

namespace portcullis::gateways {

// Base32 over digits and consonants: no '-' or '_', no vowel but u, because the venue's firewall
// refuses requests in which it sees SQL ("--", "or"). One id has one text, compared whole.
//
// Three parts: ClOrdIdKeys (keys of all epochs; const), ClOrdIdMint (texts computed ahead by the
// control thread, looked up by the order agent), and attribute(). An id that was never precomputed,
// or long ago, is computed on the spot (0.2 us, no allocation), so a look-up cannot fail.

/// Text of one id, inline.
struct ClOrdIdText {
    static constexpr std::size_t size = 34;
    std::array<char, 40> bytes{};  // padded to words; the first `size` count
    [[nodiscard]] std::string_view view() const noexcept { return {bytes.data(), size}; }
};

using ClOrdIdKey = std::array<unsigned char, 32>;

struct ClOrdIdEpoch {
    static constexpr std::uint64_t sequence_unknown =
        (std::uint64_t{1} << engine::ClOrdId::sequence_bits) - 1;

    engine::Epoch epoch{};
    ClOrdIdKey key{};
    /// Of an earlier epoch, from its journal: nothing above it was issued.
    std::uint64_t sequence_highest{sequence_unknown};
};

/// Keys of this epoch and of earlier ones. Const after make(); any thread.
class ClOrdIdKeys {
public:
    /// `epochs` ascending, the last one is this run's. Refuses none, unordered, epoch 0 or above 24
    /// bits, or an all-zero key.
    static engine::Result<ClOrdIdKeys> make(const std::vector<ClOrdIdEpoch>& epochs);

    [[nodiscard]] engine::Epoch current() const noexcept { return epochs_.back().epoch; }
    [[nodiscard]] bool knows(engine::Epoch epoch) const noexcept { return find(epoch) != nullptr; }
    /// Nothing above it was issued in that epoch. Requires: knows(epoch).
    [[nodiscard]] std::uint64_t sequence_highest(engine::Epoch epoch) const noexcept;
    /// Requires: knows(id.epoch()).
    [[nodiscard]] ClOrdIdText text_of(engine::ClOrdId id) const noexcept;
    /// The own id of a cancel of that order. Nobody who has seen the order's can make it.
    [[nodiscard]] ClOrdIdText cancel_text_of(engine::ClOrdId id) const noexcept;

private:
    struct Entry {
        engine::Epoch epoch;
        std::uint64_t sequence_highest;
        std::unique_ptr<HmacSha256> hmac;
    };
    [[nodiscard]] const Entry* find(engine::Epoch epoch) const noexcept;
    std::vector<Entry> epochs_;
};

enum class Attributed : std::uint8_t {
    ours = 1,
    foreign = 2,        ///< not of our form: another client of the account
    forged = 3,         ///< our form, tag wrong: somebody imitates us
    unknown_epoch = 4,  ///< our form, an epoch of which we have no key: another journal, or forged
    unissued = 5,       ///< tag right, but never issued: the key has leaked or the journal has lost
};

[[nodiscard]] const char* describe(Attributed verdict) noexcept;

struct Attribution {
    Attributed verdict{Attributed::foreign};
    engine::ClOrdId id{};  ///< no_order unless ours or unissued
};

class ClOrdIdMint {
public:
    static constexpr std::size_t slots = 4 * engine::capacity::orders;
    /// So many texts are made ahead; those of the last `slots - ahead` orders stay ready. One that
    /// rests while more than that are placed has its text made again for its cancel.
    static constexpr std::uint64_t ahead = 8192;
    static_assert(slots >= 2 * ahead + 2 * engine::capacity::orders);

    explicit ClOrdIdMint(ClOrdIdKeys keys);

    /// Computes texts ahead, at most `count`; returns how many were made. Control thread only.
    std::size_t fill(std::size_t count = slots) noexcept;

    /// Text of an id of ours; marks it as issued where it is of this epoch. Order agent only.
    /// Requires: its epoch is known.
    [[nodiscard]] ClOrdIdText text_for(engine::ClOrdId id) noexcept;

    /// The own id of a cancel of that order; made on the spot. Requires: its epoch is known.
    [[nodiscard]] ClOrdIdText cancel_text_for(engine::ClOrdId order) const noexcept {
        return keys_.cancel_text_of(order);
    }
    /// Whether `text` is the own id of a cancel of `order`. Any thread.
    [[nodiscard]] bool is_cancel_of(engine::ClOrdId order, std::string_view text) const noexcept;

    /// Whose is it? Any thread.
    [[nodiscard]] Attribution attribute(std::string_view text) const noexcept;

    /// Highest sequence of this epoch that was issued; 0: none.
    [[nodiscard]] std::uint64_t issued() const noexcept {
        // acquire: whoever sees an id as issued sees what happened before it was.
        return issued_.load(std::memory_order_acquire);
    }
    /// Look-ups that found no text ready. For counters. Writer: order agent.
    [[nodiscard]] std::uint64_t missed() const noexcept {
        return missed_.load(std::memory_order_relaxed);  // relaxed: a counter, orders nothing
    }
    [[nodiscard]] const ClOrdIdKeys& keys() const noexcept { return keys_; }

private:
    struct Ready {
        std::uint64_t sequence{};
        ClOrdIdText text{};
    };
    using Slot = engine::Seqlock<Ready>;

    ClOrdIdKeys keys_;
    std::unique_ptr<Slot[]> ready_;                     // writer: control thread
    std::uint64_t filled_{0};                           // writer: control thread
    alignas(64) std::atomic<std::uint64_t> issued_{0};  // writer: order agent
    std::atomic<std::uint64_t> missed_{0};              // writer: order agent
};

}  // namespace portcullis::gateways
