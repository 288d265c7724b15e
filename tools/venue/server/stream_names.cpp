#include "tools/venue/server/stream_names.hpp"

#include <algorithm>
#include <array>

#include "tools/venue/server/market_statistics.hpp"

namespace portcullis::tools::venue {
namespace {

/// Zones of klines: none, and the one that the documents name.
constexpr std::array<std::string_view, 2> zones{"", "@+08:00"};
constexpr std::int64_t zone_east_minutes = 8 * 60;
constexpr std::array<std::string_view, 3> windows{"1h", "4h", "1d"};
constexpr std::array<std::string_view, 4> depths{"depth", "depth5", "depth10", "depth20"};
/// The second is what no suffix means; clients write it out.
constexpr std::array<std::string_view, 3> speeds{"", "@1000ms", "@100ms"};
constexpr std::array<std::string_view, 6> others{"bookTicker", "trade",  "aggTrade",
                                                 "miniTicker", "ticker", "avgPrice"};

bool window_known(std::string_view text) {
    return std::find(windows.begin(), windows.end(), text) != windows.end();
}

std::optional<SummaryStream> window_ticker(std::string_view window) {
    if (!window_known(window)) {
        return std::nullopt;
    }
    SummaryStream out;
    out.kind = SummaryKind::window_ticker;
    out.variant = window;
    out.window_ms = window_ms(window).value_or(0);
    return out;
}

std::optional<SummaryStream> kline(std::string_view variant) {
    SummaryStream out;
    out.kind = SummaryKind::kline;
    const std::size_t end = std::min(variant.find('@'), variant.size());
    const std::string_view zone = variant.substr(end);
    if (std::find(zones.begin(), zones.end(), zone) == zones.end()) {
        return std::nullopt;
    }
    out.variant = variant.substr(0, end);
    out.grid = KlineGrid::of(out.variant, zone.empty() ? 0 : zone_east_minutes);
    return out.grid ? std::optional(out) : std::nullopt;
}

std::optional<SummaryStream> of_type(std::string_view type) {
    SummaryStream out;
    if (type.starts_with("kline_")) {
        return kline(type.substr(6));
    }
    if (type.starts_with("ticker_")) {
        return window_ticker(type.substr(7));
    }
    if (type == "miniTicker") {
        out.kind = SummaryKind::mini_ticker;
    } else if (type == "ticker") {
        out.kind = SummaryKind::ticker;
    } else if (type == "avgPrice") {
        out.kind = SummaryKind::average_price;
    } else {
        return std::nullopt;
    }
    return out;
}

bool depth_known(std::string_view type) {
    return std::any_of(depths.begin(), depths.end(), [&](std::string_view depth) {
        return type.starts_with(depth) &&
               std::find(speeds.begin(), speeds.end(), type.substr(depth.size())) != speeds.end();
    });
}

}  // namespace

std::string lower_case(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    });
    return out;
}

std::string upper_case(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    });
    return out;
}

std::optional<SummaryStream> summary_stream(std::string_view name) {
    if (name == "!miniTicker@arr") {
        return of_type("miniTicker");
    }
    if (name.starts_with("!ticker_") && name.ends_with("@arr")) {
        return window_ticker(name.substr(8, name.size() - 12));
    }
    const std::size_t at = name.find('@');
    if (at == 0 || at == std::string_view::npos || name[0] == '!') {
        return std::nullopt;
    }
    auto out = of_type(name.substr(at + 1));
    if (out) {
        out->symbol = upper_case(name.substr(0, at));
    }
    return out;
}

bool stream_variant_known(std::string_view name) {
    const std::string_view type = name.substr(std::min(name.find('@') + 1, name.size()));
    if (name.starts_with("!ticker_") || type.starts_with("kline_") || type.starts_with("ticker_")) {
        return summary_stream(name).has_value();
    }
    return !type.starts_with("depth") || depth_known(type);
}

std::vector<std::string> speaking_streams(const std::string& symbol) {
    const std::string prefix = lower_case(symbol) + "@";
    std::vector<std::string> out{"!miniTicker@arr"};
    for (const std::string_view type : others) {
        out.push_back(prefix + std::string(type));
    }
    for (const std::string_view depth : depths) {
        for (const std::string_view speed : speeds) {
            out.push_back(prefix + std::string(depth) + std::string(speed));
        }
    }
    for (const std::string_view window : windows) {
        out.push_back(prefix + "ticker_" + std::string(window));
        out.push_back("!ticker_" + std::string(window) + "@arr");
    }
    for (const std::string_view interval : KlineGrid::intervals()) {
        for (const std::string_view zone : zones) {
            out.push_back(prefix + "kline_" + std::string(interval) + std::string(zone));
        }
    }
    return out;
}

}  // namespace portcullis::tools::venue
