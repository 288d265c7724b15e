// style: long-file because the rows of one list of answers stand beside each other
// Trades, balances, filters and rate limits: what reconciliation reads.
#include "gateways/binance/account_fields.hpp"

namespace portcullis::gateways::binance::account_json {

using engine::InstrumentDefinition;
using json::decimal_of;
using json::time_of;
using json::unsigned_of;

DecodeError amount_of(std::string_view token, bool may_be_negative,
                      engine::AmountAtoms& out) noexcept {
    std::string_view text;
    if (const auto error = json::text_of(token, text); error != DecodeError::none) {
        return error;
    }
    const bool negative = may_be_negative && text.starts_with('-');
    if (negative) {
        text.remove_prefix(1);
    }
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    // Decimals go through the one parser of decimals, behind a zero.
    std::array<char, 64> fraction{'0'};
    std::size_t fraction_size = 1;
    if (point != std::string_view::npos) {
        const std::string_view rest = text.substr(point);
        if (rest.size() > fraction.size() - 1) {
            return DecodeError::inexact;
        }
        std::memcpy(fraction.data() + 1, rest.data(), rest.size());
        fraction_size += rest.size();
    }
    const auto small = engine::parse_decimal({fraction.data(), fraction_size});
    if (small.error != engine::DecimalError::none) {
        return json::error_of(small.error);
    }
    constexpr std::size_t digits_max = 28;  // times 1e8 still far below 2^127
    if (whole.empty()) {
        return DecodeError::bad_decimal;
    }
    if (whole.size() > digits_max) {
        return DecodeError::too_large;
    }
    engine::int128 units = 0;
    for (const char c : whole) {
        if (c < '0' || c > '9') {
            return DecodeError::bad_decimal;
        }
        units = units * 10 + (c - '0');
    }
    const engine::int128 atoms = units * engine::atoms_per_unit + small.atoms;
    out = engine::AmountAtoms{negative ? -atoms : atoms};
    return DecodeError::none;
}

namespace {

// --- myTrades

using TradeField = Field<TradeRow>;
constexpr std::array trade_fields{
    TradeField{"symbol",
               [](std::string_view token, const Context& context, TradeRow& row) noexcept {
                   std::string_view name;
                   const auto error = plain_text(token, name);
                   row.instrument = context.symbols.instrument(name);
                   return error;
               },
               1U << 0},
    TradeField{"id",
               [](std::string_view token, const Context&, TradeRow& row) noexcept {
                   const auto error = signed_of(token, row.trade.value);
                   return error == DecodeError::none && row.trade.value < 0 ? DecodeError::bad_range
                                                                            : error;
               },
               1U << 1},
    TradeField{"orderId",
               [](std::string_view token, const Context&, TradeRow& row) noexcept {
                   return unsigned_of(token, row.order_id.value);
               },
               1U << 2},
    TradeField{"price",
               [](std::string_view token, const Context&, TradeRow& row) noexcept {
                   const auto error = decimal_of(token, row.price.value);
                   return error == DecodeError::none && row.price.value == 0
                              ? DecodeError::zero_price
                              : error;
               },
               1U << 3},
    TradeField{"qty",
               [](std::string_view token, const Context&, TradeRow& row) noexcept {
                   const auto error = decimal_of(token, row.qty.value);
                   return error == DecodeError::none && row.qty.value == 0 ? DecodeError::bad_range
                                                                           : error;
               },
               1U << 4},
    TradeField{"commission",
               [](std::string_view token, const Context&, TradeRow& row) noexcept {
                   std::string_view text;
                   if (const auto error = json::text_of(token, text); error != DecodeError::none) {
                       return error;
                   }
                   const auto parsed = engine::parse_signed_decimal(text);
                   row.fee_atoms = parsed.atoms;
                   return json::error_of(parsed.error);
               },
               1U << 5},
    TradeField{"commissionAsset",
               [](std::string_view token, const Context& context, TradeRow& row) noexcept {
                   return asset_of(token, context, row.fee_asset);
               },
               1U << 6},
    TradeField{"time",
               [](std::string_view token, const Context&, TradeRow& row) noexcept {
                   return time_of(token, row.time);
               },
               1U << 7},
    TradeField{"isBuyer",
               [](std::string_view token, const Context&, TradeRow& row) noexcept {
                   return json::bool_of(token, row.is_buyer);
               },
               1U << 8},
    TradeField{"isMaker",
               [](std::string_view token, const Context&, TradeRow& row) noexcept {
                   return json::bool_of(token, row.is_maker);
               },
               1U << 9},
};
constexpr std::uint32_t trade_required = (1U << 10) - 1;

// --- balances

using BalanceField = Field<BalanceRow>;
DecodeError balance_asset(std::string_view token, const Context& context,
                          BalanceRow& row) noexcept {
    return is_null(token) ? DecodeError::wrong_type : asset_of(token, context, row.asset);
}
DecodeError balance_free(std::string_view token, const Context&, BalanceRow& row) noexcept {
    return amount_of(token, false, row.free);
}
DecodeError balance_locked(std::string_view token, const Context&, BalanceRow& row) noexcept {
    return amount_of(token, false, row.locked);
}
constexpr std::array long_balance{BalanceField{"asset", balance_asset, 1},
                                  BalanceField{"free", balance_free, 2},
                                  BalanceField{"locked", balance_locked, 4}};
constexpr std::array short_balance{BalanceField{"a", balance_asset, 1},
                                   BalanceField{"f", balance_free, 2},
                                   BalanceField{"l", balance_locked, 4}};

// --- filters

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

// --- rate limits

struct LimitRow {
    std::string_view type;
    std::string_view interval;
    std::uint32_t interval_count{};
    std::uint32_t limit{};
    std::uint32_t count{};
};
using LimitField = Field<LimitRow>;
constexpr std::array limit_fields{
    LimitField{"rateLimitType",
               [](std::string_view token, const Context&, LimitRow& row) noexcept {
                   return plain_text(token, row.type);
               },
               1U << 0},
    LimitField{"interval",
               [](std::string_view token, const Context&, LimitRow& row) noexcept {
                   return plain_text(token, row.interval);
               },
               1U << 1},
    LimitField{"intervalNum",
               [](std::string_view token, const Context&, LimitRow& row) noexcept {
                   // A year of days is more than any interval has.
                   const auto error = small_of(token, row.interval_count);
                   return row.interval_count > 366 ? DecodeError::too_large : error;
               },
               1U << 2},
    LimitField{"limit",
               [](std::string_view token, const Context&, LimitRow& row) noexcept {
                   return small_of(token, row.limit);
               },
               1U << 3},
    LimitField{"count",
               [](std::string_view token, const Context&, LimitRow& row) noexcept {
                   return small_of(token, row.count);
               },
               1U << 4},
};

// 0: an interval that we do not know.
std::int64_t unit_seconds(std::string_view interval) noexcept {
    return interval == "SECOND"   ? 1
           : interval == "MINUTE" ? 60
           : interval == "HOUR"   ? 3600
           : interval == "DAY"    ? 86400
                                  : 0;
}

std::optional<RateKind> kind_of(std::string_view type) noexcept {
    if (type == "REQUEST_WEIGHT") {
        return RateKind::request_weight;
    }
    if (type == "ORDERS") {
        return RateKind::orders;
    }
    return type == "RAW_REQUESTS" ? std::optional{RateKind::raw_requests} : std::nullopt;
}

}  // namespace

DecodeError read_trades(ondemand::value value, Context& context, std::span<TradeRow> rows,
                        std::size_t& count) noexcept {
    count = 0;
    return each(value, [&](ondemand::value element) {
        ondemand::object object;
        if (const auto error = object_of(element, object); error != DecodeError::none) {
            return error;
        }
        if (count == rows.size()) {
            return DecodeError::frame_too_big;
        }
        TradeRow& row = rows[count++];
        row = TradeRow{};
        std::uint32_t seen = 0;
        if (const auto error = walk<TradeRow>(object, trade_fields, context, row, seen);
            error != DecodeError::none) {
            return error;
        }
        return require<TradeRow>(trade_fields, context, seen, trade_required);
    });
}

DecodeError read_balances(ondemand::value value, Context& context, bool short_keys,
                          std::span<BalanceRow> rows, std::size_t& count,
                          std::uint32_t& unknown_assets) noexcept {
    count = 0;
    unknown_assets = 0;
    std::uint64_t told = 0;
    const std::span<const BalanceField> fields = short_keys ? short_balance : long_balance;
    return each(value, [&](ondemand::value element) {
        ondemand::object object;
        if (const auto error = object_of(element, object); error != DecodeError::none) {
            return error;
        }
        BalanceRow row;
        std::uint32_t seen = 0;
        if (const auto error = walk<BalanceRow>(object, fields, context, row, seen);
            error != DecodeError::none) {
            return error;
        }
        if (const auto error = require<BalanceRow>(fields, context, seen, 7);
            error != DecodeError::none) {
            return error;
        }
        if (row.asset == engine::no_asset) {
            unknown_assets += row.free.value != 0 || row.locked.value != 0 ? 1 : 0;
            return DecodeError::none;
        }
        // Each asset once, so that the rows always fit and no two of them contradict.
        if ((told >> row.asset.value & 1) != 0) {
            return context.blame("asset", DecodeError::duplicate_key);
        }
        told |= std::uint64_t{1} << row.asset.value;
        engine::verify(count < rows.size());
        rows[count++] = row;
        return DecodeError::none;
    });
}

DecodeError read_symbols(ondemand::value value, Context& context,
                         std::span<InstrumentDefinition> rows, std::size_t& count) noexcept {
    count = 0;
    std::uint64_t told = 0;
    return each(value, [&](ondemand::value element) {
        InstrumentDefinition definition;
        bool known = false;
        if (const auto error = read_symbol(element, context, definition, known);
            error != DecodeError::none || !known) {
            return error;
        }
        if ((told >> definition.instrument.value & 1) != 0) {
            return context.blame("symbol", DecodeError::duplicate_key);
        }
        told |= std::uint64_t{1} << definition.instrument.value;
        engine::verify(count < rows.size());
        rows[count++] = definition;
        return DecodeError::none;
    });
}

DecodeError read_rate_limits(ondemand::value value, Context& context, Usage& usage) noexcept {
    return each(value, [&](ondemand::value element) {
        ondemand::object object;
        if (const auto error = object_of(element, object); error != DecodeError::none) {
            return error;
        }
        LimitRow row;
        std::uint32_t seen = 0;
        if (const auto error = walk<LimitRow>(object, limit_fields, context, row, seen);
            error != DecodeError::none) {
            return error;
        }
        // `count` is absent where exchangeInfo tells the limits alone.
        if (const auto error = require<LimitRow>(limit_fields, context, seen, 0xfU);
            error != DecodeError::none) {
            return error;
        }
        const std::int64_t unit = unit_seconds(row.interval);
        const auto kind = kind_of(row.type);
        const bool counted = (seen & 16U) != 0 && kind && unit != 0 && row.interval_count != 0;
        if (counted && usage.count < usage.rows.size()) {
            usage.rows[usage.count++] = UsageRow{
                *kind, engine::milliseconds(unit * 1000 * std::int64_t{row.interval_count}),
                row.count, row.limit};
        }
        return DecodeError::none;
    });
}

}  // namespace portcullis::gateways::binance::account_json
