// CommandFrame: a signed command as it travels: lines of readable text, the last of them the
// signature.
//
//   portcullis-command-v1
//   engine: 0123456789abcdef0123456789abcdef      uuid of the journal of the engine it is for
//   epoch: 7                                      of this run
//   nonce: 00112233445566778899aabbccddeeff       which the engine made for this connection
//   key: 3b6a27bc...                              public key of who signs, 64 digits
//   counter: 12                                   above all that this key has used
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/types/units.hpp"
#include "risk/operators/ed25519_bytes.hpp"

//   not-after: 2026-11-27T15:15:00Z               at most 30 s from now
//   command: propose                              or "approve 12"
//   action: clear-kill                            what it is about, the same in every signature
//   scope: strategy
//   name: touch                                   not for scope firm
//   was: 3                                        what stands there now: kill word, limit
//   reason: cause found, fix deployed
//   signature: 8f3c...                            128 digits
//
// Text and not fields in binary, because nobody should sign what he cannot read: what is shown to
// the operator is byte for byte what is signed. Signed is the domain "portcullis-command-v1\0",
// then all lines before the signature. There is one spelling of each frame: a parsed one is
// written again and must be the same bytes, so no byte is free to be flipped. Pure.
namespace portcullis::risk {

inline constexpr std::size_t command_frame_max = 4096;
using EngineUuid = std::array<std::uint8_t, 16>;
using CommandNonce = std::array<std::uint8_t, 16>;

enum class CommandVerb : std::uint8_t { propose = 1, approve = 2 };
/// What takes a quorum. DO NOT RENUMBER: it is in journals.
enum class ActionKind : std::uint8_t {
    clear_kill = 1,
    resume = 2,  ///< of what a control halted
    raise_limit = 3,
    widen_universe = 4,
    re_enable = 5,  ///< after a repeated-execution trip
};
[[nodiscard]] std::string_view action_name(ActionKind kind) noexcept;
[[nodiscard]] std::optional<ActionKind> action_of(std::string_view name) noexcept;

/// What is to be done, in words that both who proposes and who approves sign. Texts are printable
/// ASCII; `scope` and names are resolved by the engine, which alone knows them.
struct OperatorAction {
    static constexpr std::size_t text_max = 200;  ///< of each field

    ActionKind kind{ActionKind::clear_kill};
    std::string scope;  ///< "firm", "strategy", ...
    std::string name;   ///< empty for the firm
    std::string limit;  ///< raise_limit: its key in the configuration
    std::string was;    ///< clear_kill: the word; raise_limit: the limit now
    std::string value;  ///< raise_limit: the limit then; widen_universe: the symbol
    std::string reason;
    friend bool operator==(const OperatorAction&, const OperatorAction&) = default;
};
/// Whether each field that the kind has is there and printable, and no other is.
[[nodiscard]] bool is_whole(const OperatorAction& action) noexcept;
/// Its lines, as they are signed.
[[nodiscard]] std::string action_text(const OperatorAction& action);

struct CommandFrame {
    EngineUuid engine{};
    std::uint32_t epoch{};
    CommandNonce nonce{};
    Ed25519Key key{};
    std::uint64_t counter{};
    engine::WallNs not_after{};  ///< whole seconds
    CommandVerb verb{CommandVerb::propose};
    std::uint64_t id{};  ///< approve: of the pending action
    OperatorAction action;
    Ed25519Signature signature{};
    friend bool operator==(const CommandFrame&, const CommandFrame&) = default;
};

/// All lines before the signature: what an operator is shown. Requires: is_whole(frame.action).
[[nodiscard]] std::string command_text(const CommandFrame& frame);
/// What the signature is over.
[[nodiscard]] std::string signed_bytes(std::string_view text);
/// The frame as it travels.
[[nodiscard]] std::string frame_bytes(const CommandFrame& frame);

enum class FrameFault : std::uint8_t { none, too_long, version, malformed };
struct ParsedFrame {
    FrameFault fault{FrameFault::malformed};
    CommandFrame frame;
    std::string text;  ///< the lines before the signature
};
/// Any bytes may come in.
[[nodiscard]] ParsedFrame parse_frame(std::string_view bytes);

/// "2026-11-27T15:15:00Z". Requires: not before 1970 (verified).
[[nodiscard]] std::string utc_text(engine::WallNs time);
[[nodiscard]] std::optional<engine::WallNs> utc_of(std::string_view text) noexcept;

}  // namespace portcullis::risk
