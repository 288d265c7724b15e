// startTime, endTime and limit: what the histories of orders, lists and trades have in common.
// Without a beginning the latest rows are meant, with one the first from there on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tools/venue/durations.hpp"
#include "tools/venue/server/params.hpp"

namespace portcullis::tools::venue {

/// As of a request's timestamp: above this, a time is in microseconds.
inline constexpr std::int64_t history_microseconds_from = 100'000'000'000'000;

struct HistoryTimes {
    std::optional<std::int64_t> start_ms, end_ms;

    [[nodiscard]] bool holds(std::int64_t time_ms) const {
        return time_ms >= start_ms.value_or(0) && (!end_ms || time_ms <= *end_ms);
    }
};
struct Range : HistoryTimes {
    std::size_t limit{500};
};

inline std::optional<std::int64_t> time_ms(ParamReader& in, std::string_view name) {
    auto value = in.integer(name);
    return value && *value >= history_microseconds_from ? *value / 1000 : value;
}

inline HistoryTimes read_times(ParamReader& in) {
    HistoryTimes times;
    times.start_ms = time_ms(in, "startTime");
    times.end_ms = time_ms(in, "endTime");
    return times;
}

inline void check_day(ParamReader& in, const HistoryTimes& times) {
    if (times.start_ms && times.end_ms && *times.end_ms - *times.start_ms > day_ms) {
        in.fail(refusals::over_hours(24));
    }
}

/// 1 to 1000, 500 if not sent.
inline std::int64_t read_limit(ParamReader& in, std::int64_t by_default = 500) {
    const std::int64_t limit = in.integer("limit").value_or(by_default);
    if (limit < 1) {
        in.fail(refusals::invalid_data("limit"));
    }
    return std::min<std::int64_t>(limit, 1000);
}

/// Moved into the range of what may be sent as a timestamp: from 2017 on, ten seconds ahead.
inline HistoryTimes in_range(HistoryTimes times, std::int64_t now_ms) {
    constexpr std::int64_t first_ms = 1'483'228'800'000;
    constexpr std::int64_t ahead_ms = 10'000;
    for (auto* time : {&times.start_ms, &times.end_ms}) {
        if (*time) {
            *time = std::min(std::max(**time, first_ms), now_ms + ahead_ms);
        }
    }
    return times;
}

inline Range read_range(ParamReader& in, std::int64_t now_ms) {
    Range range{in_range(read_times(in), now_ms)};
    range.limit = static_cast<std::size_t>(read_limit(in));
    check_day(in, range);
    return range;
}

/// The last `limit` rows, or the first when the client named where to begin.
template <class Row>
void keep(std::vector<Row>& rows, std::size_t limit, bool from_start) {
    if (rows.size() <= limit) {
        return;
    }
    const auto cut = static_cast<std::ptrdiff_t>(from_start ? limit : rows.size() - limit);
    if (from_start) {
        rows.erase(rows.begin() + cut, rows.end());
    } else {
        rows.erase(rows.begin(), rows.begin() + cut);
    }
}

}  // namespace portcullis::tools::venue
