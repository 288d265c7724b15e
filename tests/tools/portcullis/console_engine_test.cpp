// The engine behind the console, without a venue: every command through the real socket, and the
// kill that waits for nobody. The core thread is never started here: whatever is answered and done
// is answered and done without it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "risk/kill_switch.hpp"
#include "tests/tools/portcullis/example.hpp"
#include "tools/portcullis/console/commands.hpp"
#include "tools/portcullis/console/watch.hpp"
#include "tools/portcullis/trade/trading_engine.hpp"

namespace portcullis::tools {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::internal::CaptureStderr;
using testing::internal::CaptureStdout;
using testing::internal::GetCapturedStderr;
using testing::internal::GetCapturedStdout;

void write_key(const std::string& path, mode_t mode) {
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    std::FILE* file = std::fopen(path.c_str(), "w");
    ASSERT_TRUE(key != nullptr && file != nullptr);
    EXPECT_EQ(PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr), 1);
    std::fclose(file);
    EVP_PKEY_free(key);
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
}

class ConsoleEngine : public testing::Test {
protected:
    ConsoleEngine() {
        std::string name = std::filesystem::temp_directory_path() / "portcullis-engine-XXXXXX";
        folder_ = ::mkdtemp(name.data());
        std::string text = test::example_text();
        text = test::with(text, "/var/lib/portcullis", folder_ + "/state");
        text = test::with(text, "/etc/portcullis/ed25519.pem", folder_ + "/key.pem");
        text = test::with(text, "ca_file = ", "# ");
        text = test::with(text, "/etc/portcullis/operators.toml", folder_ + "/operators.toml");
        for (const char* who : {"alice", "bob"}) {
            const auto made = gateways::Ed25519Pair::make(key(who));
            EXPECT_TRUE(made.ok());
            std::ofstream(folder_ + "/operators.toml", std::ios::app)
                << "[[operator]]\nname = \"" << who << "\"\nrole = \"risk_officer\"\n"
                << "public_key = \"" << risk::hex_of(made.value().open()) << "\"\n";
        }
        std::ofstream(config_path()) << text;
        write_key(folder_ + "/key.pem", 0600);
    }
    ~ConsoleEngine() override {
        stop();
        std::filesystem::remove_all(folder_);
    }
    [[nodiscard]] std::string config_path() const { return folder_ + "/c.toml"; }
    [[nodiscard]] std::string key(const std::string& who) const {
        return folder_ + "/" + who + ".pem";
    }
    [[nodiscard]] AppConfig config() const {
        ConfigResult loaded = load_config(config_path());
        EXPECT_TRUE(loaded.config.has_value());
        return std::move(*loaded.config);
    }
    void init() const {
        CaptureStdout();
        const int code = init_command(config_path());
        (void)GetCapturedStdout();
        ASSERT_EQ(code, 0);
    }
    void start() {
        init();
        auto made = TradingEngine::make(config());
        ASSERT_TRUE(made.ok()) << made.error();
        engine_ = std::move(made).value();
        control_ = std::thread([this] {
            while (!ended_.load()) {
                if (engine_->do_control_work() == 0) {
                    std::this_thread::sleep_for(std::chrono::microseconds(200));
                }
            }
        });
    }
    void stop() {
        ended_.store(true);
        if (control_.joinable()) {
            control_.join();
        }
        engine_.reset();
    }
    struct Said {
        int code;
        std::string out;
        std::string error;
    };
    [[nodiscard]] Said say(const std::string& command, const std::string& scope = "",
                           const std::string& name = "", bool json = false,
                           const std::string& plot = "") const {
        CaptureStdout();
        CaptureStderr();
        const int code =
            console_command({console_path(config()), command, scope, name, json, plot});
        return {code, GetCapturedStdout(), GetCapturedStderr()};
    }
    [[nodiscard]] Said propose(const std::string& who, const std::string& action,
                               const std::string& scope, const std::string& name = "") const {
        return signs({console_path(config()), "", action, scope, name, "", "", "cause found",
                      SigningKey{key(who), ""}, false});
    }
    [[nodiscard]] Said approve(const std::string& who, const std::string& id) const {
        return signs(
            {console_path(config()), id, "", "", "", "", "", "", SigningKey{key(who), ""}, false});
    }
    [[nodiscard]] Said about(const std::string& command, const std::string& id) const {
        CaptureStdout();
        CaptureStderr();
        const int code = console_command({console_path(config()), command, "", "", false, "", id});
        return {code, GetCapturedStdout(), GetCapturedStderr()};
    }
    [[nodiscard]] Said signs(const SignedArguments& arguments) const {
        CaptureStdout();
        CaptureStderr();
        const int code = console_signed(arguments);
        return {code, GetCapturedStdout(), GetCapturedStderr()};
    }
    [[nodiscard]] std::uint32_t word(engine::Scope scope, std::size_t index) const {
        auto page =
            risk::KillPage::open(kill_page_path(config()), risk::KillPage::Access::read_only);
        EXPECT_TRUE(page.ok());
        return page.value().word(scope, index);
    }

