// What the agents counted and timed in a run, for the end of `portcullis trade`: counters that each
// thread keeps for itself, so they can be read only when the threads have stopped.
#include <fmt/core.h>

#include "tools/portcullis/trade/trading_engine.hpp"

namespace portcullis::tools {

std::string TradingEngine::run_summary() const {
    const gateways::binance::OrderAgentCounters& orders = orders_->counters();
    const gateways::binance::ReportCounters& reports = orders_->report_counters();
    const gateways::binance::FeedCounters& feed = feed_->counters();
    std::string text = fmt::format(
        "   orders: sent {}, cancels {} ({} coalesced), mass cancels {}; killed at the last look "
        "{}, "
        "connections cut {}, without an answer {}, mute streams {}, unreadable {}, in no usual "
        "layout {}, unmatched {}, client ids made late {}\n",
        orders.orders_sent, orders.cancels_sent, orders.cancels_coalesced, orders.mass_cancels_sent,
        orders.killed, orders.cut, orders.timeouts, orders.mute, orders.refused_frames,
        orders.layout_missed, orders.unmatched, ids_.missed());
    text += fmt::format(
        "   account: foreign {}, forged ids {}, of symbols that are not ours now {}, list events "
        "{}, "
        "unknown assets {}, other events {}\n",
        reports.foreign, reports.forged, reports.beyond, reports.list_status,
        reports.unknown_assets, reports.other_events);
    text += fmt::format(
        "   feed: frames {}, unreadable {}, in no usual layout {}, resets {}, reconnects {}, "
        "replaced {}, stalls {}, ring full {}, snapshots {} ({} failed)\n",
        feed.frames, feed.decode_errors, feed.layout_missed, feed.resets, feed.reconnects,
        feed.replacements, feed.stalls, feed.ring_full, feed.snapshots,
        rest_snapshots_ ? rest_snapshots_->failures() : ws_api_snapshots_->failures());
    text += fmt::format(
        "   core: amends in place {} ({} refused), fills rounded {}, fees of no place {}, "
        "fills beyond an order {}\n",
        core_->counters().amends_approved, core_->counters().amends_refused,
        core_->positions().rounded_fills(), core_->positions().unplaced_fees(),
        gate_->exposure().overfills());
    text += fmt::format("   {}\n", latency_line(latency_marks_));
    if (orders_->line_stopped()) {
        text += "   an approval came out of order: after it none was sent\n";
    }
    return text;
}

}  // namespace portcullis::tools
