// Opens connections away from the threads that trade: see connector.hpp.
#include "gateways/net/connector.hpp"

#include <algorithm>
#include <utility>

#include "engine/types/verify.hpp"

namespace portcullis::gateways {
namespace {

using engine::verify;
using Job = Connector::Job;
using Phase = Connector::Job::Phase;

// How much later than its own deadline a connection may be before its owner gives the connector up.
constexpr std::int64_t grace_ns = 1'000'000'000;

struct NoFrames final : FrameSink {
    void on_frame(const FrameView&) override { verify(false); }  // a poll of 0 messages
};

class TransportFromElsewhere final : public Transport {
public:
    explicit TransportFromElsewhere(Connector::Notes& notes) : notes_(notes) {}
    ~TransportFromElsewhere() override { (void)give_up(CloseCause::local); }

    void connect(const Endpoint& endpoint, const TransportLimits& limits,
                 std::int64_t now_ns) override {
        verify(job_ == nullptr);
        job_ = std::make_shared<Job>();
        job_->endpoint = endpoint;
        job_->limits = limits;
        deadline_ns_ = now_ns + limits.connect_timeout_ns + grace_ns;
        if (!notes_.try_push(std::shared_ptr<Job>(job_))) {
            (void)give_up(CloseCause::timeout);
        }
    }
    std::size_t poll(FrameSink& sink, std::size_t messages_max, std::int64_t now_ns) override {
        if (Transport* const real = arrived()) {
            return real->poll(sink, messages_max, now_ns);
        }
        if (now_ns >= deadline_ns_) {
            (void)give_up(CloseCause::timeout);
        }
        return 0;
    }
    SendResult send_text(std::string_view payload) override {
        Transport* const real = arrived();
        return real != nullptr ? real->send_text(payload) : SendResult::closed;
    }
    SendResult send_ping(std::string_view payload) override {
        Transport* const real = arrived();
        return real != nullptr ? real->send_ping(payload) : SendResult::closed;
    }
    std::size_t flush() override {
        Transport* const real = arrived();
        return real != nullptr ? real->flush() : 0;
    }
    [[nodiscard]] std::size_t pending_bytes() const override {
        const Transport* const real = arrived();
        return real != nullptr ? real->pending_bytes() : 0;
    }
    void close(std::uint16_t code, std::string_view reason) override {
        if (!give_up(CloseCause::local)) {
            arrived()->close(code, reason);
        }
    }
    void cut() override {
        if (!give_up(CloseCause::local)) {
            arrived()->cut();
        }
    }
    [[nodiscard]] TransportState state() const override {
        if (const Transport* const real = arrived()) {
            return real->state();
        }
        const bool waiting = job_ != nullptr && given_up_ == CloseCause::none;
        return waiting ? TransportState::connecting : TransportState::closed;
    }
    [[nodiscard]] CloseCause close_cause() const override {
        const Transport* const real = arrived();
        return real != nullptr ? real->close_cause() : given_up_;
    }
    [[nodiscard]] std::uint16_t close_code() const override {
        const Transport* const real = arrived();
        return real != nullptr ? real->close_code() : std::uint16_t{0};
    }
    [[nodiscard]] std::string_view close_reason() const override {
        const Transport* const real = arrived();
        return real != nullptr ? real->close_reason() : std::string_view{};
    }
    [[nodiscard]] std::int64_t retry_after_s() const override {
        const Transport* const real = arrived();
        return real != nullptr ? real->retry_after_s() : 0;
    }
    [[nodiscard]] bool lacks_backup_pin() const override {
        const Transport* const real = arrived();
        return real != nullptr && real->lacks_backup_pin();
    }
    [[nodiscard]] int wait_fd() const override {
        const Transport* const real = arrived();
        return real != nullptr ? real->wait_fd() : -1;
    }

private:
    // The real one, once it is ours.
    [[nodiscard]] Transport* arrived() const noexcept {
        if (real_ == nullptr && job_ != nullptr && given_up_ == CloseCause::none &&
            // acquire: pairs with the connector's release of `done`; the transport is whole then.
            job_->phase.load(std::memory_order_acquire) == Phase::done) {
            real_ = job_->transport.get();
        }
        return real_;
    }
    // Leaves the connection to the connector, which destroys it. False: it has arrived already.
    [[nodiscard]] bool give_up(CloseCause cause) noexcept {
        if (arrived() != nullptr) {
            return false;
        }
        Phase expected = Phase::asked;
        // acquire: on failure it came this moment and is ours. Success publishes nothing.
        if (job_ != nullptr && given_up_ == CloseCause::none &&
            !job_->phase.compare_exchange_strong(expected, Phase::abandoned,
                                                 std::memory_order_acquire)) {
            real_ = job_->transport.get();
            return false;
        }
        given_up_ = given_up_ == CloseCause::none ? cause : given_up_;
        return true;
    }

    Connector::Notes& notes_;
    std::shared_ptr<Job> job_;
    mutable Transport* real_{nullptr};  // job_'s; the hot path asks no atomic
    CloseCause given_up_{CloseCause::none};
    std::int64_t deadline_ns_{};
};

}  // namespace

std::unique_ptr<Transport> Connector::Lane::make() {
    return std::make_unique<TransportFromElsewhere>(notes_);
}

std::size_t Connector::do_work(std::int64_t now_ns) {
    std::size_t work = 0;
    for (const auto& lane : lanes_) {
        std::shared_ptr<Job> job;
        while (lane->notes_.try_consume([&job](auto&& note) { job = std::move(note); })) {
            Opening opening{std::move(job), make_transport_()};
            opening.transport->connect(opening.job->endpoint, opening.job->limits, now_ns);
            openings_.push_back(std::move(opening));
            ++work;
        }
    }
    return work + std::erase_if(openings_,
                                [this, now_ns](Opening& each) { return advance(each, now_ns); });
}

// True when the connection is no longer the connector's.
bool Connector::advance(Opening& opening, std::int64_t now_ns) const {
    Job& job = *opening.job;
    // relaxed: a flag; the transport never left this thread.
    if (job.phase.load(std::memory_order_relaxed) == Phase::abandoned) {
        return true;
    }
    NoFrames none;
    (void)opening.transport->poll(none, 0, now_ns);
    if (opening.transport->state() == TransportState::connecting) {
        return false;
    }
    if (on_settled_) {
        on_settled_(job.endpoint, *opening.transport);
    }
    job.transport = std::move(opening.transport);
    Phase expected = Phase::asked;
    // release: whoever sees `done` sees the whole transport. relaxed: a failure hands over nothing.
    if (!job.phase.compare_exchange_strong(expected, Phase::done, std::memory_order_release,
                                           std::memory_order_relaxed)) {
        job.transport.reset();  // given up in this moment; nobody else looks at it any more
    }
    return true;
}

}  // namespace portcullis::gateways
