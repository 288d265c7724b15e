// One run. See fault_world.hpp.
#include "tests/sim/fault_world.hpp"

#include <algorithm>
#include <cstring>

namespace portcullis::tests {
namespace {

constexpr DurationNs fault_time = milliseconds(12'000);
constexpr DurationNs heal_time = milliseconds(12'000);
constexpr DurationNs cut_time = milliseconds(4'000);  // of it, until the venue cuts
constexpr DurationNs quoting_time = milliseconds(3'000);
constexpr DurationNs drain_time = milliseconds(15'000);

/// Inputs again, outputs compared one by one.
struct Again {
    const std::vector<Event>& records;
    std::size_t next{};
    std::size_t parted{};  ///< number of the first record that is not the same, from 1
    bool append(Event& event) noexcept {
        while (!event.is_input() && next < records.size() && records[next].is_input()) {
            ++next;
        }
        if (event.is_input()) {
            return true;
        }
        const bool same =
            next < records.size() && records[next].header.type == event.header.type &&
            std::memcmp(records[next].payload, event.payload, sizeof(event.payload)) == 0;
        if (!same && parted == 0) {
            parted = next + 1;
        }
        ++next;
        return true;
    }
};

struct Nowhere {
    template <class T>
    void submit(OrderAgentId, risk::Approved<T>&&) noexcept {}
    void cancel(OrderAgentId, const OrderCancelRequest&) noexcept {}
    void mass_cancel(OrderAgentId, const OrderMassCancelRequest&) noexcept {}
    void status(OrderAgentId, const OrderStatusRequest&) noexcept {}
    void open_orders(OrderAgentId, const OpenOrdersRequest&) noexcept {}
    void resync(InstrumentId, ResetReason) noexcept {}
    void reconcile(OrderAgentId, const ReconcileRequest&) noexcept {}
    void kill(Scope, std::uint16_t) noexcept {}
};

}  // namespace

FaultWorld::FaultWorld(std::uint64_t seed)
    : seed_(seed),
      plan_(seed),
      planned_(plan_),
      dice_(seed, 5),
      strategies_(sim_config().strategies, seed, plan_.wild),
      gate_(std::make_unique<risk::RiskGate>(gate_config(Epoch{1}))),
      venue_(
          seed, plan_, time_, CoreRig<>::grid(), [this](const Event& event) { step(event); },
          [this](const std::string& what) { fail(what); }),
      market_(seed, plan_, btcusdt_definition().tick, [this](const Event& event) { step(event); }),
      core_(std::make_unique<Core>(core_config(Epoch{1}), strategies_, *gate_, venue_, watch_)) {
    strategies_.watch([this](StrategyId id, const StrategyView& view) { check_shown(id, view); });
}

void FaultWorld::fail(const std::string& what) {
    if (failure_.empty()) {
        failure_ = what + " (step " + std::to_string(steps_) + ", " +
                   std::to_string(time_.now().value / 1'000'000) + " ms)";
    }
}

std::string FaultWorld::run() {
    const MonoNs begun = time_.now();
    step(Event::of(btcusdt_definition(), MonoNs{}, WallNs{}));
    venue_.on_market(market_.bid(), market_.ask());
    market_.snapshot();
    timer_turn();
    market_turn();
    trouble_turn();
    time_.run_until(begun + fault_time);
    plan_.heal();
    faulty_ = false;
    command(Command::resume);  // clears halts; a kill it must not clear, which is checked
    if (planned_.deaf) {
        // What a silence swallowed is found at the next reconciliation: the venue cuts every day.
        time_.run_until(begun + fault_time + cut_time);
        venue_.disconnect(0);
    }
    time_.run_until(begun + fault_time + heal_time);
    approved_at_heal_ = core_->counters().orders_approved;
    time_.run_until(begun + fault_time + heal_time + quoting_time);
    check_healed();
    command(Command::shutdown);
    time_.run_until(begun + fault_time + heal_time + quoting_time + drain_time);
    audit();
    check_replay();
    return failure_;
}

void FaultWorld::step(const Event& given) {
    Event event = given;
    event.header.mono = time_.now();
    event.header.wall = WallNs{time_.now().value};
    event.header.kill_epoch = venue_.kill_word();
    const bool room = !(plan_.no_room > 0 && dice_.permille(plan_.no_room));
    const bool journal = !(plan_.no_room > 0 && dice_.permille(plan_.no_room));
    event.header.flags = static_cast<std::uint16_t>((room ? EventFlags::request_room : 0) |
                                                    (journal ? EventFlags::journal_room : 0));
    if (event.header.type == EventType::kill_changed) {
        kill_told_ = true;
    }
    ++steps_;
    core_->step(event);
    if (steps_ % 3 == 0) {
        core_->prepare();  // a replay never does
    }
    check_containment();
    if (steps_ % 64 == 0 && !gate_->exposure().consistent()) {
        fail("the gate's sums are not those of its reservations");
    }
}

bool FaultWorld::Watch::append(Event& event) noexcept {
    records.push_back(event);
    const EventType type = event.header.type;
    if (world.kill_told_ &&
        (type == EventType::order_approved || type == EventType::replace_approved)) {
        world.fail("an order was approved after the kill");
    }
    if (type == EventType::breach && !world.planned_.foreign()) {
        world.fail("a breach, kind " + std::to_string(event.as<Breach>().kind) +
                   ", though nobody else acts");
    }
    if (type == EventType::trading_state_changed && !world.planned_.foreign() &&
        event.as<TradingStateChanged>().cause != 0) {
        world.fail("halted by anomalies " + std::to_string(event.as<TradingStateChanged>().cause) +
                   " of a true venue");
    }
    return true;
}

/// What the venue really holds of the base asset is within what we believe that it can be.
void FaultWorld::check_containment() {
    if (planned_.foreign() || core_->positions().balance(AssetId{0}) == AmountAtoms{}) {
        return;  // not told yet; or moved by somebody else
    }
    const risk::AssetLine& base = gate_->exposure().asset(AssetId{0});
    const int128 ours = core_->positions().balance(AssetId{0}).value;
    const int128 theirs = venue_.balance(0).value;
    if (base.balance != ours) {
        fail("gate and positions hold different balances");
    }
    if (theirs < ours - base.reserved || theirs > ours + base.incoming) {
        fail("the true position is outside of what is reserved for it");
    }
}

/// The naive twin of what the core keeps between steps: every slot, looked at anew.
void FaultWorld::check_shown(StrategyId id, const StrategyView& view) {
    std::vector<WorkingOrder> working;
    std::vector<OwnLevel> own;
    for (std::size_t i = 0; i < capacity::orders; ++i) {
        const auto slot = static_cast<OrderSlot>(i);
        if (!core_->orders().in_use(slot)) {
            continue;
        }
        const Order& order = core_->orders().at(slot);
        const bool amending = order.amending();
        const QtyAtoms sure = amending ? order.leaves_asked() : order.leaves();
        if (order.strategy == id && !is_terminal(order.status)) {
            working.push_back({order.cl_ord_id, order.price, view.instrument.lots_within(sure),
                               order.side, order.status, order.cancel_pending,
                               order.replace_pending && !amending, amending});
        }
        if (order.status != OrdStatus::rejected) {
            const bool told = amending || is_accepted(order.status);
            own.push_back({order.price_atoms, sure, order.side,
                           told ? OwnPresence::certain : OwnPresence::in_doubt});
            if (amending) {
                own.push_back(
                    {order.price_atoms, order.leaves() - sure, order.side, OwnPresence::in_doubt});
            }
        }
    }
    (void)core_->own_traces().for_each(InstrumentId{0}, view.now,
                                       [&own](const OwnLevel& level) { own.push_back(level); });
    std::ranges::sort(working, {}, &WorkingOrder::cl_ord_id);
    if (!std::ranges::equal(working, view.working)) {
        fail("strategy " + std::to_string(id.value) + " is shown orders that are not the store's");
    }
    const NetTop net = net_top(view.market, own);
    if (view.top.bid != net.bid || view.top.ask != net.ask) {
        fail("strategy " + std::to_string(id.value) + " is shown a market with its own orders");
    }
}

void FaultWorld::timer_turn() {
    step(Event::of(Timer{++timers_}, MonoNs{}, WallNs{}));
    time_.after(milliseconds(10), [this] { timer_turn(); });
}

void FaultWorld::market_turn() {
    time_.after(DurationNs{dice_.between(5'000'000, 60'000'000)}, [this] { market_turn(); });
    if (time_.now() < silent_until_ && faulty_) {
        return;
    }
    market_.move();
    venue_.on_market(market_.bid(), market_.ask());
    if ((market_.lost() || !core_->market(InstrumentId{0}).valid()) && !snapshot_due_) {
        snapshot_due_ = true;
        if (dice_.permille(500)) {
            step(Event::of(BookReset{InstrumentId{0}, ResetReason::gap, {}}, MonoNs{}, WallNs{}));
        }
        time_.after(DurationNs{dice_.between(1'000'000, 300'000'000)}, [this] {
            snapshot_due_ = false;
            market_.snapshot();
        });
    }
}

/// What happens to a system now and then.
void FaultWorld::trouble_turn() {
    if (!faulty_) {
        return;
    }
    time_.after(DurationNs{dice_.between(50'000'000, 1'500'000'000)}, [this] { trouble_turn(); });
    if (plan_.disconnects && dice_.permille(300)) {
        venue_.disconnect(dice_.permille(500) ? 0 : 1);
    }
    if (plan_.disconnects && dice_.permille(50)) {
        venue_.disconnect(0);
        venue_.disconnect(1);
    }
    if (plan_.silences && dice_.permille(100)) {
        silent_until_ = time_.now() + DurationNs{dice_.between(1'000'000'000, 7'000'000'000)};
    }
    if (plan_.deaf && dice_.permille(100)) {
        venue_.fall_silent(DurationNs{dice_.between(100'000'000, 3'000'000'000)});
    }
    if (plan_.commands && dice_.permille(150)) {
        constexpr std::array all{Command::halt, Command::resume, Command::reduce_only,
                                 Command::cancel_all};
        command(all[static_cast<std::size_t>(dice_.between(0, 3))]);
    }
    if (plan_.kill && time_.now() > MonoNs{4'000'000'000} && dice_.permille(200)) {
        venue_.kill_now();
    }
    const bool late = time_.now() > MonoNs{5'000'000'000};
    if ((plan_.deposit || plan_.theft) && late && !halted_) {
        halted_ = true;
        venue_.deposit(AssetId{1}, plan_.theft ? -100'000'000 : 100'000'000, plan_.deposit);
        venue_.disconnect(0);  // the balance is compared at the next reconciliation
    }
}

void FaultWorld::command(Command what) {
    OperatorCommand order;
    order.command = what;
    step(Event::of(order, MonoNs{}, WallNs{}));
}

void FaultWorld::check_healed() {
    if (planned_.foreign()) {
        if (core_->counters().breaches == 0) {
            fail("somebody moved the account and nobody noticed");
        }
        return;
    }
    if (!core_->reconciled(OrderAgentId{})) {
        fail("not reconciled 15 s after the last fault");
    }
    if (!core_->market(InstrumentId{0}).valid()) {
        fail("the book is not valid 15 s after the last fault");
    }
    const bool killed = (venue_.kill_word() & 1U) != 0;
    if (!killed && core_->counters().orders_approved == approved_at_heal_) {
        const auto& denials = core_->counters().denials;
        const auto most = std::max_element(denials.begin(), denials.end());
        fail("no order 15 s after the last fault; " + std::to_string(core_->orders().live()) +
             " live, most denials for reason " + std::to_string(most - denials.begin()));
    }
}

void FaultWorld::audit() {
    if (venue_.live() != 0) {
        fail("orders are left at the venue");
    }
    if (venue_.sent_after_kill() != 0) {
        fail("an order left after the kill");
    }
    if (!gate_->exposure().consistent()) {
        fail("the gate's sums are not those of its reservations");
    }
    if (core_->orders().live() != 0) {
        fail(std::to_string(core_->orders().live()) + " orders are not accounted for");
    }
    if (!core_->drained()) {
        fail("the shutdown was not proven complete");
    }
    const risk::Exposure& exposure = gate_->exposure();
    if (exposure.open().firm != 0 || exposure.gross() < 0) {
        fail("the gate counts open orders though there are none");
    }
    for (std::uint16_t i = 0; i < 2; ++i) {
        const risk::AssetLine& line = exposure.asset(AssetId{i});
        if (line.reserved != 0 || line.incoming != 0 || line.open != 0) {
            fail("a reservation is left");
        }
        if (line.balance != core_->positions().balance(AssetId{i}).value) {
            fail("gate and positions hold different balances");
        }
        if (!planned_.foreign() && venue_.balance(i) != core_->positions().balance(AssetId{i})) {
            fail("the balance of asset " + std::to_string(i) + " is not the venue's");
        }
    }
    const CoreCounters& counters = core_->counters();
    if (!planned_.foreign() && counters.fills_buy + counters.fills_sell != venue_.trades()) {
        fail("fills counted and trades made differ");
    }
}

void FaultWorld::check_replay() {
    Again again{watch_.records};
    FaultStrategies strategies(sim_config().strategies, seed_, planned_.wild);
    auto gate = std::make_unique<risk::RiskGate>(gate_config(Epoch{1}));
    Nowhere nowhere;
    auto core = std::make_unique<TradingCore<FaultStrategies, risk::RiskGate, Nowhere, Again>>(
        core_config(Epoch{1}), strategies, *gate, nowhere, again);
    for (Event record : watch_.records) {
        if (record.is_input()) {
            core->step(record);
        }
    }
    if (again.parted != 0) {
        fail("the replay parts at record " + std::to_string(again.parted));
    }
    if (core->state_hash() != core_->state_hash()) {
        fail("the replay ends in another state");
    }
}

FaultWorld::Tally FaultWorld::tally() const {
    const CoreCounters& counters = core_->counters();
    return {steps_,
            counters.orders_approved,
            counters.orders_denied,
            counters.fills_buy + counters.fills_sell,
            counters.unknowns,
            counters.breaches,
            venue_.faults,
            venue_.amends,
            counters.amends_refused,
            venue_.amends_of_filled,
            planned_.wild ? 0 : venue_.amends};
}

}  // namespace portcullis::tests
