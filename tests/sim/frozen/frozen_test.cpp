// After the start the hot thread takes nothing from the heap, no lock and no system call. The first
// one ends the process: a heap call or a lock by an illegal instruction, a system call by the
// kernel (seccomp, everything but the exit is fatal). Each run is a child of its own, because a
// filter can not be taken off again; four of them break the rule on purpose, to show that the trap
// closes.
//
// What runs in the trap: recorded messages through decoder and synchroniser, rings, core agent,
// outbox and the stamps of latency, the core with orders, fills, cancels, denials, a command and a
// kill by the kill page, the encoder of every request, the decoder of a fill's report, and the
// append of every record into the real journal's prepared segment.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <optional>

#include "bench/heap.hpp"
#include "bench/recorded.hpp"
#include "bench/scratch.hpp"
#include "bench/setup.hpp"
#include "engine/journal/journal.hpp"
#include "gateways/binance/account.hpp"
#include "gateways/binance/order_entry.hpp"
#include "tests/sim/core_rig.hpp"
#include "tools/portcullis/trade/core_agent.hpp"

namespace {
thread_local bool locks_forbidden = false;
}  // namespace

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
    using Lock = int (*)(pthread_mutex_t*);
    static Lock real = nullptr;
    if (locks_forbidden) {
        __builtin_trap();
    }
    if (real == nullptr) {
        real = reinterpret_cast<Lock>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
    }
    return real(mutex);
}
#endif

