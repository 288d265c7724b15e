// The book on recorded messages, and the gate on orders that it approves.
#include <array>
#include <cstdio>
#include <memory>

#include "bench/harness.hpp"
#include "bench/recorded.hpp"
#include "bench/setup.hpp"
#include "engine/book/l2_book.hpp"
#include "gateways/binance/book_sync.hpp"
#include "gateways/binance/market_data.hpp"

namespace portcullis::bench {
namespace {

using namespace engine;

/// Recorded book messages as the core receives them: runs of parts.
class Messages : public gateways::binance::BookSink {
public:
    Messages() {
        gateways::binance::MarketDataDecoder decoder({{"BTCUSDT", InstrumentId{0}}});
        gateways::binance::SnapshotDecoder snapshots;
        gateways::binance::DepthSnapshot snapshot;
        snapshot.instrument = InstrumentId{0};
        gateways::binance::BookSynchronizer sync(InstrumentId{0});
        for (const RecordedMessage& line : load_recording(100'000)) {
            if (line.stream == Stream::snapshot) {
                require(
                    snapshots.decode(line.text(), snapshot) == gateways::binance::DecodeError::none,
                    "snapshot refused");
                (void)sync.on_snapshot(snapshot, *this);
            } else if (line.stream == Stream::depth) {
                sync.on_depth(decoder.decode(line.text()).depth, *this);
            }
        }
    }
    void on_reset(const BookReset&) override {}
    void on_book(std::span<const BookDelta> message) override {
        for (const BookDelta& part : message) {
            if (open_) {
                all.back().push_back(part);
            } else {
                all.push_back({part});
            }
            open_ = (part.flags & BookDelta::last) == 0;
        }
    }
    std::vector<std::vector<BookDelta>> all;

private:
    bool open_{};
};

ReviewContext context_at(MonoNs now) {
    ReviewContext context;
    context.now = now;
    context.reference = {PriceAtoms{6'000'000'000'000}, PriceAtoms{6'000'001'000'000}, now, now,
                         true};
    context.slot = 20;
    context.session_ready = context.reconciled = true;
    context.journal_writable = context.request_room = true;
    return context;
}

NewOrderSingle order_of(std::uint64_t sequence, std::int64_t ticks_away, Side side) {
    NewOrderSingle order;
    order.cl_ord_id = ClOrdId::of(Epoch{1}, sequence);
    order.price = PriceTicks{side == Side::buy ? 6'000'000 - ticks_away : 6'000'001 + ticks_away};
    order.qty = QtyLots{100};
    order.instrument_version = 1;
    order.instrument = InstrumentId{0};
    order.strategy = StrategyId{0};
    order.side = side;
    order.type = OrdType::limit_maker;
    return order;
}

/// A gate in the middle of its work: six orders rest, three a side.
struct WorkingGate {
    std::unique_ptr<risk::RiskGate> gate = std::make_unique<risk::RiskGate>(gate_config());
    MonoNs now{1'000'000'000'000};
    std::uint64_t sequence{};

