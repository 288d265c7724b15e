// Signals: what says that a credential is used by somebody else, each a pure function of what was
// seen.
//
// A signal asks one question of one sighting (engine/events/credential.hpp) and knows no engine, no
// session and no clock: whoever reads the account's events and our journal gets the same answer, so
// that a watch in a process of its own reuses it as it is. The obvious other way, a score over all
// that is seen, has a threshold, and the probe of a thief is always below it: here the first sight
// counts, whatever the amount. C1 to C20: the shared catalogue of controls.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/events/credential.hpp"

namespace portcullis::risk {

// Invariants: 1. values are explicit and APPEND ONLY, they are in journals and below 32; 2. each
// has one row in `signals` and one function; 3. more than one may hold, the gravest response
// counts.
enum class Signal : std::uint8_t {
    none = 0,
    foreign_order = 1,
    id_misused = 2,
    foreign_cancel = 3,
    foreign_fill = 4,
    unexplained_loss = 5,
    unexplained_gain = 6,
    outflow = 7,
    inflow = 8,
    external_lock = 9,
    outside_universe = 10,
    key_refused = 11,
    key_doubted = 12,
    session_elsewhere = 13,
    session_conflict = 14,
    stream_mute = 15,
};

/// C7: so many refusals within the window are no slip of ours.
inline constexpr std::uint16_t refusals_suspect = 3;
inline constexpr engine::DurationNs refusals_window = engine::milliseconds(60'000);
/// C9: a half-open connection of our own is gone by then (twice the longest heartbeat, 30 s).
inline constexpr engine::DurationNs session_conflict_max = engine::milliseconds(60'000);
/// C3: so long a difference may last, and at so many complete points it must have been there.
inline constexpr engine::DurationNs balance_grace = engine::milliseconds(500);
inline constexpr std::uint16_t balance_points = 3;

struct SignalInfo {
    Signal signal{};
    std::string_view control;  ///< of the catalogue
    std::string_view name;
    std::string_view seen;
    engine::CredentialResponse response{};
    bool (*holds)(const engine::Sighting&) noexcept {};
};

/// What all signals say of one sighting.
struct Judgement {
    std::uint32_t signals{};  ///< bit n: Signal n
    Signal gravest{Signal::none};
    engine::CredentialResponse response{engine::CredentialResponse::none};

    [[nodiscard]] constexpr bool has(Signal signal) const noexcept {
        return (signals >> static_cast<unsigned>(signal) & 1U) != 0;
    }
    friend bool operator==(const Judgement&, const Judgement&) noexcept = default;
};

namespace signals_of {

using engine::Sight;
using engine::Sighting;
using engine::Stranger;
using engine::Whose;

/// By a mark that only the venue can set. A client id proves nothing: whoever places an order
/// writes it.
[[nodiscard]] constexpr bool of_the_venue(const Sighting& s) noexcept {
    return s.stranger != Stranger::none && s.has(Sighting::venue_typed);
}
[[nodiscard]] constexpr bool of_nobody(const Sighting& s) noexcept {
    return (s.whose == Whose::nobodys || s.whose == Whose::forged || s.whose == Whose::untold) &&
           !of_the_venue(s);
}
[[nodiscard]] constexpr bool of_an_order(const Sighting& s) noexcept {
    return s.what == Sight::order || s.what == Sight::cancel || s.what == Sight::fill;
}

constexpr bool foreign_order(const Sighting& s) noexcept {
    return (s.what == Sight::order || s.what == Sight::cancel) && of_nobody(s);
}
constexpr bool id_misused(const Sighting& s) noexcept {
    return of_an_order(s) &&
           (s.whose == Whose::unjournaled ||
            (s.whose == Whose::ours && s.has(Sighting::differs | Sighting::reused)));
}
/// The venue names the order and the cancel. A cancel under a name of our own making is ours; one
/// that has kept the order's name anybody can write who has seen the order, so our journal must
/// have asked for it; any other name is the venue's, of a mass cancel, or somebody's.
constexpr bool foreign_cancel(const Sighting& s) noexcept {
    const bool explained = s.has(Sighting::own_name | Sighting::earlier) ||
                           s.has(s.has(Sighting::kept_name) ? Sighting::asked : Sighting::swept);
    return s.what == Sight::cancel && s.whose == Whose::ours && !of_the_venue(s) && !explained;
}
constexpr bool foreign_fill(const Sighting& s) noexcept {
    return s.what == Sight::fill && of_nobody(s);
}
/// At a complete point: the balance has its time, every fill up to it is in, fees in their asset.
[[nodiscard]] constexpr bool lasting_difference(const Sighting& s) noexcept {
    return s.what == Sight::balance && s.count >= balance_points && s.lasted >= balance_grace;
}
constexpr bool unexplained_loss(const Sighting& s) noexcept {
    return lasting_difference(s) && s.amount.value < 0;
}
constexpr bool unexplained_gain(const Sighting& s) noexcept {
    return lasting_difference(s) && s.amount.value > 0;
}
/// Nobody here withdraws: the first unit is the probe.
constexpr bool outflow(const Sighting& s) noexcept {
    return s.what == Sight::transfer && s.amount.value < 0 && !of_the_venue(s);
}
constexpr bool inflow(const Sighting& s) noexcept {
    return s.what == Sight::transfer && s.amount.value > 0 && !of_the_venue(s);
}
constexpr bool external_lock(const Sighting& s) noexcept {
    return s.what == Sight::lock;
}
constexpr bool outside_universe(const Sighting& s) noexcept {
    return of_an_order(s) && s.has(Sighting::outside) && s.whose != Whose::ours && !of_the_venue(s);
}
constexpr bool key_refused(const Sighting& s) noexcept {
    return s.what == Sight::refusal &&
           (s.has(Sighting::refused_permission) || s.count >= refusals_suspect);
}
constexpr bool key_doubted(const Sighting& s) noexcept {
    return s.what == Sight::refusal && !key_refused(s);
}
constexpr bool session_elsewhere(const Sighting& s) noexcept {
    return s.what == Sight::session && s.lasted > session_conflict_max;
}
constexpr bool session_conflict(const Sighting& s) noexcept {
    return s.what == Sight::session && !session_elsewhere(s);
}
constexpr bool stream_mute(const Sighting& s) noexcept {
    return s.what == Sight::silence;
}

}  // namespace signals_of

#define PORTCULLIS_SIGNAL(control, name, response, seen)                          \
    SignalInfo {                                                                  \
        Signal::name, control, #name, seen, engine::CredentialResponse::response, \
            &signals_of::name                                                     \
    }
inline constexpr std::array signals{
    PORTCULLIS_SIGNAL("C1", foreign_order, suspended,
                      "an order, or its end, whose client id is not ours or is an imitation"),
    PORTCULLIS_SIGNAL("C2", id_misused, suspended,
                      "our client id: never journaled, used again, or on an order that differs "
                      "from the journaled one"),
    PORTCULLIS_SIGNAL("C2", foreign_cancel, suspended,
                      "an order of ours cancelled, and no journaled cancel or mass cancel "
                      "explains it"),
    PORTCULLIS_SIGNAL("C3", foreign_fill, suspended, "a fill of no order of ours"),
    PORTCULLIS_SIGNAL("C3", unexplained_loss, suspended,
                      "less than our fills and fees account for, at three complete points"),
    PORTCULLIS_SIGNAL("C3", unexplained_gain, note,
                      "more than our fills and fees account for, at three complete points"),
    PORTCULLIS_SIGNAL("C4", outflow, suspended, "money left that nobody here sent, any amount"),
    PORTCULLIS_SIGNAL("C3", inflow, note, "money came: a deposit, a transfer, a rebate"),
    PORTCULLIS_SIGNAL("C3", external_lock, suspect, "part of a balance is locked from outside"),
    PORTCULLIS_SIGNAL("C13", outside_universe, suspended,
                      "an order or fill of a symbol that we do not trade"),
    PORTCULLIS_SIGNAL("C7", key_refused, suspect,
                      "a key that was good is refused for address or permission, or three times "
                      "in 60 s"),
    PORTCULLIS_SIGNAL("C7", key_doubted, note, "a key that was good is refused once"),
    PORTCULLIS_SIGNAL("C9", session_elsewhere, suspect,
                      "our session is somebody's for more than 60 s"),
    PORTCULLIS_SIGNAL("C9", session_conflict, note, "our session is somebody's already"),
    PORTCULLIS_SIGNAL("C20", stream_mute, cancel_only, "an account stream is mute"),
};
#undef PORTCULLIS_SIGNAL

[[nodiscard]] consteval bool signals_are_in_order() noexcept {
    for (std::size_t i = 0; i < signals.size(); ++i) {
        if (static_cast<std::size_t>(signals[i].signal) != i + 1) {
            return false;
        }
    }
    return signals.size() < 32;
}
static_assert(signals_are_in_order(), "one row a signal, in the order of their numbers");

/// Every signal is asked.
[[nodiscard]] constexpr Judgement judge(const engine::Sighting& seen) noexcept {
    Judgement judgement;
    for (const SignalInfo& row : signals) {
        if (!row.holds(seen)) {
            continue;
        }
        judgement.signals |= 1U << static_cast<unsigned>(row.signal);
        if (row.response > judgement.response) {
            judgement.response = row.response;
            judgement.gravest = row.signal;
        }
    }
    return judgement;
}

/// The row of `signal`; of another version's one called "unknown".
[[nodiscard]] constexpr SignalInfo info(Signal signal) noexcept {
    const auto number = static_cast<std::size_t>(signal);
    return number >= 1 && number <= signals.size()
               ? signals[number - 1]
               : SignalInfo{signal, "-", number == 0 ? "none" : "unknown", "", {}, nullptr};
}
[[nodiscard]] constexpr std::string_view name(Signal signal) noexcept {
    return info(signal).name;
}
[[nodiscard]] std::string_view name(engine::CredentialState state) noexcept;
[[nodiscard]] std::string_view name(engine::CredentialResponse response) noexcept;

/// README.md's table. Cold.
[[nodiscard]] std::string signals_markdown();

}  // namespace portcullis::risk