    std::string folder_;
    std::unique_ptr<TradingEngine> engine_;
    std::atomic<bool> ended_{false};
    std::thread control_;
};

TEST_F(ConsoleEngine, APageThatIsOlderThanWhatARunHasSeenIsKilledAtTheStart) {
    init();
    {
        auto journal = engine::journal::Journal::open(journal_options(config()));
        ASSERT_TRUE(journal.ok()) << journal.error();
        engine::Event seen =
            engine::Event::of(engine::KillChanged{4, 0, engine::Scope::strategy, {}},
                              engine::MonoNs{1}, engine::WallNs{1});
        ASSERT_TRUE(journal.value()->writer().append(seen));
        ASSERT_TRUE(journal.value()->close(engine::MonoNs{2}, engine::WallNs{2}).ok());
    }
    CaptureStderr();
    auto made = TradingEngine::make(config());
    EXPECT_THAT(GetCapturedStderr(), HasSubstr("kill switch: 1 of its scopes open, or older"));
    ASSERT_TRUE(made.ok()) << made.error();
    EXPECT_EQ(word(engine::Scope::strategy, 0), 5U);
    EXPECT_EQ(word(engine::Scope::firm, 0), 0U);
}

TEST_F(ConsoleEngine, AKillIsInForceAndDurableWhileTheCoreDoesNothingAtAll) {
    start();
    EXPECT_EQ(word(engine::Scope::firm, 0) & 1, 0U);
    const Said killed = say("kill", "firm");
    EXPECT_EQ(killed.code, 0) << killed.error;
    EXPECT_EQ(killed.out, "killed, durable\n");
    EXPECT_EQ(word(engine::Scope::firm, 0) & 1, 1U);
    EXPECT_THAT(say("status").out, HasSubstr(" KILLED: no order leaves."));
    EXPECT_THAT(say("status", "", "", true).out, HasSubstr("\"killed\":true"));
    stop();
    EXPECT_EQ(word(engine::Scope::firm, 0) & 1, 1U) << "and it is down when the engine has gone";
}

TEST_F(ConsoleEngine, AKillReachesTheScopeThatItNamesAndNoOther) {
    start();
    EXPECT_EQ(say("kill", "strategy", "touch").code, 0);
    EXPECT_EQ(word(engine::Scope::strategy, 0) & 1, 1U);
    EXPECT_EQ(word(engine::Scope::firm, 0) & 1, 0U);
    EXPECT_THAT(say("status").out, HasSubstr(" stopped: strategy touch killed"));
    EXPECT_EQ(say("kill", "venue", "binance").code, 0);
    EXPECT_EQ(word(engine::Scope::venue, 0) & 1, 1U);
    EXPECT_EQ(say("kill", "instrument", "BTCUSDT").code, 0);
    EXPECT_EQ(word(engine::Scope::instrument, 0) & 1, 1U);
}

TEST_F(ConsoleEngine, ResumeNeverClearsAKill) {
    start();
    EXPECT_EQ(say("kill", "firm").code, 0);
    const Said resumed = say("resume", "firm");
    EXPECT_EQ(resumed.code, 0);
    EXPECT_EQ(word(engine::Scope::firm, 0) & 1, 1U);
    EXPECT_THAT(say("status").out, HasSubstr(" KILLED: "));
}

