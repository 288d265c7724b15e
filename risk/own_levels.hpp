// OwnLevels: the prices at which we ourselves may still trade, best first, per instrument and side.
//
// Everything that is not proven over counts: in flight, unknown, pending cancel, both legs of a
// replace. The self-match check asks for the best of the other side on every order, so that must be
// one load, also right after the best one went: a counted map of prices needs a search then. Here
// each order is a node of a sorted list threaded through the order slots: the next best is the
// neighbour of the one that went. Adding walks from the best, a few steps, since our orders of one
// side are few and new ones are mostly near the top.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "engine/core/gate_api.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/fix.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/prefetch.hpp"
#include "engine/types/units.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::risk {

// Invariants: 1. a slot is in at most one list; 2. `best` is the price at the head. Memory is
// fixed. Writer and reader: the gate (core thread).
class OwnLevels {
public:
    /// Best live price of ours, zero when there is none. Requires: a configured instrument id.
    [[nodiscard]] engine::PriceAtoms best(engine::InstrumentId instrument,
                                          engine::Side side) const noexcept {
        return engine::PriceAtoms{lists_[index(instrument, side)].best};
    }

    /// What add() of this slot reads first. Requires: both exist.
    void prefetch(engine::OrderSlot slot, engine::InstrumentId instrument) const noexcept {
        __builtin_prefetch(&nodes_.data()[slot]);
        engine::prefetch(lists_[index(instrument, engine::Side::buy)]);
    }
    /// Requires: the slot is in no list; price > 0.
    void add(engine::OrderSlot slot, engine::InstrumentId instrument, engine::Side side,
             engine::PriceAtoms price) noexcept {
        engine::verify(slot < nodes_.size());
        engine::verify(price.value > 0);
        Node* const nodes = nodes_.data();  // what a list names is a slot: no bound to check
        engine::verify(nodes[slot].rank == 0);
        List& list = lists_[index(instrument, side)];
        const std::int64_t rank = side == engine::Side::buy ? -price.value : price.value;
        std::uint16_t before = none;
        std::uint16_t after = list.head;
        while (after != none && nodes[after].rank <= rank) {  // an equal price queues behind
            before = after;
            after = nodes[after].worse;
        }
        nodes[slot] = Node{rank, before, after};
        if (after != none) {
            nodes[after].better = slot;
        }
        if (before != none) {
            nodes[before].worse = slot;
        } else {
            list = List{price.value, slot};
        }
    }

    /// Requires: the slot was added with this instrument and side.
    void remove(engine::OrderSlot slot, engine::InstrumentId instrument,
                engine::Side side) noexcept {
        engine::verify(slot < nodes_.size());
        engine::verify(nodes_[slot].rank != 0);
        List& list = lists_[index(instrument, side)];
        const Node node = nodes_[slot];
        if (node.worse != none) {
            nodes_[node.worse].better = node.better;
        }
        if (node.better != none) {
            nodes_[node.better].worse = node.worse;
        } else {
            engine::verify(list.head == slot);
            list =
                node.worse == none ? List{} : List{std::abs(nodes_[node.worse].rank), node.worse};
        }
        nodes_[slot] = Node{};
    }

private:
    static constexpr std::uint16_t none = 0xffff;
    static_assert(engine::capacity::orders < none);

    struct Node {
        std::int64_t rank{};  ///< the price, of a buy its negative: less is better. Zero: no list
        std::uint16_t better{none};
        std::uint16_t worse{none};
    };
    struct List {
        std::int64_t best{};
        std::uint16_t head{none};
    };

    [[nodiscard]] static std::size_t index(engine::InstrumentId instrument,
                                           engine::Side side) noexcept {
        engine::verify(instrument.value < engine::capacity::instruments);
        return std::size_t{instrument.value} * 2 + (side == engine::Side::buy ? 0 : 1);
    }

    std::array<List, engine::capacity::instruments * 2> lists_{};
    std::array<Node, engine::capacity::orders> nodes_{};
};

}  // namespace portcullis::risk
