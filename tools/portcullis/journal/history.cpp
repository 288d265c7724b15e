// One pass over the journal. See history.hpp.
#include "tools/portcullis/journal/history.hpp"

#include <algorithm>

#include "engine/journal/reader.hpp"

namespace portcullis::tools {

using engine::EventType;
using engine::MonoNs;
using engine::WallNs;

engine::Result<JournalHistory> JournalHistory::read(const std::string& directory) {
    auto reader = engine::journal::JournalReader::open(directory);
    if (!reader) {
        return engine::Error{reader.error()};
    }
    JournalHistory history;
    engine::Event record;
    while (reader.value().next(record)) {
        history.on_record(record);
    }
    if (engine::journal::is_damage(reader.value().verdict())) {
        return engine::Error{reader.value().where() + ": " +
                             engine::journal::describe(reader.value().verdict())};
    }
    return history;
}

void JournalHistory::on_record(const engine::Event& record) {
    ++records_;
    switch (record.header.type) {
        case EventType::session_start:
            epoch_ = record.as<engine::SessionStart>().epoch;
            break;
        case EventType::order_approved:
            add(record.as<engine::OrderApproved>().order, record.header.wall);
            break;
        case EventType::replace_approved:
            add(record.as<engine::ReplaceApproved>().order, record.header.wall);
            break;
        default:
            break;
    }
}

void JournalHistory::add(const engine::NewOrderSingle& order, WallNs at) {
    auto& highest = sequences_[order.cl_ord_id.epoch().value];
    highest = std::max(highest, order.cl_ord_id.sequence());
    last_request_ = std::max(last_request_, at);
    messages_.push_back({order.strategy, at});
    const std::int64_t span = risk::window_span_ns.back();
    while (oldest_ < messages_.size() && messages_[oldest_].at.value < at.value - span) {
        ++oldest_;
    }
    if (oldest_ > messages_.size() / 2 && oldest_ > 4096) {
        messages_.erase(messages_.begin(),
                        messages_.begin() + static_cast<std::ptrdiff_t>(oldest_));
        oldest_ = 0;
    }
}

void JournalHistory::restore_windows(risk::RiskGate& gate, MonoNs now, WallNs wall) const {
    for (std::size_t i = oldest_; i < messages_.size(); ++i) {
        // Wall time is all that two runs share. A clock that was set back makes a message younger
        // than now: it then counts as of now, which frees its place later, not earlier.
        const std::int64_t age = std::max<std::int64_t>(0, wall.value - messages_[i].at.value);
        if (age <= risk::window_span_ns.back()) {
            gate.restore_message(messages_[i].strategy, MonoNs{now.value - age});
        }
    }
}

WallNs JournalHistory::requests_until(engine::DurationNs expiry) const noexcept {
    return last_request_ == WallNs{} ? WallNs{} : WallNs{last_request_.value + expiry.value};
}

}  // namespace portcullis::tools
