// Hostile clients at a running engine's console, over its real socket: refused with a reason,
// logged safely, and none of them keeps an officer from the switch.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <deque>
#include <random>
#include <thread>

#include "risk/operators/numbers.hpp"
#include "tests/tools/portcullis/operator/people.hpp"
#include "tools/portcullis/console/answer_fields.hpp"
#include "tools/portcullis/console/client.hpp"
#include "tools/portcullis/console/commands.hpp"
#include "tools/portcullis/console/frames.hpp"

namespace portcullis::tools {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test::Installation;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A connection that does not keep to anything.
class Wild {
public:
    explicit Wild(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        timeval limit{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
        connected_ =
            ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    }
    Wild(Wild&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
    Wild& operator=(Wild&&) = delete;
    Wild(const Wild&) = delete;
    Wild& operator=(const Wild&) = delete;
    ~Wild() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    [[nodiscard]] bool connected() const { return connected_; }
    bool send(const std::string& bytes) const {
        return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }
    /// The next answer; "closed" where there is none.
    [[nodiscard]] std::string answer() const {
        std::string bytes;
        char buffer[4096];
        for (;;) {
            const FrameCut cut = cut_frame(bytes, console_answer_max);
            if (cut.state == FrameState::complete) {
                return std::string(cut.body);
            }
            const ssize_t got = ::recv(fd_, buffer, sizeof(buffer), 0);
            if (got <= 0) {
                return "closed";
            }
            bytes.append(buffer, static_cast<std::size_t>(got));
        }
    }

private:
    int fd_;
    bool connected_{};
};

class HostileClients : public testing::Test {
protected:
    HostileClients() { here_.init(); }
    ~HostileClients() override {
        ended_.store(true);
        if (control_.joinable()) {
            control_.join();
        }
    }
    void SetUp() override {
        auto made = TradingEngine::make(here_.config());
        ASSERT_TRUE(made.ok()) << made.error();
        engine_ = std::move(made).value();
        control_ = std::thread([this] {
            while (!ended_.load()) {
                const auto begun = steady_clock::now();
                if (engine_->do_control_work() == 0) {
                    std::this_thread::sleep_for(std::chrono::microseconds(200));
                }
                const auto took = steady_clock::now() - begun;
                longest_ = std::max(longest_, took);
            }
        });
    }
    [[nodiscard]] std::string socket() const { return here_.folder() + "/state/console.sock"; }
    /// What an honest client is answered, with a new connection where one was pushed out.
    [[nodiscard]] std::string officer(const std::string& json) const {
        for (int i = 0; i < 20; ++i) {
            auto client = ConsoleClient::connect(socket());
            if (client) {
                if (auto answer = client.value().ask(json, 2'000); answer) {
                    return answer.value();
                }
            }
        }
        return "no answer";
    }
    void expect_alive() const {
        EXPECT_THAT(officer("{\"command\":\"status\"}"), HasSubstr("\"killed\":false"));
    }
    /// A frame of `who`, good at this moment on this connection, but for what `change` does.
    template <class Change>
    [[nodiscard]] std::string frame(const Wild& wild, const std::string& who,
                                    Change&& change) const {
        const auto pair = gateways::Ed25519Pair::load(here_.key(who));
        const std::string asked = console_fields_json({{"command", "challenge"},
                                                       {"key", risk::hex_of(pair.value().open())},
                                                       {"action", "raise-limit"},
                                                       {"scope", "firm"},
                                                       {"limit", "orders_open_max"},
                                                       {"value", "41"}});
        (void)wild.send(make_frame(asked));
        const std::string json = wild.answer();
        simdjson::dom::parser parser;
        Answer root;
        if (parser.parse(json).get(root) != simdjson::SUCCESS || field(root, "nonce") == "?") {
            return "";  // pushed out by others
        }
        risk::CommandFrame made;
        made.engine = risk::bytes_of_hex<16>(field(root, "engine")).value_or(risk::EngineUuid{});
        made.nonce = risk::bytes_of_hex<16>(field(root, "nonce")).value_or(risk::CommandNonce{});
        made.epoch = static_cast<std::uint32_t>(count(root, "epoch"));
        made.counter = count(root, "counter");
        made.not_after = risk::utc_of(field(root, "not_after")).value_or(engine::WallNs{});
        made.key = pair.value().open();
        made.action.kind = risk::ActionKind::raise_limit;
        made.action.scope = "firm";
        made.action.limit = "orders_open_max";
        made.action.was = field(root, "was");
        made.action.value = "41";
        made.action.reason = "more";
        change(made);
        made.signature = pair.value().sign(risk::signed_bytes(risk::command_text(made))).value();
        return risk::frame_bytes(made);
    }

    Installation here_;
    std::unique_ptr<TradingEngine> engine_;
    std::atomic<bool> ended_{false};
    std::thread control_;
    steady_clock::duration longest_{};  // of the control thread; read when it has ended
};

TEST_F(HostileClients, RandomBytesAreRefusedOrCostTheConnectionAndNothingElse) {
    std::mt19937_64 random(20221127);
    for (int round = 0; round < 300; ++round) {
        Wild wild(socket());
        ASSERT_TRUE(wild.connected());
        std::string bytes(1 + random() % 3'000, '\0');
        for (char& c : bytes) {
            c = static_cast<char>(random());
        }
        const bool framed = round % 2 == 0;
        if (framed) {
            bytes.front() = bytes.front() == '{' ? 'x' : bytes.front();
        }
        (void)wild.send(framed ? make_frame(bytes) : bytes);
        if (framed) {
            EXPECT_THAT(wild.answer(), HasSubstr("\"error\":")) << round;
        }
    }
    expect_alive();
    const std::string log = here_.operator_log();
    EXPECT_TRUE(std::all_of(log.begin(), log.end(), [](char c) {
        return c == '\n' || (c >= 0x20 && c < 0x7f);
    })) << "nothing of what came in moves a cursor";
}

TEST_F(HostileClients, HugeFramesAndFramesThatNeverEndCostTheirOwnConnection) {
    Wild huge(socket());
    ASSERT_TRUE(huge.send(std::string("\x7f\xff\xff\xff", 4) + std::string(1'000, 'x')));
    EXPECT_EQ(huge.answer(), "closed");
    Wild one_more(socket());
    ASSERT_TRUE(one_more.send(make_frame(std::string(console_request_max + 1, 'x'))));
    EXPECT_EQ(one_more.answer(), "closed");
    Wild largest(socket());
    ASSERT_TRUE(largest.send(make_frame(std::string(console_request_max, 'x'))));
    EXPECT_THAT(largest.answer(), HasSubstr("no command frame"));
    Wild slow(socket());
    ASSERT_TRUE(slow.send(std::string("\0\0\0\x10{", 5)));
    expect_alive();
    std::this_thread::sleep_for(milliseconds(2'200));
    EXPECT_EQ(slow.answer(), "closed");
}

TEST_F(HostileClients, WhoAsksWithoutReadingIsDropped) {
    Wild greedy(socket());
    const std::string asks = make_frame("{\"command\":\"limits\"}");
    bool dropped = false;
    for (int i = 0; i < 20'000 && !dropped; ++i) {
        dropped = !greedy.send(asks);
    }
    EXPECT_TRUE(dropped);
    expect_alive();
}

TEST_F(HostileClients, AThousandConnectionsDoNotKeepAnOfficerFromTheSwitch) {
    std::deque<Wild> crowd;
    std::atomic<bool> enough{false};
    std::thread flood([&] {
        for (int i = 0; i < 1'000 && !enough.load(); ++i) {
            crowd.emplace_back(socket());
            (void)crowd.back().send(i % 3 == 0 ? std::string(2, '\0')
                                               : make_frame("{\"command\":\"orders\"}"));
            if (crowd.size() > 200) {
                crowd.pop_front();
            }
        }
    });
    const auto begun = steady_clock::now();
    EXPECT_EQ(officer("{\"command\":\"kill\"}"), "{\"ok\":\"killed, durable\"}");
    EXPECT_LT(steady_clock::now() - begun, std::chrono::seconds(5));
    flood.join();
    EXPECT_THAT(officer("{\"command\":\"status\"}"), HasSubstr("\"killed\":true"));
}

TEST_F(HostileClients, ReplayedExpiredAndForgedCommandsAndWrongRolesAreRefusedWithTheirReason) {
    const auto nothing = [](risk::CommandFrame&) {};
    const auto say = [](const Wild& wild, const std::string& bytes) {
        EXPECT_TRUE(wild.send(make_frame(bytes)));
        return wild.answer();
    };
    Wild wild(socket());
    const std::string good = frame(wild, "alice", nothing);
    {
        Wild other(socket());
        EXPECT_THAT(say(other, good), HasSubstr("the nonce is not the one of this connection"));
    }
    EXPECT_THAT(say(wild, good), HasSubstr("\"ok\":\"action 1\""));
    EXPECT_THAT(say(wild, good), HasSubstr("the nonce is not the one")) << "replayed";
    EXPECT_THAT(say(wild, frame(wild, "vera", nothing)), HasSubstr("role does not allow it"));
    EXPECT_THAT(
        say(wild, frame(wild, "alice",
                        [](risk::CommandFrame& made) { made.not_after.value -= 60'000'000'000; })),
        HasSubstr("has expired"));
    EXPECT_THAT(say(wild, frame(wild, "alice", [](risk::CommandFrame& made) { made.counter = 1; })),
                HasSubstr("the counter is not above"));
    EXPECT_THAT(say(wild, frame(wild, "bob", [](risk::CommandFrame& made) { made.epoch += 1; })),
                HasSubstr("another run"));
    EXPECT_THAT(say(wild, frame(wild, "bob",
                                [this](risk::CommandFrame& made) {
                                    made.key = SigningKey{here_.key("alice"), ""}.open().value();
                                })),
                HasSubstr("the signature does not hold"));
    EXPECT_THAT(officer("{\"command\":\"pending\"}"),
                AllOf(HasSubstr("\"signers\":\"alice\""), Not(HasSubstr("\"id\":2"))));
    const std::string log = here_.operator_log();
    EXPECT_THAT(log, AllOf(HasSubstr("vera: a signed command is refused: the operator's role"),
                           HasSubstr("alice: a signed command is refused: the command has expired"),
                           HasSubstr("peer uid ")));
}

TEST_F(HostileClients, AFloodOfForgedFramesNeverHoldsTheControlThreadForLong) {
    std::atomic<bool> enough{false};
    std::atomic<int> floods{0};
    std::thread flood([&] {
        for (; !enough.load(); floods.fetch_add(1)) {
            Wild wild(socket());
            const std::string forged = frame(wild, "bob", [this](risk::CommandFrame& made) {
                made.key = SigningKey{here_.key("alice"), ""}.open().value();
            });
            std::string many;
            for (int i = 0; i < (forged.empty() ? 0 : 8); ++i) {
                many += make_frame(forged);
            }
            (void)wild.send(many);
            (void)wild.answer();
        }
    });
    for (int i = 0; i < 30 || floods.load() < 20; ++i) {
        expect_alive();
    }
    enough.store(true);
    flood.join();
    ended_.store(true);
    control_.join();
    EXPECT_LT(longest_, milliseconds(1'500)) << "a round of it, on a machine with others at work";
    const std::string log = here_.operator_log();
    EXPECT_LT(std::count(log.begin(), log.end(), '\n'), 400) << "ten a second";
}

}  // namespace
}  // namespace portcullis::tools