TEST_F(ConsoleEngine, EveryCommandIsAnswered) {
    start();
    EXPECT_THAT(say("status").out,
                AllOf(HasSubstr("NOT CONNECTED"), HasSubstr("BTCUSDT"), HasSubstr("touch")));
    EXPECT_THAT(say("positions").out, AllOf(HasSubstr("mark USDT"), HasSubstr("BNB")));
    EXPECT_EQ(say("orders").out, "  no open orders\n");
    EXPECT_THAT(say("limits").out,
                AllOf(HasSubstr("gross_exposure_risk_currency_max"), HasSubstr("venue binance"),
                      HasSubstr("of each order"), HasSubstr("windows[60s].messages_max")));
    EXPECT_EQ(say("denials").out, "  no order has been denied\n");
    EXPECT_EQ(say("halt", "firm").out, "halt ordered\n");
    EXPECT_EQ(say("reduce-only", "strategy", "touch").out, "reduce-only ordered\n");
    EXPECT_THAT(say("re-enable", "firm").error, HasSubstr("it takes two keys"));
    EXPECT_EQ(say("cancel-all").out, "cancel-all ordered\n");
    EXPECT_THAT(say("latency").out, AllOf(HasSubstr("tick_to_order"), HasSubstr("  last ")));
    for (const char* command : {"status", "positions", "orders", "limits", "denials", "latency"}) {
        const Said json = say(command, "", "", true);
        EXPECT_EQ(json.code, 0) << command;
        EXPECT_EQ(json.out.front(), '{') << command;
    }
}

TEST_F(ConsoleEngine, WhatIsWrongIsRefusedWithExitCodeOne) {
    start();
    const Said scope = say("kill", "frim");
    EXPECT_EQ(scope.code, 1);
    EXPECT_EQ(scope.error,
              "unknown scope \"frim\", expected firm, venue, strategy, instrument, account, "
              "credential or withdrawals\n");
    const Said name = say("halt", "strategy", "tuch");
    EXPECT_EQ(name.code, 1);
    EXPECT_EQ(name.error, "no strategy \"tuch\"\n");
    EXPECT_EQ(say("explode").error, "unknown command \"explode\"\n");
    const Said json = say("explode", "", "", true);
    EXPECT_EQ(json.code, 1);
    EXPECT_EQ(json.out, "{\"error\":\"unknown command \\\"explode\\\"\"}\n");
    EXPECT_EQ(word(engine::Scope::firm, 0) & 1, 0U);
}

TEST_F(ConsoleEngine, WhatTakesTwoKeysIsProposedApprovedShownAndWithdrawnByANewKill) {
    start();
    EXPECT_THAT(propose("alice", "clear-kill", "firm").error, HasSubstr("it is not killed"));
    EXPECT_THAT(propose("alice", "re-enable", "firm").error, HasSubstr("not halted by a control"));
    EXPECT_THAT(propose("alice", "clear-kil", "firm").error, HasSubstr("unknown action"));
    EXPECT_EQ(say("pending").out, "  nothing is pending\n");
    ASSERT_EQ(say("kill", "strategy", "touch").code, 0);
    const Said proposed = propose("alice", "clear-kill", "strategy", "touch");
    EXPECT_EQ(proposed.code, 0) << proposed.error;
    EXPECT_THAT(proposed.out, AllOf(HasSubstr("signed:\nportcullis-command-v1\n"),
                                    HasSubstr("was: 1\n"), HasSubstr("action 1\n")));
    EXPECT_THAT(approve("alice", "1").error, HasSubstr("this key has signed it already"));
    EXPECT_EQ(approve("bob", "1").code, 0);
    EXPECT_THAT(say("pending").out,
                AllOf(HasSubstr("clear-kill"), HasSubstr("strategy touch"), HasSubstr("alice, bob"),
                      HasSubstr("delay, "), HasSubstr("cause found")));
    EXPECT_THAT(say("status").out, HasSubstr("1 of what takes two keys pending"));
    EXPECT_THAT(about("apply", "1").error, HasSubstr("a kill is cleared while no engine runs"));
    EXPECT_THAT(about("withdraw", "x").error, HasSubstr("expected the number"));
    EXPECT_EQ(say("kill", "instrument", "BTCUSDT").code, 0);
    EXPECT_EQ(say("pending").out, "  nothing is pending\n") << "agreed on in another world";
    EXPECT_EQ(propose("bob", "clear-kill", "strategy", "touch").code, 0);
    EXPECT_EQ(about("withdraw", "2").code, 0);
    EXPECT_EQ(about("withdraw", "2").code, 1);
    EXPECT_EQ(word(engine::Scope::strategy, 0), 1U);
}

