// verify_command: whether a frame is a command of one who may give it, here and now. One refusal
// a cause, because "no" without a reason is tried again until it is yes.
//
// Pure: who there is, what time it is, what was used, whose connection it is come in. The order is
// fixed: what costs nothing first, then the key, then the signature; what is behind it is told to
// nobody who does not hold a key. Writer: nobody; whoever takes the command spends its counter and
// its nonce (pending_store).
#pragma once

#include <map>
#include <string_view>

#include "risk/operators/command_frame.hpp"
#include "risk/operators/operators_file.hpp"

namespace portcullis::risk {

/// DO NOT RENUMBER: it is in journals.
enum class CommandRefusal : std::uint8_t {
    none = 0,
    too_long = 1,       ///< more than 4,096 bytes
    version = 2,        ///< a frame of another version
    malformed = 3,      ///< no frame, or not in its one spelling
    unknown_key = 4,    ///< no operator has it
    signature = 5,      ///< does not hold, or not strictly
    other_engine = 6,   ///< for another installation
    other_epoch = 7,    ///< for another run of this one
    nonce = 8,          ///< not the one of this connection, or there is none
    nonce_aged = 9,     ///< asked for too long ago
    user = 10,          ///< the operator's, but not from their unix user
    role = 11,          ///< may not do this
    counter = 12,       ///< not above the last one
    expired = 13,       ///< not-after has passed
    too_far_ahead = 14  ///< not-after is more than 30 s away
};
inline constexpr std::size_t command_refusals = 15;
/// For people: what is wrong and what was expected.
[[nodiscard]] std::string_view refusal_text(CommandRefusal refusal) noexcept;

inline constexpr engine::DurationNs command_lifetime_max{30'000'000'000};
/// Of a nonce, by the monotonic clock: a stepped wall clock makes no command live again.
inline constexpr engine::DurationNs nonce_age_max{120'000'000'000};

using CommandCounters = std::map<Ed25519Key, std::uint64_t>;

struct CommandContext {
    const Operators& operators;
    const CommandCounters& counters;  ///< the last one used, by key
    Ed25519Equation equation{};
    EngineUuid engine{};
    std::uint32_t epoch{};
    std::optional<CommandNonce> nonce;  ///< of this connection
    engine::DurationNs nonce_age{};
    std::string_view peer_user;  ///< as the kernel has it
    engine::WallNs now{};
};

struct CommandVerdict {
    CommandRefusal refusal{CommandRefusal::malformed};
    const Operator* who{};  ///< also of a refused one, where the key is known
    CommandFrame frame;     ///< where it could be read
};

[[nodiscard]] CommandVerdict verify_command(std::string_view frame, const CommandContext& context);

}  // namespace portcullis::risk
