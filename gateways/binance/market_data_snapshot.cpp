// SnapshotDecoder: the whole book at one update id, from REST or from the ws-api. See
// market_data.hpp.
#include "engine/types/verify.hpp"
#include "gateways/binance/market_data_json.hpp"

namespace portcullis::gateways::binance {
namespace {

using json::ondemand::field;
using json::ondemand::object;

/// Walks one object; `on_field(name, value)` says what to do with each.
template <class OnField>
[[nodiscard]] DecodeError each_field(object container, OnField&& on_field) noexcept {
    for (auto entry : container) {
        field item;
        std::string_view name;
        if (std::move(entry).get(item) != simdjson::SUCCESS) {
            return DecodeError::bad_json;
        }
        if (const auto error = json::key_of(item, name); error != DecodeError::none) {
            return error;
        }
        if (const auto error = on_field(name, item.value()); error != DecodeError::none) {
            return error;
        }
    }
    return DecodeError::none;
}

[[nodiscard]] DecodeError read_side(json::ondemand::value value,
                                    std::vector<engine::BookLevel>& side) noexcept {
    return json::each_level(value, [&side](auto price, auto qty) noexcept {
        if (side.size() == DepthSnapshot::levels_per_side_max) {
            return DecodeError::too_many_levels;
        }
        side.push_back({price, qty});
        return DecodeError::none;
    });
}

struct SnapshotFields {
    bool id{};
    bool bids{};
    bool asks{};
    bool envelope{};
    std::uint64_t status{200};
    bool status_seen{};
};

}  // namespace

DepthSnapshot::DepthSnapshot() {
    bids.reserve(levels_per_side_max);
    asks.reserve(levels_per_side_max);
}

struct SnapshotDecoder::State {
    explicit State(std::size_t frame_bytes_max) : bytes_max(frame_bytes_max) {
        engine::verify(parser.allocate(frame_bytes_max) == simdjson::SUCCESS);
    }
    DecodeError decode_text(std::string_view text, DepthSnapshot& out) noexcept;
    DecodeError take(std::string_view name, json::ondemand::value value, DepthSnapshot& out,
                     SnapshotFields& seen, int depth) noexcept;

    std::size_t bytes_max;
    json::ondemand::parser parser;
};

SnapshotDecoder::SnapshotDecoder(std::size_t frame_bytes_max)
    : state_(std::make_unique<State>(frame_bytes_max)) {}
SnapshotDecoder::~SnapshotDecoder() = default;

DecodeError SnapshotDecoder::decode(std::string_view text, DepthSnapshot& out) noexcept {
    out.last_update = engine::UpdateId{};
    out.bids.clear();
    out.asks.clear();
    const DecodeError error = state_->decode_text(text, out);
    if (error != DecodeError::none) {
        out.bids.clear();
        out.asks.clear();
    }
    return error;
}

DecodeError SnapshotDecoder::State::decode_text(std::string_view text,
                                                DepthSnapshot& out) noexcept {
    if (text.size() > bytes_max) {
        return DecodeError::frame_too_big;
    }
    json::ondemand::document document;
    if (parser.iterate(text.data(), text.size(), text.size() + engine::capacity::frame_padding)
            .get(document) != simdjson::SUCCESS) {
        return DecodeError::bad_json;
    }
    object root;
    if (const auto error = document.get_object().get(root); error != simdjson::SUCCESS) {
        return error == simdjson::INCORRECT_TYPE ? DecodeError::not_an_object
                                                 : DecodeError::bad_json;
    }
    SnapshotFields seen;
    const DecodeError error =
        each_field(root, [&](std::string_view name, json::ondemand::value value) noexcept {
            return take(name, value, out, seen, 1);
        });
    if (error != DecodeError::none) {
        return error;
    }
    if (!json::at_end(document)) {
        return DecodeError::bad_json;
    }
    if (seen.status != 200) {
        return DecodeError::refused_by_venue;
    }
    return seen.id && seen.bids && seen.asks ? DecodeError::none : DecodeError::missing_key;
}

DecodeError SnapshotDecoder::State::take(std::string_view name, json::ondemand::value value,
                                         DepthSnapshot& out, SnapshotFields& seen,
                                         int depth) noexcept {
    const auto once = [](bool& flag) noexcept {
        const bool again = flag;
        flag = true;
        return again ? DecodeError::duplicate_key : DecodeError::none;
    };
    if (name == "lastUpdateId") {
        const auto error = once(seen.id);
        return error != DecodeError::none
                   ? error
                   : json::unsigned_of(json::token_of(value), out.last_update.value);
    }
    if (name == "bids" || name == "asks") {
        const bool bids = name == "bids";
        const auto error = once(bids ? seen.bids : seen.asks);
        return error != DecodeError::none ? error : read_side(value, bids ? out.bids : out.asks);
    }
    if (name == "status" && depth == 1) {
        const auto error = once(seen.status_seen);
        return error != DecodeError::none ? error
                                          : json::unsigned_of(json::token_of(value), seen.status);
    }
    if (name == "result" && depth == 1) {
        object result;
        if (const auto error = once(seen.envelope); error != DecodeError::none) {
            return error;
        }
        if (value.get_object().get(result) != simdjson::SUCCESS) {
            return DecodeError::wrong_type;
        }
        return each_field(result, [&](std::string_view inner, json::ondemand::value v) noexcept {
            return take(inner, v, out, seen, 2);
        });
    }
    return json::check_value(value, depth);
}

}  // namespace portcullis::gateways::binance
