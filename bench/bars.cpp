#include "bench/bars.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bench/harness.hpp"

namespace portcullis::bench {
namespace {

constexpr Bar at_most(double value) {
    return {Bar::Kind::at_most, value};
}
constexpr Bar less_than(double value) {
    return {Bar::Kind::less_than, value};
}
constexpr Bar at_least(double value) {
    return {Bar::Kind::at_least, value};
}

constexpr Asked bars[] = {
    {"ring.round_trip.per_boost", Of::medians, at_most(0.9), "ring.round_trip",
     "ring.round_trip.boost"},
    {"ring.round_trip.per_moodycamel", Of::medians, less_than(1), "ring.round_trip",
     "ring.round_trip.moodycamel"},
    {"decode.book_ticker", Of::p50, at_most(70), {}, {}},
    {"decode.trade", Of::p50, at_most(60), {}, {}},
    {"decode.depth", Of::p50, at_most(250), {}, {}},
    {"book.apply", Of::p50, at_most(15), {}, {}},
    {"book.apply", Of::p99, at_most(60), {}, {}},
    {"gate.review.hot", Of::p50, at_most(50), {}, {}},
    {"gate.review.hot", Of::p99, at_most(150), {}, {}},
    {"gate.review.cold", Of::p50, at_most(500), {}, {}},
    {"gate.review.cold.prefetched", Of::p50, at_most(200), {}, {}},
    {"journal.append", Of::p50, at_most(40), {}, {}},
    {"encode.new_order", Of::p50, at_most(80), {}, {}},
    {"sign.hmac_sha256", Of::p50, at_most(400), {}, {}},
    {"tick_to_order", Of::p50, at_most(300), {}, {}},
    {"tick_to_order", Of::p99, at_most(700), {}, {}},
    {"tick_to_order.hmac", Of::p50, at_most(750), {}, {}},
    {"tick_to_order.per_simdjson", Of::medians, at_most(2.5), "tick_to_order",
     "decode.book_ticker.simdjson"},
    {"throughput.book_ticker", Of::figure, at_least(2e6), {}, {}},
    {"throughput.mixed", Of::figure, at_least(1e6), {}, {}},
    {"transport.receive.100", Of::p50, at_most(20), {}, {}},
    {"transport.receive.1440", Of::p50, at_most(60), {}, {}},
    {"transport.framing.100", Of::p50, at_most(20), {}, {}},
    {"transport.framing.1440", Of::p50, at_most(60), {}, {}},
    {"wire_to_wire.per_echo", Of::figure, at_most(1.15), "wire_to_wire", "wire_to_wire.echo"},
    {"wire_to_wire.per_tcp", Of::figure, at_most(1.5), "wire_to_wire", "wire_to_wire.tcp"},
    {"venue.market_messages_per_s", Of::figure, at_least(200'000), {}, {}},
    {"venue.market_messages_per_s.8", Of::figure, at_least(20'000), {}, {}},
    {"venue.replay_day", Of::figure, less_than(1), {}, {}},
    {"venue.replay_day.wire", Of::figure, less_than(1), {}, {}}};

const char* words_of(Bar::Kind kind) {
    return kind == Bar::Kind::at_least    ? "at least"
           : kind == Bar::Kind::less_than ? "less than"
                                          : "at most";
}

std::string words_of(const Asked& asked) {
    const char* of = asked.of == Of::p50   ? " p50 of the median run in whole ns"
                     : asked.of == Of::p99 ? " p99 of the median run in whole ns"
                                           : "";
    return std::string(asked.name) + of;
}

/// Says how it did. False: a miss.
bool holds(const Asked& asked, double value, double margin) {
    const Bar& bar = asked.bar;
    const bool more = bar.kind == Bar::Kind::at_least;
    const double eased = more ? bar.value / margin : bar.value * margin;
    const bool ok = more                               ? value >= eased
                    : bar.kind == Bar::Kind::less_than ? value < eased
                                                       : value <= eased;
    std::printf("[%s] %s: %.3f, asked for %s %.3f", ok ? "ok" : "FAILED", words_of(asked).c_str(),
                value, words_of(bar.kind), eased);
    ok ? std::printf("\n") : std::printf(": %.2f times that\n", value / eased);
    return ok;
}

template <class Named>
const Named* find(const std::vector<Named>& all, std::string_view name) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Named& each) { return each.name == name; });
    return found == all.end() ? nullptr : &*found;
}

}  // namespace

std::span<const Asked> all_bars() noexcept {
    return bars;
}

void Bench::figure(const std::string& name, std::vector<double> values, const std::string& unit) {
    require(!values.empty(), (name + " was not measured").c_str());
    const auto* asked = std::find_if(std::begin(bars), std::end(bars),
                                     [&](const Asked& each) { return each.name == name; });
    require(asked != std::end(bars), (name + " has no bar").c_str());
    std::sort(values.begin(), values.end());
    require(values.front() > 0, (name + " is nothing").c_str());
    if (asked->bar.kind == Bar::Kind::at_least) {  // the best first, as everywhere
        std::reverse(values.begin(), values.end());
    }
    figures_.push_back({name, values.front(), values[values.size() / 2], unit});
}

void Bench::not_measured(const std::string& name, const std::string& why) {
    not_measured_.emplace_back(name, why);
}

void Bench::add_ratios() {
    for (const Asked& asked : bars) {
        const Row* row = find(rows_, asked.row);
        const Row* by = find(rows_, asked.by);
        if (asked.of == Of::medians && row != nullptr && by != nullptr && by->best.p50 > 0) {
            figures_.push_back({std::string(asked.name), row->best.p50 / by->best.p50,
                                row->median.p50 / by->median.p50, "times"});
        }
    }
}

std::optional<double> Bench::found(const Asked& asked) const {
    if (asked.of == Of::figure || asked.of == Of::medians) {
        const Figure* figure = find(figures_, asked.name);
        return figure != nullptr ? std::optional(figure->median) : std::nullopt;
    }
    const Row* row = find(rows_, asked.name);
    if (row == nullptr) {
        return std::nullopt;
    }
    return std::round(asked.of == Of::p50 ? row->median.p50 : row->median.p99);
}

bool Bench::check() const {
    if (options_.margin <= 0) {
        return true;
    }
    std::size_t held = 0;
    std::size_t missed = 0;
    for (const Asked& asked : bars) {
        const bool ratio = !asked.row.empty();
        if (ratio ? !wanted(asked.row) || !wanted(asked.by) : !wanted(asked.name)) {
            continue;
        }
        const auto excused =
            std::find_if(not_measured_.begin(), not_measured_.end(),
                         [&](const auto& each) { return each.first == asked.name; });
        if (const auto value = found(asked)) {
            ++(holds(asked, *value, options_.margin) ? held : missed);
        } else if (excused != not_measured_.end()) {
            std::printf("[not measured] %s: %s\n", words_of(asked).c_str(),
                        excused->second.c_str());
        } else {
            std::printf("[FAILED] %s: not measured\n", words_of(asked).c_str());
            ++missed;
        }
    }
    if (held + missed == 0) {
        std::printf("[FAILED] no figure was measured that has a bar\n");
    }
    return missed == 0 && held > 0;
}

}  // namespace portcullis::bench
