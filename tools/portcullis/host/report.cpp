// See report.hpp.
#include "tools/portcullis/host/report.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "tools/portcullis/amounts.hpp"
#include "tools/portcullis/console/requests.hpp"

namespace portcullis::tools {
namespace {

constexpr std::size_t name_width = 22;

struct Mark {
    const char* text;
    Style style;
    const char* word;  ///< in JSON
};

Mark mark_of(Standing standing) {
    switch (standing) {
        case Standing::good:
            return {"  ok   ", Style::good, "good"};
        case Standing::note:
            return {"  -    ", Style::dim, "note"};
        case Standing::poor:
            return {"  slow ", Style::warning, "poor"};
        case Standing::missing:
            return {"  MISS ", Style::bad, "missing"};
    }
    return {"  ?    ", Style::bad, "?"};
}

std::string spread_text(const Spread& spread) {
    return fmt::format("{} / {} / {}", time_text(spread.best), time_text(spread.p50),
                       time_text(spread.p99));
}

double lost_percent(const Gaps& gaps) {
    return gaps.spun_ns == 0
               ? 0
               : 100.0 * static_cast<double>(gaps.lost_ns) / static_cast<double>(gaps.spun_ns);
}

std::string gaps_worth(const Measured& measured) {
    const auto worst =
        std::max_element(measured.gaps.begin(), measured.gaps.end(),
                         [](const Gaps& a, const Gaps& b) { return a.lost_ns < b.lost_ns; });
    if (worst == measured.gaps.end()) {
        return "";
    }
    return fmt::format("a spinning thread stood still {:.2f} % of {:.1f} s, {} at most (below)",
                       lost_percent(*worst), static_cast<double>(worst->spun_ns) / 1e9,
                       time_text(worst->largest_ns));
}

std::string memory_worth(const Measured& measured, bool huge) {
    if (!measured.memory) {
        return "not measured: " + measured.memory.error();
    }
    const MemoryCosts& costs = measured.memory.value();
    if (!huge) {
        return fmt::format("first touch of a page {}, of one that is there {}",
                           time_text(costs.first_touch_ns), time_text(costs.touched_ns));
    }
    return fmt::format("a load at random in 64 MiB {}, on pages of 2 MiB {}{}",
                       time_text(costs.walk_small_ns), time_text(costs.walk_huge_ns),
                       costs.huge_kb == 0 ? " (none were to be had)" : "");
}

std::string round_trip_worth(const Measured& measured) {
    if (!measured.round_trips) {
        return "not measured: " + measured.round_trips.error();
    }
    const RoundTrips& trips = measured.round_trips.value();
    const std::string polled = trips.busy_poll
                                   ? "with SO_BUSY_POLL " + spread_text(*trips.busy_poll)
                                   : "SO_BUSY_POLL not permitted here";
    return fmt::format(
        "round trip on loopback, which has no card to poll: blocked {}, {}, "
        "spinning {}",
        spread_text(trips.blocked), polled, spread_text(trips.spinning));
}

std::string wake_up_worth(const Measured& measured) {
    if (!measured.wake_ups) {
        return "not measured: " + measured.wake_ups.error();
    }
    return fmt::format("hand-over to a blocked thread {}, to a spinning one {}",
                       spread_text(measured.wake_ups.value().blocked),
                       spread_text(measured.wake_ups.value().spinning));
}

void add_gaps(Screen& screen, const Gaps& gaps) {
    std::string where = gaps.cpu < 0 ? "unpinned" : fmt::format("processor {}", gaps.cpu);
    screen.line().add(fmt::format(
        "  {:<14}{} gaps of 10 us or more, largest {}, {:.2f} % of {:.1f} s", where, gaps.total(),
        time_text(gaps.largest_ns), lost_percent(gaps), static_cast<double>(gaps.spun_ns) / 1e9));
    const std::size_t most = *std::max_element(gaps.counts.begin(), gaps.counts.end());
    for (std::size_t i = 0; i < gaps.counts.size(); ++i) {
        if (gaps.counts[i] == 0) {
            continue;
        }
        constexpr std::size_t bar_width = 40;
        const std::string bars((gaps.counts[i] * bar_width + most - 1) / most, '#');
        screen.line().add(
            fmt::format("    >= {:>8} {:>7}  ", time_text(Gaps::edges_ns[i]), gaps.counts[i]));
        screen.add(bars, Gaps::edges_ns[i] >= 100'000 ? Style::warning : Style::dim);
    }
}

std::string spread_json(const Spread& spread) {
    return fmt::format("{{\"best_ns\":{},\"p50_ns\":{},\"p99_ns\":{},\"max_ns\":{},\"count\":{}}}",
                       spread.best, spread.p50, spread.p99, spread.max, spread.count);
}

std::string gaps_json(const std::vector<Gaps>& all) {
    std::string json;
    for (const Gaps& gaps : all) {
        std::string counts;
        for (std::size_t i = 0; i < gaps.counts.size(); ++i) {
            counts += fmt::format("{}{{\"from_ns\":{},\"count\":{}}}", i == 0 ? "" : ",",
                                  Gaps::edges_ns[i], gaps.counts[i]);
        }
        json += fmt::format(
            "{}{{\"cpu\":{},\"spun_ns\":{},\"largest_ns\":{},\"lost_ns\":{},"
            "\"counts\":[{}]}}",
            json.empty() ? "" : ",", gaps.cpu, gaps.spun_ns, gaps.largest_ns, gaps.lost_ns, counts);
    }
    return "[" + json + "]";
}

/// What could not be measured is null.
std::string measured_json(const Measured& measured) {
    std::string json = fmt::format(
        "{{\"rdtsc_ns\":{:.1f},\"clock_gettime_ns\":{:.1f},\"clock_step_ns\":{},"
        "\"system_call_ns\":{:.1f},\"gaps\":{},\"nap_5us\":{{\"slack_default\":{},"
        "\"slack_least\":{}}}",
        measured.calls.rdtsc_ns, measured.calls.clock_ns, measured.calls.clock_step_ns,
        measured.calls.system_call_ns, gaps_json(measured.gaps),
        spread_json(measured.naps.slack_default), spread_json(measured.naps.slack_least));
    json += ",\"memory\":";
    json += measured.memory
                ? fmt::format(
                      "{{\"first_touch_ns\":{:.1f},\"touched_ns\":{:.1f},\"walk_small_ns\":"
                      "{:.1f},\"walk_huge_ns\":{:.1f},\"walk_huge_kb\":{}}}",
                      measured.memory.value().first_touch_ns, measured.memory.value().touched_ns,
                      measured.memory.value().walk_small_ns, measured.memory.value().walk_huge_ns,
                      measured.memory.value().huge_kb)
                : "null";
    json += ",\"wake_up\":";
    json += measured.wake_ups ? fmt::format("{{\"spinning\":{},\"blocked\":{}}}",
                                            spread_json(measured.wake_ups.value().spinning),
                                            spread_json(measured.wake_ups.value().blocked))
                              : "null";
    json += ",\"round_trip\":";
    if (measured.round_trips) {
        const RoundTrips& trips = measured.round_trips.value();
        json += fmt::format("{{\"spinning\":{},\"blocked\":{},\"busy_poll\":{}}}",
                            spread_json(trips.spinning), spread_json(trips.blocked),
                            trips.busy_poll ? spread_json(*trips.busy_poll) : "null");
    } else {
        json += "null";
    }
    return json + "}";
}

}  // namespace

bool Diagnosis::in_force() const noexcept {
    return std::none_of(checks.begin(), checks.end(),
                        [](const Check& check) { return check.standing == Standing::missing; });
}

std::string worth_of(const std::string& check, const Measured& measured) {
    if (check == "isolated processors") {
        return gaps_worth(measured);
    }
    if (check == "idle") {
        return wake_up_worth(measured);
    }
    if (check == "timer slack") {
        return fmt::format("a nap of 5 us takes {}, with a slack of 1 ns {}",
                           spread_text(measured.naps.slack_default),
                           spread_text(measured.naps.slack_least));
    }
    if (check == "memory lock" || check == "huge pages") {
        return memory_worth(measured, check == "huge pages");
    }
    if (check == "busy poll") {
        return round_trip_worth(measured);
    }
    if (check == "clock") {
        return fmt::format("rdtsc {}, clock_gettime {} in steps of {}",
                           time_text(measured.calls.rdtsc_ns), time_text(measured.calls.clock_ns),
                           time_text(measured.calls.clock_step_ns));
    }
    if (check == "mitigations") {
        return "one system call " + time_text(measured.calls.system_call_ns);
    }
    return "";
}

Screen diagnosis_screen(const Diagnosis& diagnosis) {
    Screen screen;
    screen.line().add("portcullis doctor", Style::bold).add("   " + diagnosis.machine);
    screen.line().add(diagnosis.config.empty()
                          ? "no --config: held against an engine with the defaults"
                          : "held against " + diagnosis.config,
                      Style::dim);
    screen.line().add("times: best / median / p99, measured now, beside whatever else runs here",
                      Style::dim);
    const std::string indent(7 + name_width, ' ');
    for (const Check& check : diagnosis.checks) {
        const Mark mark = mark_of(check.standing);
        screen.line();
        screen.line().add(mark.text, mark.style);
        screen.add(fmt::format("{:<{}}", check.name, name_width), Style::bold);
        screen.add(check.found);
        if (!check.asked.empty()) {
            screen.line().add(indent + "config  ", Style::dim).add(check.asked, Style::dim);
        }
        if (const std::string worth = worth_of(check.name, diagnosis.measured); !worth.empty()) {
            screen.line().add(indent + "worth   ", Style::dim).add(worth);
        }
        if (!check.advice.empty()) {
            screen.line().add(indent + "do      ", Style::dim).add(check.advice, mark.style);
        }
    }
    screen.line();
    screen.heading("A spinning thread stood still");
    for (const Gaps& gaps : diagnosis.measured.gaps) {
        add_gaps(screen, gaps);
    }
    screen.line();
    if (diagnosis.in_force()) {
        screen.line().add("all that the config asks for is in force", Style::good);
    } else {
        screen.line().add(
            "NOT in force, and the config asks for it: see MISS; `portcullis trade` "
            "would refuse",
            Style::bad);
    }
    return screen;
}

std::string diagnosis_json(const Diagnosis& diagnosis) {
    std::string checks;
    for (const Check& check : diagnosis.checks) {
        checks += fmt::format(
            "{}{{\"name\":{},\"asked\":{},\"found\":{},\"standing\":\"{}\",\"worth\":{},"
            "\"advice\":{}}}",
            checks.empty() ? "" : ",", json_text(check.name), json_text(check.asked),
            json_text(check.found), mark_of(check.standing).word,
            json_text(worth_of(check.name, diagnosis.measured)), json_text(check.advice));
    }
    return fmt::format(
        "{{\"machine\":{},\"config\":{},\"in_force\":{},\"checks\":[{}],"
        "\"measured\":{}}}",
        json_text(diagnosis.machine), json_text(diagnosis.config), diagnosis.in_force(), checks,
        measured_json(diagnosis.measured));
}

}  // namespace portcullis::tools
