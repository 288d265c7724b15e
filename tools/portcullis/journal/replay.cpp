// The replayer: a core whose journal compares instead of writing. See replay.hpp.
#include "tools/portcullis/journal/replay.hpp"
#include "tools/build_id/build_id.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "engine/core/trading_core.hpp"
#include "engine/journal/reader.hpp"
#include "risk/risk_gate.hpp"
#include "strategies/strategy_set.hpp"
#include "tools/portcullis/config.hpp"
#include "tools/portcullis/console/requests.hpp"
#include "tools/portcullis/journal/book_claims.hpp"
#include "tools/portcullis/journal/event_text.hpp"
#include "tools/portcullis/journal/history.hpp"

namespace portcullis::tools {
namespace {

using engine::Event;
using engine::EventType;

/// Collects what the core decides; the inputs it has already.
struct MadeOutputs {
    std::vector<Event> events;
    bool append(Event& event) noexcept {
        if (!event.is_input()) {
            events.push_back(event);
        }
        return true;
    }
};

/// Requests go nowhere: what became of them is in the journal.
struct Nowhere {
    template <class T>
    void submit(engine::OrderAgentId, risk::Approved<T>&&) noexcept {}
    void cancel(engine::OrderAgentId, const engine::OrderCancelRequest&) noexcept {}
    void mass_cancel(engine::OrderAgentId, const engine::OrderMassCancelRequest&) noexcept {}
    void status(engine::OrderAgentId, const engine::OrderStatusRequest&) noexcept {}
    void open_orders(engine::OrderAgentId, const engine::OpenOrdersRequest&) noexcept {}
    void resync(engine::InstrumentId, engine::ResetReason) noexcept {}
    void reconcile(engine::OrderAgentId, const engine::ReconcileRequest&) noexcept {}
    void kill(engine::Scope, std::uint16_t) noexcept {}
};

/// One epoch's core, made from the config that the epoch ran with.
struct Epoch {
    using Core = engine::TradingCore<strategies::StrategySet, risk::RiskGate, Nowhere, MadeOutputs>;

    Epoch(const AppConfig& config, engine::Epoch epoch, const JournalHistory& history,
          const engine::EventHeader& start)
        : strategies(config.strategies),
          gate(std::make_unique<risk::RiskGate>(config.gate(epoch))) {
        engine::CoreConfig core_config = config.core(epoch);
        core_config.earlier_requests_until = history.requests_until(core_config.expiry_margin);
        history.restore_windows(*gate, config, start.mono, start.wall);
        core = std::make_unique<Core>(core_config, strategies, *gate, nowhere, made);
        history.restore_done(*core, config);
        history.restore_fills(*core, config);
    }
    MadeOutputs made;
    Nowhere nowhere;
    strategies::StrategySet strategies;
    std::unique_ptr<risk::RiskGate> gate;
    std::unique_ptr<Core> core;
};

bool same(const Event& a, const Event& b) noexcept {
    return a.header.type == b.header.type &&
           std::memcmp(a.payload, b.payload, sizeof(a.payload)) == 0;
}

class Replayer {
public:
    /// `last_segment`: where to stop, 0 for the end.
    Replayer(std::string directory, std::uint32_t last_segment, BookClaims* books)
        : directory_(std::move(directory)),
          last_segment_(last_segment),
          books_(books),
          history_(directory_) {}

    engine::Result<ReplayReport> run() {
        auto reader = engine::journal::JournalReader::open(directory_);
        if (!reader) {
            return engine::Error{reader.error()};
        }
        if (reader.value().segments() == 0) {
            return engine::Error{directory_ + ": no journal segment here"};
        }
        const auto begun = std::chrono::steady_clock::now();
        Event record;
        while (report_.difference.empty() && reader.value().next(record)) {
            if (last_segment_ != 0 && reader.value().header().number > last_segment_) {
                break;
            }
            ++report_.records;
            if (const auto build = engine::journal::text_of(reader.value().header().build_id);
                build != build_id()) {
                report_.other_builds.emplace(build);
            }
            if (auto outcome = on_record(record); !outcome) {
                return engine::Error{outcome.error()};
            }
            if (auto outcome = history_.on_record(record); !outcome) {
                return engine::Error{outcome.error()};
            }
        }
        if (engine::journal::is_damage(reader.value().verdict())) {
            return engine::Error{reader.value().where() + ": " +
                                 engine::journal::describe(reader.value().verdict())};
        }
        if (epoch_ == nullptr) {
            return engine::Error{directory_ +
                                 ": nothing to replay: nothing has run since `portcullis init`"};
        }
        report_.final_hash = epoch_->core->state_hash();
        report_.equal = report_.difference.empty();
        report_.seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
        return report_;
    }

private:
    engine::Outcome on_record(Event& record) {
        // A run that ended itself has written everything. One that was killed may have died within
        // its last step: what that had decided and not written has not left either, because a
        // record precedes what it records. So nothing is asked of the last step of a killed run.
        if (record.header.type == EventType::session_end) {
            check_all_recorded(record.header.seq);
            return engine::Done{};
        }
        if (record.header.type == EventType::session_start) {
            if (auto outcome = begin_epoch(record); !outcome) {
                return outcome;
            }
        }
        if (epoch_ == nullptr) {
            return engine::Error{directory_ + ": the journal does not begin with session_start"};
        }
        if (record.is_input()) {
            check_all_recorded(record.header.seq);
            epoch_->made.events.clear();
            compared_ = 0;
            ++report_.inputs;
            epoch_->core->step(record);
            if (books_ != nullptr) {
                claim(record);
            }
        } else {
            compare(record);
        }
        return engine::Done{};
    }

