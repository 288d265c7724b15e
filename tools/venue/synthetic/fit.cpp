#include "tools/venue/synthetic/fit.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "tools/recording/recording.hpp"
#include "tools/venue/durations.hpp"
#include "tools/venue/server/certificates.hpp"
#include "tools/venue/server/render.hpp"
#include "tools/venue/sidecar.hpp"
#include "tools/venue/synthetic/plot.hpp"
#include "tools/venue/synthetic/synthetic_market.hpp"

namespace portcullis::tools::venue {

using engine::Done;
using engine::Error;
using engine::Outcome;
using engine::Result;

namespace {

constexpr std::int64_t sample_ns = 100'000'000;
/// Occupied levels beyond this share tell no more how many orders stand behind them.
constexpr double full_share = 0.95;

Outcome measure_recording(const std::string& path, Measure& measure) {
    auto reader = RecordingReader::open(path);
    if (!reader) {
        return Error{reader.error()};
    }
    RecordedLine line;
    for (;;) {
        const auto more = reader.value().next(line);
        if (!more || !more.value()) {
            return more ? Outcome{Done{}} : Outcome{Error{more.error()}};
        }
        const auto taken = line.snapshot ? measure.snapshot(line.data, line.receive_ns)
                                         : measure.message(line.stream, line.data, line.receive_ns);
        if (!taken) {
            return Error{path + ":" + std::to_string(line.number) + ": " + taken.error()};
        }
    }
}

/// A level book does not show how many orders stand at a price. Orders that come at random fall on
/// `slots` prices as Poisson's law has it, so the share of occupied prices tells their number.
FlowBand band_of(MeasuredBand& measured, std::size_t number, std::int64_t samples,
                 std::int64_t span_us) {
    FlowBand band;
    const double slots = static_cast<double>(std::int64_t{1} << number);
    const double levels = static_cast<double>(measured.levels) / static_cast<double>(2 * samples);
    const double share = std::min(full_share, levels / slots);
    const double orders = -slots * std::log(1 - share);
    band.orders_e3 = static_cast<std::int64_t>(1000 * orders);
    band.adds_per_hour =
        static_cast<std::int64_t>(static_cast<double>(measured.adds) / 2 *
                                  static_cast<double>(us_per_hour) / static_cast<double>(span_us));
    if (measured.level_lots.empty()) {
        measured.level_lots.push_back(1);
    }
    band.qty_lots = quantiles_of(measured.level_lots);
    const double per_order = orders > 0 ? levels / orders : 1;
    for (std::int64_t& lots : band.qty_lots.values) {
        lots = std::max<std::int64_t>(
            1, static_cast<std::int64_t>(static_cast<double>(lots) * per_order));
    }
    return band;
}

/// Before the work of minutes: what could not be written after it. Nothing is made.
Outcome check_writable(const std::string& path) {
    const std::filesystem::path file(path);
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    std::error_code ignored;
    if (!file.has_filename() || std::filesystem::is_directory(file, ignored)) {
        return Error{"'" + path + "': expected the name of a file to write"};
    }
    if (!std::filesystem::is_directory(folder, ignored)) {
        return Error{path + ": no folder " + folder.string()};
    }
    if (::access(folder.c_str(), W_OK) != 0) {
        return Error{path + ": " + std::strerror(errno)};
    }
    return Done{};
}

Outcome check_outputs(const FitOptions& options) {
    for (const std::string& path : {options.parameters_file, options.plot_file}) {
        if (auto writable = check_writable(path); !writable) {
            return writable;
        }
    }
    const bool same = std::filesystem::weakly_canonical(options.parameters_file) ==
                      std::filesystem::weakly_canonical(options.plot_file);
    return same ? Outcome{Error{options.plot_file + ": expected another file than the parameters'"}}
                : Outcome{Done{}};
}

std::int64_t per_hour(std::int64_t count, std::int64_t span_us) {
    return std::max<std::int64_t>(
        1, static_cast<std::int64_t>(static_cast<engine::int128>(count) * us_per_hour / span_us));
}

std::int64_t share_e4(std::int64_t part, std::size_t whole) {
    return whole == 0 ? 0 : part * 10'000 / static_cast<std::int64_t>(whole);
}

FlowParameters parameters_of(Measure& real, const std::string& filters_json, const Symbol& symbol) {
    FlowParameters out;
    out.filters_json = filters_json;
    out.symbol = symbol;
    out.price_start_ticks = real.first_ticks;
    const std::int64_t span = real.span_us();
    out.jumps_per_hour = per_hour(static_cast<std::int64_t>(real.jump_half_ticks.size()), span);
    out.jump_reversal_e4 = share_e4(real.jump_reversals, real.jump_half_ticks.size());
    out.jump_half_ticks = quantiles_of(real.jump_half_ticks);
    out.spread_ticks = quantiles_of(real.spread_ticks);
    // A step of the flow is one ticker at most: takers and jumps are told by theirs.
    const auto others =
        static_cast<std::int64_t>(real.taker_lots.size() + real.jump_half_ticks.size());
    out.touch_updates_per_hour = per_hour((real.tickers - others) / 2, span);
    out.touch_lots = quantiles_of(real.touch_lots);
    for (std::int64_t& lots : out.touch_lots.values) {
        lots = std::max<std::int64_t>(1, lots);
    }
    out.maker_lots = quantiles_of(real.trade_lots);  // a print is a maker's order, or part of one
    out.taker_wait_us = quantiles_of(real.taker_wait_us);
    out.taker_lots = quantiles_of(real.taker_lots);
    out.taker_same_side_e4 = share_e4(real.same_side, real.taker_wait_us.size());
    out.momentum_e4 = share_e4(real.turned_with_jump, static_cast<std::size_t>(real.turned));
    for (std::size_t i = 0; i < measured_bands; ++i) {
        out.bands.push_back(band_of(real.bands[i], i, real.samples, span));
    }
    return out;
}

/// How much of all that stands within the bands stands within each band and those before it.
Curve depth_profile(const Measure& measure) {
    Curve curve;
    double all = 0;
    for (const MeasuredBand& band : measure.bands) {
        all += static_cast<double>(band.lots);
    }
    double sum = 0;
    for (std::size_t i = 0; i < measured_bands; ++i) {
        sum += static_cast<double>(measure.bands[i].lots);
        curve.points.emplace_back(static_cast<double>(std::int64_t{2} << i),
                                  all > 0 ? sum / all : 0);
    }
    return curve;
}

FitRow profile_row(const Curve& real, const Curve& synthetic) {
    FitRow row{"depth by distance, ticks", 0, 0, 0};
    const auto median = [](const Curve& curve) {
        for (const auto& [x, y] : curve.points) {
            if (y >= 0.5) {
                return static_cast<std::int64_t>(x);
            }
        }
        return std::int64_t{0};
    };
    row.real_median = median(real);
    row.synthetic_median = median(synthetic);
    for (std::size_t i = 0; i < real.points.size(); ++i) {
        const double apart = std::abs(real.points[i].second - synthetic.points[i].second);
        row.distance_e4 = std::max(row.distance_e4, static_cast<std::int64_t>(apart * 10'000));
    }
    return row;
}

FitRow row_of(const std::string& what, std::vector<std::int64_t>& real,
              std::vector<std::int64_t>& synthetic) {
    FitRow row{what, 0, 0, distance_e4(real, synthetic)};
    row.real_median = real.empty() ? 0 : real[real.size() / 2];
    row.synthetic_median = synthetic.empty() ? 0 : synthetic[synthetic.size() / 2];
    return row;
}

FitRow depth_row(const Measure& real, const Measure& synthetic) {
    const auto mean = [](const Measure& of) {
        std::int64_t lots = 0;
        for (const MeasuredBand& band : of.bands) {
            lots += band.lots;
        }
        return of.samples == 0 ? 0 : lots / (2 * of.samples);
    };
    return {"depth of one side, mean lots", mean(real), mean(synthetic), -1};
}

/// What no parameter is fitted to: how often, how far, and in which clusters.
void add_untuned_rows(const Measure& real, const Measure& synthetic, std::vector<FitRow>& rows) {
    const auto add = [&](const char* what, const auto& of) {
        rows.push_back({what, of(real), of(synthetic), -1});
    };
    add("tickers an hour", [](const Measure& of) { return per_hour(of.tickers, of.span_us()); });
    add("move of the middle in 1 s, rms, e-6",
        [](const Measure& of) { return of.rms_move_e6(1'000'000'000); });
    add("the same in 10 s", [](const Measure& of) { return of.rms_move_e6(10'000'000'000); });
    add("the same in 60 s", [](const Measure& of) { return of.rms_move_e6(60'000'000'000); });
    add("direction of a trade as of the last one, correlation, %",
        [](const Measure& of) { return of.sign_memory_percent(1); });
    add("as of the tenth last", [](const Measure& of) { return of.sign_memory_percent(10); });
    add("trades in a second, variance by mean, tenths",
        [](const Measure& of) { return of.burstiness_e1(); });
}

std::vector<FitRow> rows_of(Measure& real, Measure& synthetic) {
    std::vector<FitRow> rows{
        row_of("spread, ticks", real.spread_ticks, synthetic.spread_ticks),
        row_of("shown at the touch, lots", real.touch_lots, synthetic.touch_lots),
        profile_row(depth_profile(real), depth_profile(synthetic)),
        depth_row(real, synthetic),
        row_of("trade size, lots", real.trade_lots, synthetic.trade_lots),
        row_of("taker size, lots", real.taker_lots, synthetic.taker_lots),
        row_of("between takers, us", real.taker_wait_us, synthetic.taker_wait_us),
        row_of("between tickers, us", real.ticker_wait_us, synthetic.ticker_wait_us),
        row_of("move of the middle, half ticks", real.jump_half_ticks, synthetic.jump_half_ticks),
    };
    add_untuned_rows(real, synthetic, rows);
    return rows;
}

}  // namespace

Outcome measure_synthetic(const FlowParameters& parameters, std::uint64_t seed,
                          std::int64_t span_us, Measure& measure) {
    Exchange exchange;
    SyntheticMarket market(exchange, {parameters, "", seed});
    std::string padded;
    const auto with_padding = [&](std::string_view text) {
        padded.assign(text);
        padded.append(line_padding, ' ');
        return std::string_view(padded).substr(0, text.size());
    };
    std::int64_t now_ns = 0;
    Outcome failed{Done{}};
    market.on_message([&](std::string_view stream, std::string_view data) {
        if (auto taken = measure.message(stream, with_padding(data), now_ns); !taken) {
            failed = Error{taken.error()};
        }
    });
    const auto book = exchange.book(parameters.symbol.name, 5000);
    if (auto taken = measure.snapshot(with_padding(render::book(*book)), 0); !taken) {
        return taken;
    }
    while (now_ns < span_us * 1000 && failed) {
        now_ns = market.next_position_ns();
        market.step(now_ns);
    }
    return failed;
}

std::string FitReport::text() const {
    std::string out =
        "| distribution | recorded, median | synthetic, median | distance |\n"
        "| --- | ---: | ---: | ---: |\n";
    for (const FitRow& row : rows) {
        char distance[16] = "";
        if (row.distance_e4 >= 0) {
            std::snprintf(distance, sizeof distance, "%.3f",
                          static_cast<double>(row.distance_e4) / 10'000);
        }
        out += "| " + row.what + " | " + std::to_string(row.real_median) + " | " +
               std::to_string(row.synthetic_median) + " | " + distance + " |\n";
    }
    return out;
}

Result<FitReport> fit(const FitOptions& options) {
    if (auto outputs = check_outputs(options); !outputs) {
        return Error{outputs.error()};
    }
    const std::string filters =
        options.filters.empty() ? sidecar_path(options.recording) : options.filters;
    const auto filters_json = read_file(filters);
    const auto symbol = load_sidecar(filters);
    if (!symbol || !filters_json) {
        return Error{symbol ? filters_json.error() : symbol.error()};
    }
    Measure real(symbol.value(), sample_ns);
    if (auto measured = measure_recording(options.recording, real); !measured) {
        return Error{measured.error()};
    }
    if (real.samples == 0 || real.taker_wait_us.empty() || real.jump_half_ticks.empty()) {
        return Error{options.recording + ": expected a snapshot, depth, bookTickers and trades"};
    }
    const FlowParameters parameters = parameters_of(real, filters_json.value(), symbol.value());
    Measure synthetic(symbol.value(), sample_ns);
    if (auto lived = measure_synthetic(parameters, options.seed, real.span_us(), synthetic);
        !lived) {
        return Error{lived.error()};
    }
    FitReport report{rows_of(real, synthetic)};

    const std::string source = std::filesystem::path(options.recording).filename().string();
    const double lot = static_cast<double>(symbol.value().lot.value) / 1e8;
    const std::vector<Panel> panels{
        {"spread, share of time", "ticks", distribution(real.spread_ticks, 1),
         distribution(synthetic.spread_ticks, 1)},
        {"depth, share of what stands so near", "ticks from the best", depth_profile(real),
         depth_profile(synthetic)},
        {"trade size, share of trades", symbol.value().base, distribution(real.trade_lots, lot),
         distribution(synthetic.trade_lots, lot)},
        {"time between takers, share of takers", "ms", distribution(real.taker_wait_us, 1e-3),
         distribution(synthetic.taker_wait_us, 1e-3)},
    };
    const std::string comment = "# Fitted to " + source + " by `portcullis-venue fit`.\n";
    if (auto written =
            write_file(options.parameters_file, parameters_text(parameters, comment), 0644);
        !written) {
        return Error{written.error()};
    }
    if (auto written = write_file(options.plot_file, plot_svg(source, panels), 0644); !written) {
        return Error{written.error()};
    }
    return report;
}

}  // namespace portcullis::tools::venue
