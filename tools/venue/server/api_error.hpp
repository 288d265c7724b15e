// ApiError: one refusal as Binance words it: HTTP status, code, text, and what else the answer
// carries.
//
// The texts are the documented ones (Binance's errors.md); peers match on them, so they are written
// in one place each. Status is the same on REST and on the WebSocket API.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/venue/exchange.hpp"
#include "tools/venue/server/door.hpp"

namespace portcullis::tools::venue {

/// The address is banned.
constexpr int banned_status = 418;

struct ApiError {
    int status{400};
    int code{};
    std::string message;
    std::string data;               ///< JSON object for "data", or empty
    std::int64_t retry_after_ms{};  ///< Unix time; 0: none
    std::int64_t server_time_ms{};  ///< when it was said; of those with retry_after_ms

    /// {"code":..,"msg":..[,"data":..]}: the REST body and the WebSocket "error" member. The latter
    /// has both times in its data, REST a header of its own (tell_retry_after).
    [[nodiscard]] std::string json(Door door = Door::rest) const;
};

namespace refusals {
/// Any other than those below.
[[nodiscard]] ApiError of(int code, std::string message, int status = 400);
[[nodiscard]] ApiError from_exchange(const VenueError& error);
[[nodiscard]] ApiError mandatory(std::string_view name);
[[nodiscard]] ApiError either(std::string_view a, std::string_view b);
[[nodiscard]] ApiError empty(std::string_view name);
[[nodiscard]] ApiError not_required(std::string_view name);
[[nodiscard]] ApiError illegal(std::string_view name, std::string_view range);
[[nodiscard]] ApiError too_precise(std::string_view name);
[[nodiscard]] ApiError overflowed(std::string_view name);
[[nodiscard]] ApiError invalid_data(std::string_view name);
[[nodiscard]] ApiError too_many_parameters(std::size_t expected, std::size_t received);
[[nodiscard]] ApiError unread(std::size_t read, std::size_t sent);
[[nodiscard]] ApiError duplicate_parameter();
/// Parameters that do not go together.
[[nodiscard]] ApiError bad_combination();
/// A history of more than so many hours.
[[nodiscard]] ApiError over_hours(std::int64_t hours);
[[nodiscard]] ApiError bad_symbol();
[[nodiscard]] ApiError bad_symbol_status();
[[nodiscard]] ApiError status_mismatch();
[[nodiscard]] ApiError bad_interval();
[[nodiscard]] ApiError bad_side();
[[nodiscard]] ApiError bad_type();
[[nodiscard]] ApiError bad_time_in_force();
[[nodiscard]] ApiError key_format();
[[nodiscard]] ApiError key_rejected();
[[nodiscard]] ApiError bad_signature();
[[nodiscard]] ApiError outside_window();
[[nodiscard]] ApiError ahead_of_server();
[[nodiscard]] ApiError bad_json();
[[nodiscard]] ApiError no_sbe(int status);
/// -1007: the order may have been executed.
[[nodiscard]] ApiError unknown_status();
/// Too much at `now_ms`, and again from `retry_ms` on.
[[nodiscard]] ApiError until(std::int64_t retry_ms, std::int64_t now_ms, int code,
                             std::string message, int status = 429);
[[nodiscard]] ApiError too_much_weight(std::int64_t limit, std::int64_t retry_ms,
                                       std::int64_t now_ms, std::string_view interval = "1 MINUTE");
[[nodiscard]] ApiError banned(std::int64_t retry_ms, std::int64_t now_ms);
}  // namespace refusals

}  // namespace portcullis::tools::venue
