// `console latency`: the report as JSON, as a table and as a plot, and what is said where the plot
// cannot be.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "tests/tools/portcullis/example.hpp"
#include "tools/portcullis/console/frames.hpp"
#include "tools/portcullis/console/latency_answer.hpp"
#include "tools/portcullis/console/latency_plot.hpp"
#include "tools/portcullis/console/views.hpp"

namespace portcullis::tools {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A board with `orders` of 1, 2, 3, ... microseconds, each sampled, and one order beyond any
/// range.
class ConsoleLatency : public testing::Test {
protected:
    ConsoleLatency() {
        std::string name = std::filesystem::temp_directory_path() / "portcullis-plot-XXXXXX";
        folder_ = ::mkdtemp(name.data());
        marks_.begin(engine::MonoNs{1});
    }
    ~ConsoleLatency() override { std::filesystem::remove_all(folder_); }
    void orders(std::int64_t count) {
        for (std::int64_t i = 1; i <= count; ++i) {
            board_->at(LatencyStage::tick_to_order).record(i * 1'000);
            board_->at(LatencyStage::receive).record(i * 100);
        }
    }
    [[nodiscard]] std::string json() {
        return latency_json(marks_.report(engine::MonoNs{2'500'000'001}));
    }
    [[nodiscard]] Answer parsed(const std::string& text) {
        Answer answer;
        EXPECT_EQ(parser_.parse(text).get(answer), simdjson::SUCCESS) << text;
        return answer;
    }
    [[nodiscard]] Answer stage(const Answer& answer, LatencyStage which) {
        return rows_of(answer, "stages").at(index_of(which));
    }
    [[nodiscard]] std::string shown(bool recent_only) {
        Screen screen;
        view_latency(parsed(json()), recent_only, screen);
        return screen.text(0, screen.lines(), false);
    }

    std::string folder_;
    simdjson::dom::parser parser_;
    std::unique_ptr<LatencyBoard> board_ = std::make_unique<LatencyBoard>();
    LatencyMarks marks_{*board_, 16};
};

TEST_F(ConsoleLatency, JsonHasEveryStageWithItsNameOnceAndItsNumbers) {
    orders(1'000);
    const Answer answer = parsed(json());
    EXPECT_EQ(field(answer, "sample_every"), "16");
    EXPECT_EQ(field(answer, "interval_ms"), "2500");
    const auto rows = rows_of(answer, "stages");
    ASSERT_EQ(rows.size(), latency_stages);
    for (std::size_t i = 0; i < latency_stages; ++i) {
        EXPECT_EQ(field(rows[i], "name"), latency_stage_infos[i].name);
        EXPECT_EQ(truth(rows[i], "sampled"), latency_stage_infos[i].sampled);
    }
    Answer whole;
    ASSERT_EQ(stage(answer, LatencyStage::tick_to_order)["since_start"].get(whole),
              simdjson::SUCCESS);
    EXPECT_EQ(count(whole, "n"), 1'000U);
    EXPECT_EQ(count(whole, "max_ns"), 1'000'000U);
    const std::pair<const char*, std::uint64_t> told[] = {
        {"p50_ns", 500'000}, {"p90_ns", 900'000}, {"p99_ns", 990'000}, {"p999_ns", 999'000}};
    for (const auto& [key, value] : told) {
        EXPECT_GE(count(whole, key), value) << key;
        EXPECT_LE(count(whole, key), value + value / 128) << key;
    }
    EXPECT_EQ(count(whole, "beyond"), 0U);
}

TEST_F(ConsoleLatency, TheCurveGoesFromAllSamplesToTheLastOneAndNeverDown) {
    orders(1'000);
    const Answer answer = parsed(json());
    const auto points = rows_of(stage(answer, LatencyStage::tick_to_order), "curve");
    ASSERT_EQ(points.size(), 28U) << "ten to each of three powers of ten, no sample twice";
    double before_share = 2;
    double before_ns = 0;
    for (const Answer& point : points) {
        double share = 0;
        double ns = 0;
        ASSERT_EQ(point.at(0).get_double().get(share), simdjson::SUCCESS);
        ASSERT_EQ(point.at(1).get_double().get(ns), simdjson::SUCCESS);
        EXPECT_LT(share, before_share);
        EXPECT_GE(ns, before_ns);
        // So many samples took that long or longer: the sample at that place, within the error.
        EXPECT_NEAR(ns, 1e6 * (1 - share) + 1e3, ns / 128 + 1) << share;
        before_share = share;
        before_ns = ns;
    }
    EXPECT_EQ(before_ns, 1e6);
    EXPECT_TRUE(rows_of(stage(answer, LatencyStage::send), "curve").empty());
}

TEST_F(ConsoleLatency, AnAnswerOfTenThousandMillionSamplesFitsItsFrame) {
    auto report = std::make_unique<LatencyReport>();
    for (auto* counts : {&report->whole, &report->recent}) {
        for (LatencyCounts& each : *counts) {
            each.buckets.fill(2'600'000);
            each.n = 2'600'000 * LatencyBuckets::count;
            each.max_ns = INT64_MAX;
        }
    }
    EXPECT_LT(latency_json(*report).size(), console_answer_max / 8);
}

TEST_F(ConsoleLatency, TheTableHasUnitsAndADashWhereNothingWasMeasured) {
    orders(1'000);
    const std::string text = shown(false);
    EXPECT_THAT(text, HasSubstr("  since the start\n"));
    EXPECT_THAT(text, HasSubstr("  last 2.5 s\n"));
    EXPECT_THAT(text, testing::ContainsRegex("  tick_to_order +1000 +50[0-3]\\.[0-9] us +90[0-9]"));
    EXPECT_THAT(text, testing::ContainsRegex("    receive +1000 +50\\.[0-9] us "));
    EXPECT_THAT(text, testing::ContainsRegex("  order_to_ack +0 +- +- +- +- +- "));
    EXPECT_THAT(text, HasSubstr("of one message in 16"));
    EXPECT_THAT(shown(true), Not(HasSubstr("since the start")));
    EXPECT_THAT(shown(true), HasSubstr("tick_to_order"));
}

TEST_F(ConsoleLatency, AnEngineThatSamplesNothingSaysSo) {
    LatencyMarks none(*board_, 0);
    Screen screen;
    view_latency(parsed(latency_json(none.report(engine::MonoNs{5}))), false, screen);
    EXPECT_THAT(screen.text(0, screen.lines(), false), HasSubstr("inner stages: not sampled"));
}

TEST_F(ConsoleLatency, ThePlotHasACurveForEachStageThatHasSamplesAndTheNinesBelow) {
    orders(1'000);
    board_->at(LatencyStage::order_to_ack).record(INT64_MAX);
    const auto svg = latency_svg(parsed(json()));
    ASSERT_TRUE(svg.ok()) << svg.error();
    const std::string& text = svg.value();
    EXPECT_THAT(text, StartsWith("<svg "));
    EXPECT_THAT(text, testing::EndsWith("</svg>\n"));
    std::size_t curves = 0;
    for (std::size_t at = text.find("<polyline"); at != std::string::npos;
         at = text.find("<polyline", at + 1)) {
        ++curves;
        const std::string points = text.substr(at, text.find("/>", at) - at);
        EXPECT_GE(std::count(points.begin(), points.end(), ','), 2);
    }
    EXPECT_EQ(curves, 3U) << "tick_to_order, receive, order_to_ack";
    for (const char* label : {">50 %<", ">90 %<", ">99 %<", ">99.9 %<", ">1 us<", ">1 ms<",
                              ">tick_to_order<", ">receive<", ">order_to_ack<"}) {
        EXPECT_THAT(text, HasSubstr(label));
    }
    EXPECT_THAT(text, Not(HasSubstr(">send<")));
    EXPECT_THAT(text, Not(HasSubstr("nan")));
}

TEST_F(ConsoleLatency, WithoutASampleThereIsNothingToDraw) {
    const auto svg = latency_svg(parsed(json()));
    ASSERT_FALSE(svg.ok());
    EXPECT_THAT(svg.error(), HasSubstr("nothing to draw"));
    EXPECT_FALSE(latency_svg(parsed("{}")).ok()) << "an engine that speaks otherwise";
}

TEST_F(ConsoleLatency, WhatIsNotARegularFileIsLeftAsItIs) {
    const std::string fifo = folder_ + "/fifo";
    const std::string link = folder_ + "/link";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    ASSERT_EQ(::symlink("nowhere.svg", link.c_str()), 0);
    for (const std::string& path : {fifo, link}) {
        const auto written = write_whole(path, "x");
        ASSERT_FALSE(written.ok()) << path;
        EXPECT_EQ(written.error(), path + ": not written: what is there is not a regular file");
    }
    EXPECT_TRUE(std::filesystem::is_fifo(fifo));
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    const auto nameless = write_whole("", "x");
    EXPECT_EQ(nameless.ok() ? "" : nameless.error(), "an empty path: not written");
    const std::filesystem::directory_iterator entries(folder_);
    EXPECT_EQ(std::distance(begin(entries), end(entries)), 2);
}

TEST_F(ConsoleLatency, AFileIsWrittenWholeOrNotAtAll) {
    const std::string path = folder_ + "/plot.svg";
    ASSERT_TRUE(write_whole(path, "one").ok());
    ASSERT_TRUE(write_whole(path, "two, longer").ok());
    EXPECT_EQ(test::file_text(path), "two, longer");
    struct stat of {};
    ASSERT_EQ(::stat(path.c_str(), &of), 0);
    const mode_t mask = ::umask(0);
    ::umask(mask);
    EXPECT_EQ(of.st_mode & 0777U, 0666U & ~mask) << "as any file that a program makes";
    const auto nowhere = write_whole(folder_ + "/none/plot.svg", "x");
    ASSERT_FALSE(nowhere.ok());
    EXPECT_EQ(nowhere.error(), folder_ + "/none/plot.svg: not written: No such file or directory");
    ASSERT_EQ(::mkdir((folder_ + "/folder").c_str(), 0700), 0);
    const auto folder = write_whole(folder_ + "/folder", "x");
    ASSERT_FALSE(folder.ok());
    EXPECT_THAT(folder.error(), HasSubstr("/folder: not written: what is there is not a reg"));
    const auto full = write_whole("/dev/full/x", "x");
    EXPECT_THAT(full.ok() ? "" : full.error(), HasSubstr("not written: Not a directory"));
    std::size_t left = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
        left +=
            entry.path().filename() == "plot.svg" || entry.path().filename() == "folder" ? 0 : 1;
    }
    EXPECT_EQ(left, 0U) << "nothing of what failed stays";
}

}  // namespace
}  // namespace portcullis::tools
