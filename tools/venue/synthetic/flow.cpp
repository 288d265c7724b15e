#include "tools/venue/synthetic/flow.hpp"

#include <algorithm>

#include "engine/types/verify.hpp"
#include "tools/venue/durations.hpp"

namespace portcullis::tools::venue {

using engine::opposite;
using engine::verify;

namespace {

constexpr std::int64_t drift_every_us = 50'000;
/// A taker goes at most this far from the reference: 0.5 %, as a careful program bounds itself.
constexpr std::int64_t taker_reach_divisor = 200;
/// The touch is at most about this many orders deep; the oldest give way.
constexpr std::size_t touch_orders_max = 48;
constexpr std::size_t touch_orders_at_once = 6;
constexpr std::int64_t price_least_ticks = 10;

std::int64_t percent(std::int64_t value, std::int64_t by) {
    return std::max<std::int64_t>(1, value * by / 100);
}

std::size_t index(Side side) {
    return side == Side::buy ? 0 : 1;
}

}  // namespace

Flow::Flow(Exchange& exchange, const FlowParameters& parameters,
           std::span<const ScriptPhase> script, std::uint64_t seed)
    : exchange_(exchange),
      parameters_(parameters),
      script_(script),
      engine_(exchange.add_matched_symbol(parameters.symbol)),
      jump_random_(seed, 1),
      touch_random_(seed, 2),
      band_random_(seed, 3),
      taker_random_(seed, 4),
      leave_random_(seed, 5) {}

void Flow::open(std::int64_t now_ms) {
    now_ms_ = now_ms;
    bid_ticks_ = parameters_.price_start_ticks;
    spread_ticks_ = parameters_.spread_ticks.draw(jump_random_);
    for (const Side side : {Side::buy, Side::sell}) {
        touch(side);
        for (std::size_t band = 0; band < parameters_.bands.size(); ++band) {
            const std::int64_t orders_e3 = parameters_.bands[band].orders_e3;
            const std::int64_t rest = band_random_.below(1000) < orders_e3 % 1000 ? 1 : 0;
            for (std::int64_t i = 0; i < orders_e3 / 1000 + rest; ++i) {
                add(band, side, true);
            }
            schedule(0, What::add, static_cast<std::int64_t>(band * 2 + index(side)));
        }
        schedule(0, What::touch, static_cast<std::int64_t>(index(side)));
    }
    for (const std::int64_t percent_away : {10, 20, 35, 60}) {
        // Who hopes for a crash, or left an order years ago: no side is ever empty.
        const std::int64_t away = bid_ticks_ * percent_away / 100;
        const std::int64_t lots = parameters_.touch_lots.values.back();
        submit(Side::buy, std::max<std::int64_t>(1, bid_ticks_ - away), lots, true);
        submit(Side::sell, target(Side::sell) + away, lots, true);
    }
    await(What::jump);
    await(What::taker);
    std::int64_t edge_ms = -1;
    for (const ScriptPhase& each : script_) {
        for (const std::int64_t at_ms : {each.from_ms, each.to_ms}) {
            verify(at_ms >= edge_ms);
            if (at_ms > edge_ms) {  // the end of one phase may be the next one's beginning
                schedule(at_ms * us_per_ms, What::edge);
            }
            edge_ms = at_ms;
        }
    }
    if (!script_.empty()) {
        schedule(drift_every_us, What::drift);
    }
}

void Flow::schedule(std::int64_t after_us, What what, std::int64_t subject) {
    due_.push({now_us_ + after_us, ++scheduled_, what, subject, era_});
}

void Flow::await(What what, std::int64_t subject) {
    verify(what == What::jump || what == What::taker || what == What::add);
    if (what == What::taker) {
        schedule(taker_wait_us(), what);
    } else if (what == What::jump) {
        const std::int64_t every = us_per_hour / parameters_.jumps_per_hour;
        schedule(jump_random_.exponential(percent(every, 10'000 / phase().jumps_percent)), what);
    } else {
        const auto band = static_cast<std::size_t>(subject / 2);
        const std::int64_t rate =
            parameters_.bands[band].adds_per_hour * phase().makers_percent / 100;
        schedule(band_random_.exponential(us_per_hour / std::max<std::int64_t>(1, rate)), what,
                 subject);
    }
}

std::int64_t Flow::taker_wait_us() {
    const ScriptPhase& now = phase();
    const std::int64_t wait = std::max<std::int64_t>(
        1, parameters_.taker_wait_us.draw(taker_random_) * 100 / now.takers_percent);
    return now.takers_per_s == 0
               ? wait
               : std::min(wait, taker_random_.exponential(us_per_second / now.takers_per_s));
}

void Flow::edge() {
    ++era_;
    await(What::jump);
    await(What::taker);
    for (std::size_t subject = 0; subject < 2 * parameters_.bands.size(); ++subject) {
        await(What::add, static_cast<std::int64_t>(subject));
    }
}

void Flow::step(std::int64_t now_ms) {
    const Due due = due_.top();
    due_.pop();
    verify(due.at_us >= now_us_);
    now_us_ = due.at_us;
    now_ms_ = now_ms;
    const bool awaited = due.what == What::jump || due.what == What::taker || due.what == What::add;
    if (awaited && due.era != era_) {
        return;
    }
    const Side side = due.subject % 2 == 0 ? Side::buy : Side::sell;
    switch (due.what) {
        case What::jump:
            jump();
            break;
        case What::drift:
            drift();
            break;
        case What::touch:
            touch(side);
            schedule(touch_random_.exponential(us_per_hour / parameters_.touch_updates_per_hour),
                     What::touch, due.subject);
            break;
        case What::add:
            await(What::add, due.subject);
            if (due.at_us > 0) {  // the first only starts the clock
                add(static_cast<std::size_t>(due.subject / 2), side, false);
            }
            break;
        case What::edge:
            edge();
            break;
        case What::taker:
            taker();
            break;
        case What::leave:
            exchange_.flow_cancel(parameters_.symbol.name, due.subject, now_ms_);
            break;
    }
}

std::int64_t Flow::ticks_of(PriceAtoms price) const {
    return price.value / parameters_.symbol.tick.value;
}

std::int64_t Flow::target(Side side) const {
    return side == Side::buy ? bid_ticks_ : bid_ticks_ + spread_ticks_;
}

std::int64_t Flow::submit(Side side, std::int64_t price_ticks, std::int64_t lots, bool post_only) {
    Incoming order;
    order.id = -++orders_;
    order.taker.account = flow_account;
    order.taker.side = side;
    order.taker.limit = PriceAtoms{price_ticks * parameters_.symbol.tick.value};
    order.taker.qty = QtyAtoms{std::max<std::int64_t>(1, lots) * parameters_.symbol.lot.value};
    order.taker.lot = parameters_.symbol.lot;
    order.time_in_force = post_only ? TimeInForce::gtc : TimeInForce::ioc;
    order.post_only = post_only;
    exchange_.flow_submit(parameters_.symbol.name, order, now_ms_);
    return order.id;
}

void Flow::jump() {
    const ScriptPhase& now = phase();
    await(What::jump);
    if (jump_random_.chance_e4(parameters_.jump_reversal_e4)) {
        last_jump_ = -last_jump_;
    }
    const std::int64_t half_ticks = parameters_.jump_half_ticks.draw(jump_random_);
    const std::int64_t old_spread = spread_ticks_;
    const std::int64_t twice_middle = 2 * bid_ticks_ + spread_ticks_ + last_jump_ * half_ticks;
    spread_ticks_ = percent(parameters_.spread_ticks.draw(jump_random_), now.spread_percent);
    if (half_ticks == 1 && now.spread_percent == 100) {
        // One side's step: it closes a wide spread by a tick, or opens one of a tick. Of two draws,
        // so that the spread is a tick as much of the time as it was recorded.
        const std::int64_t other = parameters_.spread_ticks.draw(jump_random_);
        spread_ticks_ = old_spread > 1 ? old_spread - 1
                                       : std::min<std::int64_t>(2, std::max(spread_ticks_, other));
    }
    bid_ticks_ = std::max(price_least_ticks, (twice_middle - spread_ticks_ + (last_jump_ > 0)) / 2);
    follow_reference();
}

void Flow::drift() {
    schedule(drift_every_us, What::drift);
    const std::int64_t rate = phase().drift_e6_per_s;
    if (rate == 0) {
        return;
    }
    drift_rest_e6_ += bid_ticks_ * rate / (1'000'000 / drift_every_us);
    const std::int64_t ticks = drift_rest_e6_ / 1'000'000;
    drift_rest_e6_ -= ticks * 1'000'000;
    if (ticks != 0) {
        last_jump_ = ticks > 0 ? 1 : -1;
        bid_ticks_ = std::max(price_least_ticks, bid_ticks_ + ticks);
        follow_reference();
    }
}

void Flow::follow_reference() {
    for (const Side side : {Side::buy, Side::sell}) {
        withdraw_touch(side);
        clear_way(side, target(side));
    }
    touch(Side::buy);
    touch(Side::sell);
}

/// Nobody of the flow stands better than `limit_ticks`; a client who does is taken, by whoever saw
/// it first, where the other side's price allows it.
void Flow::clear_way(Side side, std::int64_t limit_ticks) {
    const auto too_good = [&](std::int64_t ticks) {
        return side == Side::buy ? ticks > limit_ticks : ticks < limit_ticks;
    };
    const std::int64_t value = target(opposite(side));
    while (const auto best = engine_.best(side)) {
        const std::int64_t ticks = ticks_of(best->price);
        if (!too_good(ticks)) {
            return;
        }
        const std::int64_t first = engine_.first_in_line(side);
        if (first < 0) {
            exchange_.flow_cancel(parameters_.symbol.name, first, now_ms_);
        } else if (side == Side::buy ? ticks >= value : ticks <= value) {
            submit(opposite(side), ticks, best->qty.value / parameters_.symbol.lot.value, false);
        } else {
            return;
        }
    }
}

void Flow::withdraw_touch(Side side) {
    for (const std::int64_t id : touch_orders_[index(side)]) {
        exchange_.flow_cancel(parameters_.symbol.name, id, now_ms_);
    }
    touch_orders_[index(side)].clear();
}

/// The touch's makers bring what is shown at their price to what they drew.
void Flow::touch(Side side) {
    std::vector<std::int64_t>& orders = touch_orders_[index(side)];
    std::erase_if(orders, [&](std::int64_t id) { return engine_.open_qty(id) == QtyAtoms{0}; });
    const std::int64_t ticks = target(side);
    const std::int64_t wanted =
        percent(parameters_.touch_lots.draw(touch_random_), phase().touch_percent);
    const auto shown = [&] {
        return engine_.visible(side, PriceAtoms{ticks * parameters_.symbol.tick.value}).value /
               parameters_.symbol.lot.value;
    };
    while (!orders.empty() && (shown() > wanted || orders.size() >= touch_orders_max)) {
        exchange_.flow_cancel(parameters_.symbol.name, orders.front(), now_ms_);
        orders.erase(orders.begin());
    }
    for (std::size_t i = 0; i < touch_orders_at_once && shown() < wanted; ++i) {
        // The last of them is as large as it must be: the many small ones stand before it.
        const std::int64_t missing = wanted - shown();
        const bool last = i + 1 == touch_orders_at_once;
        const std::int64_t drawn = parameters_.maker_lots.draw(touch_random_);
        orders.push_back(submit(side, ticks, last ? missing : std::min(missing, drawn), true));
    }
}

void Flow::add(std::size_t number, Side side, bool first) {
    const FlowBand& band = parameters_.bands[number];
    const std::int64_t width = std::int64_t{1} << number;
    const std::int64_t away = width + band_random_.below(width);
    const std::int64_t ticks = target(side) + (side == Side::buy ? -away : away);
    const std::int64_t lots = band.qty_lots.draw(band_random_);
    const std::int64_t life =
        us_per_hour * band.orders_e3 / (1000 * std::max<std::int64_t>(1, band.adds_per_hour));
    const std::int64_t stays =
        leave_random_.exponential(std::max<std::int64_t>(1, life * phase().patience_percent / 100));
    if (ticks < price_least_ticks || (!first && band.adds_per_hour == 0)) {
        return;
    }
    const std::int64_t id = submit(side, ticks, lots, true);
    schedule(stays, What::leave, id);
}

void Flow::taker() {
    const ScriptPhase& now = phase();
    await(What::taker);
    const bool same = taker_random_.chance_e4(parameters_.taker_same_side_e4);
    const bool follows = taker_random_.chance_e4(parameters_.momentum_e4);
    const bool sells = taker_random_.chance_e4(std::max<std::int64_t>(0, now.taker_sell_e4));
    const std::int64_t lots =
        percent(parameters_.taker_lots.draw(taker_random_), now.taker_size_percent);
    if (now.taker_sell_e4 >= 0) {
        last_taker_ = sells ? -1 : 1;
    } else if (!same) {
        last_taker_ = follows ? last_jump_ : -last_taker_;
    }
    const Side side = last_taker_ > 0 ? Side::buy : Side::sell;
    const std::int64_t ticks = target(opposite(side));
    const std::int64_t reach = std::max<std::int64_t>(1, ticks / taker_reach_divisor);
    submit(side, std::max(price_least_ticks, ticks + last_taker_ * reach), lots, false);
    const auto best = engine_.best(opposite(side));
    if (!best || ticks_of(best->price) != ticks) {
        touch(opposite(side));  // at once: how often the middle moves is fitted, as jumps
    }
}

}  // namespace portcullis::tools::venue
