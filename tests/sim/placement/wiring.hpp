// Wiring: what TradingEngine puts between the sockets, as it puts it there: real rings, control
// queue, kill page, journal on a disk, outbox, gate, strategies, core and CoreAgent. Who turns the
// agents, and on which threads, is decided outside (runs.hpp).
//
// Only feed and order agent are replaced, because a run is to be repeated to the byte: real ones
// hold sockets and clocks.
// Owner: the test's thread makes and ends it; in between each part has its agent's thread.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "engine/journal/journal.hpp"
#include "tests/sim/placement/order_side.hpp"
#include "tests/sim/scratch.hpp"

namespace portcullis::tests {

/// Everything that a run leaves behind.
struct RunResult {
    std::vector<Event> records;  ///< the journal, read back from the disk
    std::vector<Sent> sent;
    CoreCounters counters;
    std::uint64_t hash{};
    std::string directory;  ///< of the journal
};

class Wiring {
public:
    using Out = tools::BasicOutbox<OrderSide>;
    using Core = TradingCore<strategies::StrategySet, risk::RiskGate, Out, journal::JournalWriter>;

    /// Kill page and journal are made in `directory`, which is empty. `stamped`: every market event
    /// is one whose latency is sampled.
    explicit Wiring(const std::string& directory, bool stamped = false)
        : stamped_(stamped),
          kill_page(open_page(directory + "/kill-switch")),
          journal(open_journal(directory + "/journal")),
          order_side(requests, reports, kill_page),
          strategies(sim_config().strategies),
          gate(std::make_unique<risk::RiskGate>(gate_config(journal->epoch()))),
          outbox(requests, resyncs, kill_page, order_side, stamped ? &core_stamps : nullptr),
          core(core_config(journal->epoch()), strategies, *gate, outbox, journal->writer()),
          agent({market, reports, control, kill_page, journal->writer(), timer_period(),
                 sim_config().limits.version, 1, 1, stamped ? &core_stamps : nullptr},
                core, outbox) {}
    Wiring(const Wiring&) = delete;
    Wiring& operator=(const Wiring&) = delete;

    [[nodiscard]] static DurationNs timer_period() { return sim_config().engine.timer; }

    /// As the feed would push it.
    [[nodiscard]] Event from_feed(const Event& event) const noexcept {
        Event pushed = event;
        pushed.header.seq = stamped_ ? 1 : 0;
        return pushed;
    }
    /// The first record of a run of its own.
    void begin(MonoNs now) {
        SessionStart start;
        std::memcpy(start.uuid, journal->uuid().data(), sizeof(start.uuid));
        start.config_hash = sim_config().hash;
        start.epoch = journal->epoch().value;
        agent.begin(Event::of(start, now, WallNs{now.value}));
    }
    /// Requires: no thread is at work any more.
    RunResult finish() {
        while (order_side.take_only() != 0) {
        }
        RunResult result;
        result.sent = order_side.sent();
        result.counters = core.counters();
        result.hash = core.state_hash();
        result.directory = journal->directory();
        verify(journal->close(core.now(), WallNs{core.now().value}).ok());
        auto reader = journal::JournalReader::open(result.directory);
        verify(reader.ok());
        Event record;
        while (reader.value().next(record)) {
            result.records.push_back(record);
        }
        verify(reader.value().verdict() == journal::Verdict::complete);
        return result;
    }

private:
    struct CountingClock final : gateways::StampClock {
        MonoNs time{};
        MonoNs now() noexcept override { return time = time + DurationNs{1}; }
    };
    bool stamped_;

public:
    // In the order in which each needs what stands before it.
    CountingClock stamp_clock;
    tools::StampRing stamps;
    tools::CoreStamps core_stamps{stamp_clock, stamps};
    risk::KillPage kill_page;
    std::unique_ptr<journal::Journal> journal;
    tools::MarketRing market;
    tools::ReportRing reports;
    tools::RequestRing requests;
    tools::ResyncRing resyncs;
    tools::ControlQueue control;
    OrderSide order_side;
    strategies::StrategySet strategies;
    std::unique_ptr<risk::RiskGate> gate;
    Out outbox;
    Core core;
    tools::CoreAgent<Core, Out> agent;

private:
    static risk::KillPage open_page(const std::string& path) {
        verify(risk::KillPage::create(path).ok());
        auto page = risk::KillPage::open(path);
        verify(page.ok());
        return std::move(page).value();
    }
    // One segment holds the run: how fast segments are made is not what these tests compare.
    static std::unique_ptr<journal::Journal> open_journal(const std::string& directory) {
        std::filesystem::create_directory(directory);
        journal::JournalOptions options;
        options.directory = directory;
        options.mode = journal::OpenMode::create;
        options.config_hash = sim_config().hash;
        options.build_id = "sim_placement_test";
        options.segment_bytes = std::size_t{32} * 1024 * 1024;
        options.sync_period = milliseconds(1'000'000);
        options.retry_period = milliseconds(1000);
        auto opened = journal::Journal::open(options);
        verify(opened.ok());
        verify(
            journal::store_config(directory, opened.value()->epoch(), sim_config().effective).ok());
        return std::move(opened).value();
    }
};

}  // namespace portcullis::tests