TEST_F(ConsoleEngine, OnePersonTightensALimitAndTwoRaiseIt) {
    start();
    const auto limit = [this](const std::string& key, const std::string& value) {
        CaptureStdout();
        CaptureStderr();
        const int code = console_command(
            {console_path(config()), "limit", "instrument", "BTCUSDT", false, "", "", key, value});
        return Said{code, GetCapturedStdout(), GetCapturedStderr()};
    };
    const Said done = limit("position_base_max", "0.07");
    EXPECT_EQ(done.code, 0) << done.error;
    EXPECT_EQ(done.out, "1 limit(s) ordered, version 2\n");
    EXPECT_THAT(say("limits").out,
                AllOf(HasSubstr("0.07"), HasSubstr("uid "), HasSubstr("(version 2)"),
                      HasSubstr("configuration"), HasSubstr("not yet in force")));
    EXPECT_EQ(limit("position_base_max", "0.07").out, "no limit differs\n");
    EXPECT_THAT(limit("position_base_max", "0.08").error,
                AllOf(HasSubstr("takes two keys"), HasSubstr("\"0.07\" -> \"0.08\"")));
    EXPECT_THAT(limit("position_base_max", "0.01").error, HasSubstr("order_qty_atoms_max"))
        << "at odds with another limit";
    EXPECT_THAT(limit("position_base_max", "0").error, HasSubstr("expected more than zero"));
    EXPECT_THAT(limit("position_base_max", "1e3").error, HasSubstr("expected more than zero"));
    EXPECT_THAT(limit("quote_age_ms_max", "100").error, HasSubstr("with a restart alone"));
    EXPECT_THAT(limit("no_such_max", "100").error, HasSubstr("no limit \"no_such_max\""));
    const auto raise = [this](const std::string& value) {
        return signs({console_path(config()), "", "raise-limit", "instrument", "BTCUSDT",
                      "position_base_max", value, "more capital", SigningKey{key("alice"), ""},
                      false});
    };
    EXPECT_THAT(raise("0.06").error, HasSubstr("`console limit` tightens"));
    const Said raised = raise("0.09");
    EXPECT_EQ(raised.code, 0) << raised.error;
    EXPECT_THAT(raised.out, AllOf(HasSubstr("limit: position_base_max\n"), HasSubstr("was: 0.07\n"),
                                  HasSubstr("value: 0.09\n")));
    EXPECT_EQ(approve("bob", "1").code, 0);
    EXPECT_THAT(say("pending").out, HasSubstr("position_base_max: 0.07 -> 0.09"));
    EXPECT_THAT(about("apply", "1").error, HasSubstr("the delay is missing"));
    EXPECT_EQ(limit("position_base_max", "0.06").code, 0);
    EXPECT_THAT(about("apply", "1").error, HasSubstr("what stands there is"))
        << "not what was signed";
}

