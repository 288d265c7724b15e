// throughput: the shipped recording as fast as it goes through decoder, book, strategy, gate and
// the real journal, on one thread.
//
// Timed in runs of messages and not each by itself, because what is asked is how many go through in
// a second: what one leaves behind in caches and predictors the next one has. Between two runs, and
// not timed, is what other threads do (ids made ahead, the journal's pages) and the timer.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <span>

#include "bench/heap.hpp"
#include "bench/scratch.hpp"
#include "bench/tick_rig.hpp"
#include "engine/journal/journal.hpp"

namespace portcullis::bench {
namespace {

constexpr std::size_t unmeasured = 5'000;   ///< messages at the head
constexpr std::size_t messages_a_run = 64;  ///< between two readings of the counter, at most
constexpr double stolen_ns = 1e6;           ///< the longest run needs a tenth of it

struct Passed {
    std::uint64_t ticks{}, messages{}, heap{}, taken{}, records{}, orders{};
    std::uint64_t stolen{};  ///< of the ticks: in runs so long that the thread was not run
};

std::unique_ptr<engine::journal::Journal> new_journal(const std::string& directory) {
    engine::journal::JournalOptions options;
    options.directory = directory;
    options.mode = engine::journal::OpenMode::create;
    options.build_id = "bench";
    options.reserve_records = 4 * engine::capacity::orders;
    options.sync_period = engine::milliseconds(3'600'000);  // the disk is not measured
    options.retry_period = engine::milliseconds(100);
    auto opened = engine::journal::Journal::open(options);
    require(opened.ok(), "the journal cannot be made");
    return std::move(opened).value();
}

/// As many of the first messages as are of one run: tickers alone, or whatever comes.
std::size_t run_length(std::span<const RecordedMessage> messages, bool tickers_only) {
    const std::size_t most = std::min(messages.size(), messages_a_run);
    std::size_t length = 0;
    while (length < most && (!tickers_only || messages[length].stream == Stream::book_ticker)) {
        ++length;
    }
    return length;
}

/// The whole recording, once; of it the tickers are timed, or all.
Passed pass(const std::vector<RecordedMessage>& messages, gateways::Signer& signer,
            bool tickers_only, double ns_per_tick) {
    const Scratch scratch;
    const auto journal = new_journal(scratch.path + "/journal");
    auto line =
        std::make_unique<JournaledTickLine>(signer, tick_rig::FileJournal{journal->writer()});
    const auto through = [](auto&& tick) { tick(); };
    line->start(messages.front().receive_ns);
    Passed passed;
    std::size_t at = 0;
    for (; at < unmeasured; ++at) {
        line->on_message(messages[at], through);
    }
    for (std::int64_t round = 0; at < messages.size();) {
        line->keep_time(messages[at]);
        (void)journal->agent().do_work(engine::MonoNs{++round});
        const std::span<const RecordedMessage> ahead = std::span(messages).subspan(at);
        const std::size_t length = run_length(ahead, tickers_only);
        if (length == 0) {
            line->take(messages[at++], through);
            continue;
        }
        const std::uint64_t taken = line->taken();
        const std::uint64_t records = journal->writer().seq().value;
        const std::uint64_t orders = line->venue().new_orders;
        const std::uint64_t heap = heap_calls();
        const std::uint64_t begin = ticks_before();
        for (std::size_t i = 0; i < length; ++i) {
            line->take(ahead[i], through);
        }
        const std::uint64_t spent = ticks_after() - begin;
        passed.ticks += spent;
        passed.stolen += static_cast<double>(spent) * ns_per_tick > stolen_ns ? spent : 0;
        passed.heap += heap_calls() - heap;
        passed.messages += length;
        passed.taken += line->taken() - taken;
        passed.records += journal->writer().seq().value - records;
        passed.orders += line->venue().new_orders - orders;
        at += length;
    }
    line->check();
    require(journal->close(engine::MonoNs{1'000'000'000'000'000}, engine::WallNs{1}).ok(),
            "the journal cannot close");
    return passed;
}

void check_pass(const Passed& passed) {
    require(passed.messages > 1'000, "too few messages");
    require(passed.taken == passed.messages, "the core has not taken every message");
    require(passed.records > passed.messages, "messages or what they caused are not journaled");
    require(passed.orders > 0, "the messages timed caused no order");
    require(!heap_counted || passed.heap == 0, "the hot path calls the heap");
}

}  // namespace

void bench_throughput(Bench& bench) {
    if (!bench.any("throughput.")) {
        return;
    }
    const Scratch scratch;
    make_key(scratch.path + "/key.pem");
    auto signer = gateways::make_file_signer(scratch.path + "/key.pem", "bench");
    require(signer.ok(), "the key file is refused");
    const auto messages = load_recording(unmeasured + bench.count(500'000));
    struct Pass {
        const char* name;
        bool tickers_only;
    };
    for (const Pass& asked :
         {Pass{"throughput.book_ticker", true}, Pass{"throughput.mixed", false}}) {
        if (!bench.wanted(asked.name)) {
            continue;
        }
        std::vector<double> rates;
        for (std::size_t i = 0; i < bench.runs(); ++i) {
            const Passed passed =
                pass(messages, *signer.value(), asked.tickers_only, bench.ns_per_tick());
            check_pass(passed);
            std::fprintf(
                stderr,
                "%s: %lu messages, %lu records, %lu orders, heap calls: %lu, "
                "%.0f %% of the time in runs of over 1 ms\n",
                asked.name, passed.messages, passed.records, passed.orders, passed.heap,
                100 * static_cast<double>(passed.stolen) / static_cast<double>(passed.ticks));
            rates.push_back(1e9 * static_cast<double>(passed.messages) /
                            (static_cast<double>(passed.ticks) * bench.ns_per_tick()));
        }
        bench.figure(asked.name, std::move(rates), "messages/s");
    }
}

}  // namespace portcullis::bench
