// Connector: opens connections away from the threads that trade.
//
// Reading authorities, resolving a name, a TLS handshake: each costs milliseconds of somebody's
// thread even where nothing in it blocks, and an order must not wait for the reconnecting of a
// neighbour. So an owner gets a transport whose connect() only leaves a note in a ring; the
// connector makes the real one, brings it to open (or closed) and hands it over, after which every
// call goes straight to it. To sessions and feeds it is a Transport like any other, and so they
// know nothing of threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/rings/spsc_ring.hpp"
#include "gateways/net/transport.hpp"

namespace portcullis::gateways {

// Invariants: 1. the real transport has one owner at any time: the connector until the job is
// `done`, the owner after it; 2. what is given up while connecting is destroyed by the connector;
// 3. frames that came with the upgrade's answer are handed out by the owner's first poll.
// Threads: do_work() one thread, each lane one owner. Lanes are added before either runs.
class Connector {
public:
    using MakeTransport = std::function<std::unique_ptr<Transport>()>;
    /// Told, on the connector's thread, of each connection that opened, before its owner has it,
    /// and of each that did not; close_cause() and close_reason() say why.
    using OnSettled = std::function<void(const Endpoint&, const Transport&)>;

    /// One connection to be, shared by the two threads until it is handed over or given up.
    struct Job {
        enum class Phase : std::uint8_t { asked, done, abandoned };

        Endpoint endpoint;
        TransportLimits limits;
        std::unique_ptr<Transport> transport;
        std::atomic<Phase> phase{Phase::asked};
    };
    using Notes = engine::SpscRing<std::shared_ptr<Job>, 16>;

    /// Where one owner leaves its notes.
    class Lane {
    public:
        /// A transport that is connected elsewhere. The lane outlives its connect().
        [[nodiscard]] std::unique_ptr<Transport> make();

    private:
        friend class Connector;
        Notes notes_;
    };

    explicit Connector(MakeTransport make_transport, OnSettled on_settled = {})
        : make_transport_(std::move(make_transport)), on_settled_(std::move(on_settled)) {}
    Connector(const Connector&) = delete;
    Connector& operator=(const Connector&) = delete;

    /// Before any thread runs. Valid as long as the connector.
    [[nodiscard]] Lane& add_lane() { return *lanes_.emplace_back(std::make_unique<Lane>()); }
    /// One round. Returns how many connections were begun or handed over.
    std::size_t do_work(std::int64_t now_ns);

private:
    struct Opening {
        std::shared_ptr<Job> job;
        std::unique_ptr<Transport> transport;
    };

    [[nodiscard]] bool advance(Opening& opening, std::int64_t now_ns) const;

    MakeTransport make_transport_;
    OnSettled on_settled_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::vector<Opening> openings_;
};

}  // namespace portcullis::gateways
