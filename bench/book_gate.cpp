// The book on recorded messages, and the gate on orders that it approves.
#include <array>
#include <cstdio>
#include <numeric>

#include "bench/gate_rig.hpp"
#include "bench/harness.hpp"
#include "bench/recorded_book.hpp"
#include "engine/book/market.hpp"

namespace portcullis::bench {
namespace {

using namespace engine;

constexpr PriceAtoms recorded_tick{1'000'000};  // 0.01 USDT

struct LadderShape {
    const char* name;
    std::size_t ticks;
    PriceAtoms tick;
};

/// Where the lines of the gate are when it is asked.
enum class Lines : std::uint8_t { hot, cold, prefetched };

/// From the tick to the review, about: the time that a prefetch has.
constexpr double prefetched_ns = 250;

void pass(const Bench& bench, double ns) {
    const auto ticks = static_cast<std::uint64_t>(ns / bench.ns_per_tick());
    const std::uint64_t begin = __rdtsc();
    while (__rdtsc() - begin < ticks) {
    }
}

void reviews(Bench& bench, const char* name, Lines lines, std::size_t full) {
    if (!bench.wanted(name)) {
        return;
    }
    Runs runs(bench.runs());
    WorkingGate world;
    for (Ticks& ticks : runs) {
        ticks.resize(bench.count(full));
        std::uint64_t last = 0;
        for (std::uint64_t& sample : ticks) {
            world.now = world.now + milliseconds(10);
            const ReviewContext context = context_at(world.now);
            const std::uint64_t sequence = ++world.sequence;
            const NewOrderSingle order =
                order_of(sequence, 5, sequence % 2 == 0 ? Side::buy : Side::sell);
            if (lines != Lines::hot) {
                world.flush();
            }
            if (lines == Lines::prefetched) {
                world.gate->prefetch(order.instrument, order.strategy, context.slot);
                pass(bench, prefetched_ns);
            }
            const std::uint64_t begin = ticks_before();
            auto verdict = world.gate->review(order, context);
            sample = ticks_after() - begin;
            require(verdict.ok(), "the gate denies what it must approve");
            const std::uint64_t number = verdict.take().stamp().number.value;
            require(last == 0 || number == last + 1, "approval numbers are not dense");
            last = number;
            world.gate->on_closed(context.slot);
            world.gate->tidy(world.now);  // as the core does after each step
        }
    }
    require(world.gate->exposure().consistent(), "the gate's sums disagree");
    bench.add(name, runs);
}

/// Sixteen reviews between two readings of the counter, whose own step is the floor of the row
/// above; the sixteen rest until all are reviewed, and are released untimed.
void reviews_in_batches(Bench& bench, const char* name, std::size_t full) {
    constexpr std::uint16_t batch = 16;
    constexpr std::uint16_t first_slot = 20;
    if (!bench.wanted(name)) {
        return;
    }
    Runs runs(bench.runs());
    WorkingGate world;
    std::array<ReviewContext, batch> contexts;
    std::array<NewOrderSingle, batch> orders;
    for (Ticks& ticks : runs) {
        ticks.resize(bench.count(full));
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
            world.gate->tidy(world.now);
        }
    }
    require(world.gate->exposure().consistent(), "the gate's sums disagree");
    bench.add(name, runs, batch);
}

/// Reads all of a message: the decoder has just written what the book is given, so it is near.
std::int64_t written(const BookMessage& message) {
    std::int64_t sum = 0;
    for (const BookDelta& part : message) {
        for (const BookLevel& level : part.levels) {
            sum += level.price.value + level.qty.value;
        }
    }
    return sum;
}

/// The best of both sides, and ten levels of each.
std::int64_t read_book(const L2Book& book) {
    std::int64_t sum = 0;
    for (const Side side : {Side::buy, Side::sell}) {
        sum += book.best(side).value_or(BookLevel{}).price.value;
        std::size_t count = 0;
        book.walk(side, [&](const BookLevel& level) {
            sum += level.qty.value;
            return ++count < 10;
        });
    }
    return sum;
}

/// What a core reads after each message.
std::int64_t best_of_book(const L2Book& book) {
    return book.best(Side::buy).value_or(BookLevel{}).price.value +
           book.best(Side::sell).value_or(BookLevel{}).price.value;
}

// One run over the recorded messages; samples are of deltas.
struct BookRun {
    Ticks applied, best, net, read, recentred;
    std::vector<std::uint32_t> levels;
};
struct BookRuns {
    Runs applied, best, net, read, recentred;
};

/// How long `run` takes, in ticks.
template <class Run>
std::uint64_t timed(Run&& run) {
    const std::uint64_t begin = ticks_before();
    run();
    return ticks_after() - begin;
}

/// The top without an order of ours that is all of the best bid: the next bid is looked for.
std::uint64_t net_top_of(const L2Book& book) {
    const BookLevel bid = book.best(Side::buy).value_or(BookLevel{});
    const std::array<OwnLevel, 1> own{{{bid.price, bid.qty, Side::buy}}};
    NetTop net;
    const std::uint64_t ticks = timed([&] {
        net = net_top(book, own);
        keep(net);
    });
    const bool bids = book.level_count(Side::buy) > 1;
    require(!bids || net.bid == book.level(Side::buy, 1), "the net top is not the second bid");
    return ticks;
}

BookRun run_book(const std::vector<BookMessage>& messages, const LadderShape& shape) {
    BookRun run;
    L2Book book(capacity::book_levels, shape.ticks);
    book.set_tick(shape.tick);
    for (const BookMessage& message : messages) {
        ApplyResult result;
        std::uint32_t levels = 0;
        keep(written(message));
        const std::uint64_t begin = ticks_before();
        for (const BookDelta& part : message) {
            result = book.apply(part);
            levels += part.level_count;
        }
        const std::uint64_t applied = ticks_after() - begin;
        require(result.outcome != BookOutcome::reset, "the book refuses a recorded message");
        const std::uint64_t best = timed([&] { keep(best_of_book(book)); });
        const std::uint64_t net = net_top_of(book);
        const std::uint64_t read = timed([&] { keep(read_book(book)); });
        const std::uint64_t recentred = timed([&] { book.recentre(); });
        const bool snapshot = (message.front().flags & BookDelta::snapshot) != 0;
        if (!snapshot && result.outcome == BookOutcome::complete && levels > 0) {
            run.applied.push_back(applied);
            run.best.push_back(best);
            run.net.push_back(net);
            run.read.push_back(read);
            run.recentred.push_back(recentred);
            run.levels.push_back(levels);
        }
    }
    require(book.valid() && book.self_check(), "the book is not valid at the end");
    return run;
}

}  // namespace

