// A breach that the core finds kills the firm, and the kill outlives the process: whenever the next
// run can read of the breach in the journal, it also finds the kill word down. SIGKILL in a child
// at each place where the two could part; the console's and the operator's kills are in
// tests/risk/kill_switch_test and tests/tools/portcullis.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "risk/kill_switch.hpp"
#include "tests/tools/portcullis/example.hpp"
#include "tests/tools/restart/restart_world.hpp"

namespace portcullis::engine::restart_test {
namespace {

enum class Death { before_the_store, after_the_store, after_the_step };

[[noreturn]] void die() {
    (void)::kill(::getpid(), SIGKILL);
    ::_exit(9);  // not reached
}

struct Cause {
    const char* name;
    void (*act)(EngineRun& run, LastingVenue& venue);
};

// An order of ours ends, and its id comes again with another number of the venue.
void reuse_an_id(EngineRun& run, LastingVenue& venue) {
    const NewOrderSingle order = venue.open().front().order;
    OrderCancelRequest cancel;
    cancel.cl_ord_id = order.cl_ord_id;
    venue.cancel(OrderAgentId{}, cancel);
    run.hear(Timer{});
    ExecutionReport again;
    again.cl_ord_id = order.cl_ord_id;
    again.order_id = OrderId{999'999};
    again.exec_type = ExecType::new_;
    again.status = OrdStatus::new_;
    again.instrument = btcusdt;
    again.bits = ExecutionReport::pack(ReportSource::stream_primary, true, order.side);
    run.hear(again);
}

void show_a_foreign_order(EngineRun& run, LastingVenue&) {
    ForeignActivity foreign;
    foreign.order_id = OrderId{4'711};
    foreign.kind = ForeignKind::order;
    run.hear(foreign);
}

constexpr Cause causes[]{{"an id seen again after done", reuse_an_id},
                         {"an order that is not ours", show_a_foreign_order}};

class BreachKill : public testing::Test {
protected:
    BreachKill() {
        std::string name = std::filesystem::temp_directory_path() / "portcullis-breach-XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~BreachKill() override { std::filesystem::remove_all(folder_); }

    /// One run in a child that quotes, meets `cause` and dies at `death`.
    void run_and_die(const Cause& cause, Death death) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            auto page = risk::KillPage::open(page_path_);
            LastingVenue venue;
            EngineRun run(journal_, config_, venue, journal::OpenMode::create, MonoNs{1'000'000},
                          wall_start);
            run.connect();
            run.market();
            run.pass(300);
            if (!page.ok() || !run.reconciled() || venue.open().empty()) {
                ::_exit(1);
            }
            venue.on_kill = [&page, death] {
                if (death == Death::before_the_store) {
                    die();
                }
                page.value().kill_now(Scope::firm, 0);
                if (death == Death::after_the_store) {
                    die();
                }
            };
            cause.act(run, venue);
            if (run.core->counters().breaches == 0) {
                ::_exit(2);
            }
            die();
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << status;
    }
    [[nodiscard]] bool breach_is_in_the_journal() const {
        auto reader = journal::JournalReader::open(journal_);
        Event record;
        bool found = false;
        while (reader.ok() && reader.value().next(record)) {
            found = found || record.header.type == EventType::breach;
        }
        return found;
    }
    [[nodiscard]] bool killed() const {
        auto page = risk::KillPage::open(page_path_);
        return !page.ok() || page.value().killed({.instrument = btcusdt});
    }
    /// The next run, at a venue that knows of no order; told of the kill word as the core agent
    /// does at its first look.
    std::uint64_t orders_of_the_next_run() {
        LastingVenue venue;
        EngineRun run(journal_, config_, venue, journal::OpenMode::existing, MonoNs{1'000'000'000},
                      WallNs{wall_start.value + 60'000'000'000});
        auto page = risk::KillPage::open(page_path_);
        const std::uint32_t word = page.value().word(Scope::firm, 0);
        if (word != 0) {
            run.hear(KillChanged{word, 0, Scope::firm, {}});
        }
        run.connect();
        run.market();
        run.pass(8000);  // those of the dead run are proven gone meanwhile
        EXPECT_TRUE(run.reconciled());
        return venue.taken;
    }
    void begin(const std::string& name) {
        journal_ = folder_ + "/" + name + "-journal";
        page_path_ = folder_ + "/" + name + "-kill";
        ASSERT_TRUE(risk::KillPage::create(page_path_).ok());
    }

    std::string folder_, journal_, page_path_;
    AppConfig config_{tools::test::example_config()};
};

TEST_F(BreachKill, IsInTheFileBeforeTheBreachCanBeReadOfAndTheNextRunComesBackKilled) {
    for (const Cause& cause : causes) {
        for (const Death death :
             {Death::before_the_store, Death::after_the_store, Death::after_the_step}) {
            const std::string name =
                std::to_string(&cause - causes) + std::to_string(static_cast<int>(death));
            SCOPED_TRACE(std::string(cause.name) + ", death " + name.substr(1));
            begin(name);
            run_and_die(cause, death);
            EXPECT_EQ(killed(), death != Death::before_the_store);
            EXPECT_TRUE(killed() || !breach_is_in_the_journal()) << "reported and not killed";
            EXPECT_EQ(breach_is_in_the_journal(), death == Death::after_the_step);
            if (killed()) {
                EXPECT_EQ(orders_of_the_next_run(), 0U);
            }
        }
    }
}

// The other side of it: the same run without a breach quotes again after its death.
TEST_F(BreachKill, ARunThatDiesWithoutABreachQuotesAgain) {
    begin("calm");
    run_and_die({"none", [](EngineRun&, LastingVenue&) { die(); }}, Death::after_the_step);
    EXPECT_FALSE(killed());
    EXPECT_GT(orders_of_the_next_run(), 0U);
}

}  // namespace
}  // namespace portcullis::engine::restart_test
