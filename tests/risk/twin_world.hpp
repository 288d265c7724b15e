// What the twin test draws from: a small world of orders, filters, limits and market states.
//
// Three instruments of about ten prices and a few sizes, three strategies, two venues, tight
// limits: so that everything meets everything within a few thousand commands. Each draw is mostly
// sound and now and then spoilt in one way. Chance comes from one seeded generator, so a seed is a
// whole run.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <random>

#include "engine/types/instrument.hpp"
#include "risk/risk_gate.hpp"
#include "tests/risk/naive_gate.hpp"

namespace portcullis::risk {

class TwinWorld {
public:
    static constexpr std::int64_t coin = engine::atoms_per_unit;
    static constexpr std::int64_t micro = engine::micros_per_unit;
    static constexpr std::int64_t ms = 1'000'000;
    static constexpr std::int64_t last_time = std::numeric_limits<std::int64_t>::max();
    static constexpr std::uint16_t instrument_count = 3;
    static constexpr std::uint8_t strategy_count = 3;
    static constexpr std::uint8_t venue_count = 2;
    static constexpr std::uint8_t account_count = 2;
    static constexpr std::uint8_t credential_count = 3;
    static constexpr std::uint16_t slot_count = 32;
    static constexpr std::int64_t commands_per_world = 20'000;
    /// Price of one unit and its tick, lot: about a hundred ticks, a few lots.
    static constexpr std::array<std::int64_t, instrument_count> price_of{100 * coin, 10 * coin,
                                                                         coin / 10};
    static constexpr std::int64_t lot = coin / 10;

    explicit TwinWorld(std::uint64_t seed) : random_(seed) {}

