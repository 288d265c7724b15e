// The market without what we have in it. See own_book.hpp.
#include "engine/book/own_book.hpp"

namespace portcullis::engine {
namespace {

/// What is left of a level; zero or less: nothing. As net_of() of market.cpp.
BookLevel without_ours(BookLevel level, Side side, InstrumentId instrument, const OwnBook& own,
                       std::span<const OwnLevel> gone) noexcept {
    bool doubts = false;
    own.at_price(instrument, side, level.price, [&](const OwnBook::Part& part) {
        level.qty -= part.certain;
        doubts = doubts || part.in_doubt.value != 0;
    });
    const auto judge = [&level](QtyAtoms qty) { level.qty -= qty <= level.qty ? qty : QtyAtoms{}; };
    if (doubts) [[unlikely]] {
        own.at_price(instrument, side, level.price,
                     [&](const OwnBook::Part& part) { judge(part.in_doubt); });
    }
    for (const OwnLevel& each : gone) {
        if (each.price == level.price && each.side == side) {
            judge(each.leaves);
        }
    }
    return level;
}

}  // namespace

BookLevel net_best(const BookLevel& top, const L2Book& book, Side side, InstrumentId instrument,
                   const OwnBook& own, std::span<const OwnLevel> gone) noexcept {
    if (top.qty.value == 0) {
        return BookLevel{};
    }
    return first_left(top, book, side, [&](const BookLevel& level) {
        return without_ours(level, side, instrument, own, gone);
    });
}

}  // namespace portcullis::engine
