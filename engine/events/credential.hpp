// Credential events: what was seen on an account that may be no act of ours, and what was made of
// it.
//
// A Sighting is an observation and no judgement: whose id it was, what of our records explains it,
// what was moved. The judgement is risk/credentials/, a pure function of it, so that a watch in
// another process that reads the same account comes to the same one. It is journaled as an input;
// the message itself stands behind it, as the venue wrote it, in parts. Writers: order agent
// (sighting, raw_message), core (the two outputs), wiring (restored_credential). Readers: core,
// journal tools.
#pragma once

#include "engine/events/event.hpp"
#include "engine/types/fix.hpp"

namespace portcullis::engine {

/// What happened. DO NOT RENUMBER: in journals, as everything here.
enum class Sight : std::uint8_t {
    order = 1,         ///< an order that is there, or was
    cancel = 2,        ///< ... and was taken back
    fill = 3,          ///< ... and traded
    transfer = 4,      ///< the venue says that money came or went, and no trade moved it
    balance = 5,       ///< our reckoning and the venue's word differ where both are complete
    lock = 6,          ///< somebody has locked part of a balance from outside
    refusal = 7,       ///< the venue has refused the key itself
    session = 8,       ///< the venue says that the session is somebody's already
    silence = 9,       ///< an account stream is mute
    announcement = 10  ///< people have signed that a transfer will come: `amount` at most, once
};

/// Whose the client id of an order is, by our own records.
enum class Whose : std::uint8_t {
    untold = 0,       ///< no id is in it
    ours = 1,         ///< and journaled before it was sent
    nobodys = 2,      ///< not of our form
    forged = 3,       ///< our form, and a tag that we did not make
    unjournaled = 4,  ///< our tag, and nothing of it in our journal
};

/// Who may act on an account besides us and the thief; each told by a mark of its own.
enum class Stranger : std::uint8_t {
    none = 0,
    liquidation = 1,
    auto_deleverage = 2,
    settlement = 3,
    funding = 4,
    insurance = 5,
};

struct Sighting {
    static constexpr EventType type = EventType::sighting;
    // --- facts
    static constexpr std::uint16_t differs = 1;  ///< ours by id; price, side, quantity, symbol not
    static constexpr std::uint16_t reused = 2;   ///< an id of ours whose order was over
    static constexpr std::uint16_t outside = 4;  ///< of a symbol or asset that we do not trade
    static constexpr std::uint16_t earlier = 8;  ///< of an order of a run before this one
    static constexpr std::uint16_t refused_permission = 16;  ///< key, address or permission
    static constexpr std::uint16_t venue_typed = 32;  ///< the stranger's mark is one that only the
                                                      ///< venue can set
    // --- of a cancel: the id that it carries itself, and what our journal has
    static constexpr std::uint16_t own_name = 64;    ///< one that we alone can make
    static constexpr std::uint16_t kept_name = 128;  ///< that of the order
    static constexpr std::uint16_t asked = 256;      ///< a cancel or replace of that order
    static constexpr std::uint16_t swept = 512;      ///< a mass cancel that the order is in

    AmountAtoms amount{};  ///< transfer: what came; balance: the venue's less ours
    OrderId order_id{};
    TradeId trade{no_trade};
    ClOrdId cl_ord_id{};
    DurationNs lasted{};  ///< balance, session: for so long already; announcement: good for so long
    std::int32_t venue_code{};
    std::uint16_t count{};  ///< balance: at so many complete points in succession
    std::uint16_t facts{};
    InstrumentId instrument{no_instrument};
    AssetId asset{no_asset};
    Sight what{Sight::order};
    Whose whose{Whose::untold};
    Stranger stranger{Stranger::none};
    std::uint8_t reserved{};

    [[nodiscard]] constexpr bool has(std::uint16_t fact) const noexcept {
        return (facts & fact) != 0;
    }
};
static_assert(EventPayload<Sighting> && sizeof(Sighting) == 64);

/// Part of the message that the sighting before it was made from, as it came: the first `size`
/// bytes of it at most, and no more than `parts_max` parts. For people; no code of ours reads it.
struct RawMessage {
    static constexpr EventType type = EventType::raw_message;
    static constexpr std::size_t text_max = 72;
    static constexpr std::size_t parts_max = 16;
    std::uint32_t size{};    ///< of the whole message
    std::uint16_t number{};  ///< the same in all parts of one
    std::uint8_t part{};     ///< from 0
    std::uint8_t parts{};    ///< that were kept
    char text[text_max]{};
};
static_assert(EventPayload<RawMessage> && sizeof(RawMessage) == 80);

/// What a credential may still do. Never lowered but by the command of two people.
enum class CredentialState : std::uint8_t {
    active = 1,
    suspect = 2,    ///< cancels alone: what was seen has harmless causes too, and a person looks
    suspended = 3,  ///< cancels alone: somebody else uses it
};

/// What follows a signal, in rising severity.
enum class CredentialResponse : std::uint8_t {
    none = 0,
    note = 1,         ///< written down
    cancel_only = 2,  ///< nothing new as long as it lasts
    suspect = 3,      ///< the state is suspect at least; its orders are cancelled
    suspended = 4,    ///< the state is suspended; kill words go down, everything is cancelled
};

/// A signal: the sighting before it is explained by nothing that we know.
struct CredentialSignal {
    static constexpr EventType type = EventType::credential_signal;
    AmountAtoms amount{};
    OrderId order_id{};
    TradeId trade{no_trade};
    ClOrdId cl_ord_id{};
    std::uint32_t signals{};  ///< bit n: risk::credentials::Signal n
    InstrumentId instrument{no_instrument};
    AssetId asset{no_asset};
    std::uint8_t signal{};  ///< the gravest of them
    CredentialResponse response{CredentialResponse::none};
    CredentialState state{CredentialState::active};  ///< from here on
    CredentialId credential{};
    std::uint8_t reserved[12]{};
};
static_assert(EventPayload<CredentialSignal> && sizeof(CredentialSignal) == 64);

struct CredentialStateChanged {
    static constexpr EventType type = EventType::credential_state_changed;
    CredentialState state{CredentialState::active};
    std::uint8_t signal{};  ///< that raised it first; 0: it was re-enabled
    CredentialId credential{};
    std::uint8_t reserved[5]{};
};
static_assert(EventPayload<CredentialStateChanged> && sizeof(CredentialStateChanged) == 8);

/// The state in which the run before has left a credential.
struct RestoredCredential {
    static constexpr EventType type = EventType::restored_credential;
    CredentialState state{CredentialState::suspended};
    std::uint8_t signal{};
    CredentialId credential{};
    std::uint8_t reserved[5]{};
};
static_assert(EventPayload<RestoredCredential> && sizeof(RestoredCredential) == 8);

}  // namespace portcullis::engine
