// A frame read twice by the account decoder: as it stands, and behind a blank. No layout begins
// with a blank, so the second is walked, whatever the first was read by: what the walk says is the
// truth. What both call (decimals, ids, texts: account_fields.hpp, engine/types) is wrong in both
// alike and not seen here: that has its own tests and fuzzers (decimal_fuzz, cl_ord_id_fuzz).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/capacity.hpp"
#include "gateways/binance/account.hpp"

namespace portcullis::gateways::binance {

/// A frame with exactly the padding that is promised, so that a sanitizer sees one byte more.
/// `behind` lies in the padding: what no reader may take for a part of the frame.
class PaddedFrame {
public:
    explicit PaddedFrame(std::string_view text, std::string_view behind = {})
        : bytes_(text.begin(), text.end()), size_(text.size()) {
        behind = behind.substr(0, engine::capacity::frame_padding);
        bytes_.insert(bytes_.end(), behind.begin(), behind.end());
        bytes_.resize(size_ + engine::capacity::frame_padding);
    }
    [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }

private:
    std::vector<char> bytes_;
    std::size_t size_;
};

/// The first thing that `a` and `b` do not say alike; empty: they say the same. `layout_missed`
/// tells how a frame was read, not what it says.
[[nodiscard]] inline std::string difference(const Decoded& a, const Decoded& b) {
    const Answer& answer = a.answer;
    const Answer& other = b.answer;
    const StreamEvent& event = a.event;
    const StreamEvent& other_event = b.event;
    const std::pair<const char*, bool> parts[] = {
        {"kind", a.kind == b.kind},
        {"error", a.error == b.error},
        {"key", a.key == b.key},
        {"id of a refused answer", a.id == b.id},
        {"was_event", a.was_event == b.was_event},
        {"answer.id", answer.id == other.id},
        {"status", answer.status == other.status},
        {"code", answer.code == other.code},
        {"message", answer.message == other.message},
        {"retry_after", answer.retry_after_ms == other.retry_after_ms},
        {"server_time", answer.server_time_ms == other.server_time_ms},
        {"usage", answer.usage == other.usage},
        {"answer.order", answer.order == other.order},
        {"cancel_leg", answer.cancel_leg == other.cancel_leg},
        {"new_leg", answer.new_leg == other.new_leg},
        {"orders", std::ranges::equal(answer.orders, other.orders)},
        {"trades", answer.trades.size() == other.trades.size()},
        {"answer.balances", std::ranges::equal(answer.balances, other.balances)},
        {"definitions", answer.definitions.size() == other.definitions.size()},
        {"answer.unknown_assets", answer.unknown_assets == other.unknown_assets},
        {"event.kind", event.kind == other_event.kind},
        {"event.time", event.time == other_event.time},
        {"event.order", event.order == other_event.order},
        {"event.balances", std::ranges::equal(event.balances, other_event.balances)},
        {"event.unknown_assets", event.unknown_assets == other_event.unknown_assets},
        {"asset", event.asset == other_event.asset},
        {"delta", event.delta == other_event.delta},
    };
    for (const auto& [name, same] : parts) {
        if (!same) {
            return name;
        }
    }
    return {};
}

/// Reads both ways. What is returned lives until the next call.
class ReadTwice {
public:
    explicit ReadTwice(const SymbolTable& symbols) : decoder_(symbols), walker_(symbols) {}

    /// Empty: both ways say the same.
    [[nodiscard]] std::string operator()(std::string_view text, std::string_view behind = {}) {
        as_it_stands_ = PaddedFrame(text, behind);
        walked_ = PaddedFrame(" " + std::string(text));
        out_ = &decoder_.decode(as_it_stands_.view());
        return difference(*out_, walker_.decode(walked_.view()));
    }
    [[nodiscard]] const Decoded& out() const { return *out_; }
    /// Of a kind that has a layout, and in it.
    [[nodiscard]] bool by_layout() const {
        return !out_->layout_missed &&
               (out_->event.kind == UserEvent::execution ||
                out_->event.kind == UserEvent::position || out_->answer.status == 200);
    }

private:
    AccountDecoder decoder_, walker_;
    PaddedFrame as_it_stands_{""}, walked_{""};
    const Decoded* out_{};
};

}  // namespace portcullis::gateways::binance
