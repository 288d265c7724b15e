// The loop, and what comes in: answers, account events, losses, silence.
#include "gateways/binance/order_agent.hpp"

#include "engine/types/verify.hpp"
#include "gateways/binance/ws_api_snapshots.hpp"

namespace portcullis::gateways::binance {

using engine::RequestFate;
using engine::SessionStatus;
using BudgetKind = gateways::RequestKind;

OrderAgent::OrderAgent(const OrderAgentParts& parts, const OrderAgentSettings& settings)
    : parts_(parts),
      settings_(settings),
      queue_(parts.reports, settings.agent.value),
      reports_(queue_, parts.ids),
      decoder_(parts.symbols),
      mute_(settings.mute_max),
      reconciler_(parts.symbols, parts.instruments, reports_, time_, marks_, *this,
                  settings.reconcile),
      primary_(0, parts.primary, parts.encoder, in_flight_, time_, *this, settings.session,
               settings.seed),
      secondary_(1, parts.secondary, parts.encoder, in_flight_, time_, *this, settings.session,
                 settings.seed + 1) {}

OrderAgent::~OrderAgent() = default;

std::size_t OrderAgent::do_work(engine::MonoNs now, engine::WallNs wall) {
    now_ = now;
    wall_ = wall;
    queue_.at(now, wall);
    queue_.drain();
    parts_.budget.at(now);
    parts_.budget.close_until(parts_.doors.requests());
    watch_pending();
    const auto room = [this] { return queue_.staged() == 0; };
    const auto send = [this, &room]() -> std::size_t {
        if (!room()) {
            return 0;
        }
        const bool waits = !cancels_.empty() || foreign_symbols_.left() != 0;
        return (waits ? send_cancels() : 0) + take_requests();
    };
    // What the core has just decided, before the sockets are asked for news: where all are on one
    // thread that is two system calls less between a tick and its order.
    std::size_t work = send();
    work += primary_.poll(now, wall, frames_per_turn, room);
    work += secondary_.poll(now, wall, frames_per_turn, room);
    // Waits for both streams: what happens while one is away would be missing from its result.
    if (reconcile_wanted_.any() && streams_live()) {
        reconciler_.start(reconcile_wanted_.take(), now);
    }
    work += send();  // also what only now has a session, an answer or a budget
    if (room()) {
        work += ask_depth();
        work += reconciler_.poll(now) ? 1 : 0;
        keep_watch();
    }
    queue_.drain();
    return work;
}

// --- frames

void OrderAgent::on_session_frame(Session& session, std::uint32_t link, std::string_view text) {
    ++counters_.frames;
    const Decoded& message = decoder_.decode(text);
    counters_.layout_missed += message.layout_missed ? 1U : 0U;
    const std::uint64_t before = reports_.worth_keeping();
    switch (message.kind) {
        case Decoded::Kind::refused:
            on_refused(session, link, message);
            break;
        case Decoded::Kind::answer:
            on_answer(session, link, message.answer, text);
            break;
        case Decoded::Kind::event:
            on_event(session, link, message.event);
            break;
    }
    if (reports_.worth_keeping() != before) {
        reports_.raw(text, now_);
    }
}

void OrderAgent::on_refused(Session& session, std::uint32_t link, const Decoded& message) {
    ++counters_.refused_frames;
    if (message.was_event || message.id.value == 0) {
        // Something happened on the account and we cannot say what: this stream has a hole.
        if (session.is_active(link)) {
            session.on_mute(now_);
        }
        return;
    }
    if (session.on_refused_answer(link, message.id, now_)) {
        return;
    }
    if (InFlight* request = in_flight_.find(message.id)) {
        if (request->purpose == Purpose::filters) {
            // No trading on the filters of before: replaced and reconciled, which reads them again.
            session.on_mute(now_);
        }
        if (!request->overdue) {
            give_up(*request);
        }
        in_flight_.release(*request);
        return;
    }
    ++counters_.unmatched;
}

void OrderAgent::on_answer(Session& session, std::uint32_t link, const Answer& answer,
                           std::string_view frame) {
    note_usage(answer);
    watch_key(answer);
    if (answer.id.value == 0) {
        // The venue took back the session's authorisation, or speaks of nothing that we asked.
        ++counters_.unmatched;
        if (answer.status == 401) {
            session.cut_link(link, now_);
        }
        return;
    }
    if (session.on_answer(link, answer, now_)) {
        return;
    }
    InFlight* request = in_flight_.find(answer.id);
    if (request == nullptr || request->link != link) {
        ++counters_.unmatched;  // of a request that was given up
        return;
    }
    if (request->purpose == Purpose::snapshot) {
        on_depth(*request, answer, frame);
    } else {
        settle(*request, answer);
    }
    in_flight_.release(*request);
}

// A key that was good and is refused: somebody has changed it, or where we come from has changed.
// One that never was good is a mistake in the config.
void OrderAgent::watch_key(const Answer& answer) {
    KeyRefusal refusal = key_refusal(answer.code, answer.message);
    for (const Leg* leg : {&answer.cancel_leg, &answer.new_leg}) {
        refusal = std::max(refusal, key_refusal(leg->code, leg->message));
    }
    if (answer.id.value == 0 && refusal != KeyRefusal::none) {
        refusal = KeyRefusal::doubted;  // the session was taken back; whether the key was, its next
    }                                   // logon tells
    if (refusal == KeyRefusal::none || !key_good_) {
        return;
    }
    engine::DurationNs lasted{};
    if (refusal == KeyRefusal::elsewhere) {
        elsewhere_since_ = elsewhere_since_ == engine::MonoNs{} ? now_ : elsewhere_since_;
        lasted = now_ - elsewhere_since_;
    }
    reports_.refusal(refusal, answer.code, lasted);
}

void OrderAgent::settle(InFlight& request, const Answer& answer) {
    const Classified meaning = classify(answer.status, answer.code, answer.message);
    const bool accepted = meaning.verdict == Verdict::accepted;
    clock_doubted_ = clock_doubted_ || answer.code == -1021 || answer.new_leg.code == -1021;
    for (const auto reason :
         {meaning.reason, classify_leg(answer.new_leg.code, answer.new_leg.message).reason}) {
        filters_doubted_ = filters_doubted_ || reason == engine::RejectReason::filter ||
                           reason == engine::RejectReason::market_closed;
    }
    if (request.purpose == Purpose::reconcile) {
        reconciler_.on_answer(request, answer, meaning, now_, wall_);
    } else if (request.purpose == Purpose::clock && accepted) {
        reconciler_.on_time(request, answer, now_, wall_);
    } else if (request.purpose == Purpose::filters && accepted && !reconciler_.running()) {
        reconciler_.on_info(answer);  // while one runs its own answer is the newer
    }
    for (const OrderRow& row : answer.orders) {
        note_foreign_symbol(row);
    }
    if (accepted) {
        on_accepted(request);
    }
    switch (request.call) {
        case Call::place:
        case Call::replace:
            if (request.call == Call::place) {
                reports_.placed(request, answer, meaning);
            } else {
                reports_.replaced(request, answer, meaning);
            }
            return;
        case Call::amend:
            return reports_.amended(request, answer, meaning);
        case Call::cancel:
            return reports_.canceled(request, answer, meaning);
        case Call::cancel_all:
            // -1121: the symbol is no more, and nothing can be open on it.
            on_canceled_whole(request, accepted || answer.code == -2011 || answer.code == -1121);
            return reports_.all_canceled(request, answer, meaning);
        case Call::status:
            return reports_.status(request, answer, meaning);
        case Call::open_orders:
            break;
        default:
            return;
    }
    if (request.purpose == Purpose::drain) {
        engine::ReconcileStep step;
        step.open_orders_only = 1;
        step.instrument = request.instrument;
        step.venue_time = request.venue_at_send;
        step.issued = request.sent;
        if (!accepted) {
            return give_up(request);
        }
        step.phase = engine::ReconcilePhase::begin;
        queue_.push(step);
        step.open_orders = reports_.open_orders(answer);
        step.phase = engine::ReconcilePhase::complete;
        queue_.push(step);
    }
}

// From here on its event is waited for. An amended order is told of by the id that it had before.
void OrderAgent::on_accepted(const InFlight& request) {
    if (is_order(request.call)) {
        const bool amended = request.call == Call::amend;
        parts_.egress.on_accepted(request.sent);
        mute_.on_acknowledged(amended ? request.orig : request.cl_ord_id, MuteWatch::What::order,
                              now_);
    } else if (request.call == Call::cancel) {
        mute_.on_acknowledged(request.cl_ord_id, MuteWatch::What::cancel, now_);
    }
}

// No answer will tell what became of it.
void OrderAgent::give_up(const InFlight& request) {
    switch (request.purpose) {
        case Purpose::core:
            return reports_.outcome(request, RequestFate::unknown);
        case Purpose::reconcile:
            return reconciler_.on_given_up(request.id);
        case Purpose::drain: {
            engine::ReconcileStep step;
            step.phase = engine::ReconcilePhase::failed;
            step.open_orders_only = 1;
            step.instrument = request.instrument;
            step.issued = request.sent;
            return queue_.push(step);
        }
        case Purpose::clock:
        case Purpose::filters:
            return;  // asked again in time
        case Purpose::snapshot:
            return end_depth({});
    }
}

void OrderAgent::note_usage(const Answer& answer) {
    for (std::size_t i = 0; i < answer.usage.count; ++i) {
        const UsageRow& row = answer.usage.rows[i];
        if (row.limit == 0) {
            continue;  // a limit of nothing is no limit that we can keep
        }
        if (!row.counted) {
            parts_.budget.on_limit(row.kind, row.interval, row.limit);
            continue;
        }
        parts_.budget.on_reported(row.kind, row.interval, row.used, row.limit,
                                  static_cast<std::uint32_t>(in_flight_.used()), venue_now());
    }
    if (answer.status == 429 || answer.status == 418) {
        // -1015 speaks of orders alone, and names no time: the budget's own count goes on. A
        // cancelReplace under CANCEL_ONLY says it in its leg.
        if (answer.code != -1015 && answer.new_leg.code != -1015) {
            note_refused(static_cast<std::uint16_t>(answer.status), retry_after(answer));
        }
    }
    if (answer.usage.count != 0 && now_ - usage_told_ >= engine::milliseconds(1'000)) {
        usage_told_ = now_;
        const auto weight = parts_.budget.usage(RateKind::request_weight, venue_now());
        const auto orders = parts_.budget.usage(RateKind::orders, venue_now());
        queue_.push(engine::RateUsage{weight.used, weight.limit, orders.used, orders.limit});
    }
}

// --- the account stream

namespace {

engine::ReportSource stream_of(const Session& session) noexcept {
    return session.index() == 0 ? engine::ReportSource::stream_primary
                                : engine::ReportSource::stream_secondary;
}

}  // namespace

void OrderAgent::on_event(Session& session, std::uint32_t link, const StreamEvent& event) {
    switch (event.kind) {
        case UserEvent::execution:
            return on_execution(session, event.order);
        case UserEvent::position:
            return reports_.balances(event);
        case UserEvent::balance_update:
            return reports_.balance_update(event, stream_of(session));
        case UserEvent::external_lock:
            return reports_.external_lock(event);
        case UserEvent::stream_terminated:
            if (session.is_active(link)) {
                session.on_mute(now_);
            }
            return;
        case UserEvent::server_shutdown:
            if (session.is_active(link)) {
                session.replace(now_);
            }
            return;
        case UserEvent::list_status:
            ++reports_.counters.list_status;
            return;
        case UserEvent::other:
        case UserEvent::none:
            ++reports_.counters.other_events;
            return;
    }
}

void OrderAgent::on_execution(Session& session, const OrderRow& row) {
    const engine::ClOrdId id = reports_.execution(row, stream_of(session));
    note_foreign_symbol(row);
    if (id == engine::no_order) {
        return;
    }
    mute_.on_event(id, MuteWatch::What::order, session.index());
    if (row.exec_type == engine::ExecType::canceled) {
        mute_.on_event(id, MuteWatch::What::cancel, session.index());
    }
}

// --- sessions

void OrderAgent::on_link_lost(Session&, std::uint32_t link) {
    bool reconcile_lost = false;
    in_flight_.for_each([&](InFlight& request) {
        if (request.link != link || request.answer_by == engine::MonoNs{}) {
            return;  // of another link, or being sent this moment: its sender knows that it failed
        }
        if (request.purpose == Purpose::reconcile) {
            reconcile_lost = reconcile_lost || reconciler_.awaits(request.id);
        } else if (!request.overdue) {
            give_up(request);
        }
        in_flight_.release(request);
    });
    if (reconcile_lost) {
        reconciler_.fail();
    }
}

void OrderAgent::push_session(engine::Session which, SessionStatus status) {
    engine::SessionState state;
    state.session = which;
    state.status = status;
    state.index = settings_.agent.value;
    queue_.push(state);
}

void OrderAgent::on_session_status(Session& session, SessionStatus status) {
    if (status == SessionStatus::ready) {
        key_good_ = true;
        elsewhere_since_ = {};
    }
    if (session.index() == 0) {
        push_session(engine::Session::orders, status);
    }
}

void OrderAgent::on_stream_status(Session& session, SessionStatus status) {
    mute_.forgive(session.index());
    if (status != SessionStatus::ready) {
        reconciler_.fail();  // one that began before the loss proves nothing about what follows
    }
    push_session(session.index() == 0 ? engine::Session::account_primary
                                      : engine::Session::account_secondary,
                 status);
}

void OrderAgent::on_connect_refused(std::uint16_t status, std::int64_t retry_after_s) {
    constexpr std::int64_t most = 1'000'000'000;  // above it the answer is broken
    const bool named = retry_after_s > 0 && retry_after_s <= most;
    note_refused(status,
                 named ? std::optional{engine::milliseconds(retry_after_s * 1000)} : std::nullopt);
}

// Told to every door of the address, as a time of the clock that they share.
void OrderAgent::note_refused(std::uint16_t status, std::optional<engine::DurationNs> retry_after) {
    parts_.doors.close(status, parts_.budget.on_refused(status, retry_after));
}

// The answer names a time of the venue's clock. While that is not known to us, our wall clock may
// be an hour off it; what the clock said is beside it in the answer, or else no time is named.
std::optional<engine::DurationNs> OrderAgent::retry_after(const Answer& answer) const {
    constexpr std::int64_t most = 9'000'000'000'000;  // the year 2255
    const std::int64_t until_ms = answer.retry_after_ms;
    if (until_ms <= 0 || until_ms >= most) {
        return std::nullopt;
    }
    if (time_.known()) {
        return engine::DurationNs{until_ms * 1'000'000 - time_.earliest(now_).value};
    }
    const std::int64_t from_ms = answer.server_time_ms;
    const bool told = from_ms > 0 && from_ms < until_ms;
    return told ? std::optional{engine::milliseconds(until_ms - from_ms)} : std::nullopt;
}

bool OrderAgent::session_may_spend(engine::MonoNs, bool connecting, std::uint32_t weight) {
    return parts_.budget.take(connecting ? BudgetKind::connect : BudgetKind::query,
                              RequestCost{weight, 0}, venue_now());
}

// --- silence

void OrderAgent::keep_watch() {
    if (now_ - watched_ < engine::milliseconds(5)) {
        return;
    }
    watched_ = now_;
    check_timeouts();
    if (const std::uint8_t mute = mute_.mute(now_); mute != 0) {
        for (Session* session : {&primary_, &secondary_}) {
            if ((mute >> session->index() & 1) != 0) {
                ++counters_.mute;
                mute_.forgive(session->index());
                session->on_mute(now_);
            }
        }
    }
    if (!reconciler_.running() || reconciler_.past_clock()) {
        refresh_clock();
    }
    if (!reconciler_.running()) {
        refresh_filters();
    }
}

void OrderAgent::refresh_clock() {
    const engine::DurationNs life =
        clock_doubted_ ? settings_.clock_doubt : settings_.clock_refresh;
    if (now_ - clock_asked_ >= life &&
        ask({Call::time, engine::no_instrument, engine::no_trade, 0}, Purpose::clock, now_)
                .id.value != 0) {
        clock_asked_ = now_;
        clock_doubted_ = false;
    }
}

// A reconciliation may be a day away, and the venue changes a tick or halts a market when it likes.
void OrderAgent::refresh_filters() {
    const engine::DurationNs life =
        filters_doubted_ ? settings_.filters_doubt : settings_.filters_refresh;
    if (filters_asked_ != engine::MonoNs{} && now_ - filters_asked_ >= life) {
        (void)ask({Call::exchange_info, engine::no_instrument, engine::no_trade, 0},
                  Purpose::filters, now_);
    }
}

void OrderAgent::check_timeouts() {
    // An answer that is late by this much will not come: the venue itself gives up after 10 s.
    constexpr engine::DurationNs forgotten = engine::milliseconds(30'000);
    in_flight_.for_each([&](InFlight& request) {
        if (now_ < request.answer_by) {
            return;
        }
        if (!request.overdue) {
            request.overdue = true;
            ++counters_.timeouts;
            give_up(request);
        }
        if (now_ - request.answer_by >= forgotten) {
            in_flight_.release(request);
        }
    });
}

}  // namespace portcullis::gateways::binance
