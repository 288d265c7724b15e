// OwnLevels: the prices at which we ourselves may still trade, best first, per instrument and side.
//
// Everything that is not proven over counts: in flight, unknown, pending cancel, both legs of a
// replace. The self-match check asks for the best of the other side on every order, so that must be
// one load, also right after the best one went: a counted map of prices needs a search then. Here
// each order is a node of a sorted list threaded through the order slots: the next best is the
// neighbour of the one that went. Adding walks from the best, a few steps, since our orders of one
// side are few and new ones are mostly near the top.
//
// Invariants: 1. a slot is in at most one list; 2. `best` is the price at the head. Memory is
// fixed. Writer and reader: the gate (core thread).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/core/gate_api.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/fix.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/units.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::risk {

class OwnLevels {
public:
    OwnLevels() noexcept {
        for (auto& list : lists_) {
            list.head = none;
        }
    }

    /// Best live price of ours, zero when there is none. Requires: a configured instrument id.
    [[nodiscard]] engine::PriceAtoms best(engine::InstrumentId instrument,
                                          engine::Side side) const noexcept {
        return engine::PriceAtoms{lists_[index(instrument, side)].best};
    }

    /// Requires: the slot is in no list; price > 0.
    void add(engine::OrderSlot slot, engine::InstrumentId instrument, engine::Side side,
             engine::PriceAtoms price) noexcept {
        engine::verify(slot < nodes_.size());
        engine::verify(nodes_[slot].price == 0);
        engine::verify(price.value > 0);
        List& list = lists_[index(instrument, side)];
        std::uint16_t before = none;
        std::uint16_t after = list.head;
        while (after != none && !better(side, price.value, nodes_[after].price)) {
            before = after;
            after = nodes_[after].worse;
        }
        nodes_[slot] = Node{price.value, before, after};
        link(list, before, slot);
        if (after != none) {
            nodes_[after].better = slot;
        }
        refresh(list);
    }

    /// Requires: the slot was added with this instrument and side.
    void remove(engine::OrderSlot slot, engine::InstrumentId instrument,
                engine::Side side) noexcept {
        engine::verify(slot < nodes_.size());
        engine::verify(nodes_[slot].price != 0);
        List& list = lists_[index(instrument, side)];
        const Node node = nodes_[slot];
        engine::verify(node.better != none || list.head == slot);
        link(list, node.better, node.worse);
        if (node.worse != none) {
            nodes_[node.worse].better = node.better;
        }
        nodes_[slot] = Node{};
        refresh(list);
    }

private:
    static constexpr std::uint16_t none = 0xffff;
    static_assert(engine::capacity::orders < none);

    struct Node {
        std::int64_t price{};  ///< zero: in no list
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
    /// Strictly: an equal price queues behind.
    [[nodiscard]] static bool better(engine::Side side, std::int64_t a, std::int64_t b) noexcept {
        return side == engine::Side::buy ? a > b : a < b;
    }
    void link(List& list, std::uint16_t before, std::uint16_t next) noexcept {
        if (before == none) {
            list.head = next;
        } else {
            nodes_[before].worse = next;
        }
    }
    void refresh(List& list) noexcept {
        list.best = list.head == none ? 0 : nodes_[list.head].price;
    }

    std::array<List, engine::capacity::instruments * 2> lists_{};
    std::array<Node, engine::capacity::orders> nodes_{};
};

}  // namespace portcullis::risk
