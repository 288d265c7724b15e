#include "tools/portcullis/record/symbol_recorder.hpp"

#include <simdjson.h>

#include <utility>

namespace portcullis::tools {

using engine::Done;
using engine::Error;
using engine::Outcome;

struct SymbolRecorder::Parser {
    simdjson::dom::parser json;
};

SymbolRecorder::SymbolRecorder(std::string symbol, RecordingWriter writer)
    : symbol_(std::move(symbol)), writer_(std::move(writer)), parser_(std::make_unique<Parser>()) {}
SymbolRecorder::~SymbolRecorder() = default;
SymbolRecorder::SymbolRecorder(SymbolRecorder&&) noexcept = default;
SymbolRecorder& SymbolRecorder::operator=(SymbolRecorder&&) noexcept = default;

Outcome SymbolRecorder::message(std::int64_t receive_ns, std::string_view json, std::size_t data_at,
                                bool depth) {
    if (depth) {
        if (auto taken = take_depth(json.substr(data_at, json.size() - data_at - 1)); !taken) {
            return taken;
        }
    }
    ++messages_;
    if (begun_) {
        return writer_.write(receive_ns, json);
    }
    waiting_.push_back({receive_ns, std::string(json), false});
    return begin_if_fitting();
}

Outcome SymbolRecorder::take_depth(std::string_view data) {
    simdjson::dom::element event;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    if (parser_->json.parse(data.data(), data.size()).get(event) || event["U"].get(first) ||
        event["u"].get(last) || first > last) {
        return Error{symbol_ + ": a depth event without U and u"};
    }
    if (last_depth_id_ && first != *last_depth_id_ + 1) {
        return Error{symbol_ + ": gap: depth event begins at " + std::to_string(first) +
                     ", expected " + std::to_string(*last_depth_id_ + 1)};
    }
    last_depth_id_ = last;
    if (!first_depth_id_) {
        first_depth_id_ = first;
    }
    return Done{};
}

Outcome SymbolRecorder::snapshot(std::int64_t receive_ns, std::string_view json) {
    simdjson::dom::element document;
    std::uint64_t id = 0;
    if (parser_->json.parse(json.data(), json.size()).get(document) ||
        document["lastUpdateId"].get(id)) {
        return Error{symbol_ +
                     ": the answer is not a depth snapshot: " + std::string(json.substr(0, 80))};
    }
    snapshot_id_ = id;
    waiting_.push_back({receive_ns, std::string(json), true});
    return begin_if_fitting();
}

Outcome SymbolRecorder::begin_if_fitting() {
    if (!snapshot_id_ || !first_depth_id_) {
        return Done{};
    }
    if (*first_depth_id_ > *snapshot_id_ + 1) {
        snapshot_id_.reset();
        std::erase_if(waiting_, [](const Line& line) { return line.snapshot; });
        return Done{};
    }
    begun_ = true;
    for (const Line& line : std::exchange(waiting_, {})) {
        if (auto written = writer_.write(line.receive_ns, line.json); !written) {
            return written;
        }
    }
    return Done{};
}

std::string SymbolRecorder::waits_for() const {
    return !first_depth_id_ ? "no depth event came"
                            : "no snapshot came that reaches the depth event at " +
                                  std::to_string(*first_depth_id_);
}

Outcome SymbolRecorder::finish() {
    return writer_.finish();
}

}  // namespace portcullis::tools
