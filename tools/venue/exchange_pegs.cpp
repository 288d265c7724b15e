// Pegged orders: limit orders whose price is a level of the book when they begin to work.
//
// The book that counts is the one that an arriving order would meet: the recorded levels that are
// not taken, and the resting orders of all accounts. An order is pegged once: at its arrival, or
// when its trigger comes; afterwards it stands where it stands, like any other (Binance's FAQ).
// What was sent as price is only checked and told back.
#include "tools/venue/errors.hpp"
#include "tools/venue/exchange_state.hpp"
#include "tools/venue/filters.hpp"

namespace portcullis::tools::venue {

using engine::opposite;

namespace {

/// Which types, and which times in force, go with which peg.
std::optional<VenueError> check_peg(const Symbol& symbol, const NewOrder& order) {
    if (!symbol.peg_allowed) {
        return errors::not_supported("Pegged");
    }
    if (is_at_market(order.type)) {
        return errors::peg_type_not_supported();
    }
    const bool primary = order.peg.price == PegPrice::primary;
    if (order.type == OrderType::limit_maker && !primary) {
        return errors::peg_price_not_supported();
    }
    if (order.type == OrderType::limit && primary && order.time_in_force != TimeInForce::gtc) {
        return errors::peg_price_not_supported();
    }
    return std::nullopt;
}

/// The level so far behind the best, of two ladders that are one book.
template <class Resting>
std::optional<PriceAtoms> level_of(const RecordedBook& book, const Resting& resting, Side side,
                                   std::int64_t offset) {
    auto recorded = book.next_visible(side);
    auto ours = resting.begin();
    while (recorded || ours != resting.end()) {
        const auto key = recorded ? OrderTable::key_of(side, recorded->price) : ours->first;
        const auto best = ours != resting.end() ? std::min(key, ours->first) : key;
        const PriceAtoms price{side == Side::buy ? -best : best};
        if (offset-- == 0) {
            return price;
        }
        if (recorded && recorded->price == price) {
            recorded = book.next_visible(side, price);
        }
        if (ours != resting.end() && ours->first == best) {
            ++ours;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<PriceAtoms> Exchange::State::peg_price(const std::string& symbol, Side side,
                                                     const Peg& peg) {
    if (!peg.is_set()) {
        return std::nullopt;
    }
    const Side from = peg.price == PegPrice::primary ? side : opposite(side);
    const std::int64_t offset = peg.offset.value_or(0);
    if (const MatchingEngine* engine = matched(symbol)) {
        const auto at = static_cast<std::size_t>(offset);
        const BookCopy book = engine->depth(at + 1);
        const std::vector<Level>& levels = from == Side::buy ? book.bids : book.asks;
        return at < levels.size() ? std::optional(levels[at].price) : std::nullopt;
    }
    return level_of(markets.at(symbol).book, orders.resting(symbol, from), from, offset);
}

Reply<NewOrder> Exchange::State::priced(AccountId id, const NewOrder& order) {
    NewOrder out = order;
    const auto symbol = symbols.find(order.symbol);
    if (!order.peg.is_set() || symbol == symbols.end()) {
        return {out, {}};
    }
    if (auto refused = check_peg(symbol->second, order)) {
        return {std::nullopt, *refused};
    }
    out.peg.sent_price = order.price;
    if (is_contingent(order.type)) {
        return {out, {}};
    }
    if (order.price > PriceAtoms{0}) {
        const bool later = order.qty == QtyAtoms{0};  // an OPO's: its quantity is not known yet
        if (auto refused = later ? check_prices(symbol->second, out, PriceReference{})
                                 : check_filters(id, out)) {
            return {std::nullopt, *refused};
        }
    }
    const auto price = peg_price(order.symbol, order.side, order.peg);
    if (!price) {
        return {std::nullopt, errors::peg_without_level()};
    }
    out.price = *price;
    return {out, {}};
}

}  // namespace portcullis::tools::venue
