// The ladder of the naive gate, rung by rung in the order of README.md's table (naive_gate.hpp).
//
// Every rung is asked every time; what fails is written down with the two numbers. The first is the
// denial, all of them are its mask. A limit of zero lets nothing pass.
#include <algorithm>
#include <limits>

#include "tests/risk/naive_gate.hpp"

namespace portcullis::risk {

using engine::InstrumentStatus;
using engine::OrdType;
using engine::ReplaceMode;
using engine::Scope;
using engine::Side;
using engine::StpMode;
using engine::TimeInForce;
using engine::TradingState;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr int128 largest_weight = int128{1} << 112;

std::int64_t fit(int128 value) {
    return static_cast<std::int64_t>(std::max<int128>(least, std::min<int128>(value, most)));
}
int128 ceiling(int128 a, int128 b) {
    return a / b + (a % b > 0 ? 1 : 0);
}
int128 worth(int128 amount, std::int64_t mark) {
    return mark != 0 && amount > largest_weight / mark ? largest_weight : amount * mark;
}
/// A bound that the venue has not set.
std::int64_t or_open(std::int64_t bound) {
    return bound > 0 ? bound : most;
}

}  // namespace

/// One review: what it looks at, and what it finds.
class NaiveReview {
public:
    NaiveReview(const NaiveGate& gate, const engine::NewOrderSingle& order,
                std::optional<ReplaceMode> mode, engine::ClOrdId orig,
                const engine::ReviewContext& context)
        : gate_(gate), order_(order), mode_(mode), orig_(orig), context_(context) {
        const std::uint16_t id = order.instrument.value;
        known_strategy_ = order.strategy.value < engine::capacity::strategies;
        const auto found = gate.instruments_.find(id);
        if (found != gate.instruments_.end()) {
            of_ = found->second;
        }
        defined_ = NaiveGate::defined(of_);
        if (id < engine::capacity::instruments) {
            limits_ = gate.config_.limits.instrument[id];
        }
        if (known_strategy_) {
            strategy_ = gate.config_.limits.strategy[order.strategy.value];
        }
        if (defined_) {
            venue_ = gate.config_.limits.venue[of_.venue.value];
        }
        if (context.account.value < engine::capacity::accounts) {
            account_ = gate.config_.limits.account[context.account.value];
        }
        base_ = sums(of_.base);
        quote_ = sums(of_.quote);
        buy_ = order.side == Side::buy;
        amend_ = mode == ReplaceMode::amend_in_place;
        for (const NaiveGate::Live& each : gate.live_) {
            if (mode && each.slot == context.orig_slot) {
                old_ = each;
                old_live_ = true;
            }
        }
        const int128 price = int128{order.price.value} * of_.tick.value;
        const int128 qty = int128{order.qty.value} * of_.lot.value;
        price_ = fit(price);
        qty_ = fit(qty);
        product_ = price > 0 && qty > 0 ? int128{price_} * qty_ : 0;
        const int128 amount = ceiling(product_, 100'000'000);
        amount_ = fit(amount);
        overflow_ = price != price_ || qty != qty_ || amount != amount_;
        more_qty_ = amend_ ? 0 : qty_;
        more_amount_ = amend_ ? 0 : amount_;
        trading_ = std::max(
            {gate.state(Scope::firm, 0), defined_ ? venue_state() : TradingState::active,
             gate.state(Scope::account, context.account.value),
             gate.state(Scope::credential, context.credential.value),
             gate.state(Scope::strategy, order.strategy.value), gate.state(Scope::instrument, id)});
    }