TEST_F(ConsoleEngine, AReloadTakesWhatTheFileTightensWholeOrNothing) {
    start();
    const std::string before = test::file_text(config_path());
    const auto reload = [this](const std::string& text) {
        std::ofstream(config_path()) << text;
        CaptureStdout();
        CaptureStderr();
        const int code =
            console_command({folder_ + "/state/console.sock", "reload", "", "", false});
        return Said{code, GetCapturedStdout(), GetCapturedStderr()};
    };
    EXPECT_EQ(reload(before).out, "no limit differs\n");
    std::string text = test::with(before, "collar_bps_max = 25", "collar_bps_max = 20");
    EXPECT_THAT(
        reload(test::with(text, "position_base_max = \"0.08\"", "position_base_max = \"0.09\""))
            .error,
        AllOf(HasSubstr("takes two keys"), HasSubstr("nothing was changed")));
    EXPECT_THAT(
        reload(test::with(text, "quote_age_ms_max = 3000", "quote_age_ms_max = 2900")).error,
        HasSubstr("with a restart alone"));
    EXPECT_THAT(reload(test::with(text, "collar_bps_max = 20", "collar_bps_max = 0")).error,
                HasSubstr("expected an integer from 1"));
    EXPECT_THAT(reload(test::with(text, "name = \"touch\"", "name = \"toucher\"")).error,
                HasSubstr("other instruments or strategies"));
    std::ofstream(config_path()) << before;
    EXPECT_THAT(say("limits").out, testing::Not(HasSubstr("(version 2)")));
    text = test::with(text, "gross_exposure_risk_currency_max = \"50000\"",
                      "gross_exposure_risk_currency_max = \"40000\"");
    EXPECT_EQ(reload(text).out, "2 limit(s) ordered, version 2\n");
    EXPECT_THAT(say("limits").out, AllOf(HasSubstr("40000"), HasSubstr("(version 2)")));
}

TEST_F(ConsoleEngine, WithoutOperatorsNothingTakesTwoKeysAndThatIsSaid) {
    std::string text = test::file_text(config_path());
    const std::size_t at = text.find("[operators]");
    text.erase(at, text.find("[[asset]]") - at);
    for (const char* address : {"203.0.113.7", "203.0.113.8", "203.0.113.9"}) {
        text = test::with(text, address, "127.0.0.1");
    }
    std::ofstream(config_path()) << text;
    start();
    EXPECT_THAT(say("re-enable", "firm").error, HasSubstr("not halted by a control"));
    for (const char* command : {"pending", "challenge"}) {
        EXPECT_EQ(say(command).code, 1) << command;
    }
    EXPECT_THAT(propose("alice", "clear-kill", "firm").error, HasSubstr("no [operators]"));
}

TEST_F(ConsoleEngine, WatchShowsTheWholePictureAndItsJsonOneLineAFrame) {
    start();
    CaptureStdout();
    const int code = console_watch({console_path(config()), 50, 2, false});
    const std::string out = GetCapturedStdout();
    EXPECT_EQ(code, 0);
    EXPECT_THAT(
        out, AllOf(HasSubstr("NOT CONNECTED"), HasSubstr("limits in use"), HasSubstr("positions"),
                   HasSubstr("denials"), HasSubstr("open orders"), HasSubstr("tick_to_order")));
    EXPECT_EQ(out.find('\x1b'), std::string::npos) << "no escapes into a pipe";
    CaptureStdout();
    EXPECT_EQ(console_watch({console_path(config()), 50, 3, true}), 0);
    const std::string lines = GetCapturedStdout();
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
}

TEST_F(ConsoleEngine, APlotOfNothingIsRefusedWithTheReasonAndLeavesNoFile) {
    start();
    const std::string path = folder_ + "/plot.svg";
    for (const bool json : {false, true}) {
        const Said said = say("latency", "", "", json, path);
        EXPECT_EQ(said.code, 1);
        EXPECT_THAT(said.out, HasSubstr("tick_to_order")) << "the answer itself is shown";
        EXPECT_EQ(said.error,
                  "portcullis console latency: nothing to draw: no order, cancel or answer has "
                  "been timed yet\n");
        EXPECT_FALSE(std::filesystem::exists(path));
    }
}

