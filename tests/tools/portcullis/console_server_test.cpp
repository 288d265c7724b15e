// The console's door: who may come in, and that nobody can do harm there. Real Unix sockets.
#include "tools/portcullis/console/server.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tools/portcullis/console/client.hpp"
#include "tools/portcullis/console/frames.hpp"

namespace portcullis::tools {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t second_ns = 1'000'000'000;

/// A socket as a client that does not play by the rules has it.
class RawClient {
public:
    explicit RawClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
        timeval limit{2, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    }
    ~RawClient() { close(); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    void close() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
        fd_ = -1;
    }
    bool send(const std::string& bytes) const {
        return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }
    void end_sending() const { ::shutdown(fd_, SHUT_WR); }
    /// All that comes until the server closes or two seconds pass.
    [[nodiscard]] std::string until_closed(bool& closed) const {
        std::string bytes;
        char buffer[4096];
        for (;;) {
            const ssize_t got = ::recv(fd_, buffer, sizeof(buffer), 0);
            if (got <= 0) {
                closed = got == 0 || errno == ECONNRESET;
                return bytes;
            }
            bytes.append(buffer, static_cast<std::size_t>(got));
        }
    }
    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_;
};

class Console : public testing::Test {
protected:
    Console() {
        std::string name = std::filesystem::temp_directory_path() / "portcullis-console-XXXXXX";
        directory_ = ::mkdtemp(name.data());
    }
    ~Console() override {
        server_.reset();
        std::filesystem::remove_all(directory_);
    }
    [[nodiscard]] std::string path() const { return directory_ + "/console.sock"; }
    [[nodiscard]] static ConsoleHandler echo() {
        return [](const Peer& peer, std::string_view text) {
            return std::to_string(peer.uid) + ":" + std::string(text);
        };
    }
    void start(ConsoleHandler handler, std::optional<ConsoleOwner> owner = std::nullopt) {
        auto made = ConsoleServer::listen(path(), std::move(handler), owner);
        ASSERT_TRUE(made.ok()) << made.error();
        server_ = std::move(made).value();
    }
    void poll(int rounds = 8) {
        for (int i = 0; i < rounds; ++i) {
            (void)server_->poll(now_);
        }
    }
    [[nodiscard]] std::string mine(const std::string& text) const {
        return make_frame(std::to_string(::getuid()) + ":" + text);
    }
    /// The engine's control loop, as long as it lives.
    class Running {
    public:
        explicit Running(ConsoleServer& server)
            : thread_([this, &server] {
                  while (!ended_.load()) {
                      const auto now = std::chrono::steady_clock::now().time_since_epoch();
                      if (server.poll(engine::MonoNs{now.count()}) == 0) {
                          std::this_thread::sleep_for(std::chrono::microseconds(200));
                      }
                  }
              }) {}
        ~Running() {
            ended_.store(true);
            thread_.join();
        }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;

    private:
        std::atomic<bool> ended_{false};
        std::thread thread_;
    };