    engine::Denial run() {
        switches();
        permissions();
        fields();
        replaces();
        filters();
        sizes();
        market();
        positions();
        money();
        counts();
        return denial_;
    }
    [[nodiscard]] std::uint32_t stamp() const {
        return gate_.word(Scope::firm, 0) + gate_.word(Scope::venue, of_.venue.value) +
               gate_.word(Scope::account, context_.account.value) +
               gate_.word(Scope::credential, context_.credential.value) +
               gate_.word(Scope::strategy, order_.strategy.value) +
               gate_.word(Scope::instrument, order_.instrument.value);
    }
    [[nodiscard]] int128 added_weight() const { return amend_ ? 0 : int128{amount_} * quote_.mark; }
    [[nodiscard]] NaiveGate::Live reservation() const {
        return {.slot = context_.slot,
                .id = order_.cl_ord_id,
                .price = price_,
                .leaves = qty_,
                .instrument = order_.instrument.value,
                .base = of_.base.value,
                .quote = of_.quote.value,
                .venue = of_.venue.value,
                .strategy = order_.strategy.value,
                .buy = buy_};
    }

private:
    void must(bool holds, DenyReason reason, int128 limit, int128 value) {
        if (holds) {
            return;
        }
        if (denial_.all_reasons.empty()) {
            denial_.reason = static_cast<std::uint16_t>(reason);
            denial_.limit = fit(limit);
            denial_.value = fit(value);
        }
        denial_.all_reasons.add(engine::ReasonId{static_cast<std::uint16_t>(reason)});
    }
    void must_be_at_most(std::int64_t limit, int128 value, DenyReason reason) {
        must(limit > 0 && value <= limit, reason, limit, value);
    }
    void must_be_open(std::uint32_t word, DenyReason reason) {
        must(word % 2 == 0, reason, 0, word);
    }
    [[nodiscard]] TradingState venue_state() const {
        return gate_.state(Scope::venue, of_.venue.value);
    }
    [[nodiscard]] NaiveGate::Sums sums(engine::AssetId asset) const {
        return asset.value < naive_assets ? gate_.sums(asset.value) : NaiveGate::Sums{};
    }

    void switches() {
        must_be_open(gate_.word(Scope::firm, 0), DenyReason::killed_firm);
        if (defined_) {
            must_be_open(gate_.word(Scope::venue, of_.venue.value), DenyReason::killed_venue);
        }
        must_be_open(gate_.word(Scope::account, context_.account.value),
                     DenyReason::killed_account);
        must_be_open(gate_.word(Scope::credential, context_.credential.value),
                     DenyReason::killed_credential);
        must_be_open(gate_.word(Scope::strategy, order_.strategy.value),
                     DenyReason::killed_strategy);
        must_be_open(gate_.word(Scope::instrument, order_.instrument.value),
                     DenyReason::killed_instrument);
        const int standing = gate_.standing(context_.credential.value);
        must(standing == 1, DenyReason::credential_state, 1, standing);
        must(trading_ != TradingState::halted, DenyReason::halted, 2,
             static_cast<std::int64_t>(trading_));
        must(context_.session_ready, DenyReason::session_not_ready, 1, 0);
        must(context_.reconciled, DenyReason::not_reconciled, 1, 0);
        must(context_.journal_writable, DenyReason::journal_unwritable, 1, 0);
        must(context_.request_room, DenyReason::request_ring_full, 1, 0);
        const std::int64_t lifetime = gate_.config_.limits.firm.approval_lifetime_ns_max;
        must(lifetime > 0 && int128{context_.now.value} + lifetime <= most,
             DenyReason::approval_lifetime, lifetime, 1);
    }

    void permissions() {
        const std::uint16_t id = order_.instrument.value;
        must(known_strategy_, DenyReason::strategy_unknown, engine::capacity::strategies,
             order_.strategy.value);
        must(defined_, DenyReason::instrument_unknown, engine::capacity::instruments, id);
        const bool listed = strategy_.instruments.has(order_.instrument);
        must(listed, DenyReason::instrument_not_allowed, 0, id);
        const auto pair = std::pair{order_.strategy.value, id};
        must(gate_.pairs_.contains(pair) || gate_.pairs_.size() < 4096, DenyReason::pair_slots,
             4096, 4097);
        bursts();
        must(of_.status == InstrumentStatus::trading, DenyReason::instrument_not_trading, 1,
             static_cast<int>(of_.status));
        must(order_.instrument_version == of_.version, DenyReason::instrument_version, of_.version,
             order_.instrument_version);
    }

