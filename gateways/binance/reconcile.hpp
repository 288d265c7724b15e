// Reconciler: asks the venue what is true, one question after the other, and tells the core.
//
//     time x N -> exchangeInfo -> account.status -> openOrders.status -> myTrades per instrument
//
// The answers become VenueClock, InstrumentDefinition, AccountBalance(from_snapshot), OpenOrder and
// AccountFill events between ReconcileStep begin and complete; anything that goes wrong ends it
// with failed, and the core asks again. Nothing blocks: each question goes through the order agent
// like any request, and its answer comes back here. Whether everything agrees is the core's
// judgement.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "engine/events/account.hpp"
#include "engine/events/control.hpp"
#include "engine/orders/requests.hpp"
#include "gateways/binance/in_flight.hpp"
#include "gateways/binance/instruments.hpp"
#include "gateways/binance/reports.hpp"
#include "gateways/binance/symbols.hpp"
#include "gateways/binance/venue_time.hpp"

namespace portcullis::gateways::binance {

/// The trade of each instrument up to which nothing is missing: where its history is fetched from.
///
/// Only what was fetched and then agreed with the venue moves it. What a stream tells does not: a
/// stream can be silent and open, and the first fill after the silence would jump over those that
/// were lost in it. The core counts a fill that comes twice once (engine::TradeMemory), and asks
/// for a reconciliation before more of them come than it remembers.
class TradeMarks {
public:
    TradeMarks() noexcept {
        agreed_.fill(engine::no_trade);
        fetched_ = agreed_;
    }
    /// From the journal at start, or the venue's newest where the account never traded for us: what
    /// lies at or before it is inside the balances that the run begins with.
    void set_start(engine::InstrumentId id, engine::TradeId last) noexcept {
        agreed_[id.value] = std::max(agreed_[id.value], last);
        fetched_[id.value] = std::max(fetched_[id.value], last);
    }
    /// A reconciliation begins. `agreed`: the one before ended in agreement.
    void begin(bool agreed) noexcept {
        if (agreed) {
            agreed_ = fetched_;
        } else {
            fetched_ = agreed_;
        }
    }
    void on_fetched(engine::InstrumentId id, engine::TradeId last) noexcept {
        fetched_[id.value] = std::max(fetched_[id.value], last);
    }
    [[nodiscard]] engine::TradeId last(engine::InstrumentId id) const noexcept {
        return fetched_[id.value];
    }

private:
    using Marks = std::array<engine::TradeId, engine::capacity::instruments>;
    Marks agreed_{};
    Marks fetched_{};
};

/// A question. The agent encodes and sends it.
struct Query {
    Call call{Call::none};
    engine::InstrumentId instrument{engine::no_instrument};
    engine::TradeId from{engine::no_trade};
    std::uint32_t limit{};
};

/// What became of a query: it left under `id`, or it did not.
struct Asked {
    RequestId id{};    ///< 0: not now (blocked, no place, no weight); asked again
    bool no_weight{};  ///< not now, because the budget has no room for it
};

class QueryPort {
public:
    [[nodiscard]] virtual Asked ask(const Query& query, Purpose purpose, engine::MonoNs now) = 0;

protected:
    ~QueryPort() = default;
};

struct ReconcileSettings {
    std::uint32_t time_samples{3};
    engine::DurationNs clock_offset_max{engine::milliseconds(500)};
    /// For a question to leave. Waiting for weight does not count: it comes with the venue's next
    /// interval, and what was fetched by then would have to be paid again.
    engine::DurationNs wait_max{engine::milliseconds(10'000)};
};

/// The reconciliation that is wanted, from any thread to the order agent. Of two that were asked
/// before one is taken the later counts, and what the earlier said of an agreement holds.
class ReconcileWanted {
public:
    void ask(const engine::ReconcileRequest& request) noexcept {
        std::uint64_t before = word_.load(relaxed);
        std::uint64_t after{};
        do {
            after = std::uint64_t{request.round} << 2 | (before & agreed) | asked |
                    (request.agreed ? agreed : 0);
        } while (!word_.compare_exchange_weak(before, after, relaxed));
    }
    [[nodiscard]] bool any() const noexcept { return word_.load(relaxed) != 0; }
    /// Requires: any().
    [[nodiscard]] engine::ReconcileRequest take() noexcept {
        const std::uint64_t word = word_.exchange(0, relaxed);
        return {static_cast<std::uint32_t>(word >> 2), (word & agreed) != 0};
    }

private:
    // relaxed: one word that says all; nothing else crosses with it.
    static constexpr std::memory_order relaxed = std::memory_order_relaxed;
    static constexpr std::uint64_t asked = 1;
    static constexpr std::uint64_t agreed = 2;
    std::atomic<std::uint64_t> word_{0};
};

// Owner: order agent.
class Reconciler {
public:
    static constexpr std::uint32_t trades_page = 1000;
    static_assert(trades_page <= AccountDecoder::trades_max);

    Reconciler(const SymbolTable& symbols, InstrumentBook& instruments, Reports& reports,
               VenueTime& time, TradeMarks& marks, QueryPort& port,
               const ReconcileSettings& settings);

    [[nodiscard]] bool running() const noexcept { return step_ != Step::idle; }
    /// It waits for weight or for the answer to one of its questions, but not for its first: that
    /// refreshes the clock.
    [[nodiscard]] bool past_clock() const noexcept { return running() && step_ != Step::time; }
    /// Begins, or begins again. Where not everything has agreed since the last time, what was
    /// fetched is fetched again.
    void start(const engine::ReconcileRequest& request, engine::MonoNs now) noexcept;
    /// Asks the next question when it is time. Returns whether it did something.
    bool poll(engine::MonoNs now) noexcept;
    /// An answer with purpose reconcile.
    void on_answer(const InFlight& request, const Answer& answer, const Classified& meaning,
                   engine::MonoNs now, engine::WallNs wall) noexcept;
    /// It waits for the answer to this request.
    [[nodiscard]] bool awaits(RequestId id) const noexcept {
        return running() && asked_.value != 0 && asked_ == id;
    }
    /// No answer will come to this request, or none that can be read.
    void on_given_up(RequestId id) noexcept {
        if (awaits(id)) {
            fail();
        }
    }
    /// The session is gone.
    void fail() noexcept;

    /// Takes a time answer also outside of a reconciliation (refreshing the clock).
    void on_time(const InFlight& request, const Answer& answer, engine::MonoNs now,
                 engine::WallNs wall) noexcept;
    /// Takes filters also outside of a reconciliation (refreshing them): news only of what changed.
    void on_info(const Answer& answer) noexcept;

private:
    enum class Step : std::uint8_t { idle, time, info, account, open_orders, trades };

    void push_step(engine::ReconcilePhase phase) noexcept;
    void next(Step step) noexcept;
    void next_instrument() noexcept;
    void on_account(const Answer& answer, engine::WallNs venue) noexcept;
    [[nodiscard]] bool on_trades(const Answer& answer) noexcept;
    [[nodiscard]] Query question() const noexcept;

    const SymbolTable& symbols_;
    InstrumentBook& instruments_;
    Reports& reports_;
    VenueTime& time_;
    TradeMarks& marks_;
    QueryPort& port_;
    ReconcileSettings settings_;

    Step step_{Step::idle};
    RequestId asked_{};  ///< the question that is on its way; 0: none
    std::uint32_t round_{};
    engine::MonoNs since_{};
    std::uint32_t samples_{};
    engine::InstrumentSet instruments_left_;
    engine::InstrumentId instrument_{engine::no_instrument};
    engine::TradeId from_{engine::no_trade};
    std::uint32_t open_orders_{};
    engine::MonoNs issued_{};
    engine::WallNs venue_time_{};
};

}  // namespace portcullis::gateways::binance
