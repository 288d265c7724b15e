// Stages: the way of an order from the socket that brought its cause to the socket that took it, in
// pieces that are measured one by one.
//
// Ends are always stamped: when the round began that read the cause (its event's time), and when
// the socket had taken the order. Of one message in n the inner ones are, too, and of the orders
// that it causes each piece is counted; the five add up to its tick_to_order.
//
// Stamps go beside the events and requests, never into them: the decoder's rides in a field of the
// event's header that is empty until the journal fills it, and is taken out before the core sees
// it; the core's go through a ring of their own. So no decision, no record and no hash knows them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "engine/rings/spsc_ring.hpp"
#include "engine/time/tsc_clock.hpp"
#include "gateways/binance/order_agent.hpp"
#include "gateways/stamp_clock.hpp"
#include "tools/portcullis/latency/histogram.hpp"

namespace portcullis::tools {

//     feed                 core                        order agent
//     read .. decoded  ->  begins .. approved  ring ->  begins .. written    ...    answered
//     [   receive  ][ to_core ][    decide  ][ to_orders ][    send     ][  order_to_ack  ]
//     [                       tick_to_order                             ]
//
// Writer of each: order thread.
enum class LatencyStage : std::uint8_t {
    tick_to_order,
    tick_to_cancel,
    order_to_ack,
    receive,
    to_core,
    decide,
    to_orders,
    send,
};
inline constexpr std::size_t latency_stages = 8;
[[nodiscard]] constexpr std::size_t index_of(LatencyStage stage) noexcept {
    return static_cast<std::size_t>(stage);
}

struct LatencyStageInfo {
    std::string_view name;
    std::string_view what;
    bool sampled;
};
/// By LatencyStage.
inline constexpr std::array<LatencyStageInfo, latency_stages> latency_stage_infos{{
    {"tick_to_order", "its cause is read .. the socket has the order", false},
    {"tick_to_cancel", "its cause is read .. the socket has the cancel", false},
    {"order_to_ack", "the socket has the order .. accepted by the venue", false},
    {"receive", "read, decrypted, decoded", true},
    {"to_core", "in the ring to the core", true},
    {"decide", "book, strategy, gate, journal", true},
    {"to_orders", "in the ring to the order agent", true},
    {"send", "last look, encoded, encrypted, written", true},
}};

/// Writer: order thread. Readers: any.
struct LatencyBoard {
    std::array<LatencyHistogram, latency_stages> stages;

    [[nodiscard]] LatencyHistogram& at(LatencyStage stage) noexcept {
        return stages[index_of(stage)];
    }
    [[nodiscard]] const LatencyHistogram& at(LatencyStage stage) const noexcept {
        return stages[index_of(stage)];
    }
};

/// The stamps of an order before it reaches the order agent.
struct PathStamps {
    engine::ClOrdId id{};
    engine::MonoNs decoded{};
    engine::MonoNs begun{};
    engine::MonoNs approved{};
};
/// From core to order agent, ahead of the request. One that is full drops: the order is not
/// sampled then.
using StampRing = engine::SpscRing<PathStamps, 256>;

class TscStampClock final : public gateways::StampClock {
public:
    explicit TscStampClock(const engine::TscCalibrator& calibrator) : clock_(calibrator) {}
    [[nodiscard]] engine::MonoNs now() noexcept override { return clock_.mono(); }

private:
    engine::TscClock clock_;
};

/// The core's stamps, of the event that it steps. Owner: core thread.
class CoreStamps {
public:
    CoreStamps(gateways::StampClock& clock, StampRing& ring) : clock_(clock), ring_(ring) {}
    CoreStamps(const CoreStamps&) = delete;
    CoreStamps& operator=(const CoreStamps&) = delete;

    /// The core is about to step an event that was decoded then.
    void begin(engine::MonoNs decoded) noexcept {
        decoded_ = decoded;
        begun_ = clock_.now();
    }
    void end() noexcept { decoded_ = {}; }
    /// Requires: told before the request is in its ring.
    void on_approved(engine::ClOrdId id) noexcept {
        if (decoded_ != engine::MonoNs{}) {
            (void)ring_.try_push(PathStamps{id, decoded_, begun_, clock_.now()});
        }
    }

private:
    gateways::StampClock& clock_;
    StampRing& ring_;
    engine::MonoNs decoded_{};  ///< 0: this event is not sampled
    engine::MonoNs begun_{};
};

// Counts what the order agent tells of its orders. Orders come in the order of their ids, as their
// stamps do: stamps of an order that never left are behind when a later one comes.
// Owner: order thread.
class OrderStamps final : public gateways::binance::EgressClock {
public:
    OrderStamps(gateways::StampClock& clock, StampRing& ring, LatencyBoard& board)
        : clock_(clock), ring_(ring), board_(board) {}
    OrderStamps(const OrderStamps&) = delete;
    OrderStamps& operator=(const OrderStamps&) = delete;

    [[nodiscard]] engine::MonoNs now() noexcept override { return clock_.now(); }
    void on_begun(engine::ClOrdId id) noexcept override {
        const auto take = [this](PathStamps&& next) {
            if (next_.begun != engine::MonoNs{}) {
                leaving_ = next_;
            }
            next_ = {next, {}};
        };
        while (next_.stamps.id < id) {
            if (!ring_.try_consume(take)) {
                return;
            }
        }
        if (next_.stamps.id == id && next_.begun == engine::MonoNs{}) {
            next_.begun = clock_.now();
        }
    }
    void on_not_sent(engine::ClOrdId id) noexcept override {
        if (next_.stamps.id == id) {
            next_.begun = {};
        }
    }
    [[nodiscard]] engine::MonoNs on_order_sent(engine::ClOrdId id,
                                               engine::MonoNs cause) noexcept override {
        const engine::MonoNs sent = clock_.now();
        count(LatencyStage::tick_to_order, cause, sent);
        count_pieces(next_, id, cause, sent);
        count_pieces(leaving_, id, cause, sent);
        return sent;
    }
    [[nodiscard]] engine::MonoNs on_cancel_sent(engine::MonoNs cause) noexcept override {
        const engine::MonoNs sent = clock_.now();
        count(LatencyStage::tick_to_cancel, cause, sent);
        return sent;
    }
    void on_accepted(engine::MonoNs sent) noexcept override {
        count(LatencyStage::order_to_ack, sent, clock_.now());
    }

private:
    struct Sampled {
        PathStamps stamps{};
        engine::MonoNs begun{};  ///< by the agent; 0: not yet, or it is done with
    };

    void count_pieces(Sampled& of, engine::ClOrdId id, engine::MonoNs cause,
                      engine::MonoNs sent) noexcept {
        if (of.stamps.id != id || of.begun == engine::MonoNs{}) {
            return;
        }
        count(LatencyStage::receive, cause, of.stamps.decoded);
        count(LatencyStage::to_core, of.stamps.decoded, of.stamps.begun);
        count(LatencyStage::decide, of.stamps.begun, of.stamps.approved);
        count(LatencyStage::to_orders, of.stamps.approved, of.begun);
        count(LatencyStage::send, of.begun, sent);
        of.begun = {};
    }
    void count(LatencyStage stage, engine::MonoNs from, engine::MonoNs to) noexcept {
        board_.at(stage).record((to - from).value);
    }

    gateways::StampClock& clock_;
    StampRing& ring_;
    LatencyBoard& board_;
    Sampled next_{};     ///< the order that is next, or one behind it
    Sampled leaving_{};  ///< the socket has a part of it, and orders behind it have begun to wait
};

}  // namespace portcullis::tools
