// The book on recorded messages, and the gate on orders that it approves.
#include <array>
#include <cstdio>

#include "bench/gate_rig.hpp"
#include "bench/harness.hpp"
#include "bench/recorded_book.hpp"
#include "engine/book/l2_book.hpp"

namespace portcullis::bench {
namespace {

using namespace engine;

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
    const auto messages = load_book_messages(100'000);
    std::vector<std::uint64_t> best;
    std::size_t levels = 0;
    for (int run = 0; run < Bench::runs; ++run) {
        L2Book book;
        std::vector<std::uint64_t> ticks;
        ticks.reserve(messages.size());
        levels = 0;
        for (const auto& message : messages) {
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