TEST_F(ConsoleEngine, AWindowTooLowForTheLatencyTableShowsTheOrdersInstead) {
    start();
    auto client = ConsoleClient::connect(console_path(config()));
    ASSERT_TRUE(client.ok());
    const auto text_of = [&client](std::size_t lines_max) {
        auto frame = watch_frame(client.value(), lines_max);
        EXPECT_TRUE(frame.ok());
        return frame.value().text(0, 1000, false);
    };
    EXPECT_THAT(text_of(24), AllOf(testing::Not(HasSubstr("latency")), HasSubstr("open orders")));
    EXPECT_THAT(text_of(200), AllOf(HasSubstr("latency"), HasSubstr("open orders")));
}

TEST_F(ConsoleEngine, WithoutAnEngineExitCodeTwoSaysWhoDoesNotAnswer) {
    const Said said = say("status");
    EXPECT_EQ(said.code, 2);
    EXPECT_EQ(said.error, folder_ +
                              "/state/console.sock: no engine answers on its console socket (No "
                              "such file or directory): is `portcullis trade` running?\n");
    CaptureStderr();
    EXPECT_EQ(console_watch({console_path(config()), 50, 1, false}), 2);
    EXPECT_THAT(GetCapturedStderr(), HasSubstr("no engine answers"));
}

TEST_F(ConsoleEngine, ASecondEngineOnTheSameStateIsRefusedBeforeItReadsOrConnectsAnything) {
    start();
    auto second = TradingEngine::make(config());
    ASSERT_FALSE(second.ok());
    EXPECT_THAT(second.error(),
                AllOf(HasSubstr(folder_ + "/state/journal"), HasSubstr("in use by")));
    EXPECT_EQ(say("status").code, 0) << "the first is not disturbed";
}

TEST_F(ConsoleEngine, NothingStartsWithoutItsFirstStateOrWithAKeyThatOthersMayRead) {
    auto bare = TradingEngine::make(config());
    ASSERT_FALSE(bare.ok());
    EXPECT_THAT(bare.error(), HasSubstr("`portcullis init` writes the first one"));
    init();
    for (const mode_t mode : {0644, 0640, 0660, 0700}) {
        ASSERT_EQ(::chmod((folder_ + "/key.pem").c_str(), mode), 0);
        auto made = TradingEngine::make(config());
        ASSERT_FALSE(made.ok()) << std::oct << mode;
        char expected[64];
        std::snprintf(expected, sizeof expected, "has mode %04o, expected 0600 or 0400",
                      static_cast<unsigned>(mode));
        EXPECT_THAT(made.error(), AllOf(HasSubstr(folder_ + "/key.pem"), HasSubstr(expected)));
    }
}

TEST_F(ConsoleEngine, AStartIsRefusedWhereTheHostDoesNotGiveWhatIsAskedAndTheNextOneIsNot) {
    init();
    const std::string plain = test::file_text(config_path());
    const int cpu = cpus_inherited().front();
    std::string text = test::with(plain, "cpu_core = -1", "cpu_core = " + std::to_string(cpu));
    text = test::with(text, "isolated_cpus = false", "isolated_cpus = true");
    text = test::with(text, "placement = \"pipeline\"", "placement = \"fused\"");
    std::ofstream(config_path()) << text;
    CaptureStdout();
    CaptureStderr();
    const int code = trade_command(config_path(), 1);
    EXPECT_THAT(GetCapturedStdout(), testing::Not(HasSubstr("running")));
    EXPECT_THAT(GetCapturedStderr(),
                HasSubstr("portcullis trade: engine.isolated_cpus: found processors " +
                          std::to_string(cpu) + " not isolated"));
    EXPECT_EQ(code, 3);

    std::string here = plain;  // nobody answers there
    for (const char* address : {"203.0.113.7", "203.0.113.8", "203.0.113.9"}) {
        here = test::with(here, address, "127.0.0.1");
    }
    std::ofstream(config_path()) << here;
    auto made = TradingEngine::make(config());
    ASSERT_TRUE(made.ok()) << made.error();
    const auto started = made.value()->start();
    ASSERT_TRUE(started.ok()) << started.error();
    EXPECT_TRUE(started.value().empty());  // nothing is asked for, nothing is taken
    EXPECT_EQ(word(engine::Scope::firm, 0) & 1, 0U);
}

}  // namespace
}  // namespace portcullis::tools
