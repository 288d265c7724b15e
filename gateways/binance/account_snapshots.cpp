// style: long-file because the rows of one list of answers stand beside each other
// Trades, balances and rate limits: what reconciliation reads. Filters: account_filters.cpp.
#include "gateways/binance/account_fields.hpp"

namespace portcullis::gateways::binance::account_json {

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

// --- rate limits

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
                   const auto error = small_of(token, row.interval_count);
                   return row.interval_count > LimitRow::interval_count_max ? DecodeError::too_large
                                                                            : error;
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
    if (type == "CONNECTIONS") {
        return RateKind::connections;
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

bool BalanceList::add(const BalanceRow& row) noexcept {
    if (row.asset == engine::no_asset) {
        unknown_ += row.free.value != 0 || row.locked.value != 0 ? 1U : 0U;
        return true;
    }
    if (told_.has(row.asset)) {
        return false;
    }
    told_.add(row.asset);
    engine::verify(count_ < rows_.size());
    rows_[count_++] = row;
    return true;
}

DecodeError read_balances(ondemand::value value, Context& context, bool short_keys,
                          std::span<BalanceRow> rows, std::size_t& count,
                          std::uint32_t& unknown_assets) noexcept {
    BalanceList list(rows);
    const std::span<const BalanceField> fields = short_keys ? short_balance : long_balance;
    const auto outcome = each(value, [&](ondemand::value element) {
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
        return list.add(row) ? DecodeError::none
                             : context.blame("asset", DecodeError::duplicate_key);
    });
    count = list.count();
    unknown_assets = list.unknown();
    return outcome;
}

void note_limit(const LimitRow& row, bool counted, Usage& usage) noexcept {
    const std::int64_t unit = unit_seconds(row.interval);
    const auto kind = kind_of(row.type);
    const bool known = kind && unit != 0 && row.interval_count != 0;
    if (known && usage.count < usage.rows.size()) {
        usage.rows[usage.count++] =
            UsageRow{*kind, engine::milliseconds(unit * 1000 * std::int64_t{row.interval_count}),
                     row.count, row.limit, counted};
    }
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
        note_limit(row, (seen & 16U) != 0, usage);
        return DecodeError::none;
    });
}

}  // namespace portcullis::gateways::binance::account_json
