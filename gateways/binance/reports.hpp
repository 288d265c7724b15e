// Reports: rows of the decoder -> events of the core. Here is decided whose order it is.
//
// An order is ours when the tag in its client id is (gateways/session/cl_ord_id.hpp), never because
// of a prefix or a number. A cancelled or amended order is known by the id that it had before. What
// is not ours becomes a Sighting, and its fill an AccountFill of nobody, so that the position
// follows the venue. Answers are events of our own requests, so they are attributed by the request.
// Owner: order agent.
#pragma once

#include <cstdint>

#include "engine/events/account.hpp"
#include "engine/events/credential.hpp"
#include "gateways/binance/account.hpp"
#include "gateways/binance/errors.hpp"
#include "gateways/binance/in_flight.hpp"
#include "gateways/binance/report_queue.hpp"
#include "gateways/session/cl_ord_id.hpp"

namespace portcullis::gateways::binance {

struct ReportCounters {
    std::uint64_t foreign{};
    std::uint64_t sightings{};
    std::uint64_t transfers{};     ///< deposits, withdrawals, as a stream tells them
    std::uint64_t raw_left_out{};  ///< messages of sightings that were not kept
    std::uint64_t forged{};        ///< our form, wrong tag or epoch
    std::uint64_t beyond{};        ///< ours, on a symbol that the config does not trade (any more)
    std::uint64_t list_status{};
    std::uint64_t unknown_assets{};
    std::uint64_t other_events{};
};

class Reports {
public:
    Reports(ReportQueue& queue, const ClOrdIdMint& ids) : queue_(queue), ids_(ids) {}

    /// Whose order a row speaks of: no_order when not ours.
    [[nodiscard]] engine::ClOrdId owner(const OrderRow& row) noexcept;

    // --- what may be no act of ours (engine/events/credential.hpp)
    void sight(const engine::Sighting& seen) noexcept;
    /// The venue has refused the key, or said that the session is somebody's.
    void refusal(KeyRefusal refusal, std::int32_t code, engine::DurationNs lasted) noexcept;
    /// The message that the last sighting was made from. Of a flood the first ones are kept.
    void raw(std::string_view text, engine::MonoNs now) noexcept;

    // --- the account stream
    /// Returns the order concerned, no_order when it is not ours.
    engine::ClOrdId execution(const OrderRow& row, engine::ReportSource source) noexcept;
    void balances(const StreamEvent& event) noexcept;
    void balance_update(const StreamEvent& event, engine::ReportSource source) noexcept;
    void external_lock(const StreamEvent& event) noexcept;

    // --- answers; `meaning` is that of the answer (errors.hpp)
    void placed(const InFlight& request, const Answer& answer, const Classified& meaning) noexcept;
    void replaced(const InFlight& request, const Answer& answer,
                  const Classified& meaning) noexcept;
    void amended(const InFlight& request, const Answer& answer, const Classified& meaning) noexcept;
    void canceled(const InFlight& request, const Answer& answer,
                  const Classified& meaning) noexcept;
    void all_canceled(const InFlight& request, const Answer& answer,
                      const Classified& meaning) noexcept;
    void status(const InFlight& request, const Answer& answer, const Classified& meaning) noexcept;
    /// Rows of open orders. Returns how many.
    std::uint32_t open_orders(const Answer& answer) noexcept;
    void fills(const Answer& answer) noexcept;

    void outcome(const InFlight& request, engine::RequestFate fate,
                 engine::RejectReason reason = engine::RejectReason::none,
                 std::int32_t code = 0) noexcept;

    /// Another number whenever something was said whose raw message people will want to see.
    [[nodiscard]] std::uint64_t worth_keeping() const noexcept {
        return counters.sightings + counters.transfers;
    }
    [[nodiscard]] ReportQueue& queue() noexcept { return queue_; }
    ReportCounters counters;

private:
    [[nodiscard]] engine::ClOrdId attribute(std::string_view text) noexcept;
    [[nodiscard]] engine::Whose whose(const OrderRow& row) const noexcept;
    void foreign(const OrderRow& row, engine::Sight what) noexcept;
    void mismatched(const OrderRow& row, engine::ClOrdId asked) noexcept;
    [[nodiscard]] engine::CancelName cancel_name(engine::ClOrdId id,
                                                 const OrderRow& row) const noexcept;
    void report(engine::ClOrdId id, const OrderRow& row, engine::ExecType type,
                engine::ReportSource source) noexcept;
    void cancel_reject(engine::ClOrdId id, engine::InstrumentId instrument,
                       engine::RejectReason reason, std::int32_t code) noexcept;
    void accepted_order(const InFlight& request, const OrderRow& row) noexcept;
    void replaced_legs(const InFlight& request, const Answer& answer) noexcept;

    /// So many raw messages a second are kept.
    static constexpr std::uint32_t raw_per_second = 64;

    ReportQueue& queue_;
    const ClOrdIdMint& ids_;
    engine::MonoNs raw_second_{};
    std::uint32_t raw_in_second_{};
    std::uint16_t raw_number_{};
};

/// The kind of a request as the core knows it. Requires: a request that the core can make.
[[nodiscard]] engine::RequestKind kind_of(Call call) noexcept;

}  // namespace portcullis::gateways::binance