    std::string directory_;
    std::unique_ptr<ConsoleServer> server_;
    engine::MonoNs now_{second_ns};
};

TEST(ConsolePeer, RootTheEnginesUserAndMembersOfTheGroupMay) {
    const ConsoleOwner owner{1000, 2000};
    struct Row {
        Peer peer;
        bool may;
    };
    const Row rows[] = {
        {{0, 0, 1, {}}, true},       {{1000, 5, 1, {}}, true},
        {{1001, 2000, 1, {}}, true}, {{1001, 5, 1, {7, 2000}}, true},
        {{1001, 5, 1, {}}, false},   {{1001, 1000, 1, {7, 1000}}, false},
        {{2000, 5, 1, {0}}, false},  {{999, 1999, 1, {1999, 2001}}, false},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(may_use_console(row.peer, owner), row.may) << row.peer.uid << ' ' << row.peer.gid;
    }
}

TEST_F(Console, TheSocketIsForUserAndGroupAlone) {
    const mode_t before = ::umask(0);
    start(echo());
    ::umask(before);
    struct stat about {};
    ASSERT_EQ(::stat(path().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777, 0660U);
    server_.reset();
    EXPECT_NE(::stat(path().c_str(), &about), 0) << "gone with the engine";
}

TEST_F(Console, TheHandlerLearnsFromTheKernelWhoAsks) {
    Peer seen;
    start([&seen](const Peer& peer, std::string_view) {
        seen = peer;
        return std::string("{}");
    });
    RawClient client(path());
    ASSERT_TRUE(client.send(make_frame("{}")));
    poll();
    EXPECT_EQ(seen.uid, ::getuid());
    EXPECT_EQ(seen.gid, ::getgid());
    EXPECT_EQ(seen.pid, ::getpid());
}

TEST_F(Console, AStrangerIsToldWhyAndShutOut) {
    if (::getuid() == 0) {
        // Root may always; a child that has given root up is the stranger.
        start([](const Peer&, std::string_view) { return std::string("{\"ok\":\"in\"}"); },
              ConsoleOwner{4242, 4242});
        ASSERT_EQ(::chmod(directory_.c_str(), 0777), 0);
        ASSERT_EQ(::chmod(path().c_str(), 0666), 0) << "the mode that a script got wrong";
        const pid_t child = ::fork();
        if (child == 0) {
            bool closed = false;
            const bool left =
                ::setresgid(65534, 65534, 65534) == 0 && ::setresuid(65534, 65534, 65534) == 0;
            RawClient client(path());
            (void)client.send(make_frame("{\"command\":\"kill\"}"));
            const std::string answer = client.until_closed(closed);
            const bool told =
                answer.find("uid 65534 may not use this console") != std::string::npos;
            ::_exit(left && closed && told && answer.find("in\"") == std::string::npos ? 0 : 1);
        }
        int status = 1;
        for (int i = 0; i < 400 && ::waitpid(child, &status, WNOHANG) == 0; ++i) {
            poll(1);
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        EXPECT_EQ(status, 0);
        EXPECT_EQ(server_->connections(), 0U);
        EXPECT_EQ(server_->dropped(), 1U);
        return;
    }
    start(echo(), ConsoleOwner{::getuid() + 1, ::getgid() + 1});
    RawClient client(path());
    poll();
    bool closed = false;
    const std::string answer = client.until_closed(closed);
    EXPECT_EQ(server_->dropped(), answer.empty() ? 0U : 1U);
}

TEST_F(Console, FramesMayComeInPiecesAndSeveralAtOnce) {
    start(echo());
    RawClient client(path());
    const std::string two = make_frame("first") + make_frame("second");
    for (const char c : two) {
        ASSERT_TRUE(client.send(std::string(1, c)));
        poll(1);
    }
    client.end_sending();
    poll();
    bool closed = false;
    EXPECT_EQ(client.until_closed(closed), mine("first") + mine("second"));
    EXPECT_TRUE(closed);
    EXPECT_EQ(server_->dropped(), 0U);
}

TEST_F(Console, WhoClosesTheirHalfAfterAskingStillGetsTheAnswer) {
    start(echo());
    RawClient client(path());
    ASSERT_TRUE(client.send(make_frame("last")));
    client.end_sending();
    poll();
    bool closed = false;
    EXPECT_EQ(client.until_closed(closed), mine("last"));
}

TEST_F(Console, AFrameTooLongCostsTheConnectionAndTheLongestDoesNot) {
    start(echo());
    RawClient fits(path());
    const std::string most(console_request_max, 'x');
    ASSERT_TRUE(fits.send(make_frame(most)));
    fits.end_sending();
    RawClient too_long(path());
    ASSERT_TRUE(too_long.send(make_frame(most + "x")));
    RawClient huge(path());
    ASSERT_TRUE(huge.send("\xff\xff\xff\xff"));
    poll(16);
    bool closed = false;
    EXPECT_EQ(fits.until_closed(closed), mine(most));
    EXPECT_THAT(too_long.until_closed(closed), IsEmpty());
    EXPECT_TRUE(closed);
    EXPECT_THAT(huge.until_closed(closed), IsEmpty());
    EXPECT_TRUE(closed);
    EXPECT_EQ(server_->dropped(), 2U);
}

TEST_F(Console, AFrameThatDoesNotEndWithinTwoSecondsIsDroppedAndASilentClientIsNot) {
    start(echo());
    RawClient silent(path());
    RawClient half(path());
    ASSERT_TRUE(half.send(make_frame("whole").substr(0, 6)));
    poll();
    now_ = now_ + engine::DurationNs{ConsoleServer::frame_deadline_ns};
    poll();
    EXPECT_EQ(server_->connections(), 2U) << "at the edge";
    now_ = now_ + engine::DurationNs{1};
    poll();
    EXPECT_EQ(server_->connections(), 1U);
    ASSERT_TRUE(silent.send(make_frame("here")));
    silent.end_sending();
    poll();
    bool closed = false;
    EXPECT_EQ(silent.until_closed(closed), mine("here"));
}

TEST_F(Console, WhoAsksAndNeverReadsIsDroppedBeforeMuchIsKeptForThem) {
    start([](const Peer&, std::string_view) { return std::string(console_answer_max, 'x'); });
    RawClient greedy(path());
    std::string many;
    for (int i = 0; i < 8; ++i) {
        many += make_frame("{}");
    }
    ASSERT_TRUE(greedy.send(many));
    poll(2);
    EXPECT_EQ(server_->connections(), 0U);
    EXPECT_EQ(server_->dropped(), 1U);
}

TEST_F(Console, AClientThatGoesAwayInTheMiddleOfItsAnswerHarmsNobody) {
    start([](const Peer&, std::string_view) { return std::string(console_answer_max, 'x'); });
    RawClient gone(path());
    ASSERT_TRUE(gone.send(make_frame("{}")));
    poll(1);
    EXPECT_EQ(server_->connections(), 1U) << "the answer does not fit the socket at once";
    gone.close();
    poll();
    EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(Console, FourForgottenViewsDoNotKeepAnOfficerFromTheSwitch) {
    start(echo());
    std::vector<std::unique_ptr<RawClient>> views;
    for (std::size_t i = 0; i < ConsoleServer::connections_per_user; ++i) {
        now_ = now_ + engine::DurationNs{second_ns};
        views.push_back(std::make_unique<RawClient>(path()));
        poll();
    }
    ASSERT_TRUE(views[0]->send(make_frame("still here")));
    now_ = now_ + engine::DurationNs{second_ns};
    poll();
    RawClient officer(path());
    ASSERT_TRUE(officer.send(make_frame("kill")));
    officer.end_sending();
    poll();
    bool closed = false;
    EXPECT_EQ(officer.until_closed(closed), mine("kill"));
    EXPECT_THAT(views[1]->until_closed(closed), IsEmpty());
    EXPECT_TRUE(closed) << "the one that was silent longest made room";
    EXPECT_EQ(server_->connections(), ConsoleServer::connections_per_user - 1);
}

TEST_F(Console, AFloodOfRequestsDoesNotKeepOthersWaiting) {
    start(echo());
    const Running running(*server_);
    std::atomic<bool> ended{false};
    std::thread flood([&] {
        RawClient client(path());
        const std::string frame = make_frame(std::string(1000, 'f'));
        char buffer[65536];
        while (!ended.load() && client.send(frame)) {
            (void)::recv(client.fd(), buffer, sizeof(buffer), MSG_DONTWAIT);
        }
    });
    for (int i = 0; i < 50; ++i) {
        auto officer = ConsoleClient::connect(path());
        ASSERT_TRUE(officer.ok()) << officer.error();
        auto answer = officer.value().ask("kill", 2000);
        EXPECT_TRUE(answer.ok()) << answer.error();
    }
    ended.store(true);
    flood.join();
}

TEST_F(Console, ASocketThatALiveEngineHoldsIsNotTakenAndADeadOneIs) {
    start(echo());
    auto second = ConsoleServer::listen(path(), echo());
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error(), path() + ": another engine answers on this console socket");
    server_.reset();
    {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path().c_str(), path().size() + 1);
        ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
        ::close(fd);  // as kill -9 leaves it
    }
    start(echo());
}

TEST_F(Console, AFileThatIsNoSocketIsNotRemoved) {
    std::ofstream(path()) << "precious";
    auto made = ConsoleServer::listen(path(), echo());
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error(), path() + ": is no socket, expected nothing there or a dead one");
    EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(Console, TheClientSaysThatNoEngineIsThere) {
    auto client = ConsoleClient::connect(path());
    ASSERT_FALSE(client.ok());
    EXPECT_EQ(client.error(), path() +
                                  ": no engine answers on its console socket (No such file or "
                                  "directory): is `portcullis trade` running?");
    EXPECT_EQ(ConsoleClient::connect("").error(), ": expected a socket path of 1 to 107 bytes");
    EXPECT_THAT(ConsoleClient::connect(std::string(108, 'p')).error(),
                HasSubstr("expected a socket path of 1 to 107 bytes"));
}

TEST_F(Console, TheClientWaitsNoLongerThanItSaid) {
    start(echo());
    auto client = ConsoleClient::connect(path());
    ASSERT_TRUE(client.ok());
    const auto begun = std::chrono::steady_clock::now();
    auto answer = client.value().ask("{}", 50);  // nobody polls the server
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error(), "no answer from the engine within 50 ms");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2));
}

}  // namespace
}  // namespace portcullis::tools
