#include "gateways/binance/reconcile.hpp"

#include "engine/events/recovery.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::gateways::binance {

using engine::InstrumentId;
using engine::MonoNs;
using engine::ReconcilePhase;
using engine::TradeId;
using engine::WallNs;

Reconciler::Reconciler(const SymbolTable& symbols, InstrumentBook& instruments, Reports& reports,
                       VenueTime& time, TradeMarks& marks, QueryPort& port,
                       const ReconcileSettings& settings)
    : symbols_(symbols),
      instruments_(instruments),
      reports_(reports),
      time_(time),
      marks_(marks),
      port_(port),
      settings_(settings) {
    engine::verify(settings.time_samples > 0);
}

void Reconciler::start(const engine::ReconcileRequest& request, MonoNs now) noexcept {
    if (running()) {
        push_step(ReconcilePhase::failed);  // the one before has no end of its own
    }
    round_ = request.round;
    marks_.begin(request.agreed);
    open_orders_ = 0;
    issued_ = {};
    venue_time_ = {};
    samples_ = 0;
    since_ = now;
    push_step(ReconcilePhase::begin);
    next(Step::time);
}

bool Reconciler::poll(MonoNs now) noexcept {
    if (!running() || asked_.value != 0) {
        return false;
    }
    if (now - since_ >= settings_.wait_max) {
        fail();
        return true;
    }
    const Asked asked = port_.ask(question(), Purpose::reconcile, now);
    asked_ = asked.id;
    if (asked.no_weight || asked_.value != 0) {
        since_ = now;
    }
    return asked_.value != 0;
}

Query Reconciler::question() const noexcept {
    switch (step_) {
        case Step::time:
            return {Call::time, engine::no_instrument, engine::no_trade, 0};
        case Step::info:
            return {Call::exchange_info, engine::no_instrument, engine::no_trade, 0};
        case Step::account:
            return {Call::account, engine::no_instrument, engine::no_trade, 0};
        case Step::open_orders:
            return {Call::open_orders, engine::no_instrument, engine::no_trade, 0};
        case Step::trades:
            // Never traded as far as we know: the newest trade is where we start from.
            return {Call::trades, instrument_, from_, from_ == engine::no_trade ? 1 : trades_page};
        case Step::idle:
            break;
    }
    engine::verify(false);
    return {};
}

void Reconciler::on_answer(const InFlight& request, const Answer& answer, const Classified& meaning,
                           MonoNs now, WallNs wall) noexcept {
    if (!awaits(request.id)) {
        return;  // of one that was given up
    }
    if (meaning.verdict != Verdict::accepted) {
        return fail();
    }
    since_ = now;
    switch (step_) {
        case Step::time: {
            on_time(request, answer, now, wall);
            asked_ = {};
            if (++samples_ < settings_.time_samples) {
                return;
            }
            const std::int64_t offset = time_.known() ? time_.at(now).value - wall.value : 0;
            if (!time_.known() || offset > settings_.clock_offset_max.value ||
                offset < -settings_.clock_offset_max.value) {
                return fail();
            }
            return next(Step::info);
        }
        case Step::info:
            on_info(answer);
            return next(Step::account);
        case Step::account:
            on_account(answer, request.venue_at_send);
            return next(Step::open_orders);
        case Step::open_orders:
            open_orders_ = reports_.open_orders(answer);
            issued_ = request.sent;
            venue_time_ = request.venue_at_send;
            instruments_left_ = symbols_.instruments();
            next_instrument();
            break;
        case Step::trades:
            if (!on_trades(answer)) {
                return fail();
            }
            break;
        case Step::idle:
            return;
    }
    if (instrument_ == engine::no_instrument) {
        push_step(ReconcilePhase::complete);
        next(Step::idle);
    }
}

void Reconciler::on_time(const InFlight& request, const Answer& answer, MonoNs now,
                         WallNs wall) noexcept {
    const bool taken = time_.sample(request.sent, now, answer.server_time_ms);
    // Told at least once in each reconciliation: the core needs a clock before it trades.
    const bool worth_telling = taken || (request.purpose == Purpose::reconcile && samples_ == 0);
    if (!worth_telling || !time_.known()) {
        return;
    }
    engine::VenueClock clock;
    clock.offset = engine::DurationNs{time_.at(now).value - wall.value};
    clock.uncertainty = time_.uncertainty(now);
    clock.venue_time = time_.at(now);
    reports_.queue().push(clock);
}

void Reconciler::on_info(const Answer& answer) noexcept {
    engine::InstrumentSet listed;
    for (const engine::InstrumentDefinition& row : answer.definitions) {
        listed.add(row.instrument);
        if (const auto news = instruments_.update(row)) {
            reports_.queue().push(*news);
        }
    }
    (symbols_.instruments() - listed).for_each([&](InstrumentId gone) {
        if (const auto news = instruments_.delist(gone)) {
            reports_.queue().push(*news);
        }
    });
}

void Reconciler::on_account(const Answer& answer, WallNs venue) noexcept {
    reports_.counters.unknown_assets += answer.unknown_assets;
    // Zero balances are left out of the answer: what is not listed is zero.
    engine::AssetSet left = symbols_.assets();
    const auto push = [&](const BalanceRow& row) {
        engine::AccountBalance balance;
        balance.free = row.free;
        balance.locked = row.locked;
        balance.venue_time = venue;
        balance.asset = row.asset;
        balance.from_snapshot = 1;
        reports_.queue().push(balance);
    };
    for (const BalanceRow& row : answer.balances) {
        push(row);
        left.remove(row.asset);
    }
    left.for_each([&](engine::AssetId asset) { push(BalanceRow{{}, {}, asset}); });
}

/// False: it is the history of something else.
bool Reconciler::on_trades(const Answer& answer) noexcept {
    const bool baseline = from_ == engine::no_trade;
    TradeId last = marks_.last(instrument_);
    for (const TradeRow& row : answer.trades) {
        if (row.instrument != instrument_) {
            return false;
        }
        last = std::max(last, row.trade);
    }
    if (baseline) {
        // Everything up to here is inside the balances that we start from: no fill of this run.
        // Nothing at all is a baseline too: whatever comes later is news.
        last = std::max(last, TradeId{0});
        marks_.set_start(instrument_, last);
        reports_.queue().push(engine::TradeBaseline{last, instrument_, {}});
        next_instrument();
        return true;
    }
    marks_.on_fetched(instrument_, last);
    reports_.fills(answer);
    if (answer.trades.size() == trades_page) {
        from_ = TradeId{last.value + 1};  // there may be more
        next(Step::trades);
    } else {
        next_instrument();
    }
    return true;
}

void Reconciler::next_instrument() noexcept {
    if (instruments_left_.empty()) {
        instrument_ = engine::no_instrument;
        return;
    }
    instrument_ = instruments_left_.lowest();
    instruments_left_.remove(instrument_);
    const TradeId last = marks_.last(instrument_);
    from_ = last == engine::no_trade ? engine::no_trade : TradeId{last.value + 1};
    next(Step::trades);
}

void Reconciler::fail() noexcept {
    if (running()) {
        push_step(ReconcilePhase::failed);
        next(Step::idle);
    }
}

void Reconciler::next(Step step) noexcept {
    step_ = step;
    asked_ = {};
}

void Reconciler::push_step(ReconcilePhase phase) noexcept {
    engine::ReconcileStep step;
    step.phase = phase;
    step.open_orders = open_orders_;
    step.venue_time = venue_time_;
    step.issued = issued_;
    step.round = round_;
    reports_.queue().push(step);
}

}  // namespace portcullis::gateways::binance