namespace portcullis::tests {
namespace {

namespace binance = gateways::binance;

constexpr int all_well = 0;
constexpr int not_much = 3;

/// From here on this thread computes, or dies.
void freeze() {
    const sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    sock_fprog program{static_cast<unsigned short>(std::size(rules)),
                       const_cast<sock_filter*>(rules)};
    verify(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    locks_forbidden = true;
    bench::forbid_heap(true);
    verify(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

/// How a child ended that ran `body`: its exit code, or the signal that killed it as a negative.
template <class Body>
int end_of(Body body) {
    const pid_t child = fork();
    verify(child >= 0);
    if (child == 0) {
        body();
        syscall(SYS_exit_group, all_well);
    }
    int status = 0;
    verify(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// SimVenue with fixed memory behind the rings, in the place of the order agent: every request made
/// into its frame.
class FixedVenue {
public:
    FixedVenue(binance::OrderEncoder& encoder, binance::AccountDecoder& decoder,
               const Instrument& g, binance::ReportRing& reports, binance::EgressClock& egress)
        : encoder_(encoder), decoder_(decoder), grid_(g), reports_(reports), egress_(egress) {
        fill_.append(gateways::FrameView::padding, '\0');
    }
    void take(const gateways::Outbound& request) {
        std::visit([this](const auto& each) { on(each); }, request);
    }
    void request_reconcile(const ReconcileRequest& request) noexcept {
        ReconcileStep step;
        step.round = request.round;
        step.phase = ReconcilePhase::begin;
        answer(step);
        answer(VenueClock{});
        balances(1);
        step.phase = ReconcilePhase::complete;
        step.venue_time = WallNs{1};
        answer(step);
    }

    void on_top(const TopOfBook& top) {
        for (NewOrderSingle& place : resting_) {
            if (place.cl_ord_id == no_order) {
                continue;
            }
            const PriceAtoms price = *grid_.price(place.price);
            if (place.side == Side::buy ? top.ask.price <= price : top.bid.price >= price) {
                const auto& read = decoder_.decode({fill_.data(), fill_text});
                verify(read.kind == binance::Decoded::Kind::event);
                ++fills;
                const QtyAtoms qty = *grid_.qty(place.qty);
                const int128 sign = place.side == Side::buy ? 1 : -1;
                owned_[0] = AmountAtoms{owned_[0].value + sign * qty.value};
                owned_[1] = AmountAtoms{owned_[1].value -
                                        sign * quote_amount(price, qty, Rounding::down).value};
                report(place, ExecType::trade, OrdStatus::filled);
                balances(0);
                place = {};
            }
        }
    }
    MonoNs at{};
    WallNs now{};
    std::uint64_t requests{}, cancels{}, mass_cancels{}, fills{}, refused{};

private:
    void on(const risk::Approved<NewOrderSingle>& approved) {
        egress_.on_begun(approved.request().cl_ord_id);
        frame(encoder_.place(++requests, approved.request(), now));
        (void)egress_.on_order_sent(approved.request().cl_ord_id, approved.request().cause);
        rest(approved.request());
    }
    void on(const risk::Approved<OrderCancelReplaceRequest>& approved) {
        const NewOrderSingle& order = approved.request().order;
        egress_.on_begun(order.cl_ord_id);
        frame(encoder_.replace(++requests, approved.request(), now));
        (void)egress_.on_order_sent(order.cl_ord_id, order.cause);
        remove(approved.request().orig_cl_ord_id);
        rest(order);
    }
    void on(const OrderCancelRequest& request) {
        frame(encoder_.cancel(++requests, request, now));
        egress_.on_accepted(egress_.on_cancel_sent(request.cause));
        ++cancels;
        remove(request.cl_ord_id);
    }
    void on(const OrderMassCancelRequest&) {
        ++mass_cancels;
        for (const NewOrderSingle& order : std::array(resting_)) {
            remove(order.cl_ord_id);
        }
    }
    void on(const OrderStatusRequest&) {}
    void on(const OpenOrdersRequest&) {}
    template <EventPayload T>
    void answer(const T& body) {
        verify(reports_.try_push(Event::of(body, at, now)));
    }
    void balances(std::uint8_t from_snapshot) {
        for (std::uint16_t i = 0; i < 2; ++i) {
            AccountBalance balance;
            balance.asset = AssetId{i};
            balance.free = owned_[i];
            balance.from_snapshot = from_snapshot;
            answer(balance);
        }
    }
    void frame(const binance::Encoded& encoded) { refused += encoded.ok() ? 0U : 1U; }
    void rest(const NewOrderSingle& order) {
        for (NewOrderSingle& place : resting_) {
            if (place.cl_ord_id == no_order) {
                place = order;
                return report(order, ExecType::new_, OrdStatus::new_);
            }
        }
        verify(false);
    }
    void remove(ClOrdId id) {
        for (NewOrderSingle& place : resting_) {
            if (place.cl_ord_id == id && id != no_order) {
                report(place, ExecType::canceled, OrdStatus::canceled);
                place = {};
            }
        }
    }
    void report(const NewOrderSingle& order, ExecType type, OrdStatus status) {
        ExecutionReport out;
        out.cl_ord_id = order.cl_ord_id;
        out.order_id = OrderId{order.cl_ord_id.sequence()};
        out.exec_id = ExecId{++executions_};
        out.exec_type = type;
        out.status = status;
        out.instrument = order.instrument;
        out.order_qty = *grid_.qty(order.qty);
        out.bits = ExecutionReport::pack(ReportSource::stream_primary, true, order.side);
        if (type == ExecType::trade) {
            out.trade = TradeId{static_cast<std::int64_t>(executions_)};
            out.last_qty = out.cum_qty = out.order_qty;
            out.last_price = *grid_.price(order.price);
            out.fee_asset = AssetId{1};
        }
        answer(out);
    }

    binance::OrderEncoder& encoder_;
    binance::AccountDecoder& decoder_;
    Instrument grid_;
    binance::ReportRing& reports_;
    binance::EgressClock& egress_;
    std::array<AmountAtoms, 2> owned_{AmountAtoms{bench::base_atoms},
                                      AmountAtoms{bench::quote_atoms}};
    std::string fill_ =
        R"({"subscriptionId":0,"event":{"e":"executionReport","E":1,"s":"BTCUSDT","c":"x","S":"BUY",)"
        R"("o":"LIMIT","f":"GTC","q":"0.00500000","p":"61000.00000000","C":"","x":"TRADE",)"
        R"("X":"FILLED","r":"NONE","i":7,"l":"0.00500000","z":"0.00500000","L":"61000.00000000",)"
        R"("n":"0","N":"USDT","T":1,"t":9,"I":11,"w":false,"m":true}})";
    const std::size_t fill_text{fill_.size()};
    std::array<NewOrderSingle, 64> resting_{};
    std::uint64_t executions_{};
};

/// Everything between the bytes of the market and the bytes of the orders, on one thread, with the
/// rings and the core agent of production in between.
class HotPath : public binance::BookSink {
public:
    HotPath(gateways::Signer& signer, journal::JournalWriter& writer, risk::KillPage& page)
        : page_(page) {
        verify(symbols_.add_asset(AssetId{0}, "BTC") && symbols_.add_asset(AssetId{1}, "USDT"));
        verify(symbols_.add_instrument(InstrumentId{0}, "BTCUSDT", AssetId{0}, AssetId{1}));
        (void)instruments_.update(btcusdt_definition());
        (void)ids_.fill();
        auto made = binance::OrderEncoder::make(symbols_, instruments_, ids_, signer, 1000);
        verify(made.ok());
        encoder_.emplace(std::move(made).value());
        account_.emplace(symbols_);
        venue_.emplace(*encoder_, *account_, CoreRig<>::grid(), *reports_, order_stamps_);
        outbox_.emplace(*requests_, *resyncs_, page_, *venue_, &core_stamps_);
        core_ =
            std::make_unique<Core>(core_config(Epoch{1}), strategies_, *gate_, *outbox_, writer);
        const tools::AppConfig config = sim_config();
        agent_.emplace(
            tools::CoreInputs{*market_, *reports_, control_, page_, writer, config.engine.timer,
                              config.limits.version, 1,
                              static_cast<std::uint16_t>(config.strategies.size()), &core_stamps_},
            *core_, *outbox_);
    }
    void start(std::int64_t at) {
        set(at);
        feed(btcusdt_definition());
        feed(SessionState{Session::orders, SessionStatus::ready, 0, {}});
        feed(SessionState{Session::account_primary, SessionStatus::ready, 0, {}});
        verify(core_->reconciled(OrderAgentId{}));
    }
    void on_message(const bench::RecordedMessage& message) {
        set(message.receive_ns);
        if (at_ >= next_ids_) {
            next_ids_ = at_ + milliseconds(10);
            (void)ids_.fill(64);  // the control thread's work, and as clean
        }
        if (message.stream == bench::Stream::snapshot) {
            verify(snapshots_.decode(message.text(), snapshot_) == binance::DecodeError::none);
            (void)sync_.on_snapshot(snapshot_, *this);
        } else if (message.stream == bench::Stream::depth) {
            sync_.on_depth(decoder_.decode(message.text()).depth, *this);
        } else if (message.stream == bench::Stream::trade) {
            feed(decoder_.decode(message.text()).trade);
        } else if (message.stream == bench::Stream::book_ticker) {
            const TopOfBook top = decoder_.decode(message.text()).top;
            venue_->on_top(top);
            feed(top);
        }
    }
    void on_reset(const BookReset& reset) override { feed(reset); }
    void on_book(std::span<const BookDelta> message) override {
        for (const BookDelta& part : message) {
            feed(part);
        }
    }
    template <EventPayload T>
    void feed(const T& body) {
        Event event = Event::of(body, at_, WallNs{at_.value});
        event.header.seq = static_cast<std::uint64_t>(stamp_clock_.now().value);
        verify(market_->try_push(event));
        turn();
    }
    /// An operator speaks: by a token that was made ahead, because in production another thread
    /// does.
    void say(Command command) {
        verify(control_.try_enqueue(
            operator_,
            Event::of(OperatorCommand{command, Scope::firm, 0, 0, 1}, at_, WallNs{at_.value})));
        turn();
    }
    void kill() {
        verify(page_.kill_now(Scope::firm, 0));
        turn();
    }
    [[nodiscard]] const CoreCounters& counters() const { return core_->counters(); }
    [[nodiscard]] const FixedVenue& venue() const { return *venue_; }
    [[nodiscard]] std::uint64_t timed(tools::LatencyStage stage) const {
        static tools::LatencyCounts counts;
        latency_->at(stage).read(counts);
        return counts.n;
    }

private:
    using Outbox = tools::BasicOutbox<FixedVenue>;
    using Core =
        TradingCore<strategies::StrategySet, risk::RiskGate, Outbox, journal::JournalWriter>;
    void set(std::int64_t at) {
        at_ = venue_->at = MonoNs{at};
        venue_->now = WallNs{at};
    }
    /// The core agent's rounds and the venue's, until neither has anything to say.
    void turn() {
        bool more = true;
        while (more) {
            more = agent_->do_work(at_, WallNs{at_.value}) != 0;
            while (requests_->try_consume(
                [this](gateways::Outbound&& request) { venue_->take(request); })) {
                more = true;
            }
        }
    }
    risk::KillPage& page_;
    std::unique_ptr<tools::MarketRing> market_ = std::make_unique<tools::MarketRing>();
    std::unique_ptr<binance::ReportRing> reports_ = std::make_unique<binance::ReportRing>();
    std::unique_ptr<tools::RequestRing> requests_ = std::make_unique<tools::RequestRing>();
    std::unique_ptr<tools::ResyncRing> resyncs_ = std::make_unique<tools::ResyncRing>();
    tools::ControlQueue control_;
    moodycamel::ProducerToken operator_{control_};
    engine::TscCalibrator calibrator_;
    tools::TscStampClock stamp_clock_{calibrator_};
    std::unique_ptr<tools::StampRing> stamps_ = std::make_unique<tools::StampRing>();
    std::unique_ptr<tools::LatencyBoard> latency_ = std::make_unique<tools::LatencyBoard>();
    tools::CoreStamps core_stamps_{stamp_clock_, *stamps_};
    tools::OrderStamps order_stamps_{stamp_clock_, *stamps_, *latency_};
    binance::MarketDataDecoder decoder_{{{"BTCUSDT", InstrumentId{0}}}};
    binance::SnapshotDecoder snapshots_;
    binance::DepthSnapshot snapshot_{};
    binance::BookSynchronizer sync_{InstrumentId{0}};
    binance::SymbolTable symbols_;
    binance::InstrumentBook instruments_;
    gateways::ClOrdIdMint ids_{bench::bench_keys()};
    std::optional<binance::OrderEncoder> encoder_;
    std::optional<binance::AccountDecoder> account_;
    std::optional<FixedVenue> venue_;
    strategies::StrategySet strategies_{sim_config().strategies};
    std::unique_ptr<risk::RiskGate> gate_ = std::make_unique<risk::RiskGate>(gate_config(Epoch{1}));
    std::optional<Outbox> outbox_;
    std::unique_ptr<Core> core_;
    std::optional<tools::CoreAgent<Core, Outbox>> agent_;
    MonoNs at_{}, next_ids_{};
};

/// Warms up, freezes, trades, kills. Does not return: the child's end is the answer.
[[noreturn]] void trade_frozen(const std::string& directory) {
    bench::make_key(directory + "/key.pem");
    auto signer = gateways::make_file_signer(directory + "/key.pem", "frozen");
    journal::JournalOptions options;
    options.directory = directory + "/journal";
    std::filesystem::create_directory(options.directory);
    options.mode = journal::OpenMode::create;
    options.sync_period = milliseconds(1'000'000);
    options.retry_period = milliseconds(1000);
    auto opened = journal::Journal::open(options);
    verify(signer.ok() && opened.ok());
    const auto messages = bench::load_recording(20'000);
    verify(risk::KillPage::create(directory + "/kill-switch").ok());
    auto page = risk::KillPage::open(directory + "/kill-switch");
    verify(page.ok());
    auto path = std::make_unique<HotPath>(*signer.value(), opened.value()->writer(), page.value());
    path->start(messages.front().receive_ns);
    const std::size_t warm_up = messages.size() / 4;
    for (std::size_t i = 0; i < warm_up; ++i) {
        path->on_message(messages[i]);
    }
    for (int i = 0; i < 100; ++i) {
        (void)opened.value()->agent().do_work(MonoNs{messages[warm_up].receive_ns});
    }
    const CoreCounters before = path->counters();
    const std::uint64_t fills = path->venue().fills;
    const std::uint64_t cancels = path->venue().cancels;
    const std::uint64_t timed = path->timed(tools::LatencyStage::send);
    freeze();
    for (std::size_t i = warm_up; i < messages.size(); ++i) {
        path->on_message(messages[i]);
        if (i == messages.size() - 3'000) {
            path->say(Command::reduce_only);
        }
        if (i == messages.size() - 1'000) {
            path->kill();
        }
    }
    const CoreCounters& after = path->counters();
    const bool enough = after.orders_approved > before.orders_approved + 50 &&
                        path->venue().fills > fills && path->venue().cancels > cancels &&
                        after.orders_denied > before.orders_denied &&
                        path->venue().mass_cancels > 0 && path->venue().refused == 0 &&
                        path->timed(tools::LatencyStage::send) > timed + 50;
    syscall(SYS_exit_group, enough ? all_well : not_much);
    __builtin_unreachable();
}

class Frozen : public testing::Test {
protected:
    void SetUp() override {
        if (!bench::heap_counted) {
            GTEST_SKIP() << "a sanitizer has a heap, locks and system calls of its own";
        }
    }
};

TEST_F(Frozen, TradingTakesNoHeapNoLockAndNoSystemCall) {
    const bench::Scratch scratch;
    EXPECT_EQ(end_of([&] { trade_frozen(scratch.path); }), all_well)
        << "3: too little happened; -4: heap or lock; -31: a system call";
}

TEST_F(Frozen, AnAllocationIsCaught) {
    EXPECT_EQ(end_of([] {
                  freeze();
                  delete new volatile int(1);
              }),
              -SIGILL);
}

TEST_F(Frozen, ALockIsCaughtEvenIfNobodyHoldsIt) {
    EXPECT_EQ(end_of([] {
                  static std::mutex mutex;
                  freeze();
                  const std::lock_guard lock(mutex);
              }),
              -SIGILL);
}

TEST_F(Frozen, AWaitForALockIsCaught) {
    EXPECT_EQ(end_of([] {
                  freeze();
                  std::uint32_t word = 0;
                  syscall(SYS_futex, &word, 0, 1, nullptr, nullptr, 0);
              }),
              -SIGSYS);
}

TEST_F(Frozen, ASystemCallIsCaught) {
    EXPECT_EQ(end_of([] {
                  freeze();
                  (void)!write(2, "", 0);
              }),
              -SIGSYS);
}

}  // namespace
}  // namespace portcullis::tests
