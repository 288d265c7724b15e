// OwnBook: what of our own orders lies in the book, per instrument and side, best price first.
//
// The market without our own orders is asked for on every tick, and between two ticks a few orders
// have changed, of hundreds. So what each has in the book is kept, not reckoned anew: a node per
// order slot, in a list threaded through the slots as in risk/own_levels.hpp, where a level is
// found among the first few (of thousands, on its way there). Among equals the older order is
// first: it is asked first whether what is in doubt can be part of a level (market.hpp).
// Invariants: 1. a slot is in at most one list; 2. lists are sorted by price, then by `born`.
// Writer and reader: core thread. Memory is taken at construction; no part of the state hash, as it
// is reckoned from the orders alone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/book/market.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::engine {

class OwnBook {
public:
    /// What one order has in the book for certain, and what may be there besides.
    struct Part {
        PriceAtoms price{};
        QtyAtoms certain{};
        QtyAtoms in_doubt{};
        InstrumentId instrument{no_instrument};
        Side side{Side::buy};
    };

    OwnBook() : nodes_(capacity::orders), lists_(capacity::instruments * 2) {}

    /// The order in `slot` has this now. `born`: higher than of all orders made before it.
    void put(std::size_t slot, const Part& part, std::uint64_t born) noexcept {
        verify(slot < nodes_.size());
        verify(part.instrument.value < capacity::instruments && born != 0);
        Node& node = nodes_[slot];
        if (node.born == born) {  // an order keeps its price
            verify(node.part.price == part.price && node.part.side == part.side);
            node.part = part;
            return;
        }
        remove(slot);
        List& list = list_of(part.instrument, part.side);
        std::uint16_t before = none;
        std::uint16_t after = list.first;
        const auto ahead = [&](const Node& other) {
            return other.part.price == part.price
                       ? other.born < born
                       : is_better(part.side, other.part.price, part.price);
        };
        while (after != none && ahead(nodes_[after])) {
            before = after;
            after = nodes_[after].worse;
        }
        node = Node{part, born, before, after};
        (before == none ? list.first : nodes_[before].worse) = static_cast<std::uint16_t>(slot);
        if (after != none) {
            nodes_[after].better = static_cast<std::uint16_t>(slot);
        }
    }
    /// The order in `slot` has nothing there any more; nor need it have had.
    void remove(std::size_t slot) noexcept {
        verify(slot < nodes_.size());
        Node& node = nodes_[slot];
        if (node.born == 0) {
            return;
        }
        List& list = list_of(node.part.instrument, node.part.side);
        (node.better == none ? list.first : nodes_[node.better].worse) = node.worse;
        if (node.worse != none) {
            nodes_[node.worse].better = node.better;
        }
        node = Node{};
    }

    /// The best price at which we have an order on that side; nothing is better than `otherwise`.
    [[nodiscard]] PriceAtoms best(InstrumentId instrument, Side side,
                                  PriceAtoms otherwise) const noexcept {
        const std::uint16_t first = list_of(instrument, side).first;
        return first == none ? otherwise : nodes_[first].part.price;
    }
    /// Calls visit(part) for all at that price, the oldest first.
    template <class Visit>
    void at_price(InstrumentId instrument, Side side, PriceAtoms price,
                  Visit&& visit) const noexcept {
        const Node* const nodes = nodes_.data();  // what a list names is a slot: no bound to check
        std::uint16_t slot = list_of(instrument, side).first;
        while (slot != none && is_better(side, nodes[slot].part.price, price)) {
            slot = nodes[slot].worse;
        }
        for (; slot != none && nodes[slot].part.price == price; slot = nodes[slot].worse) {
            visit(nodes[slot].part);
        }
    }

private:
    static constexpr std::uint16_t none = 0xffff;
    static_assert(capacity::orders < none);

    struct Node {
        Part part{};
        std::uint64_t born{};  ///< 0: in no list
        std::uint16_t better{none};
        std::uint16_t worse{none};
    };
    struct List {
        std::uint16_t first{none};
    };
    [[nodiscard]] static bool is_better(Side side, PriceAtoms a, PriceAtoms b) noexcept {
        return side == Side::buy ? a > b : a < b;
    }
    [[nodiscard]] static std::size_t index(InstrumentId instrument, Side side) noexcept {
        verify(instrument.value < capacity::instruments);
        return std::size_t{instrument.value} * 2 + (side == Side::buy ? 0 : 1);
    }
    [[nodiscard]] List& list_of(InstrumentId instrument, Side side) noexcept {
        return lists_.data()[index(instrument, side)];
    }
    [[nodiscard]] const List& list_of(InstrumentId instrument, Side side) const noexcept {
        return lists_.data()[index(instrument, side)];
    }

    std::vector<Node> nodes_;  ///< by order slot
    std::vector<List> lists_;  ///< by instrument and side
};

/// As net_best() of market.hpp, of an instrument's orders and of what has just `gone`, oldest
/// first.
[[nodiscard]] BookLevel net_best(const BookLevel& top, const L2Book& book, Side side,
                                 InstrumentId instrument, const OwnBook& own,
                                 std::span<const OwnLevel> gone) noexcept;

}  // namespace portcullis::engine
