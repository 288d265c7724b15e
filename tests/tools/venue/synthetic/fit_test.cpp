// The fit: the shipped preset is what the command makes of the shipped recording, and as like it as
// the README says.
#include "tools/venue/synthetic/fit.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <sstream>

#include "tools/venue/server/certificates.hpp"
#include "tools/venue/synthetic/measure.hpp"

namespace portcullis::tools::venue {
namespace {

const std::string source = PORTCULLIS_SOURCE_DIR;

const std::string folder = source + "/tools/venue/synthetic/";

/// Preset, plot and the README's table are what the command makes of the recording; its distances.
std::vector<FitRow> expect_as_shipped(const std::string& recording, const std::string& filters,
                                      const std::string& preset) {
    const std::string stem =
        std::filesystem::temp_directory_path() / (std::to_string(getpid()) + "_fit");
    FitOptions options;
    options.recording = recording;
    options.filters = filters;
    options.parameters_file = stem + ".toml";
    options.plot_file = stem + ".svg";
    const auto report = fit(options);
    if (!report.ok()) {
        ADD_FAILURE() << report.error();
        return {};
    }
    EXPECT_EQ(read_file(stem + ".toml").value(),
              read_file(folder + "presets/" + preset + ".toml").value());
    EXPECT_EQ(read_file(stem + ".svg").value(),
              read_file(folder + "plots/" + preset + ".svg").value());
    std::filesystem::remove(stem + ".toml");
    std::filesystem::remove(stem + ".svg");
    const std::string readme = read_file(folder + "README.md").value();
    EXPECT_NE(readme.find(report.value().text()), std::string::npos) << "README.md should hold\n"
                                                                     << report.value().text();
    return report.value().rows;
}

/// Recorded tickers come in bunches, the flow's do not: their number is held, and less of their
/// waits.
void expect_like(const std::vector<FitRow>& rows, std::int64_t most_e4) {
    for (const FitRow& row : rows) {
        EXPECT_LE(row.distance_e4, row.what == "between tickers, us" ? 5'000 : most_e4) << row.what;
        if (row.what == "tickers an hour") {
            EXPECT_NEAR(
                static_cast<double>(row.synthetic_median) / static_cast<double>(row.real_median), 1,
                0.1);
        }
    }
}

TEST(Fit, btc_like_is_what_the_command_makes_of_the_shipped_recording_and_as_like_it_as_told) {
    const auto rows = expect_as_shipped(
        source + "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz", "", "btc-like");
    ASSERT_EQ(rows.size(), 16U);
    expect_like(rows, 2'000);
}

TEST(Fit, thin_is_what_the_command_makes_of_a_day_of_nexousdt_and_as_like_it_as_told) {
    const std::string day = PORTCULLIS_SHARED_DIR
        "/data/binance/binance_spot_nexousdt_2024-07-23T1539_24h20m.tsjsonl.gz";
    if (!std::filesystem::exists(day)) {
        GTEST_SKIP() << "SKIPPED: " << day << " is absent";
    }
    const auto rows = expect_as_shipped(day, folder + "nexousdt.filters.json", "thin");
    ASSERT_EQ(rows.size(), 16U);
    expect_like(rows, 4'000);
}

/// Twelve hours of a preset.
std::unique_ptr<Measure> measured(const std::string& preset) {
    const FlowParameters parameters = load_parameters(preset).value();
    auto out = std::make_unique<Measure>(parameters.symbol, 1'000'000'000);
    const auto lived = measure_synthetic(parameters, 1, 12LL * 3'600'000'000, *out);
    EXPECT_TRUE(lived.ok());
    return out;
}

std::int64_t lots_of_one_side(const Measure& of) {
    std::int64_t lots = 0;
    for (const MeasuredBand& band : of.bands) {
        lots += band.lots;
    }
    return lots / (2 * of.samples);
}

TEST(Fit, wide_is_thin_stretched_as_the_table_of_presets_says) {
    const auto thin = measured("thin");
    const auto wide = measured("wide");
    const auto ratio_e2 = [](std::int64_t a, std::int64_t b) { return a * 100 / b; };
    const auto mean = [](const std::vector<std::int64_t>& of) {
        std::int64_t sum = 0;
        for (const std::int64_t value : of) {
            sum += value;
        }
        return sum * 100 / static_cast<std::int64_t>(of.size());
    };
    const std::int64_t spread = ratio_e2(mean(wide->spread_ticks), mean(thin->spread_ticks));
    const std::int64_t depth = ratio_e2(lots_of_one_side(*wide), lots_of_one_side(*thin));
    const std::int64_t move = ratio_e2(mean(wide->jump_half_ticks), mean(thin->jump_half_ticks));
    const std::int64_t takers = ratio_e2(static_cast<std::int64_t>(wide->taker_wait_us.size()),
                                         static_cast<std::int64_t>(thin->taker_wait_us.size()));
    const std::string told = "spread " + std::to_string(spread) + " %, depth " +
                             std::to_string(depth) + " %, moves " + std::to_string(move) +
                             " %, takers " + std::to_string(takers) + " %";
    EXPECT_NE(read_file(folder + "README.md").value().find(told), std::string::npos) << told;
}

/// Measure reads JSON as a recording's lines are: with room behind.
std::string_view padded(std::string& text) {
    const std::size_t size = text.size();
    text.append(64, ' ');
    return std::string_view(text).substr(0, size);
}

TEST(Fit, depth_that_was_recorded_before_the_snapshot_and_is_newer_is_in_the_book) {
    Measure measure(load_parameters("btc-like").value().symbol, 1'000'000'000);
    std::string depth =
        R"({"e":"depthUpdate","E":1,"s":"BTCUSDT","U":11,"u":12,"b":[["100.00","0"]],"a":[["100.50","1"]]})";
    std::string stale =
        R"({"e":"depthUpdate","E":1,"s":"BTCUSDT","U":9,"u":10,"b":[["99.00","0"]],"a":[]})";
    std::string snapshot =
        R"({"lastUpdateId":10,"bids":[["100.00","1"],["99.00","2"]],"asks":[["101.00","1"]]})";
    ASSERT_TRUE(measure.message("btcusdt@depth@100ms", padded(stale), 0));
    ASSERT_TRUE(measure.message("btcusdt@depth@100ms", padded(depth), 0));
    ASSERT_TRUE(measure.snapshot(padded(snapshot), 0));
    std::string next =
        R"({"e":"depthUpdate","E":1,"s":"BTCUSDT","U":13,"u":13,"b":[["50.00","1"]],"a":[]})";
    ASSERT_TRUE(measure.message("btcusdt@depth@100ms", padded(next), 1'000'000'000));
    ASSERT_EQ(measure.middle_half_ticks.size(), 2U);
    EXPECT_EQ(measure.middle_half_ticks[0], 9'900 + 10'050);
    EXPECT_EQ(measure.spread_ticks[0], 150);
}

TEST(Fit, moves_signs_and_bunches_are_told_as_defined) {
    Measure measure(load_parameters("btc-like").value().symbol, 1'000'000'000);
    for (int i = 0; i < 100; ++i) {
        measure.middle_half_ticks.push_back(1'000'000 + 100 * (i % 2));
        measure.trade_signs.push_back(i % 4 < 2 ? 1 : -1);
        measure.trades_by_second.push_back(i % 2 == 0 ? 0 : 20);
    }
    EXPECT_EQ(measure.rms_move_e6(1'000'000'000), 100);
    EXPECT_EQ(measure.rms_move_e6(2'000'000'000), 0);
    EXPECT_EQ(measure.sign_memory_percent(2), -100);
    EXPECT_EQ(measure.sign_memory_percent(4), 100);
    EXPECT_EQ(measure.burstiness_e1(), 100);  // variance 100, mean 10
}

/// The labels under a panel: where each stands and how wide it is, at 6.5 pixels a letter.
struct PlotLabel {
    double x{}, wide{};
};

std::vector<std::vector<PlotLabel>> labels_of(const std::string& svg) {
    std::vector<std::vector<PlotLabel>> panels;
    std::istringstream lines(svg);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("<g ")) {
            panels.emplace_back();
        }
        double x = 0;
        double y = 0;
        char text[32];
        if (std::sscanf(line.c_str(), R"(<text x="%lf" y="%lf" text-anchor="middle">%31[^<])", &x,
                        &y, text) == 3 &&
            y == 230) {
            panels.back().push_back({x, 6.5 * static_cast<double>(std::string(text).size())});
        }
    }
    return panels;
}

TEST(Fit, no_label_of_a_shipped_plot_is_clipped_or_runs_into_another) {
    for (const char* preset : {"btc-like", "thin"}) {
        const auto panels = labels_of(read_file(folder + "plots/" + preset + ".svg").value());
        ASSERT_EQ(panels.size(), 4U);
        for (const auto& panel : panels) {
            ASSERT_GE(panel.size(), 2U);
            EXPECT_LE(panel.back().x + panel.back().wide / 2, 420) << preset;
            for (std::size_t i = 1; i < panel.size(); ++i) {
                EXPECT_GT(panel[i].x - panel[i].wide / 2, panel[i - 1].x + panel[i - 1].wide / 2)
                    << preset;
            }
        }
    }
}

TEST(Fit, the_distance_of_two_samples_is_kolmogorovs) {
    std::vector<std::int64_t> low{1, 2, 3, 4};
    std::vector<std::int64_t> high{5, 6, 7, 8};
    std::vector<std::int64_t> half{1, 2, 7, 8};
    EXPECT_EQ(distance_e4(low, low), 0);
    EXPECT_EQ(distance_e4(low, high), 10'000);
    EXPECT_EQ(distance_e4(low, half), 5'000);
}

TEST(Fit, a_draw_from_quantiles_has_those_quantiles) {
    Quantiles of;
    for (std::size_t i = 0; i < of.values.size(); ++i) {
        of.values[i] = 1'000 + static_cast<std::int64_t>(i * i * 50);
    }
    Dice random(1, 1);
    std::vector<std::int64_t> drawn(200'000);
    for (std::int64_t& value : drawn) {
        value = of.draw(random);
    }
    const Quantiles back = quantiles_of(drawn);
    for (std::size_t i = 1; i + 1 < of.values.size(); ++i) {
        EXPECT_NEAR(static_cast<double>(back.values[i]), static_cast<double>(of.values[i]),
                    5 + 0.03 * static_cast<double>(of.values[i]))
            << i;
    }
}

TEST(Fit, a_recording_without_trades_or_filters_is_refused_by_name) {
    FitOptions options;
    options.recording = "/nowhere/x.tsjsonl.gz";
    options.parameters_file = testing::TempDir() + "out.toml";
    options.plot_file = testing::TempDir() + "out.svg";
    const auto refused = fit(options);
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().find("/nowhere/x.filters.json"), std::string::npos)
        << refused.error();
}

TEST(Fit, an_output_that_cannot_be_written_is_refused_before_the_work_and_nothing_is_written) {
    const std::string folder_of_tests = testing::TempDir();
    const std::string good = folder_of_tests + std::to_string(getpid()) + "_good";
    const struct {
        std::string out, plot, told;
    } rows[] = {
        {good, "/nowhere/plot.svg", "/nowhere/plot.svg: no folder /nowhere"},
        {"/nowhere/out.toml", good, "/nowhere/out.toml: no folder /nowhere"},
        {good, folder_of_tests, "'" + folder_of_tests + "': expected the name of a file to write"},
        {"", good, "'': expected the name of a file to write"},
        {good, good, good + ": expected another file than the parameters'"},
    };
    for (const auto& row : rows) {
        FitOptions options;
        options.recording = "/nowhere/x.tsjsonl.gz";  // not looked at before the outputs
        options.parameters_file = row.out;
        options.plot_file = row.plot;
        const auto refused = fit(options);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error(), row.told);
        EXPECT_FALSE(std::filesystem::exists(good));
    }
}

}  // namespace
}  // namespace portcullis::tools::venue
