// Reports of verify-recording: comparison with EXPECTED.json, text, JSON, and the command itself.
#include <fmt/format.h>
#include <simdjson.h>

#include <cstdio>
#include <fstream>
#include <string_view>

#include "engine/types/decimal.hpp"
#include "tools/portcullis/verify_recording.hpp"

namespace portcullis::tools {
namespace {

namespace dom = simdjson::dom;

/// 1e-8 units as the shortest exact decimal. 128 bits: a sum of volumes may pass 64.
[[nodiscard]] std::string decimal(engine::int128 atoms) {
    const auto whole = static_cast<std::uint64_t>(atoms / engine::atoms_per_unit);
    const auto part = static_cast<std::uint64_t>(atoms % engine::atoms_per_unit);
    std::string text = fmt::format("{}.{:08}", whole, part);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') {
        text.pop_back();
    }
    return text;
}

/// Collects the differences of one report from its entry.
class Comparison {
public:
    Comparison(const RecordingReport& report, dom::object entry) : report_(report), entry_(entry) {}

    [[nodiscard]] std::vector<std::string> run() {
        number("trades", report_.trades);
        number("bookTickers", report_.tickers);
        number("depth_msgs", report_.depth_messages);
        decimal_text("trade_qty_sum", report_.trade_qty_atoms);
        number("snapshot_lastUpdateId", report_.snapshot_id);
        number("stale_before_snapshot", report_.stale);
        number("applied", report_.applied);
        number("sequence_gaps", report_.gaps);
        number("crossed", report_.crossed);
        number("bbo_agree_with_bookTicker", report_.agree);
        number("bbo_disagree", report_.disagree_at.size());
        number("bbo_no_ticker_yet", report_.no_ticker);
        number("final_update_id", report_.final_id);
        number("final_bid_levels", report_.bid_levels);
        number("final_ask_levels", report_.ask_levels);
        levels("final_top20_bids", report_.bids);
        levels("final_top20_asks", report_.asks);
        disagreements();
        if (checked_ == 0) {
            differ("entry", "something to compare", "nothing");
        }
        return std::move(differences_);
    }

private:
    void differ(std::string_view key, std::string_view expected, std::string_view found) {
        differences_.push_back(
            fmt::format("{}: {}: expected {}, found {}", report_.file, key, expected, found));
    }

    void number(std::string_view key, std::uint64_t found) {
        dom::element element;
        if (entry_[key].get(element) != simdjson::SUCCESS) {
            return;  // an entry without a snapshot has fewer keys
        }
        ++checked_;
        std::uint64_t expected = 0;
        if (element.get(expected) != simdjson::SUCCESS || expected != found) {
            differ(key, simdjson::minify(element), std::to_string(found));
        }
    }

    void decimal_text(std::string_view key, engine::int128 found) {
        std::string_view text;
        if (entry_[key].get(text) != simdjson::SUCCESS) {
            return;
        }
        ++checked_;
        const auto expected = engine::parse_decimal(text);
        if (expected.error != engine::DecimalError::none || expected.atoms != found) {
            differ(key, text, decimal(found));
        }
    }

    void levels(std::string_view key, const std::vector<engine::BookLevel>& found) {
        dom::array rows;
        if (entry_[key].get(rows) != simdjson::SUCCESS) {
            return;
        }
        ++checked_;
        if (rows.size() != found.size()) {
            differ(key, fmt::format("{} levels", rows.size()), std::to_string(found.size()));
            return;
        }
        for (std::size_t i = 0; i < found.size(); ++i) {
            std::string_view price;
            std::string_view qty;
            const bool read = rows.at(i).at(0).get(price) == simdjson::SUCCESS &&
                              rows.at(i).at(1).get(qty) == simdjson::SUCCESS;
            if (!read || engine::parse_decimal(price).atoms != found[i].price.value ||
                engine::parse_decimal(qty).atoms != found[i].qty.value) {
                differ(fmt::format("{}[{}]", key, i), fmt::format("{} x {}", price, qty),
                       fmt::format("{} x {}", decimal(found[i].price.value),
                                   decimal(found[i].qty.value)));
            }
        }
    }

