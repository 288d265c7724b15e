// Measure: what the public messages of a market say about it, recorded or synthetic alike.
//
// Both are measured by this one reader, so that a difference between them is one of the markets and
// not of two rulers. The book is sampled on a grid of time: what stands for an hour counts for an
// hour. Not for the venue's serving thread: it keeps every sample.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"
#include "tools/venue/market_message.hpp"
#include "tools/venue/synthetic/random.hpp"

namespace portcullis::tools::venue {

/// Prices 2^k to 2^(k+1) ticks behind the best of their side, for the k-th band.
inline constexpr std::size_t measured_bands = 15;

struct MeasuredBand {
    std::int64_t levels{};  ///< summed over samples and both sides
    std::int64_t lots{};
    std::int64_t adds{};  ///< levels that grew, of both sides
    std::vector<std::int64_t> level_lots;
};

class Measure {
public:
    /// sample_ns: the grid of time on which the book is looked at.
    Measure(const Symbol& symbol, std::int64_t sample_ns);

    [[nodiscard]] engine::Outcome snapshot(std::string_view json, std::int64_t now_ns);
    /// Requires of `json`: padding, as MessageReader does.
    [[nodiscard]] engine::Outcome message(std::string_view stream, std::string_view json,
                                          std::int64_t now_ns);

    std::vector<std::int64_t> spread_ticks, touch_lots;  ///< sampled
    std::vector<std::int64_t> trade_lots;                ///< each print
    std::vector<std::int64_t> taker_lots;                ///< prints of one millisecond and side
    std::vector<std::int64_t> taker_wait_us;
    std::vector<std::int64_t> jump_half_ticks;  ///< moves of the middle
    std::vector<std::int64_t> ticker_wait_us;
    std::vector<std::int64_t> middle_half_ticks;  ///< sampled
    std::vector<std::int64_t> trade_signs;        ///< +1: the taker bought; each print
    std::vector<std::int64_t> trades_by_second;
    std::int64_t jump_reversals{}, same_side{}, turned{}, turned_with_jump{}, tickers{};
    std::array<MeasuredBand, measured_bands> bands;
    std::int64_t samples{};
    std::int64_t first_ticks{};  ///< the first best bid

    /// Root of the mean square of what the middle moves in so long, in millionths of the price.
    [[nodiscard]] std::int64_t rms_move_e6(std::int64_t in_ns) const;
    /// How far a print's direction is that of the one `lag` before: correlation, in per cent.
    [[nodiscard]] std::int64_t sign_memory_percent(std::size_t lag) const;
    /// Variance by mean of the prints in a second, in tenths: 10 where they know nothing of
    /// another.
    [[nodiscard]] std::int64_t burstiness_e1() const;
    [[nodiscard]] std::int64_t span_us() const { return (last_ns_ - first_ns_) / 1000; }

private:
    using Side =
        std::map<std::int64_t, std::int64_t>;  ///< ticks to lots, bids with the sign turned
    [[nodiscard]] engine::Outcome depth(std::string_view json, bool counted);
    void take_level(Side& side, int sign, Level level, bool counted);
    void sample_until(std::int64_t now_ns);
    void sample();
    void ticker(const TickerMessage& told, std::int64_t now_ns);
    void trade(const TradeMessage& told, std::int64_t time_ms, std::int64_t now_ns);

    const std::int64_t tick_, lot_, sample_ns_;
    MessageReader reader_;
    Side bids_, asks_;
    std::vector<std::string> early_;  ///< depth messages before the snapshot
    std::uint64_t depth_id_{};
    std::int64_t first_ns_{-1}, last_ns_{}, next_sample_ns_{};
    std::int64_t bid_ticks_{}, ask_ticks_{};
    std::int64_t ticker_ns_{-1};  ///< of the last one
    int last_jump_{};
    std::int64_t taker_ms_{-1};
    bool taker_sold_{};
};

/// The quantiles of samples at Quantiles::at_e4. Sorts them. Requires: some.
[[nodiscard]] Quantiles quantiles_of(std::vector<std::int64_t>& samples);
/// Kolmogorov and Smirnov's distance of two samples, in ten-thousandths. Sorts them.
[[nodiscard]] std::int64_t distance_e4(std::vector<std::int64_t>& a, std::vector<std::int64_t>& b);

}  // namespace portcullis::tools::venue
