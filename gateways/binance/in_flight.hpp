// InFlight: requests that have left and are not settled, in a fixed table found by request id.
//
// The place in the table is part of the id that the venue echoes, so an answer costs one look-up
// and one compare. An entry whose answer is overdue is reported unknown but stays: a late answer
// still resolves it. It goes when answered, when its connection ends, or when it is long past
// caring. Owner: order agent.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "engine/orders/requests.hpp"
#include "gateways/binance/foreign_symbols.hpp"
#include "gateways/binance/request_id.hpp"

namespace portcullis::gateways::binance {

/// On whose behalf a request was made.
enum class Purpose : std::uint8_t { core, reconcile, drain, clock, filters, snapshot };

struct InFlight {
    RequestId id{};  ///< 0: free
    Call call{Call::none};
    Purpose purpose{Purpose::core};
    bool overdue{};
    std::uint32_t link{};         ///< serial of the connection that carried it
    engine::ClOrdId cl_ord_id{};  ///< new order's for place and replace, else the order's
    engine::ClOrdId orig{};       ///< replace and amend: the old order's
    engine::OrderId order_id{};   ///< as far as known when it was sent
    engine::QtyAtoms qty{};
    engine::MonoNs cause{};
    engine::MonoNs sent{};  ///< when it was encoded, or handed to the socket
    engine::MonoNs answer_by{};
    engine::WallNs venue_at_send{};  ///< the venue's clock when it left, at the earliest
    engine::WallNs venue_expiry{};
    engine::InstrumentId instrument{engine::no_instrument};
    engine::Side side{engine::Side::buy};
    ForeignSymbols::Index foreign{ForeignSymbols::none};  ///< cancel_all of a symbol beyond ours
};

class InFlightTable {
public:
    static constexpr std::size_t size = RequestId::slots;
    /// Places that orders leave for cancels and queries.
    static constexpr std::size_t reserve = 128;
    /// Of those, the places that cancels of whole symbols leave: the question that proves a kill
    /// must find one.
    static constexpr std::size_t questions = 8;

    InFlightTable() : entries_(std::make_unique<InFlight[]>(size)) {
        for (std::size_t i = 0; i < size; ++i) {
            free_[i] = static_cast<std::uint16_t>(size - 1 - i);
        }
    }

    [[nodiscard]] std::size_t room() const noexcept { return free_count_; }
    [[nodiscard]] std::size_t used() const noexcept { return size - free_count_; }
    /// A number for an id outside the table: what a session asks for itself.
    [[nodiscard]] RequestId next_id(Call call) noexcept {
        return RequestId::of(++serial_, call, 0);
    }
    /// Takes a place. Requires: room() > 0.
    [[nodiscard]] InFlight& take(Call call) noexcept {
        engine::verify(free_count_ > 0);
        const std::size_t slot = free_[--free_count_];
        InFlight& entry = entries_[slot];
        entry = InFlight{};
        entry.id = RequestId::of(++serial_, call, slot);
        entry.call = call;
        return entry;
    }
    /// The entry of `id`, or null.
    [[nodiscard]] InFlight* find(RequestId id) noexcept {
        InFlight& entry = entries_[id.slot()];
        return id.value != 0 && entry.id == id ? &entry : nullptr;
    }
    void release(InFlight& entry) noexcept {
        engine::verify(entry.id.value != 0);
        free_[free_count_++] = static_cast<std::uint16_t>(entry.id.slot());
        entry.id = {};
    }
    /// Calls visit(entry) for each; the visited one may be released.
    template <class Visit>
    void for_each(Visit&& visit) {
        if (free_count_ == size) {
            return;
        }
        for (std::size_t i = 0; i < size; ++i) {
            if (entries_[i].id.value != 0) {
                visit(entries_[i]);
            }
        }
    }

private:
    std::unique_ptr<InFlight[]> entries_;
    std::array<std::uint16_t, size> free_{};
    std::size_t free_count_{size};
    std::uint64_t serial_{};
};

}  // namespace portcullis::gateways::binance
