// ClientIds: our order ids <-> their texts on the wire, as the venue folders need them.
//
// The text carries epoch, sequence and a keyed tag, so that copying a prefix does not make an id
// ours; how is the business of gateways/session. Here is only what an encoder and a decoder ask.
// Owner: one order agent.
#pragma once

#include <cstddef>
#include <string_view>

#include "engine/types/ids.hpp"

namespace portcullis::gateways::binance {

/// Longest client order id of Binance: ^[a-zA-Z0-9-_]{1,36}$.
inline constexpr std::size_t client_id_text_max = 36;

class ClientIds {
public:
    /// Writes the text of `id` (room for client_id_text_max); returns its size.
    [[nodiscard]] virtual std::size_t write(engine::ClOrdId id, char* out) noexcept = 0;
    /// The id that `text` names, or no_order when we did not make it.
    [[nodiscard]] virtual engine::ClOrdId read(std::string_view text) noexcept = 0;

protected:
    ~ClientIds() = default;
};

}  // namespace portcullis::gateways::binance
