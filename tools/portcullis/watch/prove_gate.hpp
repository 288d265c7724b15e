// The proof that a heartbeat counts: the gate, run as for any order, has denied what it must.
//
// Core thread only, between two steps. Nothing of the gate changes: a denial reserves nothing, and
// that of no known strategy is counted nowhere.
#pragma once

#include "engine/types/verify.hpp"
#include "risk/risk_gate.hpp"
#include "tools/portcullis/watch/heartbeat.hpp"

namespace portcullis::tools {

inline void prove_gate(risk::RiskGate& gate, Heartbeat& heartbeat) noexcept {
    // Of no strategy and no instrument, with no price: whatever is configured, it cannot pass.
    engine::NewOrderSingle impossible;
    impossible.strategy = engine::no_strategy;
    impossible.instrument = engine::no_instrument;
    engine::verify(!gate.review(impossible, engine::ReviewContext{}).ok());
    heartbeat.count();
}

}  // namespace portcullis::tools