    WorkingGate() {
        const InstrumentDefinition from = btcusdt_definition();
        Instrument grid;
        grid.id = from.instrument;
        grid.base = from.base;
        grid.quote = from.quote;
        grid.version = from.version;
        grid.status = from.status;
        grid.amend_allowed = true;
        grid.orders_max = from.orders_max;
        grid.tick = from.tick;
        grid.lot = from.lot;
        grid.price_min = from.price_min;
        grid.price_max = from.price_max;
        grid.qty_min = from.qty_min;
        grid.qty_max = from.qty_max;
        grid.notional_min = AmountAtoms{from.notional_min_atoms};
        grid.notional_max = AmountAtoms{from.notional_max_atoms};
        gate->on_instrument(grid);
        gate->on_balance(AssetId{0}, AmountAtoms{base_atoms});
        gate->on_balance(AssetId{1}, AmountAtoms{quote_atoms});
        gate->on_mark(AssetId{0}, 60'000'000'000);
        gate->on_mark(AssetId{1}, 1'000'000);
        for (std::uint16_t i = 0; i < 6; ++i) {
            ReviewContext context = context_at(now);
            context.slot = i;
            (void)approve(order_of(++sequence, 10 + i, i % 2 == 0 ? Side::buy : Side::sell),
                          context);
        }
    }
    std::uint64_t approve(const NewOrderSingle& order, const ReviewContext& context) {
        auto verdict = gate->review(order, context);
        if (!verdict.ok()) {
            std::fprintf(stderr, "denied: reason %u limit %ld value %ld\n",
                         unsigned{verdict.denial().reason}, verdict.denial().limit,
                         verdict.denial().value);
        }
        require(verdict.ok(), "the gate denies what it must approve");
        return verdict.take().stamp().number.value;
    }
    void flush() const {
        // style: no-bytes-near-approval because the cache is flushed by address, nothing is read
        const auto* bytes = reinterpret_cast<const char*>(gate.get());
        for (std::size_t i = 0; i < sizeof(risk::RiskGate); i += 64) {
            _mm_clflush(bytes + i);
        }
        _mm_mfence();
    }
};

void reviews(Bench& bench, const char* name, bool cold, std::size_t full) {
    if (!bench.wanted(name)) {
        return;
    }
    std::vector<std::uint64_t> best;
    WorkingGate world;
    for (int run = 0; run < Bench::runs; ++run) {
        std::vector<std::uint64_t> ticks(bench.count(full));
        std::uint64_t last = 0;
        for (std::uint64_t& sample : ticks) {
            world.now = world.now + milliseconds(10);
            const ReviewContext context = context_at(world.now);
            const std::uint64_t sequence = ++world.sequence;
            const NewOrderSingle order =
                order_of(sequence, 5, sequence % 2 == 0 ? Side::buy : Side::sell);
            if (cold) {
                world.flush();
            }
            const std::uint64_t begin = ticks_before();
            auto verdict = world.gate->review(order, context);
            sample = ticks_after() - begin;
            require(verdict.ok(), "the gate denies what it must approve");
            const std::uint64_t number = verdict.take().stamp().number.value;
            require(last == 0 || number == last + 1, "approval numbers are not dense");
            last = number;
            world.gate->on_closed(context.slot);
        }
        Bench::keep_better(best, std::move(ticks));
    }
    require(world.gate->exposure().consistent(), "the gate's sums disagree");
    bench.add(name, std::move(best));
}

/// Sixteen reviews between two readings of the counter, whose own step is the floor of the row
/// above; the sixteen rest until all are reviewed, and are released untimed.
void reviews_in_batches(Bench& bench, const char* name, std::size_t full) {
    constexpr std::uint16_t batch = 16;
    constexpr std::uint16_t first_slot = 20;
    if (!bench.wanted(name)) {
        return;
    }
    std::vector<std::uint64_t> best;
    WorkingGate world;
    std::array<ReviewContext, batch> contexts;
    std::array<NewOrderSingle, batch> orders;
    for (int run = 0; run < Bench::runs; ++run) {
        std::vector<std::uint64_t> ticks(bench.count(full));
        for (std::uint64_t& sample : ticks) {
            world.now = world.now + milliseconds(10 * batch);
            for (std::uint16_t i = 0; i < batch; ++i) {
                contexts[i] = context_at(world.now);
                contexts[i].slot = static_cast<std::uint16_t>(first_slot + i);
                orders[i] = order_of(++world.sequence, 5, i % 2 == 0 ? Side::buy : Side::sell);
            }
            std::uint64_t last = 0;
            std::uint64_t dense = 0;
            const std::uint64_t begin = ticks_before();
            for (std::uint16_t i = 0; i < batch; ++i) {
                auto verdict = world.gate->review(orders[i], contexts[i]);
                const std::uint64_t number = verdict.ok() ? verdict.take().stamp().number.value : 0;
                dense += number == last + 1 || i == 0 ? 1U : 0U;
                last = number;
            }
            sample = ticks_after() - begin;
            require(dense == batch && last != 0, "sixteen approvals in a row were not given");
            for (std::uint16_t i = 0; i < batch; ++i) {
                world.gate->on_closed(static_cast<std::uint16_t>(first_slot + i));
            }
        }
        Bench::keep_better(best, std::move(ticks));
    }
    require(world.gate->exposure().consistent(), "the gate's sums disagree");
    bench.add(name, std::move(best), batch);
}

}  // namespace

void bench_book(Bench& bench) {
    if (!bench.any("book.apply")) {
        return;
    }
    const Messages messages;
    require(messages.all.size() > 50, "too few book messages");
    std::vector<std::uint64_t> best;
    std::size_t levels = 0;
    for (int run = 0; run < Bench::runs; ++run) {
        L2Book book;
        std::vector<std::uint64_t> ticks;
        ticks.reserve(messages.all.size());
        levels = 0;
        for (const auto& message : messages.all) {
            const bool snapshot = (message.front().flags & BookDelta::snapshot) != 0;
            ApplyResult result;
            const std::uint64_t begin = ticks_before();
            for (const BookDelta& part : message) {
                result = book.apply(part);
            }
            const std::uint64_t spent = ticks_after() - begin;
            require(result.outcome != BookOutcome::reset, "the book refuses a recorded message");
            if (!snapshot && result.outcome == BookOutcome::complete) {
                ticks.push_back(spent);
                for (const BookDelta& part : message) {
                    levels += part.level_count;
                }
            }
        }
        require(book.valid() && book.self_check(), "the book is not valid at the end");
        Bench::keep_better(best, std::move(ticks));
    }
    if (bench.wanted("book.apply")) {
        std::fprintf(stderr, "book.apply: %.1f levels a message\n",
                     static_cast<double>(levels) / static_cast<double>(best.size()));
        bench.add("book.apply", std::move(best));
    }
}

void bench_gate(Bench& bench) {
    reviews(bench, "gate.review.hot", false, 100'000);
    reviews_in_batches(bench, "gate.review.hot.of_16", 20'000);
    reviews(bench, "gate.review.cold", true, 5'000);
}

}  // namespace portcullis::bench