    // --- chance
    std::int64_t pick(std::int64_t count) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(count));
    }
    bool one_in(std::int64_t n) { return pick(n) == 0; }
    /// A bound that the venue mostly does not set.
    std::int64_t rarely(std::int64_t bound) { return one_in(7) ? bound : 0; }
    template <std::size_t N>
    std::int64_t among(const std::int64_t (&values)[N]) {
        return values[pick(N)];
    }

    void draw_limits(Limits& limits) {
        limits.firm = {.gross_exposure_micro_max = among({300, 900, 2'400}) * micro,
                       .orders_open_max = among({6, 8, 12}),
                       .order_notional_micro_max = wide * micro,
                       .approval_lifetime_ns_max = among({1, 50 * ms}),
                       .loss_day_micro_max = among({300, 5'000, 50'000}) * micro,
                       .drawdown_day_micro_max = among({300, 5'000, 50'000}) * micro,
                       .windows = draw_windows(among({30, 80, 300}))};
        for (std::size_t i = 0; i < venue_count; ++i) {
            limits.venue[i] = {.orders_open_max = among({4, 6, 9}),
                               .order_notional_micro_max = wide * micro,
                               .windows = draw_windows(wide)};
        }
        for (std::size_t i = 0; i < account_count; ++i) {
            limits.account[i] = {.order_notional_micro_max = wide * micro,
                                 .windows = draw_windows(wide)};
        }
        for (std::size_t i = 0; i < instrument_count + 1; ++i) {
            const std::int64_t unit = i == 0 ? 10 : 1;
            limits.instrument[i] = {
                .order_qty_atoms_max = among({4, 5, 8}) * lot,
                .order_notional_micro_max = among({3, 4, 5}) * unit * micro,
                .collar_bps_max = among({250, 350, 400}),
                .position_atoms_max = among({8, 12, 20}) * lot,
                .quote_age_ns_max = among({500, 1'000}) * ms,
                .feed_silence_ns_max = among({700, 3'000}) * ms,
                .orders_open_max = among({3, 5, 7}),
                .order_notional_kill_micro_max = among({5, 6, 30}) * unit * micro,
                .drift_bps_60s_max = among({300, 600, 600}),
                .fills_side_10s_max = among({4, 8, 16}),
                .windows = draw_windows(wide)};
        }
        for (std::size_t i = 0; i < strategy_count; ++i) {
            limits.strategy[i] = {.instruments = one_in(12) ? engine::InstrumentSet::of_bits(0b1011)
                                                            : engine::InstrumentSet::all(),
                                  .orders_open_max = among({3, 5, 7}),
                                  .duplicates_250ms_max = among({1, 2, 4}),
                                  .denials_1s_max = among({8, 20, 50}),
                                  .loss_day_micro_max = among({100, 2'000, 20'000}) * micro,
                                  .drawdown_day_micro_max = among({100, 2'000, 20'000}) * micro,
                                  .order_notional_micro_max = wide * micro,
                                  .windows = draw_windows(among({16, 40, 200}))};
        }
        for (std::int64_t i = 0; i < 3; ++i) {
            tighten(limits, 3 * worlds_ + i);
        }
        tighten_order(limits, worlds_ % 16);
        ++worlds_;
        if (one_in(6)) {
            forget_one(limits);
        }
        for (int i = 0; i < 3; ++i) {  // a few that escalate, else little would pass
            const auto& row = deny_reasons[static_cast<std::size_t>(pick(deny_reason_count))];
            limits.on_breach[static_cast<std::size_t>(row.reason)] =
                static_cast<engine::BreachAction>(1 + pick(5));
        }
        if (!one_in(4)) {
            limits.on_breach[static_cast<std::size_t>(DenyReason::instrument_not_allowed)] =
                engine::BreachAction::deny;
        }
    }
    static constexpr std::int64_t wide = 400;
    /// One to three windows, of which messages fill some and nothing else any.
    WindowSet draw_windows(std::int64_t messages) {
        WindowSet windows{};
        const std::int64_t spans[]{100 * ms, 1'000 * ms, 60'000 * ms};
        const std::int64_t skipped = pick(3);
        for (std::int64_t i = skipped; i < 3; ++i) {
            const std::int64_t share[]{12, 6, 1};
            windows[static_cast<std::size_t>(i - skipped)] = {spans[i], 1 + messages / share[i],
                                                              wide,     50 * wide * micro,
                                                              wide,     50 * wide * micro};
        }
        return windows;
    }
    /// In one kind of scope one measure, at all spans alike; by turns, so that each has its worlds.
    void tighten(Limits& limits, std::int64_t turn) {
        const auto kind = turn % 5;
        const auto& key = window_keys[static_cast<std::size_t>(turn / 5) % window_keys.size()];
        const std::int64_t limit = key.key == "messages_max" ? among({5, 7, 12})
                                   : kind < 1                ? among({3, 5, 9})
                                                             : among({4, 7, 10});
        const auto set = [&](WindowSet& windows, std::int64_t unit) {
            for (WindowLimits& each : windows) {
                each.*key.field = key.unit == "micro" ? limit * unit * micro + pick(3) - 1 : limit;
            }
        };
        for (std::size_t i = 0; i < strategy_count; ++i) {
            kind == 0 ? set(limits.firm.windows, 10) : void();
            kind == 1 ? set(limits.venue[i % venue_count].windows, 12) : void();
            kind == 2 ? set(limits.account[i % account_count].windows, 10) : void();
            kind == 3 ? set(limits.strategy[i].windows, 9) : void();
            kind == 4 ? set(limits.instrument[i % instrument_count].windows, 8) : void();
        }
    }
    /// The same for the notional of one order.
    void tighten_order(Limits& limits, std::int64_t kind) {
        const std::int64_t limit = among({25, 30}) * micro;
        kind == 0 ? void(limits.firm.order_notional_micro_max = limit) : void();
        kind == 1 ? void(limits.venue[0].order_notional_micro_max = limit) : void();
        kind == 2 ? void(limits.account[0].order_notional_micro_max = limit) : void();
        kind == 3 ? void(limits.strategy[0].order_notional_micro_max = limit) : void();
    }
    /// A limit that nobody wrote.
    void forget_one(Limits& limits) {
        const auto any = [this](const auto& keys, auto& scope) {
            scope.*keys[static_cast<std::size_t>(pick(std::int64_t(keys.size())))].field = 0;
        };
        switch (pick(6)) {
            case 4:
                any(window_keys, limits.strategy[0].windows[0]);
                break;
            case 5:
                any(account_keys, limits.account[0]);
                break;
            case 0:
                any(firm_keys, limits.firm);
                break;
            case 1:
                any(venue_keys, limits.venue[0]);
                break;
            case 2:
                any(strategy_keys, limits.strategy[0]);
                break;
            default:
                any(instrument_keys, limits.instrument[0]);
        }
    }
    /// A version of the filters; `sound` is one under which orders pass.
    const engine::Instrument& draw_filters(std::uint16_t i, bool sound) {
        engine::Instrument& filters = instruments_[i];
        constexpr std::array<std::uint16_t, instrument_count> base{0, 2, 2};
        constexpr std::array<std::uint16_t, instrument_count> quote{1, 1, 0};
        const std::int64_t unit = price_of[i];
        filters = {.id = engine::InstrumentId{i},
                   .venue = engine::VenueId{static_cast<std::uint8_t>(i == 2 ? 1 : 0)},
                   .base = engine::AssetId{base[i]},
                   .quote = engine::AssetId{quote[i]},
                   .version = ++version_,
                   .status = engine::InstrumentStatus::trading,
                   .amend_allowed = !one_in(5),
                   .orders_max = static_cast<std::uint16_t>(among({0, 0, 0, 2, 4})),
                   .tick = engine::PriceAtoms{unit / among({100, 100, 200})},
                   .lot = engine::QtyAtoms{lot / among({1, 1, 2})},
                   .price_min = engine::PriceAtoms{rarely(unit * 98 / 100)},
                   .price_max = engine::PriceAtoms{rarely(unit * 102 / 100)},
                   .qty_min = engine::QtyAtoms{rarely(2 * lot)},
                   .qty_max = engine::QtyAtoms{rarely(3 * lot)},
                   .notional_min = engine::AmountAtoms{rarely(unit / 5)},
                   .notional_max = engine::AmountAtoms{rarely(unit / 4)}};
        if (!sound) {
            spoil(filters);
        }
        return filters;
    }
    void spoil(engine::Instrument& filters) {
        switch (pick(7)) {
            case 0:
                filters.status = static_cast<engine::InstrumentStatus>(pick(4));
                break;
            case 1:
                filters.tick = {};
                break;
            case 2:
                filters.quote =
                    one_in(2) ? filters.base : engine::AssetId{engine::capacity::assets};
                break;
            case 3:
                filters.venue = engine::VenueId{8};
                break;
            case 4:
                filters.notional_max.value = int128{1} << 120;
                break;
            case 5:
                filters.notional_min.value = int128{1} << 120;
                break;
            default:
                filters.version = 0;
        }
    }

    engine::NewOrderSingle any_order() {
        const auto i =
            static_cast<std::uint16_t>(one_in(200) ? 3 + pick(63) : pick(instrument_count));
        const engine::Instrument& filters = instruments_[i % instrument_count];
        const std::int64_t grid = std::max<std::int64_t>(filters.tick.value, 1);
        const std::int64_t lots = std::max<std::int64_t>(filters.lot.value, 1);
        const bool buy = one_in(2);
        // Mostly on its own side of the middle, sometimes through it.
        const std::int64_t away =
            (one_in(8) ? -pick(4) : pick(4)) * (price_of[filters.id.value] / 100);
        const std::int64_t price = middle_[filters.id.value] + (buy ? -away : away);
        engine::NewOrderSingle made{
            .cl_ord_id = engine::ClOrdId{++sequence_},
            .price = engine::PriceTicks{price / grid},
            .qty = engine::QtyLots{(1 + pick(one_in(6) ? 8 : 3)) * lot / lots},
            .instrument_version = filters.version,
            .instrument = engine::InstrumentId{i},
            .strategy = engine::StrategyId{static_cast<std::uint8_t>(pick(strategy_count))},
            .side = buy ? engine::Side::buy : engine::Side::sell};
        if (one_in(12)) {
            spoil(made);
        }
        return made;
    }
    void spoil(engine::NewOrderSingle& made) {
        constexpr std::int64_t extremes[]{0,
                                          -1,
                                          1,
                                          last_time,
                                          -last_time - 1,
                                          last_time / coin,
                                          std::int64_t{1} << 53,
                                          std::int64_t{1} << 40};
        switch (pick(9)) {
            case 0:
                made.price.value = among(extremes);
                break;
            case 1:
                made.qty.value = among(extremes);
                break;
            case 2:
                made.instrument_version -= 1;
                break;
            case 3:
                made.side = static_cast<engine::Side>(pick(4));
                break;
            case 4:
                made.type = static_cast<engine::OrdType>(pick(5));
                break;
            case 5:
                made.type = static_cast<engine::OrdType>(1 + pick(3));
                made.time_in_force = static_cast<engine::TimeInForce>(pick(5));
                break;
            case 6:
                made.stp = static_cast<engine::StpMode>(pick(6));
                break;
            case 7:
                made.strategy = engine::StrategyId{
                    static_cast<std::uint8_t>(one_in(2) ? 32 + pick(224) : pick(32))};
                break;
            default:
                made.cl_ord_id = engine::no_order;
        }
    }
    engine::ReviewContext any_context(std::uint16_t instrument, engine::OrderSlot slot) {
        const std::size_t of = instrument % instrument_count;
        const std::int64_t half = price_of[of] / 200;
        engine::ReviewContext context{
            .now = engine::MonoNs{now_},
            .reference = {.bid = engine::PriceAtoms{middle_[of] - half},
                          .ask = engine::PriceAtoms{middle_[of] + half},
                          .top_time = engine::MonoNs{now_ - pick(100) * ms},
                          .alive_time = engine::MonoNs{now_ - pick(100) * ms},
                          .valid = !one_in(150)},
            .slot = slot,
            .agent = engine::OrderAgentId{static_cast<std::uint8_t>(pick(3))},
            .account = engine::AccountId{static_cast<std::uint8_t>(pick(account_count))},
            .credential = engine::CredentialId{static_cast<std::uint8_t>(pick(credential_count))},
            .session_ready = !one_in(400),
            .reconciled = !one_in(400),
            .journal_writable = !one_in(400),
            .request_room = !one_in(400)};
        engine::MarketReference& at = context.reference;
        if (one_in(20)) {
            spoil(at);
        }
        if (one_in(2'000)) {  // the end of time
            context.now =
                engine::MonoNs{last_time - std::max<std::int64_t>(lifetime_ - 1 - pick(5), 0)};
        }
        return context;
    }
    void spoil(engine::MarketReference& at) {
        switch (pick(7)) {
            case 0:
                (one_in(2) ? at.bid : at.ask).value = -pick(2);
                break;
            case 1:
                at.bid.value = at.ask.value + pick(2);
                break;
            case 2:
                at.top_time.value = now_ - ages_[0] - pick(2);
                break;
            case 3:
                at.alive_time.value = now_ - ages_[1] - pick(2);
                break;
            case 4:
                (one_in(2) ? at.top_time : at.alive_time).value = -last_time;
                break;
            case 5:
                at.top_time.value = at.alive_time.value = now_ + 5;
                break;
            default:
                at.bid.value = at.ask.value - 1;
        }
    }
    void move_clock() {
        const std::int64_t step =
            one_in(2) ? among({60'000 * ms, 60'000 * ms - 1, 20'000 * ms, -2'000 * ms, -1})
                      : among({1, 99 * ms, 100 * ms - 1, 100 * ms, 100 * ms + 1, 1'000 * ms - 1,
                               1'000 * ms, 900 * ms, 5'000 * ms});
        now_ += step;
    }
    void move_book() {
        const auto i = static_cast<std::size_t>(pick(instrument_count));
        const std::int64_t step = price_of[i] / 100;
        middle_[i] = std::clamp(middle_[i] + (pick(3) - 1) * step, price_of[i] - 3 * step,
                                price_of[i] + 3 * step);
    }
    std::mt19937_64 random_;
    std::array<engine::Instrument, instrument_count> instruments_{};
    std::array<std::int64_t, instrument_count> middle_{};
    std::array<std::int64_t, naive_assets> usual_{};
    std::array<std::int64_t, 2> ages_{};
    std::int64_t now_{}, wall_{}, lifetime_{};
    std::uint64_t sequence_{};
    std::uint32_t version_{};
    std::int64_t worlds_{};
};

}  // namespace portcullis::risk
