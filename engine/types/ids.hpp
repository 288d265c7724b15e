// Ids: names for things, as distinct small integers.
//
// Names of symbols, assets, strategies and venues are texts only at the edges (config, gateways,
// console); inside they are dense indices given by the config's order, so that a table look-up is
// an array access and a replay needs no map. Zero is a real index; `none` is spelled out where an
// id may be missing.
#pragma once

#include <cstdint>

#include "engine/types/strong.hpp"

namespace portcullis::engine {

using VenueId = Strong<struct VenueIdTag, std::uint8_t>;
using InstrumentId = Strong<struct InstrumentIdTag, std::uint16_t>;
using AssetId = Strong<struct AssetIdTag, std::uint16_t>;
using StrategyId = Strong<struct StrategyIdTag, std::uint8_t>;
/// One order agent, i.e. one order connection pair to one venue account.
using OrderAgentId = Strong<struct OrderAgentIdTag, std::uint8_t>;
/// One account at a venue: what balances, positions and the venue's own limits belong to.
using AccountId = Strong<struct AccountIdTag, std::uint8_t>;
/// One key to an account. An account may have several; an order agent logs on with one.
using CredentialId = Strong<struct CredentialIdTag, std::uint8_t>;
/// A reason of denial, as a number (risk::DenyReason): the engine counts and carries them and knows
/// none.
using ReasonId = Strong<struct ReasonIdTag, std::uint16_t>;

/// The venue's own order number.
using OrderId = Strong<struct OrderIdTag, std::uint64_t>;
/// The venue's number of one execution report (`I` on Binance): reports are deduplicated by it.
using ExecId = Strong<struct ExecIdTag, std::uint64_t>;
/// The venue's number of one trade within a symbol (`t`), -1 where the report is no trade.
using TradeId = Strong<struct TradeIdTag, std::int64_t>;
/// The venue's number of one book change (`U`, `u`).
using UpdateId = Strong<struct UpdateIdTag, std::uint64_t>;
/// Position of a record in the journal, from 1, without gaps.
using JournalSeq = Strong<struct JournalSeqTag, std::uint64_t>;
/// One start of the engine on a journal: strictly rising, durable before any socket opens.
using Epoch = Strong<struct EpochTag, std::uint32_t>;
/// Dense number of an approval within (gate, order agent), from 1.
using ApprovalNumber = Strong<struct ApprovalNumberTag, std::uint64_t>;

inline constexpr InstrumentId no_instrument{0xffff};
inline constexpr AssetId no_asset{0xffff};
inline constexpr StrategyId no_strategy{0xff};
inline constexpr TradeId no_trade{-1};

/// What an order is under, besides the firm: one of each.
struct OrderScopes {
    VenueId venue{};
    AccountId account{};
    CredentialId credential{};
    StrategyId strategy{};
    InstrumentId instrument{};
};

/// Our name for an order: 24 bits of epoch, 40 bits of sequence within it. Zero is no order.
/// Its text on the wire carries both and a keyed tag (gateways/codec): copying a prefix does not
/// make an id ours.
struct ClOrdId : Strong<struct ClOrdIdTag, std::uint64_t> {
    using Strong::Strong;
    static constexpr int sequence_bits = 40;

    [[nodiscard]] static constexpr ClOrdId of(Epoch epoch, std::uint64_t sequence) noexcept {
        return ClOrdId{(std::uint64_t{epoch.value} << sequence_bits) | sequence};
    }
    [[nodiscard]] constexpr Epoch epoch() const noexcept {
        return Epoch{static_cast<std::uint32_t>(value >> sequence_bits)};
    }
    [[nodiscard]] constexpr std::uint64_t sequence() const noexcept {
        return value & ((std::uint64_t{1} << sequence_bits) - 1);
    }
};
inline constexpr ClOrdId no_order{};

}  // namespace portcullis::engine
