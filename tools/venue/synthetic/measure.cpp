#include "tools/venue/synthetic/measure.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "engine/types/verify.hpp"
#include "tools/recording/recording.hpp"

namespace portcullis::tools::venue {

using engine::Done;
using engine::Error;
using engine::Outcome;
using engine::verify;

namespace {

/// `"T":123` of a trade: MessageReader leaves it out, because the venue has no use for it.
std::int64_t trade_time_ms(std::string_view json) {
    const std::size_t at = json.find("\"T\":");
    return at == std::string_view::npos
               ? 0
               : std::strtoll(json.data() + at + 4, nullptr, 10);  // the text is padded
}

}  // namespace

Measure::Measure(const Symbol& symbol, std::int64_t sample_ns)
    : tick_(symbol.tick.value), lot_(symbol.lot.value), sample_ns_(sample_ns) {
    verify(tick_ > 0 && lot_ > 0);
    verify(sample_ns > 0);
}

Outcome Measure::snapshot(std::string_view json, std::int64_t now_ns) {
    const auto told = reader_.snapshot(json);
    if (!told) {
        return Error{told.error()};
    }
    if (first_ns_ >= 0) {
        return Done{};  // the book is whole already
    }
    for (const Level level : told.value().bids) {
        take_level(bids_, -1, level, false);
    }
    for (const Level level : told.value().asks) {
        take_level(asks_, 1, level, false);
    }
    depth_id_ = told.value().last_id;
    first_ns_ = last_ns_ = next_sample_ns_ = now_ns;
    for (std::string& text : early_) {
        const std::size_t size = text.size();
        text.append(line_padding, ' ');
        if (auto taken = depth(std::string_view(text).substr(0, size), false); !taken) {
            return taken;
        }
    }
    early_.clear();
    first_ticks = bids_.empty() ? 0 : -bids_.begin()->first;
    return Done{};
}

Outcome Measure::message(std::string_view stream, std::string_view json, std::int64_t now_ns) {
    if (first_ns_ < 0) {
        // The snapshot may be older than what came before it in the depth stream.
        if (stream_kind(stream) == StreamKind::depth) {
            early_.emplace_back(json);
        }
        return Done{};
    }
    sample_until(now_ns);
    last_ns_ = now_ns;
    const StreamKind kind = stream_kind(stream);
    if (kind == StreamKind::depth) {
        return depth(json, true);
    }
    if (kind == StreamKind::ticker) {
        const auto told = reader_.ticker(json);
        if (!told) {
            return Error{told.error()};
        }
        ticker(told.value(), now_ns);
    } else if (kind == StreamKind::trade) {
        const auto told = reader_.trade(json);
        if (!told) {
            return Error{told.error()};
        }
        trade(told.value(), trade_time_ms(json), now_ns);
    }
    return Done{};
}

Outcome Measure::depth(std::string_view json, bool counted) {
    const auto told = reader_.depth(json);
    if (!told) {
        return Error{told.error()};
    }
    if (told.value().last_id > depth_id_) {
        for (const Level level : told.value().bids) {
            take_level(bids_, -1, level, counted);
        }
        for (const Level level : told.value().asks) {
            take_level(asks_, 1, level, counted);
        }
    }
    return Done{};
}

void Measure::take_level(Side& side, int sign, Level level, bool counted) {
    const std::int64_t key = sign * (level.price.value / tick_);
    const std::int64_t lots = level.qty.value / lot_;
    const auto at = side.find(key);
    const std::int64_t before = at == side.end() ? 0 : at->second;
    if (counted && lots > before && !side.empty()) {
        const std::int64_t away = key - side.begin()->first;
        if (away > 0 && away < std::int64_t{1} << measured_bands) {
            ++bands[static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(away))) - 1]
                  .adds;
        }
    }
    if (lots == 0) {
        side.erase(key);
    } else {
        side[key] = lots;
    }
}

void Measure::sample_until(std::int64_t now_ns) {
    for (; next_sample_ns_ <= now_ns; next_sample_ns_ += sample_ns_) {
        sample();
    }
}

void Measure::sample() {
    if (bids_.empty() || asks_.empty()) {
        return;
    }
    ++samples;
    const std::int64_t spread = asks_.begin()->first + bids_.begin()->first;
    spread_ticks.push_back(std::max<std::int64_t>(1, spread));
    middle_half_ticks.push_back(asks_.begin()->first - bids_.begin()->first);
    for (const Side* side : {&bids_, &asks_}) {
        const std::int64_t best = side->begin()->first;
        touch_lots.push_back(side->begin()->second);
        for (auto level = std::next(side->begin()); level != side->end(); ++level) {
            const auto away = static_cast<std::uint64_t>(level->first - best);
            const auto number = static_cast<std::size_t>(std::bit_width(away)) - 1;
            if (number >= measured_bands) {
                break;
            }
            MeasuredBand& band = bands[number];
            ++band.levels;
            band.lots += level->second;
            if (samples % 8 == 0) {
                band.level_lots.push_back(level->second);
            }
        }
    }
}

