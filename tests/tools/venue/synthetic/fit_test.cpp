// The fit: the shipped preset is what the command makes of the shipped recording, and as like it as
// the README says.
#include "tools/venue/synthetic/fit.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

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

TEST(Fit, btc_like_is_what_the_command_makes_of_the_shipped_recording_and_as_like_it_as_told) {
    const auto rows = expect_as_shipped(
        source + "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz", "", "btc-like");
    ASSERT_EQ(rows.size(), 8U);
    for (const FitRow& row : rows) {
        EXPECT_LE(row.distance_e4, 2'000) << row.what;
    }
}

TEST(Fit, thin_is_what_the_command_makes_of_a_day_of_nexousdt_and_as_like_it_as_told) {
    const std::string day = PORTCULLIS_SHARED_DIR
        "/data/binance/binance_spot_nexousdt_2024-07-23T1539_24h20m.tsjsonl.gz";
    if (!std::filesystem::exists(day)) {
        GTEST_SKIP() << "SKIPPED: " << day << " is absent";
    }
    const auto rows = expect_as_shipped(day, folder + "nexousdt.filters.json", "thin");
    ASSERT_EQ(rows.size(), 8U);
    for (const FitRow& row : rows) {
        EXPECT_LE(row.distance_e4, 3'000) << row.what;
    }
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
