// Filters of exchangeInfo -> instrument definitions.
#include "gateways/binance/account_fields.hpp"

namespace portcullis::gateways::binance::account_json {

using engine::InstrumentDefinition;
using json::decimal_of;

namespace {

/// The union of the fields of all filters; which of them mean something depends on the type.
struct FilterRow {
    std::string_view type;
    std::int64_t price_min{}, price_max{}, tick{};
    std::int64_t qty_min{}, qty_max{}, lot{};
    std::int64_t notional_min{}, notional_max{};
    std::uint32_t orders_max{};
};
// Above what 64 bits hold no order of ours can come: such an upper bound is none that binds.
DecodeError bound(std::string_view token, std::int64_t& out) noexcept {
    engine::AmountAtoms wide{};
    if (const auto error = amount_of(token, false, wide); error != DecodeError::none) {
        return error;
    }
    out = engine::to_int64(wide.value).value_or(std::numeric_limits<std::int64_t>::max());
    return DecodeError::none;
}
template <std::int64_t FilterRow::*Member>
DecodeError exact(std::string_view token, const Context&, FilterRow& row) noexcept {
    return decimal_of(token, row.*Member);
}
template <std::int64_t FilterRow::*Member>
DecodeError upper(std::string_view token, const Context&, FilterRow& row) noexcept {
    return bound(token, row.*Member);
}
using FilterField = Field<FilterRow>;
constexpr std::array filter_fields{
    FilterField{"filterType",
                [](std::string_view token, const Context&, FilterRow& row) noexcept {
                    return plain_text(token, row.type);
                },
                1U << 0},
    FilterField{"minPrice", exact<&FilterRow::price_min>, 1U << 1},
    FilterField{"maxPrice", upper<&FilterRow::price_max>, 1U << 2},
    FilterField{"tickSize", exact<&FilterRow::tick>, 1U << 3},
    FilterField{"minQty", exact<&FilterRow::qty_min>, 1U << 4},
    FilterField{"maxQty", upper<&FilterRow::qty_max>, 1U << 5},
    FilterField{"stepSize", exact<&FilterRow::lot>, 1U << 6},
    FilterField{"minNotional", exact<&FilterRow::notional_min>, 1U << 7},
    FilterField{"maxNotional", upper<&FilterRow::notional_max>, 1U << 8},
    FilterField{"maxNumOrders",
                [](std::string_view token, const Context&, FilterRow& row) noexcept {
                    return small_of(token, row.orders_max);
                },
                1U << 9},
};

/// What of a filter has been applied: price, lot. The others may be absent.
struct SymbolRow {
    std::string_view name;
    std::string_view base;
    std::string_view quote;
    engine::InstrumentStatus status{engine::InstrumentStatus::unknown};
    bool amend_allowed{};
};

DecodeError apply(const FilterRow& filter, std::uint32_t seen, InstrumentDefinition& out,
                  Context& context) noexcept {
    const auto need = [&](std::uint32_t bits) {
        return require<FilterRow>(filter_fields, context, seen, bits);
    };
    if (filter.type == "PRICE_FILTER") {
        out.price_min = engine::PriceAtoms{filter.price_min};
        out.price_max = engine::PriceAtoms{filter.price_max};
        out.tick = engine::PriceAtoms{filter.tick};
        return need(1U << 1 | 1U << 2 | 1U << 3);
    }
    if (filter.type == "LOT_SIZE") {
        out.qty_min = engine::QtyAtoms{filter.qty_min};
        out.qty_max = engine::QtyAtoms{filter.qty_max};
        out.lot = engine::QtyAtoms{filter.lot};
        return need(1U << 4 | 1U << 5 | 1U << 6);
    }
    if (filter.type == "NOTIONAL" || filter.type == "MIN_NOTIONAL") {
        // Where a symbol has both, the narrower of each bound holds.
        out.notional_min_atoms = std::max(out.notional_min_atoms, filter.notional_min);
        if (filter.notional_max != 0) {
            out.notional_max_atoms = out.notional_max_atoms == 0
                                         ? filter.notional_max
                                         : std::min(out.notional_max_atoms, filter.notional_max);
        }
        return need(1U << 7);
    }
    if (filter.type == "MAX_NUM_ORDERS") {
        constexpr std::uint32_t most = std::numeric_limits<std::uint16_t>::max();
        out.orders_max = static_cast<std::uint16_t>(std::min(filter.orders_max, most));
        return need(1U << 9);
    }
    return DecodeError::none;
}

DecodeError read_filter(ondemand::value value, Context& context,
                        InstrumentDefinition& out) noexcept {
    ondemand::object object;
    if (const auto error = object_of(value, object); error != DecodeError::none) {
        return error;
    }
    FilterRow filter;
    std::uint32_t seen = 0;
    if (const auto error = walk<FilterRow>(object, filter_fields, context, filter, seen);
        error != DecodeError::none) {
        return error;
    }
    if (const auto error = require<FilterRow>(filter_fields, context, seen, 1);
        error != DecodeError::none) {
        return error;
    }
    return apply(filter, seen, out, context);
}

DecodeError symbol_status(std::string_view token, const Context&, SymbolRow& row) noexcept {
    std::string_view text;
    const auto error = plain_text(token, text);
    if (text == "TRADING") {
        row.status = engine::InstrumentStatus::trading;
    } else if (text == "HALT" || text == "BREAK" || text == "END_OF_DAY") {
        row.status = engine::InstrumentStatus::halted;
    } else if (text == "CANCEL_ONLY") {
        row.status = engine::InstrumentStatus::cancel_only;
    }  // a status that we do not know stays unknown: nothing can be ordered
    return error;
}

using SymbolField = Field<SymbolRow>;
constexpr std::array symbol_fields{
    SymbolField{"symbol",
                [](std::string_view token, const Context&, SymbolRow& row) noexcept {
                    return plain_text(token, row.name);
                },
                1U << 0},
    SymbolField{"status", symbol_status, 1U << 1},
    SymbolField{"baseAsset",
                [](std::string_view token, const Context&, SymbolRow& row) noexcept {
                    return plain_text(token, row.base);
                },
                1U << 2},
    SymbolField{"quoteAsset",
                [](std::string_view token, const Context&, SymbolRow& row) noexcept {
                    return plain_text(token, row.quote);
                },
                1U << 3},
    SymbolField{"amendAllowed",
                [](std::string_view token, const Context&, SymbolRow& row) noexcept {
                    return json::bool_of(token, row.amend_allowed);
                },
                1U << 4},
};

DecodeError read_symbol(ondemand::value value, Context& context, InstrumentDefinition& out,
                        bool& known) noexcept {
    ondemand::object object;
    if (const auto error = object_of(value, object); error != DecodeError::none) {
        return error;
    }
    SymbolRow row;
    std::uint32_t seen = 0;
    bool filters_seen = false;
    const auto filters = [&](std::string_view key, ondemand::value part, bool& handled) {
        if (key != "filters") {
            return DecodeError::none;
        }
        handled = true;
        if (std::exchange(filters_seen, true)) {
            return DecodeError::duplicate_key;
        }
        return each(part,
                    [&](ondemand::value filter) { return read_filter(filter, context, out); });
    };
    if (const auto error = walk<SymbolRow>(object, symbol_fields, context, row, seen, filters);
        error != DecodeError::none) {
        return error;
    }
    if (const auto error = require<SymbolRow>(symbol_fields, context, seen, 0xfU);
        error != DecodeError::none) {
        return error;
    }
    out.instrument = context.symbols.instrument(row.name);
    known = out.instrument != engine::no_instrument;
    if (!known) {
        return DecodeError::none;
    }
    const NamedInstrument& ours = context.symbols.entry(out.instrument);
    out.base = ours.base;
    out.quote = ours.quote;
    out.status = row.status;
    out.amend_allowed = row.amend_allowed ? 1 : 0;
    if (context.symbols.asset(row.base) != ours.base) {
        return context.blame("baseAsset", DecodeError::unknown_symbol);
    }
    if (context.symbols.asset(row.quote) != ours.quote) {
        return context.blame("quoteAsset", DecodeError::unknown_symbol);
    }
    if (out.tick.value <= 0) {
        return context.blame("PRICE_FILTER", DecodeError::missing_key);
    }
    return out.lot.value <= 0 ? context.blame("LOT_SIZE", DecodeError::missing_key)
                              : DecodeError::none;
}

}  // namespace

DecodeError read_symbols(ondemand::value value, Context& context,
                         std::span<InstrumentDefinition> rows, std::size_t& count) noexcept {
    count = 0;
    engine::InstrumentSet told;
    return each(value, [&](ondemand::value element) {
        InstrumentDefinition definition;
        bool known = false;
        if (const auto error = read_symbol(element, context, definition, known);
            error != DecodeError::none || !known) {
            return error;
        }
        if (told.has(definition.instrument)) {
            return context.blame("symbol", DecodeError::duplicate_key);
        }
        told.add(definition.instrument);
        engine::verify(count < rows.size());
        rows[count++] = definition;
        return DecodeError::none;
    });
}

}  // namespace portcullis::gateways::binance::account_json