void Measure::ticker(const TickerMessage& told, std::int64_t now_ns) {
    ++tickers;
    if (ticker_ns_ >= 0) {
        ticker_wait_us.push_back(std::max<std::int64_t>(0, (now_ns - ticker_ns_) / 1000));
    }
    ticker_ns_ = now_ns;
    const std::int64_t bid = told.bid.price.value / tick_;
    const std::int64_t ask = told.ask.price.value / tick_;
    const std::int64_t moved = bid + ask - bid_ticks_ - ask_ticks_;
    if (bid_ticks_ != 0 && moved != 0) {
        const int way = moved > 0 ? 1 : -1;
        jump_reversals += way == -last_jump_ ? 1 : 0;
        last_jump_ = way;
        jump_half_ticks.push_back(std::abs(moved));
    }
    bid_ticks_ = bid;
    ask_ticks_ = ask;
}

void Measure::trade(const TradeMessage& told, std::int64_t time_ms, std::int64_t now_ns) {
    const std::int64_t lots = std::max<std::int64_t>(1, told.qty.value / lot_);
    trade_lots.push_back(lots);
    trade_signs.push_back(told.buyer_is_maker ? -1 : 1);
    const auto second =
        static_cast<std::size_t>(std::max<std::int64_t>(0, now_ns - first_ns_) / 1'000'000'000);
    trades_by_second.resize(std::max(trades_by_second.size(), second + 1));
    ++trades_by_second[second];
    if (time_ms == taker_ms_ && told.buyer_is_maker == taker_sold_) {
        taker_lots.back() += lots;
        return;
    }
    if (taker_ms_ >= 0) {
        taker_wait_us.push_back(std::max<std::int64_t>(1, (time_ms - taker_ms_) * 1000));
        const bool same = told.buyer_is_maker == taker_sold_;
        same_side += same ? 1 : 0;
        turned += same ? 0 : 1;
        turned_with_jump += !same && (last_jump_ > 0) == !told.buyer_is_maker ? 1 : 0;
    }
    taker_lots.push_back(lots);
    taker_ms_ = time_ms;
    taker_sold_ = told.buyer_is_maker;
}

namespace {

double mean_of(const std::vector<std::int64_t>& values) {
    double sum = 0;
    for (const std::int64_t value : values) {
        sum += static_cast<double>(value);
    }
    return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

/// Mean of the products of values and those `lag` later, both less the mean.
double covariance(const std::vector<std::int64_t>& values, std::size_t lag) {
    const double mean = mean_of(values);
    double sum = 0;
    for (std::size_t i = lag; i < values.size(); ++i) {
        sum +=
            (static_cast<double>(values[i]) - mean) * (static_cast<double>(values[i - lag]) - mean);
    }
    return values.size() <= lag ? 0 : sum / static_cast<double>(values.size() - lag);
}

std::int64_t nearest(double value) {
    return static_cast<std::int64_t>(std::floor(value + 0.5));
}

}  // namespace

std::int64_t Measure::rms_move_e6(std::int64_t in_ns) const {
    const auto apart = static_cast<std::size_t>(in_ns / sample_ns_);
    const std::vector<std::int64_t>& at = middle_half_ticks;
    if (apart == 0 || at.size() <= apart) {
        return 0;
    }
    double squares = 0;
    for (std::size_t i = apart; i < at.size(); ++i) {
        const auto moved = static_cast<double>(at[i] - at[i - apart]);
        squares += moved * moved;
    }
    return nearest(1e6 * std::sqrt(squares / static_cast<double>(at.size() - apart)) / mean_of(at));
}

std::int64_t Measure::sign_memory_percent(std::size_t lag) const {
    const double variance = covariance(trade_signs, 0);
    return variance > 0 ? nearest(100 * covariance(trade_signs, lag) / variance) : 0;
}

std::int64_t Measure::burstiness_e1() const {
    const double mean = mean_of(trades_by_second);
    return mean > 0 ? nearest(10 * covariance(trades_by_second, 0) / mean) : 0;
}

Quantiles quantiles_of(std::vector<std::int64_t>& samples) {
    verify(!samples.empty());
    std::sort(samples.begin(), samples.end());
    Quantiles out;
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        const auto last = static_cast<std::int64_t>(samples.size() - 1);
        out.values[i] = samples[static_cast<std::size_t>(last * Quantiles::at_e4[i] / 10'000)];
    }
    return out;
}

std::int64_t distance_e4(std::vector<std::int64_t>& a, std::vector<std::int64_t>& b) {
    if (a.empty() || b.empty()) {
        return 10'000;
    }
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    std::int64_t widest = 0;
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
        const std::int64_t value = std::min(a[i], b[j]);
        while (i < a.size() && a[i] == value) {
            ++i;
        }
        while (j < b.size() && b[j] == value) {
            ++j;
        }
        const auto share = [](std::size_t part, std::size_t whole) {
            return static_cast<std::int64_t>(part * 10'000 / whole);
        };
        widest = std::max(widest, std::abs(share(i, a.size()) - share(j, b.size())));
    }
    return widest;
}

}  // namespace portcullis::tools::venue
