// FaultVenue: an exchange and the way to it, both of which fail. Satisfies CoreOutbound.
//
// Its ledger (orders, trades, balances) is the truth that the core is measured against. Everything
// that the core is told goes over one of two connections, each of which may delay, double, lose,
// reorder and break; requests go over the first. What the order agent promises is kept: the last
// look at the kill word and the deadline, an outcome for every request, no request ever twice, a
// mute stream found mute. The venue never lies: a breach or a halt is a false alarm of ours, except
// where the plan lets somebody else act on the account.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/core_api.hpp"
#include "engine/events/account.hpp"
#include "engine/events/control.hpp"
#include "engine/orders/order.hpp"
#include "engine/types/instrument.hpp"
#include "risk/approved.hpp"
#include "tests/sim/fault_plan.hpp"
#include "tests/sim/fault_timeline.hpp"

namespace portcullis::tests {

class FaultVenue {
public:
    using Deliver = std::function<void(const Event&)>;
    using Fail = std::function<void(const std::string&)>;

    struct TrueOrder {
        NewOrderSingle request{};
        OrderId id{};
        PriceAtoms price{};
        QtyAtoms qty{}, cum{};
        OrdStatus status{OrdStatus::new_};
        [[nodiscard]] bool live() const { return !is_terminal(status); }
    };

    FaultVenue(std::uint64_t seed, FaultPlan& plan, Timeline& time, const Instrument& grid,
               Deliver deliver, Fail fail)
        : plan_(plan),
          dice_(seed, 2),
          time_(time),
          grid_(grid),
          deliver_(std::move(deliver)),
          fail_(std::move(fail)) {
        clock_offset_ = DurationNs{dice_.between(-200'000'000, 200'000'000)};
        connect(0);
        connect(1);
    }

    // --- what the core asks (CoreOutbound): nothing happens within the call
    void submit(OrderAgentId, risk::Approved<NewOrderSingle>&& approved) {
        submit_later({approved.request(), {}, {}, {}, {}}, RequestKind::new_order,
                     approved.stamp());
    }
    void submit(OrderAgentId, risk::Approved<OrderCancelReplaceRequest>&& approved) {
        const bool amend = approved.request().mode == ReplaceMode::amend_in_place;
        submit_later(approved.request(), amend ? RequestKind::amend : RequestKind::replace,
                     approved.stamp());
    }
    void cancel(OrderAgentId, const OrderCancelRequest& request);
    void mass_cancel(OrderAgentId, const OrderMassCancelRequest& request);
    void status(OrderAgentId, const OrderStatusRequest& request);
    void open_orders(OrderAgentId, const OpenOrdersRequest& request);
    void reconcile(OrderAgentId, const ReconcileRequest& request);
    void resync(InstrumentId, ResetReason) { ++resyncs_asked; }
    void kill(Scope, std::uint16_t) { kill_now(); }

    // --- what happens to it
    void kill_now();
    void disconnect(std::size_t link);
    /// Both connections stay open, and nothing that was to come over them comes.
    void fall_silent(DurationNs length);
    /// The market is now here: resting orders that it reaches are filled.
    void on_market(PriceAtoms bid, PriceAtoms ask);
    /// Somebody else moves the account.
    void deposit(AssetId asset, std::int64_t amount, bool told);

    // --- the truth
    [[nodiscard]] const std::map<ClOrdId, TrueOrder>& orders() const { return orders_; }
    [[nodiscard]] std::size_t live() const;
    [[nodiscard]] AmountAtoms balance(std::size_t asset) const { return balances_[asset]; }
    [[nodiscard]] std::uint64_t trades() const { return trades_.size(); }
    [[nodiscard]] std::uint32_t kill_word() const { return kill_word_; }
    [[nodiscard]] std::uint64_t sent_after_kill() const { return sent_after_kill_; }
    std::uint64_t resyncs_asked{};
    std::uint64_t amends{};            ///< done
    std::uint64_t amends_of_filled{};  ///< ... or refused, of an order that had fills
    std::uint64_t faults{};            ///< how often something went wrong, for the report

private:
    struct Link {
        bool up{};
        std::uint32_t generation{};
        MonoNs last{};  ///< of the last delivery: a connection keeps the order
    };
    struct Request {
        RequestKind kind{};
        ClOrdId id{};
        MonoNs sent{};
        WallNs expiry{};
    };
    using Events = std::vector<Event>;