    /// The listed disagreements, and no others.
    void disagreements() {
        dom::array rows;
        std::vector<std::pair<std::uint64_t, std::uint64_t>> expected;
        if (entry_["disagree_at"].get(rows) == simdjson::SUCCESS) {
            for (const dom::element row : rows) {
                std::uint64_t update = 0;
                std::uint64_t ticker = 0;
                if (row.at(0).get(update) != simdjson::SUCCESS ||
                    row.at(1).get(ticker) != simdjson::SUCCESS) {
                    differ("disagree_at", "pairs of ids", simdjson::minify(row));
                    return;
                }
                expected.emplace_back(update, ticker);
            }
        }
        if (expected != report_.disagree_at) {
            const auto list = [](const auto& pairs) {
                std::string text;
                for (const auto& pair : pairs) {
                    text += fmt::format("[{},{}]", pair.first, pair.second);
                }
                return text.empty() ? std::string{"none"} : text;
            };
            differ("disagree_at", list(expected), list(report_.disagree_at));
        }
    }

    const RecordingReport& report_;
    dom::object entry_;
    std::size_t checked_{};
    std::vector<std::string> differences_;
};

[[nodiscard]] std::string level_text(const std::vector<engine::BookLevel>& side) {
    return side.empty() ? std::string{"none"}
                        : fmt::format("{} x {}", decimal(side.front().price.value),
                                      decimal(side.front().qty.value));
}

[[nodiscard]] std::string levels_json(const std::vector<engine::BookLevel>& side) {
    std::string text;
    for (const auto& level : side) {
        text += fmt::format("{}[\"{}\",\"{}\"]", text.empty() ? "" : ",",
                            decimal(level.price.value), decimal(level.qty.value));
    }
    return "[" + text + "]";
}

[[nodiscard]] std::uint64_t per_second(std::uint64_t count, std::int64_t ns) {
    const auto span = static_cast<std::uint64_t>(ns > 0 ? ns : 1);
    return static_cast<std::uint64_t>(engine::uint128{count} * 1'000'000'000U / span);
}

[[nodiscard]] bool sound(const RecordingReport& report) {
    return report.refused == 0 && report.gaps == 0 && report.crossed == 0;
}

}  // namespace

engine::Result<std::vector<std::string>> compare_with_expected(const RecordingReport& report,
                                                               const std::string& expect_path) {
    dom::parser parser;
    dom::object root;
    if (const auto error = parser.load(expect_path).get(root); error != simdjson::SUCCESS) {
        return engine::Error{expect_path + ": " + simdjson::error_message(error)};
    }
    dom::object entry;
    if (root[report.file].get(entry) != simdjson::SUCCESS) {
        return engine::Error{expect_path + ": has no entry " + report.file};
    }
    return Comparison{report, entry}.run();
}

std::string describe(const RecordingReport& report) {
    std::string text = fmt::format(
        "{}\n  {} {}: {} messages: {} depth, {} ticker, {} trades of {}, {} ignored, {} refused\n",
        report.file, report.futures ? "futures" : "spot", report.symbol, report.lines,
        report.depth_messages, report.tickers, report.trades, decimal(report.trade_qty_atoms),
        report.ignored, report.refused);
    for (const auto& [reason, count] : report.refusals) {
        text += fmt::format("  refused {} times: {}\n", count, reason);
    }
    if (report.snapshot_id == 0) {
        text += "  no snapshot: no book\n";
    } else {
        text += fmt::format(
            "  depth events: {} older than snapshot {}, {} applied, {} gaps, {} crossed, {} other "
            "resets\n  venue's own ticker: {} agree, {} disagree, {} before the first ticker\n",
            report.stale, report.snapshot_id, report.applied, report.gaps, report.crossed,
            report.other_resets, report.agree, report.disagree_at.size(), report.no_ticker);
        for (const auto& [update, ticker] : report.disagree_at) {
            text += fmt::format("    disagrees at {} with ticker {}\n", update, ticker);
        }
        text += fmt::format("  final book {}: {} bids, {} asks, {} / {}{}\n", report.final_id,
                            report.bid_levels, report.ask_levels, level_text(report.bids),
                            level_text(report.asks), report.valid ? "" : " NOT VALID");
    }
    text += fmt::format(
        "  {} messages/s, {} MB/s through decoder and book ({} ms); {} ms with inflating\n",
        per_second(report.lines, report.work_ns),
        per_second(report.bytes, report.work_ns) / 1'000'000, report.work_ns / 1'000'000,
        report.total_ns / 1'000'000);
    return text;
}

std::string to_json(const RecordingReport& report) {
    std::string disagree;
    for (const auto& [update, ticker] : report.disagree_at) {
        disagree += fmt::format("{}[{},{}]", disagree.empty() ? "" : ",", update, ticker);
    }
    return fmt::format(
        R"({{"symbol":"{}","futures":{},"messages":{},"bytes":{},"depth_msgs":{},)"
        R"("bookTickers":{},"trades":{},"trade_qty_sum":"{}","ignored":{},"refused":{},)"
        R"("snapshot_lastUpdateId":{},"stale_before_snapshot":{},"applied":{},)"
        R"("sequence_gaps":{},"crossed":{},"other_resets":{},"bbo_agree_with_bookTicker":{},)"
        R"("bbo_disagree":{},"bbo_no_ticker_yet":{},"disagree_at":[{}],"valid":{},)"
        R"("final_update_id":{},"final_bid_levels":{},"final_ask_levels":{},)"
        R"("final_top20_bids":{},"final_top20_asks":{},"messages_per_second":{},)"
        R"("bytes_per_second":{},"work_ns":{},"total_ns":{}}})",
        report.symbol, report.futures, report.lines, report.bytes, report.depth_messages,
        report.tickers, report.trades, decimal(report.trade_qty_atoms), report.ignored,
        report.refused, report.snapshot_id, report.stale, report.applied, report.gaps,
        report.crossed, report.other_resets, report.agree, report.disagree_at.size(),
        report.no_ticker, disagree, report.valid, report.final_id, report.bid_levels,
        report.ask_levels, levels_json(report.bids), levels_json(report.asks),
        per_second(report.lines, report.work_ns), per_second(report.bytes, report.work_ns),
        report.work_ns, report.total_ns);
}

int verify_recording(const VerifyRecordingArguments& arguments) {
    bool all_well = !arguments.files.empty();
    std::string json;
    for (const auto& file : arguments.files) {
        const auto run = run_recording(file);
        if (!run.ok()) {
            fmt::print(stderr, "verify-recording: {}\n", run.error());
            all_well = false;
            continue;
        }
        const RecordingReport& report = run.value();
        fmt::print("{}", describe(report));
        all_well = all_well && sound(report);
        json += fmt::format("{}\"{}\":{}", json.empty() ? "" : ",\n", report.file, to_json(report));
        if (arguments.expect.empty()) {
            continue;
        }
        const auto compared = compare_with_expected(report, arguments.expect);
        if (!compared.ok()) {
            fmt::print(stderr, "verify-recording: {}\n", compared.error());
            all_well = false;
            continue;
        }
        for (const auto& difference : compared.value()) {
            fmt::print("  DIFFERS {}\n", difference);
        }
        if (compared.value().empty()) {
            fmt::print("  equal to {}\n", arguments.expect);
        }
        all_well = all_well && compared.value().empty();
    }
    if (!arguments.json.empty()) {
        std::ofstream out{arguments.json, std::ios::binary};
        out << "{" << json << "}\n";
        if (!out.flush()) {
            fmt::print(stderr, "verify-recording: cannot write {}\n", arguments.json);
            all_well = false;
        }
    }
    return all_well ? 0 : 1;
}

}  // namespace portcullis::tools