    engine::Outcome begin_epoch(const Event& record) {
        const auto start = record.as<engine::SessionStart>();
        const std::string path = fmt::format("{}/config-{:08}.toml", directory_, start.epoch);
        ConfigResult loaded = load_config(path);
        if (!loaded.config) {
            return engine::Error{loaded.problems.empty() ? path : loaded.problems.front()};
        }
        // The bytes that were kept, not what this build makes of them: a key that came since has a
        // default here that the epoch did not know.
        if (config_hash(loaded.config->text) != start.config_hash) {
            return engine::Error{path + ": is not the config that this epoch ran with"};
        }
        ++report_.epochs;
        compared_ = 0;
        epoch_ = std::make_unique<Epoch>(*loaded.config, engine::Epoch{start.epoch}, history_,
                                         record.header);
        return engine::Done{};
    }

    void claim(const Event& input) {
        const engine::InstrumentId instrument = claimed_instrument(input);
        if (instrument != engine::no_instrument) {
            books_->write(input, instrument, epoch_->core->market(instrument));
        }
    }

    void compare(const Event& recorded) {
        ++report_.outputs;
        const auto& made = epoch_->made.events;
        if (compared_ == made.size()) {
            report_.difference = fmt::format("record {}: recorded {}, made nothing",
                                             recorded.header.seq, event_text(recorded));
            return;
        }
        const Event& again = made[compared_++];
        if (recorded.header.type == EventType::state_hash &&
            again.header.type == EventType::state_hash) {
            ++report_.hashes;
            report_.recorded_hash = recorded.as<engine::StateHashTaken>().hash;
            report_.replayed_hash = again.as<engine::StateHashTaken>().hash;
        }
        if (!same(recorded, again)) {
            report_.difference = fmt::format("record {}: recorded {}, made {}", recorded.header.seq,
                                             event_text(recorded), event_text(again));
        }
    }

    void check_all_recorded(std::uint64_t seq) {
        if (epoch_ != nullptr && report_.difference.empty() &&
            compared_ < epoch_->made.events.size()) {
            report_.difference = fmt::format("before record {}: made {}, recorded nothing", seq,
                                             event_text(epoch_->made.events[compared_]));
        }
    }

    std::string directory_;
    std::uint32_t last_segment_;
    BookClaims* books_;
    JournalHistory history_;
    std::unique_ptr<Epoch> epoch_;
    std::size_t compared_{};
    ReplayReport report_;
};

}  // namespace

namespace {

struct ReplaySource {
    std::string directory;
    std::uint32_t last_segment{};
};

// A segment alone says nothing of the state that it began with: what stands before it is replayed
// too, from the directory that it lies in.
engine::Result<ReplaySource> source_of(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) {
        return ReplaySource{path, 0};
    }
    auto segment = engine::journal::JournalReader::open_segment(path);
    if (!segment) {
        return engine::Error{segment.error()};
    }
    Event first;
    if (!segment.value().next(first)) {
        return engine::Error{segment.value().where() + ": " +
                             engine::journal::describe(segment.value().verdict())};
    }
    const std::filesystem::path parent = std::filesystem::path(path).parent_path();
    return ReplaySource{parent.empty() ? std::string(".") : parent.string(),
                        segment.value().header().number};
}

}  // namespace

engine::Result<ReplayReport> replay_journal(const std::string& path,
                                            const std::string& books_path) {
    auto source = source_of(path);
    if (!source) {
        return engine::Error{source.error()};
    }
    const auto& [directory, last_segment] = source.value();
    if (books_path.empty()) {
        return Replayer(directory, last_segment, nullptr).run();
    }
    auto books = BookClaims::create(books_path);
    if (!books) {
        return engine::Error{books.error()};
    }
    auto report = Replayer(directory, last_segment, &books.value()).run();
    if (!books.value().close()) {
        return engine::Error{books_path + ": not everything could be written"};
    }
    return report;
}

int replay_command(const std::string& path, bool json, const std::string& books_path) {
    auto result = replay_journal(path, books_path);
    if (!result) {
        fmt::print(stderr, "{}\n", result.error());
        return 2;
    }
    const ReplayReport& report = result.value();
    std::vector<std::string> builds;
    for (const std::string& build : report.other_builds) {
        builds.push_back(json_text(build));
    }
    if (json) {
        fmt::print(
            "{{\"records\":{},\"inputs\":{},\"outputs\":{},\"epochs\":{},\"hashes\":{},"
            "\"hash_recorded\":\"{:016x}\",\"hash_replayed\":\"{:016x}\","
            "\"hash_final\":\"{:016x}\",\"equal\":{},\"difference\":{},\"other_builds\":[{}],"
            "\"seconds\":{:.3f}}}\n",
            report.records, report.inputs, report.outputs, report.epochs, report.hashes,
            report.recorded_hash, report.replayed_hash, report.final_hash, report.equal,
            report.difference.empty() ? "null" : json_text(report.difference),
            fmt::join(builds, ","), report.seconds);
    } else {
        fmt::print("replayed {} inputs of {} records in {:.2f} s, {} epoch(s)\n", report.inputs,
                   report.records, report.seconds, report.epochs);
        if (report.hashes == 0) {
            fmt::print("no state hash was recorded; after the last input it is {:016x}\n",
                       report.final_hash);
        } else {
            fmt::print("state hash recorded {:016x}, replayed {:016x}, the last of {}\n",
                       report.recorded_hash, report.replayed_hash, report.hashes);
        }
        for (const std::string& build : builds) {
            fmt::print("note: build {} wrote it, this is build {}\n", build, json_text(build_id()));
        }
        fmt::print("{}\n", report.equal ? "every decision is the same"
                                        : "they part at " + report.difference);
    }
    return report.equal ? 0 : 1;
}

}  // namespace portcullis::tools