void bench_book(Bench& bench) {
    if (!bench.any("book.")) {
        return;
    }
    const auto messages = load_book_messages(100'000);
    constexpr PriceAtoms none{};
    // The three take turns, so that a bad minute of the machine is one of each.
    const std::array<LadderShape, 3> shapes{{{"", capacity::ladder_ticks(1), recorded_tick},
                                             {".many", capacity::ladder_ticks(64), recorded_tick},
                                             {".sorted", capacity::ladder_ticks(64), none}}};
    std::array<BookRuns, shapes.size()> runs;
    std::vector<std::uint32_t> counts;
    for (std::size_t run = 0; run < bench.runs(); ++run) {
        for (std::size_t i = 0; i < shapes.size(); ++i) {
            BookRun now = run_book(messages, shapes[i]);
            counts = std::move(now.levels);
            runs[i].applied.push_back(std::move(now.applied));
            runs[i].best.push_back(std::move(now.best));
            runs[i].net.push_back(std::move(now.net));
            runs[i].read.push_back(std::move(now.read));
            runs[i].recentred.push_back(std::move(now.recentred));
        }
    }
    std::fprintf(
        stderr, "book: %.1f levels a message\n",
        std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(counts.size()));
    const auto wanted = [&](const char* row, const LadderShape& shape) {
        return bench.wanted(std::string(row) + shape.name);
    };
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        const std::string name = shapes[i].name;
        if (wanted("book.apply", shapes[i])) {
            bench.add("book.apply" + name, runs[i].applied, counts);
        }
        if (wanted("book.apply.message", shapes[i])) {
            bench.add("book.apply.message" + name, runs[i].applied);
        }
        if (wanted("book.best", shapes[i])) {
            bench.add("book.best" + name, runs[i].best);
        }
        if (wanted("book.net_top", shapes[i])) {
            bench.add("book.net_top" + name, runs[i].net);
        }
        if (wanted("book.read", shapes[i])) {
            bench.add("book.read" + name, runs[i].read);
        }
        if (wanted("book.recentre", shapes[i]) && shapes[i].tick != none) {
            bench.add("book.recentre" + name, runs[i].recentred);
        }
    }
}

void bench_gate(Bench& bench) {
    reviews(bench, "gate.review.hot", Lines::hot, 100'000);
    reviews_in_batches(bench, "gate.review.hot.of_16", 20'000);
    reviews(bench, "gate.review.cold", Lines::cold, 5'000);
    reviews(bench, "gate.review.cold.prefetched", Lines::prefetched, 5'000);
}

}  // namespace portcullis::bench
