// What the core needs around it: its configuration, a journal to append to, and a way out for
// requests.
//
// The core is a function of its inputs, so nothing here may answer a question about the world:
// whether the request ring has room and whether the journal can be written are *sampled into the
// event* (EventFlags) by whoever calls step(), and a replay sees the same bits. What the core calls
// here cannot refuse. Thread: core.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>

#include "engine/core/gate_api.hpp"
#include "engine/events/decisions.hpp"
#include "engine/events/market.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/fix.hpp"

namespace portcullis::engine {

/// Bits of EventHeader::flags that the caller of step() samples.
struct EventFlags {
    static constexpr std::uint16_t request_room =
        1;  ///< every request ring takes requests_per_step_max
    static constexpr std::uint16_t journal_room = 2;  ///< the journal takes a whole step's records
};

/// `request_room` promises so many places. Cancels and queries of a step take from the same places
/// and are never refused; an approval that would be a later one than this is denied.
inline constexpr std::size_t requests_per_step_max = 256;
static_assert(requests_per_step_max * 2 <= capacity::request_ring,
              "two whole steps between two looks of the order agent");

struct CoreInstrumentConfig {
    OrderAgentId agent{};
    DurationNs quote_age_max{};     ///< quotes are pulled when the top of book is older
    DurationNs feed_silence_max{};  ///< ... or the connection was not proven alive for longer
};

/// Whose account an order agent trades for, and with which key.
struct CoreAgentConfig {
    AccountId account{};
    CredentialId credential{};
};

struct CoreConfig {
    Epoch epoch{};
    std::uint16_t instrument_count{};
    std::uint16_t asset_count{};
    AssetId risk_currency{};
    bool two_keys{};  ///< what raises risk is agreed on by two operators, or refused
    std::array<CoreInstrumentConfig, capacity::instruments> instruments{};
    std::array<CoreAgentConfig, capacity::order_agents> agents{};
    std::array<int128, capacity::assets> baselines{};
    DurationNs depth_interval{milliseconds(100)};
    DurationNs recv_window{milliseconds(1000)};
    DurationNs clock_skew_max{
        milliseconds(500)};  ///< our clock further than this from the venue's: no new order
    DurationNs expiry_margin{
        milliseconds(1000)};  ///< beyond recvWindow before an unanswered request may be dead
    DurationNs answer_max{milliseconds(2000)};     ///< a sent request without answer is asked about
    DurationNs query_interval{milliseconds(500)};  ///< between two queries of one unknown order
    DurationNs cancel_retry{milliseconds(1000)};   ///< a cancel without effect is repeated
    DurationNs drain_interval{
        milliseconds(300)};  ///< between two mass cancels of a kill that is not complete
    DurationNs mark_interval{milliseconds(1000)};
    DurationNs hash_interval{milliseconds(1000)};
    DurationNs alert_patience{milliseconds(60'000)};  ///< then an alert halts the firm
    /// Venue's clock before which requests of an earlier epoch may still take effect; 0: there was
    /// none.
    WallNs earlier_requests_until{};
};

/// Running digest of the inputs: no bit of one can differ without another state hash. Two checksums
/// of the record (less what the journal fills in), run side by side because each waits for its own
/// last word only, then mixed once. A mixer a word costs as much as the book does.
[[nodiscard]] inline std::uint64_t digest_of(std::uint64_t before, const Event& input) noexcept {
    constexpr std::size_t payload_words = event_payload_bytes / sizeof(std::uint64_t);
    std::array<std::uint64_t, payload_words> words;
    std::memcpy(words.data(), input.payload, event_payload_bytes);
    std::uint64_t even = before & 0xffffffffU;
    std::uint64_t odd = before >> 32;
    for (std::size_t i = 0; i < payload_words; i += 2) {
        even = __builtin_ia32_crc32di(even, words[i]);
        odd = __builtin_ia32_crc32di(odd, words[i + 1]);
    }
    const EventHeader& header = input.header;
    even = __builtin_ia32_crc32di(even, static_cast<std::uint64_t>(header.mono.value));
    odd = __builtin_ia32_crc32di(odd, static_cast<std::uint64_t>(header.wall.value));
    even = __builtin_ia32_crc32di(even, static_cast<std::uint64_t>(header.type) << 32 |
                                            static_cast<std::uint64_t>(header.flags) << 16 |
                                            header.source);
    odd = __builtin_ia32_crc32di(
        odd, static_cast<std::uint64_t>(header.kill_epoch) << 32 | header.limits_version);
    StateHasher hasher;
    hasher.add(before);
    hasher.add(odd << 32 | even);
    return hasher.value();
}

template <class J>
concept CoreJournal = requires(J& journal, Event& event) {
    /// Fills seq and crc, appends. False: no room; the caller of step() has promised that there is.
    { journal.append(event) }
    noexcept->std::same_as<bool>;
};

template <class O>
concept CoreOutbound = requires(O& out, OrderAgentId agent, const OrderCancelRequest& cancel,
                                const OrderMassCancelRequest& mass_cancel,
                                const OrderStatusRequest& status,
                                const OpenOrdersRequest& open_orders, InstrumentId instrument,
                                ResetReason reason, const ReconcileRequest& reconcile, Scope scope,
                                std::uint16_t index) {
    // Besides these: out.submit(agent, Approved<NewOrderSingle>&&) and out.submit(agent,
    // Approved<...Replace...>&&).
    out.cancel(agent, cancel);
    out.mass_cancel(agent, mass_cancel);
    out.status(agent, status);
    out.open_orders(agent, open_orders);
    out.resync(instrument, reason);
    /// Starts a reconciliation. Agreed: whatever was fetched before has agreed since. Else it has
    /// not, and its fills are told again.
    out.reconcile(agent, reconcile);
    /// Puts the kill word of a scope down: a breach, or a limit for which that follows.
    out.kill(scope, index);
};

}  // namespace portcullis::engine
