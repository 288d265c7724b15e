// Budgets: what of the venue's patience this process may use, from the one share in the config
// file.
//
// Of the share of the address four fifths are the orders' and one the snapshots': as a budget of
// its own where another connection fetches them (REST), else as a part of the orders'. Attempts to
// open a WebSocket are counted in one row too: four fifths are those of the two order sessions, the
// rest the feed's, and snapshots by REST open none. So the parts never sum to more than the share,
// and the processes of an address to no more than the venue allows it. Made when
// the file is checked, so that a share which leaves no room is told there, with its line, and made
// anew at the start. Cold code.
#pragma once

#include <cstddef>
#include <optional>

#include "engine/types/result.hpp"
#include "gateways/session/rate_budget.hpp"

namespace portcullis::tools {

struct VenueSettings;

struct Budgets {
    gateways::RateBudget orders;
    std::optional<gateways::RateBudget> snapshots;  ///< set where they have a connection apart
    std::size_t feed_connections{};                 ///< attempts in five minutes
};

/// The error says what has no room in the share: an order, a depth snapshot, or a connection
/// together with its successor (nothing could be replaced without being lost).
[[nodiscard]] engine::Result<Budgets> make_budgets(const VenueSettings& venue);

}  // namespace portcullis::tools
