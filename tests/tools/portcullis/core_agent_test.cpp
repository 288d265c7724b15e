// What the core agent steps as the journal's room runs out, and that it steps nothing past a kill:
// with the real journal, kill page and rings, and a core that only writes down what it is told.
#include "tools/portcullis/trade/core_agent.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <vector>

#include "engine/journal/journal.hpp"
#include "tools/portcullis/trade/outbox.hpp"

namespace portcullis::tools {
namespace {

using engine::Event;
using engine::EventFlags;
using engine::EventType;
using engine::MonoNs;
using engine::WallNs;

struct ToldCore {
    engine::journal::JournalWriter& journal;
    std::vector<Event> told;
    risk::KillPage* page{};
    std::size_t kill_at{};  ///< somebody kills while the core steps its n-th event; 0: nobody
    engine::Scope kill_scope{};
    std::size_t prepared{};
    void prepare() noexcept { ++prepared; }
    void step(Event& event) noexcept {
        const bool written = journal.append(event);
        engine::verify(written || (event.header.flags & EventFlags::journal_room) == 0);
        told.push_back(event);
        if (told.size() == kill_at) {
            engine::verify(page->kill_now(kill_scope, 0));
        }
    }
    [[nodiscard]] std::size_t count(EventType type) const {
        std::size_t found = 0;
        for (const Event& event : told) {
            found += event.header.type == type ? 1U : 0U;
        }
        return found;
    }
};

struct NoOutbox {
    void flush() noexcept {}
    [[nodiscard]] bool room_for_step() const noexcept { return true; }
};

class CoreAgentTest : public testing::Test {
protected:
    CoreAgentTest() {
        std::string name = std::filesystem::temp_directory_path() / "portcullis-agent-XXXXXX";
        folder_ = ::mkdtemp(name.data());
        engine::verify(risk::KillPage::create(folder_ + "/kill-switch").ok());
        page_ = std::make_unique<risk::KillPage>(
            std::move(risk::KillPage::open(folder_ + "/kill-switch")).value());
        engine::journal::JournalOptions options;
        options.directory = folder_ + "/journal";
        options.mode = engine::journal::OpenMode::create;
        options.segment_bytes = std::size_t{32} * 1024 * 1024;
        options.reserve_records = 4 * engine::capacity::orders;
        options.sync_period = options.retry_period = engine::milliseconds(100);
        journal_ = std::move(engine::journal::Journal::open(options)).value();
        core_ = std::make_unique<ToldCore>(ToldCore{journal_->writer(), {}, page_.get()});
        agent_ = std::make_unique<CoreAgent<ToldCore, NoOutbox>>(
            CoreInputs{*market_, *reports_, control_, *page_, journal_->writer(),
                       engine::milliseconds(10), 1, 1, 1},
            *core_, outbox_);
        agent_->do_work(MonoNs{1'000'000'000}, WallNs{1});
        core_->told.clear();
    }
    ~CoreAgentTest() override {
        agent_.reset();
        journal_.reset();
        std::filesystem::remove_all(folder_);
    }
    // No journal agent runs: nothing makes room.
    void fill_to(std::uint64_t records_left) {
        while (journal_->writer().records_left() > records_left) {
            Event event = Event::of(engine::Timer{1}, MonoNs{1}, WallNs{1});
            ASSERT_TRUE(journal_->writer().append(event));
        }
    }
    // One of each: market data, a report, a command, a kill, and a timer that is due.
    void round() {
        const MonoNs now{2'000'000'000};
        ASSERT_TRUE(market_->try_push(Event::of(engine::TradePrint{}, now, WallNs{1})));
        ASSERT_TRUE(reports_->try_push(Event::of(engine::ExecutionReport{}, now, WallNs{1})));
        control_.enqueue(Event::of(engine::OperatorCommand{}, now, WallNs{1}));
        ASSERT_TRUE(page_->kill_now(engine::Scope::firm, 0));
        agent_->do_work(now, WallNs{1});
    }
    void expect_told(std::size_t market, bool room) {
        EXPECT_EQ(core_->count(EventType::trade_print), market);
        EXPECT_EQ(core_->count(EventType::execution_report), 1U);
        EXPECT_EQ(core_->count(EventType::operator_command), 1U);
        EXPECT_EQ(core_->count(EventType::kill_changed), 1U);
        EXPECT_EQ(core_->count(EventType::timer), 1U);
        for (const Event& event : core_->told) {
            EXPECT_EQ((event.header.flags & EventFlags::journal_room) != 0, room);
        }
    }

    std::string folder_;
    std::unique_ptr<risk::KillPage> page_;
    std::unique_ptr<engine::journal::Journal> journal_;
    std::unique_ptr<MarketRing> market_{std::make_unique<MarketRing>()};
    std::unique_ptr<ReportRing> reports_{std::make_unique<ReportRing>()};
    ControlQueue control_;
    NoOutbox outbox_;
    std::unique_ptr<ToldCore> core_;
    std::unique_ptr<CoreAgent<ToldCore, NoOutbox>> agent_;
};

using CoreAgentWithAFullJournal = CoreAgentTest;

struct NoAgent {
    void request_reconcile(const engine::ReconcileRequest& /*request*/) noexcept {}
};

// The feed tells the reset on in its own words: a book that has run out of levels is no gap.
TEST_F(CoreAgentTest, TheOutboxTellsTheFeedWhichBookTheCoreThrewAwayAndWhy) {
    const auto requests = std::make_unique<RequestRing>();
    ResyncRing resyncs;
    NoAgent orders;
    BasicOutbox<NoAgent> outbox(*requests, resyncs, *page_, orders);
    outbox.resync(engine::InstrumentId{3}, engine::ResetReason::too_shallow);
    engine::ResyncRequested asked;
    ASSERT_TRUE(resyncs.try_consume([&](engine::ResyncRequested&& each) { asked = each; }));
    EXPECT_EQ(asked.instrument, engine::InstrumentId{3});
    EXPECT_EQ(asked.reason, static_cast<std::uint8_t>(engine::ResetReason::too_shallow));
    EXPECT_FALSE(resyncs.try_consume([](engine::ResyncRequested&&) {}));
}

TEST_F(CoreAgentTest, TheCoreMayPrepareInARoundInWhichNothingWaitsAndInNoOther) {
    const MonoNs now{1'001'000'000};
    (void)agent_->do_work(now, WallNs{1});  // the timer
    core_->prepared = 0;
    ASSERT_TRUE(market_->try_push(Event::of(engine::TradePrint{}, now, WallNs{1})));
    EXPECT_EQ(agent_->do_work(now, WallNs{1}), 1U);
    EXPECT_EQ(core_->prepared, 0U);
    EXPECT_EQ(agent_->do_work(now, WallNs{1}), 0U);
    EXPECT_EQ(core_->prepared, 1U);
}

struct SteppingClock final : gateways::StampClock {
    MonoNs time{};
    MonoNs now() noexcept override { return time = time + engine::DurationNs{1}; }
};

// What the feed says of when it decoded an event is taken out before the core sees it, and only
// of market data.
TEST_F(CoreAgentTest, AStampedEventIsSteppedAsOneThatIsNot) {
    SteppingClock clock;
    StampRing ring;
    CoreStamps stamps(clock, ring);
    CoreAgent<ToldCore, NoOutbox> agent(
        CoreInputs{*market_, *reports_, control_, *page_, journal_->writer(),
                   engine::milliseconds(1'000'000), 1, 1, 1, &stamps},
        *core_, outbox_);
    const MonoNs now{2'000'000'000};
    for (const std::uint64_t stamp : {77U, 0U}) {
        Event event = Event::of(engine::TradePrint{}, now, WallNs{1});
        event.header.seq = stamp;
        ASSERT_TRUE(market_->try_push(event));
    }
    agent.do_work(now, WallNs{1});
    std::vector<Event> told = core_->told;
    std::erase_if(told,
                  [](const Event& event) { return event.header.type != EventType::trade_print; });
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[1].header.seq, told[0].header.seq + 1) << "the journal's own count";
    told[0].header.seq = told[1].header.seq = 0;
    told[0].header.crc = told[1].header.crc = 0;
    EXPECT_EQ(std::memcmp(&told[0], &told[1], sizeof(Event)), 0);
    EXPECT_EQ(clock.time, MonoNs{1}) << "read for the stamped one alone";
    EXPECT_TRUE(ring.empty()) << "nothing was approved";
}

// Each kind of input comes in a burst. A round samples the kill page before each of them.
TEST_F(CoreAgentTest, AKillDuringABurstIsSteppedBeforeTheRestOfIt) {
    const MonoNs now{1'001'000'000};
    struct Burst {
        EventType type;
        engine::Scope killed;  ///< another one for each: a word that is odd stays so
        std::function<void()> push;
    };
    const Burst bursts[] = {
        {EventType::trade_print, engine::Scope::instrument,
         [&] { ASSERT_TRUE(market_->try_push(Event::of(engine::TradePrint{}, now, WallNs{1}))); }},
        {EventType::execution_report, engine::Scope::venue,
         [&] {
             ASSERT_TRUE(reports_->try_push(Event::of(engine::ExecutionReport{}, now, WallNs{1})));
         }},
        {EventType::operator_command, engine::Scope::firm,
         [&] { control_.enqueue(Event::of(engine::OperatorCommand{}, now, WallNs{1})); }}};
    for (const auto& [type, killed, push] : bursts) {
        const std::uint32_t changes = page_->changes();
        core_->told.clear();
        core_->kill_at = 3;
        core_->kill_scope = killed;
        for (int i = 0; i < 6; ++i) {
            push();
        }
        agent_->do_work(now, WallNs{1});
        ASSERT_EQ(core_->told.size(), 7U);
        for (std::size_t i = 0; i < 7; ++i) {
            EXPECT_EQ(core_->told[i].header.type, i == 3 ? EventType::kill_changed : type) << i;
            EXPECT_EQ(core_->told[i].header.kill_epoch, changes + (i < 3 ? 0 : 1)) << i;
        }
    }
}

TEST_F(CoreAgentTest, AKillOfEachScopeIsToldOnceWithItsPlaceAndItsWord) {
    const MonoNs now{1'001'000'000};
    const std::pair<engine::Scope, std::size_t> kills[] = {
        {engine::Scope::firm, 0},       {engine::Scope::venue, 7},
        {engine::Scope::strategy, 0},   {engine::Scope::instrument, 0},
        {engine::Scope::account, 7},    {engine::Scope::credential, 15},
        {engine::Scope::withdrawals, 0}};
    for (const auto& [scope, index] : kills) {
        core_->told.clear();
        ASSERT_TRUE(page_->kill_now(scope, index));
        agent_->do_work(now, WallNs{1});
        agent_->do_work(now, WallNs{1});
        ASSERT_EQ(core_->told.size(), 1U);
        const auto change = core_->told[0].as<engine::KillChanged>();
        EXPECT_EQ(change.scope, scope);
        EXPECT_EQ(change.index, index);
        EXPECT_EQ(change.word, 1U);
    }
}

// Nobody clears while we run: a word that somebody has opened is put down again.
TEST_F(CoreAgentTest, AWordThatIsOpenedWhileItRunsIsAKill) {
    const MonoNs now{1'001'000'000};
    const auto scribble = [this](std::uint32_t word) {  // the firm's, where it lies in the file
        std::fstream file(folder_ + "/kill-switch", std::ios::in | std::ios::out);
        file.seekp(128);
        file.write(reinterpret_cast<const char*>(&word), sizeof word);
        file.close();
        ASSERT_TRUE(page_->kill_now(engine::Scope::venue, word % 8));  // so that it looks
    };
    for (const std::uint32_t word : {2U, 4U}) {
        core_->told.clear();
        scribble(word);
        agent_->do_work(now, WallNs{1});
        ASSERT_FALSE(core_->told.empty());
        const auto change = core_->told[0].as<engine::KillChanged>();
        EXPECT_EQ(change.scope, engine::Scope::firm);
        EXPECT_EQ(change.word, word + 1);
        EXPECT_EQ(page_->word(engine::Scope::firm, 0), word + 1);
    }
}

TEST_F(CoreAgentWithAFullJournal, AboveTheReserveEverythingIsSteppedAndMayTakeRisk) {
    fill_to(4 * engine::capacity::orders + 100);
    round();
    expect_told(1, true);
}

TEST_F(CoreAgentWithAFullJournal, AtTheReserveEverythingIsSteppedAndNoRiskIsTaken) {
    fill_to(4 * engine::capacity::orders);
    round();
    expect_told(1, false);
}

TEST_F(CoreAgentWithAFullJournal, AtTheLastRecordsMarketDataWaitAndAllElseIsStepped) {
    fill_to(100);
    round();
    expect_told(0, false);
    EXPECT_EQ(journal_->writer().records_left(), 96U);
}

TEST_F(CoreAgentWithAFullJournal, WithoutOneRecordLeftKillsReportsCommandsAndTimeAreStepped) {
    fill_to(0);
    round();
    expect_told(0, false);
}

}  // namespace
}  // namespace portcullis::tools
