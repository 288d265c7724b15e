// Each call to the kernel fails once, from the first to the last that a whole connection makes: it
// ends in `closed` with a cause, nothing is left open, and what was said of an order is true.
#include <dirent.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "tests/gateways/net/transport_world.hpp"
#include "tests/gateways/net/wrapped_calls.hpp"

namespace portcullis::gateways::test {
namespace {

std::size_t open_files() {
    std::size_t count = 0;
    DIR* const folder = ::opendir("/proc/self/fd");
    while (::readdir(folder) != nullptr) {
        ++count;
    }
    ::closedir(folder);
    return count;
}

struct OneRun {
    TransportState state{};
    CloseCause cause{};
    std::string reason;
    std::vector<SendResult> said;       ///< of the orders, as many as were asked for
    std::vector<std::string> received;  ///< by the peer
    std::size_t answers{};
    bool reached{};  ///< the call that was to fail was made
};

constexpr std::size_t orders = 3;

std::string order_text(std::size_t number) {
    return "order " + std::to_string(number) + std::string(300, 'o');
}

/// Connects, sends orders one behind the answer to the other, and closes.
OneRun run_with(Call failing, int fails_at, CallFault fault) {
    OneRun run;
    {
        TestPeer peer(pki().leaf, [&run](PeerConnection& connection) {
            while (const auto got = connection.read_frame()) {
                if (got->opcode == 8) {
                    connection.write(close_frame(1000));
                    return;
                }
                run.received.push_back(got->payload);
                connection.write(frame(1, "taken"));
            }
        });
        Collector collector;
        const auto transport = make_transport();
        wrapped_calls() = {.failing = failing, .fails_at = fails_at, .fault = fault};
        transport->connect(endpoint_at(peer.port()), {}, mono_ns());
        run_until(*transport, collector, [&] {
            if (transport->state() == TransportState::open && transport->can_send() &&
                run.said.size() == collector.frames.size()) {
                if (run.said.size() == orders) {
                    transport->close(1000, "done");
                } else {
                    run.said.push_back(transport->send_text(order_text(run.said.size())));
                }
            }
            return transport->state() == TransportState::closed;
        });
        run.reached = wrapped_calls().count(failing) >= fails_at;
        wrapped_calls() = {};
        run.state = transport->state();
        run.cause = transport->close_cause();
        run.reason = std::string(transport->close_reason());
        run.answers = collector.frames.size();
        EXPECT_EQ(transport->wait_fd(), -1);
        EXPECT_EQ(transport->pending_bytes(), 0U);
        EXPECT_EQ(transport->send_text("late"), SendResult::closed);
    }
    return run;
}

/// What was `sent` is with the peer, and nothing of what is said to be nowhere.
void expect_true_of_orders(const OneRun& run) {
    for (std::size_t i = 0; i < run.said.size(); ++i) {
        const auto there = std::count(run.received.begin(), run.received.end(), order_text(i));
        if (run.said[i] == SendResult::sent) {
            EXPECT_EQ(there, 1) << i;
        } else if (run.said[i] == SendResult::closed || run.said[i] == SendResult::blocked) {
            EXPECT_EQ(there, 0) << i;
        } else {
            EXPECT_EQ(run.said[i], SendResult::buffered) << i;
            EXPECT_LE(there, 1) << i;
        }
    }
}

void expect_whole(const OneRun& run) {
    EXPECT_EQ(run.state, TransportState::closed);
    EXPECT_EQ(run.cause, CloseCause::local) << run.reason;
    EXPECT_EQ(run.reason, "done");
    EXPECT_EQ(run.received.size(), orders);
    EXPECT_EQ(run.answers, orders);
}

/// Each call of the kind fails from the n-th on, for every n that a run reaches.
void walk(Call call, CallFault fault, CloseCause expected, int reached_at_least) {
    (void)run_with(call, 0, {});  // what is made once in a program is made
    const std::size_t files = open_files();
    int at = 1;
    for (;; ++at) {
        SCOPED_TRACE(testing::Message() << "call " << static_cast<int>(call) << ", number " << at
                                        << ", error " << fault.error << ", half " << fault.half);
        const OneRun run = run_with(call, at, fault);
        expect_true_of_orders(run);
        EXPECT_EQ(open_files(), files);
        if (!run.reached || testing::Test::HasFailure()) {
            expect_whole(run);
            break;
        }
        EXPECT_EQ(run.state, TransportState::closed);
        // Behind our own close frame nothing is lost any more.
        const bool over = run.answers == orders;
        EXPECT_TRUE(run.cause == expected || (over && run.cause == CloseCause::local))
            << static_cast<int>(run.cause) << run.reason;
        EXPECT_FALSE(run.reason.empty());
    }
    EXPECT_GE(at, reached_at_least);
}

TEST(TransportFailures, no_socket_and_no_connection_are_told_as_such) {
    walk(Call::socket, {.error = EMFILE}, CloseCause::connect_failed, 2);
    walk(Call::connect, {.error = ENETUNREACH}, CloseCause::connect_failed, 2);
}

TEST(TransportFailures, each_recv_that_fails_loses_the_connection_and_no_word_of_an_order) {
    walk(Call::recv, {.error = ECONNRESET}, CloseCause::lost, 6);
}

TEST(TransportFailures, each_send_that_fails_loses_the_connection_and_no_word_of_an_order) {
    walk(Call::send, {.error = EPIPE}, CloseCause::lost, 6);
    walk(Call::send, {.error = ENOBUFS}, CloseCause::lost, 6);
    walk(Call::send, {.error = EPIPE, .half = true}, CloseCause::lost, 6);
}

TEST(TransportFailures, a_call_that_does_half_of_its_work_or_none_for_now_changes_nothing) {
    for (const Call call : {Call::send, Call::recv}) {
        for (const CallFault fault :
             {CallFault{.half = true, .once = true}, CallFault{.error = EINTR, .once = true},
              CallFault{.error = EAGAIN, .once = true}}) {
            bool reached = true;
            for (int at = 1; reached; ++at) {
                SCOPED_TRACE(testing::Message()
                             << static_cast<int>(call) << " " << at << ", error " << fault.error);
                const OneRun run = run_with(call, at, fault);
                expect_whole(run);
                expect_true_of_orders(run);
                reached = run.reached && !testing::Test::HasFailure();
            }
        }
    }
}

}  // namespace
}  // namespace portcullis::gateways::test
