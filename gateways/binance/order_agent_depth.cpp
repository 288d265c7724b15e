// Depth snapshots that are asked for on the second connection (ws_api_snapshots.hpp): only when no
// cancel waits and within the share of the budget that is the snapshots'.
#include "engine/types/verify.hpp"
#include "gateways/binance/depth_request.hpp"
#include "gateways/binance/order_agent.hpp"
#include "gateways/binance/ws_api_snapshots.hpp"

namespace portcullis::gateways::binance {

std::size_t OrderAgent::ask_depth() {
    if (parts_.depth == nullptr || depth_asked_.value != 0) {
        return 0;
    }
    if (depth_question_ == nullptr) {
        depth_question_ = parts_.depth->next();
        if (depth_question_ == nullptr) {
            return 0;
        }
    }
    if (!secondary_.ready()) {
        end_depth({});  // the feed asks again; it may have begun anew by then
        return 1;
    }
    const bool cancels_wait = !cancels_.empty() || foreign_symbols_.left() != 0;
    if (cancels_wait || !secondary_.can_send() || in_flight_.room() <= InFlightTable::reserve ||
        !take_beside_proof(BudgetKind::snapshot, snapshot_cost)) {
        return 0;
    }
    InFlight& entry = in_flight_.take(Call::depth);
    entry.purpose = Purpose::snapshot;
    entry.instrument = depth_question_->instrument;
    entry.cause = now_;
    const RequestId id = entry.id;
    const Encoded frame = parts_.encoder.depth(id.value, entry.instrument, snapshot_levels);
    engine::verify(frame.ok());  // feed and encoder know the same instruments
    if (send_frame(secondary_, entry, frame.frame)) {
        depth_asked_ = id;
    } else {
        end_depth({});
    }
    return 1;
}

// The answer to the question that is out, or to one that was given up.
void OrderAgent::on_depth(const InFlight& request, const Answer& answer, std::string_view frame) {
    if (request.id == depth_asked_) {
        end_depth(answer.status == 200 ? frame : std::string_view{});
    }
}

void OrderAgent::end_depth(std::string_view frame) {
    depth_asked_ = {};
    parts_.depth->done(std::move(depth_question_), frame);
}

}  // namespace portcullis::gateways::binance
