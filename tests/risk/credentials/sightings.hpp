// Sightings as tests say them: one plain one of each kind, and what is changed in it.
#pragma once

#include "risk/credentials/signals.hpp"

namespace portcullis::risk::credential_test {

inline engine::Sighting seen(engine::Sight what, engine::Whose whose = engine::Whose::untold,
                             unsigned facts = 0) {
    engine::Sighting sighting;
    sighting.what = what;
    sighting.whose = whose;
    sighting.facts = static_cast<std::uint16_t>(facts);
    return sighting;
}
inline engine::Sighting moved(engine::Sight what, engine::int128 amount, std::uint16_t asset = 1) {
    engine::Sighting sighting = seen(what);
    sighting.amount = engine::AmountAtoms{amount};
    sighting.asset = engine::AssetId{asset};
    return sighting;
}
inline engine::Sighting difference(engine::int128 amount, std::uint16_t points,
                                   std::int64_t lasted_ns) {
    engine::Sighting sighting = moved(engine::Sight::balance, amount);
    sighting.count = points;
    sighting.lasted = engine::DurationNs{lasted_ns};
    return sighting;
}
inline engine::Sighting by(engine::Stranger stranger, engine::Sighting sighting,
                           bool venue_typed = true) {
    sighting.stranger = stranger;
    if (venue_typed) {
        sighting.facts |= engine::Sighting::venue_typed;
    }
    return sighting;
}
inline engine::Sighting held(std::int64_t lasted_ns) {
    engine::Sighting sighting = seen(engine::Sight::session);
    sighting.lasted = engine::DurationNs{lasted_ns};
    return sighting;
}
inline engine::Sighting refused(std::uint16_t count, unsigned facts = 0) {
    engine::Sighting sighting = seen(engine::Sight::refusal, engine::Whose::untold, facts);
    sighting.count = count;
    return sighting;
}

}  // namespace portcullis::risk::credential_test