    void bursts() {
        const auto denied = gate_.denials_.find(order_.strategy.value);
        const std::int64_t denials =
            denied == gate_.denials_.end()
                ? 0
                : NaiveGate::younger(denied->second, context_.now.value, 1'000'000'000);
        must_be_at_most(strategy_.denials_1s_max, denials, DenyReason::denials);
        const auto filled =
            gate_.fills_.find({order_.strategy.value, order_.instrument.value, buy_});
        const std::int64_t fills =
            filled == gate_.fills_.end()
                ? 0
                : NaiveGate::younger(filled->second, context_.now.value, 10'000'000'000);
        must_be_at_most(limits_.fills_side_10s_max, fills, DenyReason::repeated_execution);
        const auto figures = [this](std::size_t of) {
            const auto book = gate_.books_.find(of);
            return book == gate_.books_.end() ? NaiveGate::Book{} : book->second;
        };
        const NaiveGate::Book mine =
            known_strategy_ ? figures(order_.strategy.value) : NaiveGate::Book{};
        const NaiveGate::Book all = figures(NaiveGate::of_firm);
        const FirmLimits& firm = gate_.config_.limits.firm;
        must_be_at_most(strategy_.loss_day_micro_max, mine.loss, DenyReason::loss_strategy);
        must_be_at_most(firm.loss_day_micro_max, all.loss, DenyReason::loss_firm);
        must_be_at_most(strategy_.drawdown_day_micro_max, mine.drawdown,
                        DenyReason::drawdown_strategy);
        must_be_at_most(firm.drawdown_day_micro_max, all.drawdown, DenyReason::drawdown_firm);
    }

    void fields() {
        const auto tif = order_.time_in_force;
        const bool known_type = order_.type == OrdType::limit ||
                                order_.type == OrdType::limit_maker ||
                                order_.type == OrdType::bounded_market;
        const bool known_tif =
            tif == TimeInForce::gtc || tif == TimeInForce::ioc || tif == TimeInForce::fok;
        const bool together = order_.type == OrdType::limit ||
                              (order_.type == OrdType::limit_maker ? tif == TimeInForce::gtc
                                                                   : tif == TimeInForce::ioc);
        const bool known_mode = !mode_ || mode_ == ReplaceMode::cancel_replace || amend_;
        const int bad = order_.side != Side::buy && order_.side != Side::sell ? 1
                        : !known_type                                         ? 2
                        : !known_tif                                          ? 3
                        : !together                                           ? 4
                        : !known_mode                                         ? 5
                        : order_.cl_ord_id.value == 0                         ? 6
                                                                              : 0;
        must(bad == 0, DenyReason::malformed, 0, bad);
        const bool armed = order_.stp == StpMode::expire_taker ||
                           order_.stp == StpMode::expire_maker ||
                           order_.stp == StpMode::expire_both || order_.stp == StpMode::decrement;
        must(armed, DenyReason::stp_disarmed, 1, static_cast<int>(order_.stp));
        must(order_.price.value > 0, DenyReason::price_not_positive, 1, order_.price.value);
        must(order_.qty.value > 0, DenyReason::qty_not_positive, 1, order_.qty.value);
        must(!overflow_, DenyReason::arithmetic_overflow, most, amount_);
    }

    void replaces() {
        if (!mode_) {
            return;
        }
        const bool same = old_live_ && old_.id == orig_ &&
                          old_.instrument == order_.instrument.value &&
                          old_.strategy == order_.strategy.value && old_.buy == buy_ &&
                          (order_.side == Side::buy || order_.side == Side::sell);
        must(same, DenyReason::replace_target, fit(old_.id.value), fit(orig_.value));
        if (amend_) {
            must(of_.amend_allowed, DenyReason::amend_not_allowed, 1, 0);
            const int128 whole = int128{old_.filled} + old_.leaves;
            must(price_ == old_.price && qty_ > old_.filled && qty_ < whole,
                 DenyReason::amend_not_down, whole, qty_);
        }
    }

    void filters() {
        must(price_ >= of_.price_min.value, DenyReason::price_below_min, of_.price_min.value,
             price_);
        must(price_ <= or_open(of_.price_max.value), DenyReason::price_above_max,
             or_open(of_.price_max.value), price_);
        must(qty_ >= of_.qty_min.value, DenyReason::qty_below_min, of_.qty_min.value, qty_);
        must(qty_ <= or_open(of_.qty_max.value), DenyReason::qty_above_max,
             or_open(of_.qty_max.value), qty_);
        const int128 low = std::max<int128>(0, std::min<int128>(of_.notional_min.value, most));
        const int128 high =
            of_.notional_max.value > 0 ? std::min<int128>(of_.notional_max.value, most) : most;
        must(product_ >= low * 100'000'000, DenyReason::notional_below_min, low, amount_);
        must(product_ <= high * 100'000'000, DenyReason::notional_above_max, high, amount_);
    }

    void sizes() {
        must_be_at_most(limits_.order_qty_atoms_max, qty_, DenyReason::order_qty);
        const std::int64_t unmarked = gate_.unmarked();
        if (base_.mark == 0) {
            must(false, DenyReason::mark_missing, 0, of_.base.value);
        } else if (quote_.mark == 0) {
            must(false, DenyReason::mark_missing, 0, of_.quote.value);
        } else {
            must(unmarked == 0, DenyReason::mark_missing, 0, unmarked);
        }
        notional(limits_.order_notional_kill_micro_max, DenyReason::order_notional_kill);
        notional(limits_.order_notional_micro_max, DenyReason::order_notional);
        notional(strategy_.order_notional_micro_max, DenyReason::order_notional_strategy);
        notional(venue_.order_notional_micro_max, DenyReason::order_notional_venue);
        notional(account_.order_notional_micro_max, DenyReason::order_notional_account);
        notional(gate_.config_.limits.firm.order_notional_micro_max,
                 DenyReason::order_notional_firm);
    }

    void notional(std::int64_t limit, DenyReason reason) {
        const int128 weight = int128{amount_} * quote_.mark;
        must(limit > 0 && weight <= int128{limit} * 100'000'000, reason, limit,
             ceiling(weight, 100'000'000));
    }

    void market() {
        const engine::MarketReference& at = context_.reference;
        const std::int64_t bid = at.bid.value;
        const std::int64_t ask = at.ask.value;
        const bool both = bid > 0 && ask > 0;
        must(at.valid, DenyReason::reference_invalid, 1, 0);
        must(both, DenyReason::reference_one_sided, 1, std::min(bid, ask));
        must(!both || bid < ask, DenyReason::reference_crossed, ask, bid);
        const auto age = [this](engine::MonoNs then) {
            return std::max<int128>(0, int128{context_.now.value} - then.value);
        };
        must_be_at_most(limits_.quote_age_ns_max, std::min<int128>(age(at.top_time), most),
                        DenyReason::reference_stale);
        must_be_at_most(limits_.feed_silence_ns_max, std::min<int128>(age(at.alive_time), most),
                        DenyReason::feed_silent);
        const std::int64_t collar = limits_.collar_bps_max;
        if (!both || price_ < 0) {
            must(false, DenyReason::price_collar, collar, most);
        } else {
            const int128 sum = int128{bid} + ask;
            const int128 apart = 2 * int128{price_} - sum;
            const int128 bps = ceiling((apart < 0 ? -apart : apart) * 10'000, sum);
            must_be_at_most(collar, bps, DenyReason::price_collar);
        }
        drift();
        duplicates();
        const std::int64_t own = defined_ ? gate_.best(order_.instrument.value, !buy_) : 0;
        must(own == 0 || (buy_ ? price_ < own : price_ > own), DenyReason::self_match, own, price_);
    }

    /// From the lowest and the highest that was sent in this second and the sixty before it.
    void drift() {
        const auto second = [](std::int64_t ns) {
            return std::max<std::int64_t>(ns, 0) / 1'000'000'000;
        };
        std::vector<std::pair<std::int64_t, std::int64_t>> sent;  // second and price
        for (const NaiveGate::Sent& each : sent_here()) {
            if (each.instrument == order_.instrument.value && each.buy == buy_) {
                const std::int64_t before = sent.empty() ? 0 : sent.back().first;
                sent.emplace_back(std::max(second(each.at), before), each.price);
            }
        }
        const std::int64_t now =
            std::max(second(context_.now.value), sent.empty() ? 0 : sent.back().first);
        int128 bps = 0;
        for (const auto& [at, price] : sent) {
            if (at >= now - 60 && !amend_) {
                const int128 away = int128{price_} - price;
                bps = std::max(bps, ceiling((away < 0 ? -away : away) * 10'000, price));
            }
        }
        must_be_at_most(limits_.drift_bps_60s_max, bps, DenyReason::price_drift);
    }
    void duplicates() {
        std::int64_t latest = least;
        std::int64_t equal = mode_ ? 0 : 1;
        std::int64_t all = 0;
        for (const NaiveGate::Sent& each : sent_here()) {
            if (!each.replaces) {
                latest = std::max(latest, each.at);
            }
        }
        const std::int64_t now = std::max(latest, context_.now.value);
        latest = least;
        for (const NaiveGate::Sent& each : sent_here()) {
            if (each.replaces || mode_) {
                continue;
            }
            latest = std::max(latest, each.at);
            if (int128{now} < int128{latest} + 250'000'000) {
                ++all;
                equal += each.instrument == order_.instrument.value && each.buy == buy_ &&
                                 each.price == price_ && each.qty == qty_
                             ? 1
                             : 0;
            }
        }
        must(all < 512 && strategy_.duplicates_250ms_max > 0 &&
                 equal <= strategy_.duplicates_250ms_max,
             DenyReason::duplicate_order, strategy_.duplicates_250ms_max,
             all < 512 ? equal : std::max<std::int64_t>(equal, 513));
    }
    [[nodiscard]] const std::vector<NaiveGate::Sent>& sent_here() const {
        static const std::vector<NaiveGate::Sent> none;
        const auto found = gate_.sent_.find(order_.strategy.value);
        return found == gate_.sent_.end() ? none : found->second;
    }

    /// What may still be traded on this side before the position would be zero.
    [[nodiscard]] int128 room_to_reduce() const {
        return buy_ ? -base_.position - base_.incoming : base_.position - base_.reserved;
    }
    void positions() {
        const bool reduces = more_qty_ <= room_to_reduce();
        must(trading_ != TradingState::reduce_only || reduces, DenyReason::reduce_only,
             room_to_reduce(), more_qty_);
        const std::int64_t limit = limits_.position_atoms_max;
        if (limit <= 0 || more_qty_ != 0) {
            if (buy_) {
                must_be_at_most(limit, base_.position + base_.incoming + more_qty_,
                                DenyReason::position_long);
            } else {
                must_be_at_most(limit, base_.reserved - base_.position + more_qty_,
                                DenyReason::position_short);
            }
        }
        const std::int64_t most_gross = gate_.config_.limits.firm.gross_exposure_micro_max;
        const int128 gross = gate_.gross() + worth(more_amount_, quote_.mark);
        must(most_gross > 0 && (amend_ || reduces || gross <= int128{most_gross} * 100'000'000),
             DenyReason::gross_exposure, most_gross, ceiling(gross, 100'000'000));
    }

    void money() {
        if (buy_ && more_amount_ != 0) {
            const int128 free = quote_.balance - quote_.reserved;
            must(more_amount_ <= free, DenyReason::funds_quote, free, more_amount_);
        }
        if (!buy_ && more_qty_ != 0) {
            const int128 free = base_.balance - base_.reserved;
            must(more_qty_ <= free, DenyReason::funds_base, free, more_qty_);
        }
    }

    void counts() {
        using Live = NaiveGate::Live;
        const std::int64_t more = amend_ ? 0 : 1;
        const std::int64_t here = more + gate_.count([this](const Live& each) {
            return each.instrument == order_.instrument.value;
        });
        const std::int64_t mine = more + gate_.count([this](const Live& each) {
            return each.strategy == order_.strategy.value;
        });
        const std::int64_t there =
            more + gate_.count([this](const Live& each) { return each.venue == of_.venue.value; });
        const std::int64_t all = more + std::int64_t(gate_.live_.size());
        const FirmLimits& firm = gate_.config_.limits.firm;
        must_be_at_most(limits_.orders_open_max, here, DenyReason::orders_open_instrument);
        must_be_at_most(strategy_.orders_open_max, mine, DenyReason::orders_open_strategy);
        must_be_at_most(venue_.orders_open_max, there, DenyReason::orders_open_venue);
        must_be_at_most(firm.orders_open_max, all, DenyReason::orders_open_firm);
        must(of_.orders_max == 0 || here <= of_.orders_max, DenyReason::orders_open_filter,
             of_.orders_max, here);
        windows();
    }

    /// The windows of one scope of the order.
    struct Scoped {
        Scope scope;
        std::uint16_t index;
        const WindowSet& limits;
    };
    void windows() {
        const WindowSet absent{};
        const FirmLimits& firm = gate_.config_.limits.firm;
        const std::uint16_t id = order_.instrument.value;
        const bool has_lines = id < engine::capacity::instruments;
        const std::array<Scoped, 5> scopes{
            {{Scope::strategy, order_.strategy.value, known_strategy_ ? strategy_.windows : absent},
             {Scope::instrument, id, has_lines ? limits_.windows : absent},
             {Scope::venue, of_.venue.value, defined_ ? venue_.windows : absent},
             {Scope::account, context_.account.value,
              context_.account.value < engine::capacity::accounts ? account_.windows : absent},
             {Scope::firm, 0, firm.windows}}};
        using enum DenyReason;
        constexpr DenyReason reasons[5][5]{
            {messages_strategy, messages_instrument, messages_venue, messages_account,
             messages_firm},
            {orders_strategy, orders_instrument, orders_venue, orders_account, orders_firm},
            {submitted_strategy, submitted_instrument, submitted_venue, submitted_account,
             submitted_firm},
            {fills_strategy, fills_instrument, fills_venue, fills_account, fills_firm},
            {filled_strategy, filled_instrument, filled_venue, filled_account, filled_firm}};
        for (std::size_t measure = 0; measure < 5; ++measure) {
            for (std::size_t scope = 0; scope < 5; ++scope) {
                window(scopes[scope], measure, reasons[measure][scope]);
            }
        }
    }
    /// The shortest window without room speaks; without any window, nothing passes.
    void window(const Scoped& of, std::size_t measure, DenyReason reason) {
        const std::int64_t orders = amend_ ? 0 : 1;
        const int128 weight = amend_ ? 0 : std::min(int128{amount_} * quote_.mark, int128{1} << 96);
        const auto value = [&](const NaiveSums& held) {
            const std::array<int128, 5> values{
                held.count + 1, held.orders + orders, ceiling(held.weight + weight, 100'000'000),
                held.count + orders, ceiling(held.weight + weight, 100'000'000)};
            return values[measure];
        };
        if (of.limits[0].span_ns <= 0) {
            must(false, reason, 0, value({}));
            return;
        }
        std::int64_t remembered = 0;
        for (const WindowLimits& row : of.limits) {
            remembered = std::max(remembered, measure < 3 ? row.messages_max : row.fills_max);
        }
        for (std::size_t i = 0; i < of.limits.size() && of.limits[i].span_ns > 0; ++i) {
            const WindowLimits& row = of.limits[i];
            const std::array<std::int64_t, 5> limits{row.messages_max, row.orders_max,
                                                     row.submitted_micro_max, row.fills_max,
                                                     row.filled_micro_max};
            const NaiveSums held = gate_.in_window({of.scope, of.index}, measure >= 3, row.span_ns,
                                                   context_.now.value);
            const int128 found = held.count > remembered ? int128{most} : value(held);
            const bool asked = measure == 0 || !amend_;
            if (limits[measure] <= 0 || (asked && found > limits[measure])) {
                const bool first = denial_.all_reasons.empty();
                must(false, reason, limits[measure], found);
                if (first) {
                    denial_.window = static_cast<std::uint8_t>(i + 1);
                }
                return;
            }
        }
    }

    const NaiveGate& gate_;
    const engine::NewOrderSingle& order_;
    std::optional<ReplaceMode> mode_;
    engine::ClOrdId orig_;
    const engine::ReviewContext& context_;
    engine::Instrument of_{};
    InstrumentLimits limits_{};
    StrategyLimits strategy_{};
    VenueLimits venue_{};
    AccountLimits account_{};
    NaiveGate::Sums base_{}, quote_{};
    NaiveGate::Live old_{};
    bool old_live_{}, defined_{}, known_strategy_{}, buy_{}, amend_{}, overflow_{};
    TradingState trading_{};
    std::int64_t price_{}, qty_{}, amount_{}, more_qty_{}, more_amount_{};
    int128 product_{};
    engine::Denial denial_{};
};

void NaiveGate::escalate(std::uint16_t reason, std::int64_t limit, std::int64_t value,
                         std::uint8_t strategy, std::uint16_t instrument, std::uint16_t account) {
    const ReasonInfo row = info(static_cast<DenyReason>(reason));
    auto action = static_cast<int>(config_.limits.on_breach.at(reason));
    action = action == 0 ? static_cast<int>(row.on_breach) : action;
    if (row.scope == Scope{} || action < 2 || action > 4) {
        return;
    }
    const Scope scope =
        action == 2 && strategy < engine::capacity::strategies ? Scope::strategy : row.scope;
    const std::map<Scope, std::uint16_t> indices{
        {Scope::firm, 0},
        {Scope::venue, instruments_[instrument].venue.value},
        {Scope::strategy, strategy},
        {Scope::instrument, instrument},
        {Scope::account, account}};
    trips_.push_back({limit, value, reason, indices.at(scope), scope,
                      static_cast<engine::BreachAction>(action)});
    states_[{scope, indices.at(scope)}] = TradingState::halted;
}

/// A denial by a limit. The one that is one too many in a second trips, the ones behind it do not.
void NaiveGate::count_denial(const engine::Denial& denial, const engine::NewOrderSingle& order,
                             const engine::ReviewContext& context) {
    const auto reason = static_cast<DenyReason>(denial.reason);
    const std::uint8_t strategy = order.strategy.value;
    if (strategy >= engine::capacity::strategies || reason == DenyReason::denials ||
        info(reason).scope == Scope{}) {
        return;
    }
    std::vector<std::int64_t>& times = denials_[strategy];
    const std::int64_t limit = config_.limits.strategy[strategy].denials_1s_max;
    const std::int64_t before = younger(times, context.now.value, 1'000'000'000);
    times.push_back(context.now.value);
    if (times.size() > 256) {  // as many as are remembered
        times[1] = std::max(times[0], times[1]);
        times.erase(times.begin());
    }
    const std::int64_t after = younger(times, context.now.value, 1'000'000'000);
    if (before <= limit && after > limit) {
        escalate(static_cast<std::uint16_t>(DenyReason::denials), limit, after, strategy,
                 order.instrument.value, context.account.value);
    }
}

NaiveAnswer NaiveGate::review(const engine::NewOrderSingle& order, std::optional<ReplaceMode> mode,
                              engine::ClOrdId orig, const engine::ReviewContext& context) {
    NaiveReview review(*this, order, mode, orig, context);
    NaiveAnswer answer{.denial = review.run()};
    if (!answer.denial.all_reasons.empty()) {
        escalate(answer.denial.reason, answer.denial.limit, answer.denial.value,
                 order.strategy.value, order.instrument.value, context.account.value);
        count_denial(answer.denial, order, context);
        return answer;
    }
    answer.ok = true;
    answer.stamp = {.gate_epoch = config_.epoch,
                    .agent = context.agent,
                    .number = engine::ApprovalNumber{++numbers_[context.agent.value]},
                    .kill_stamp = review.stamp(),
                    .deadline = engine::MonoNs{context.now.value +
                                               config_.limits.firm.approval_lifetime_ns_max}};
    if (mode != ReplaceMode::amend_in_place) {
        live_.push_back(review.reservation());
        remember(live_.back(), context.now.value, mode.has_value());
    }
    count({.at = context.now,
           .weight = review.added_weight(),
           .orders = mode == ReplaceMode::amend_in_place ? 0 : 1,
           .instrument = order.instrument,
           .strategy = order.strategy,
           .venue = instruments_.at(order.instrument.value).venue,
           .account = context.account},
          false);
    return answer;
}

}  // namespace portcullis::risk
