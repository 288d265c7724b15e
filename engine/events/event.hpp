// Event: one record of the sequence that the core lives on. 128 bytes, fixed; what crosses a ring
// is what is journaled.
//
//   0      4      8          16         24         32     34     36          40              44 46
//   48        128 | size | crc  | seq      | mono_ns  | wall_ns  | type | flags| kill_epoch |
//   limits_version | source | 0 | payload ... |
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "engine/types/ids.hpp"
#include "engine/types/units.hpp"

namespace portcullis::engine {

// The core is a function of a totally ordered sequence of *inputs*; what it decides are *outputs*,
// journaled behind the input that caused them. Size, crc and seq belong to the journal and are zero
// until a record is appended; time, kill epoch and limits version are sampled once per step and
// written here, so that a replay sees what the live run saw. The obvious alternative, a variant of
// structs with their own sizes, needs a visit to copy and cannot be hashed as bytes.
//
// In the market ring, and nowhere else, `seq` may hold the time at which the event was decoded
// (FeedSettings::stamps); the core agent, which takes events out of there, makes it zero again.
//
// Invariants: 1. every payload is trivially copyable, has no padding and fits 80 bytes; 2. types
// below `first_output` are inputs; 3. bytes that a payload does not use are zero. DO NOT RENUMBER:
// types are in journals. Writer: the agent that makes the event, then (header) the core. Readers:
// core, journal tools.

enum class EventType : std::uint16_t {
    none = 0,
    // --- inputs: market data
    instrument_definition = 1,
    book_reset = 2,
    book_delta = 3,
    top_of_book = 4,
    trade_print = 5,
    feed_alive = 6,
    // --- inputs: account and orders
    execution_report = 20,
    order_cancel_reject = 21,
    request_outcome = 22,
    account_balance = 23,
    balance_delta = 24,
    open_order = 25,
    account_fill = 26,
    order_not_found = 27,
    foreign_activity = 28,
    // --- inputs: session, time, operators
    session_state = 40,
    reconcile_step = 41,
    timer = 42,
    kill_changed = 43,
    operator_command = 44,
    rate_usage = 45,
    venue_clock = 46,
    mark_set = 47,
    session_start = 48,
    // --- inputs: from the runs before
    restored_balance = 49,
    trade_baseline = 50,
    restored_order = 51,
    restored_state = 52,
    // --- inputs: operators
    operator_note = 55,
    limit_change = 56,
    limits_take = 57,
    // --- inputs: credentials
    raw_message = 58,
    sighting = 59,
    restored_credential = 60,
    // --- outputs
    first_output = 1000,
    order_approved = 1000,
    replace_approved = 1001,
    order_denied = 1002,
    cancel_requested = 1003,
    mass_cancel_requested = 1004,
    status_requested = 1005,
    open_orders_requested = 1006,
    resync_requested = 1007,
    mark_taken = 1008,
    trading_state_changed = 1009,
    breach = 1010,
    state_hash = 1011,
    drain_completed = 1012,
    reconcile_requested = 1013,
    fill_booked = 1014,
    order_closed = 1015,
    balance_taken = 1016,
    reconciled = 1017,
    risk_trip = 1018,
    credential_signal = 1019,
    credential_state_changed = 1020,
    limits_taken = 1021,
    alert = 1022,
    // --- written by the journal itself
    session_end = 2000,
};

struct EventHeader {
    std::uint32_t size{};  ///< bytes of the whole record; 128 for an event
    std::uint32_t crc{};   ///< CRC-32C, see engine/journal/format.hpp
    std::uint64_t seq{};   ///< JournalSeq
    MonoNs mono{};         ///< inputs: receive time at the agent. outputs: that of their input
    WallNs wall{};
    EventType type{EventType::none};
    std::uint16_t flags{};
    std::uint32_t kill_epoch{};      ///< sampled at the step: sum of all kill words
    std::uint32_t limits_version{};  ///< sampled at the step
    std::uint16_t source{};          ///< agent that made it
    std::uint16_t reserved{};
};
static_assert(sizeof(EventHeader) == 48 && std::has_unique_object_representations_v<EventHeader>);

inline constexpr std::size_t event_payload_bytes = 80;

/// What a payload must be to travel in an Event.
template <class T>
concept EventPayload = std::is_trivially_copyable_v<T> &&
                       std::has_unique_object_representations_v<T> &&
                       sizeof(T) <= event_payload_bytes&& requires {
    { T::type } -> std::convertible_to<EventType>;
};

struct alignas(64) Event {
    EventHeader header{};
    unsigned char payload[event_payload_bytes]{};

    /// An event of payload T received at `mono`, `wall`.
    template <EventPayload T>
    [[nodiscard]] static Event of(const T& body, MonoNs mono, WallNs wall) noexcept {
        Event event;
        event.header.type = T::type;
        event.header.mono = mono;
        event.header.wall = wall;
        std::memcpy(event.payload, &body, sizeof(T));
        return event;
    }
    /// The payload. Requires: the type is T's (verified).
    template <EventPayload T>
    [[nodiscard]] T as() const noexcept {
        verify(header.type == T::type);
        T body;
        std::memcpy(&body, payload, sizeof(T));
        return body;
    }
    [[nodiscard]] bool is_input() const noexcept {
        return header.type != EventType::none && header.type < EventType::first_output;
    }
};
static_assert(sizeof(Event) == 128 && std::is_trivially_copyable_v<Event>);
static_assert(std::has_unique_object_representations_v<Event>);

}  // namespace portcullis::engine
