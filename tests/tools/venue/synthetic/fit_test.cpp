// The fit: the shipped preset is what the command makes of the shipped recording, and as like it as
// the README says.
#include "tools/venue/synthetic/fit.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tools/venue/server/certificates.hpp"
#include "tools/venue/synthetic/measure.hpp"

namespace portcullis::tools::venue {
namespace {

const std::string source = PORTCULLIS_SOURCE_DIR;

TEST(Fit, the_shipped_preset_and_plot_are_what_the_command_makes_of_the_shipped_recording) {
    const std::string stem =
        std::filesystem::temp_directory_path() / (std::to_string(getpid()) + "_fit");
    FitOptions options;
    options.recording = source + "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz";
    options.parameters_file = stem + ".toml";
    options.plot_file = stem + ".svg";
    const auto report = fit(options);
    ASSERT_TRUE(report.ok()) << report.error();
    EXPECT_EQ(read_file(stem + ".toml").value(),
              read_file(source + "/tools/venue/synthetic/presets/btc-like.toml").value());
    EXPECT_EQ(read_file(stem + ".svg").value(),
              read_file(source + "/tools/venue/synthetic/plots/btc-like.svg").value());
    std::filesystem::remove(stem + ".toml");
    std::filesystem::remove(stem + ".svg");
    const std::string readme = read_file(source + "/tools/venue/synthetic/README.md").value();
    EXPECT_NE(readme.find(report.value().text()), std::string::npos) << "README.md should hold\n"
                                                                     << report.value().text();
    for (const FitRow& row : report.value().rows) {
        EXPECT_LE(row.distance_e4, 2'000) << row.what;
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
    options.parameters_file = options.plot_file = "/nowhere/out";
    const auto refused = fit(options);
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().find("/nowhere/x.filters.json"), std::string::npos)
        << refused.error();
}

}  // namespace
}  // namespace portcullis::tools::venue