    template <EventPayload T>
    [[nodiscard]] static Event event(const T& body) {
        return Event::of(body, MonoNs{}, WallNs{});
    }
    [[nodiscard]] WallNs clock() const { return WallNs{time_.now().value + clock_offset_.value}; }
    [[nodiscard]] DurationNs latency() {
        return DurationNs{dice_.between(200'000, plan_.slow ? 400'000'000 : 20'000'000)};
    }
    [[nodiscard]] bool strikes(std::int64_t permille) {
        const bool does = permille > 0 && dice_.permille(permille);
        faults += does ? 1U : 0U;
        return does;
    }
    void pass(std::size_t link, std::function<void()> act);
    void connect(std::size_t link);
    void session(std::size_t link, SessionStatus status);
    void tell(const Events& events);
    [[nodiscard]] Event outcome(const Request& request, RequestFate fate,
                                RejectReason reason = RejectReason::none) const;

    void submit_later(const OrderCancelReplaceRequest& request, RequestKind kind,
                      const risk::ApprovalStamp& stamp);
    void last_look(const OrderCancelReplaceRequest& request, RequestKind kind,
                   const risk::ApprovalStamp& stamp);
    void send(Request request, std::function<Events(const Request&)> act);
    void arrive(std::uint64_t number, const std::function<Events(const Request&)>& act);
    void answer(std::uint64_t number, Events events);
    Events place(const NewOrderSingle& order, const Request& request);
    Events replace(const OrderCancelReplaceRequest& wanted, const Request& request);
    Events amend(const OrderCancelReplaceRequest& wanted, const Request& request);
    Events remove(const Request& request);
    Events describe(const Request& request);
    Events list(bool drain, MonoNs issued);
    void end(TrueOrder& order, OrdStatus status, ExecType type);
    void trade(TrueOrder& order, QtyAtoms qty, PriceAtoms price, bool maker);
    [[nodiscard]] ExecutionReport report(const TrueOrder& order, ExecType type) const;
    void stream(const ExecutionReport& report);
    void stream_balances();
    void reconcile_step(std::uint32_t run, int step);
    void fail_reconciliation(std::uint32_t run);

    FaultPlan& plan_;
    Dice dice_;
    Timeline& time_;
    Instrument grid_;
    Deliver deliver_;
    Fail fail_;
    DurationNs clock_offset_{};
    std::array<Link, 2> links_{};
    MonoNs agent_free_{};
    ApprovalNumber last_number_{};
    std::map<std::uint64_t, Request> in_flight_;
    std::uint64_t requests_{}, executions_{}, order_ids_{}, sent_after_kill_{};
    std::uint32_t kill_word_{}, reconcile_run_{}, reconcile_round_{};
    bool reconciling_{};
    std::size_t agreed_{}, fetched_{};  ///< trades of the history
    MonoNs silent_until_{};
    MonoNs listed_at_{};
    WallNs listed_clock_{};
    std::map<ClOrdId, TrueOrder> orders_;
    std::vector<AccountFill> trades_;
    std::array<AmountAtoms, 2> balances_{AmountAtoms{int128{100} * atoms_per_unit},
                                         AmountAtoms{int128{10'000'000} * atoms_per_unit}};
    PriceAtoms bid_{}, ask_{};
};
static_assert(CoreOutbound<FaultVenue>);

}  // namespace portcullis::tests
