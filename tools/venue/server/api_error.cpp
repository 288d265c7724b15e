#include "tools/venue/server/api_error.hpp"

#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {

std::string ApiError::json(Door door) const {
    JsonWriter out;
    out.begin_object().integer("code", code).text("msg", message);
    std::string told = data;
    if (door == Door::websocket && retry_after_ms > 0) {
        const std::string times = JsonWriter()
                                      .begin_object()
                                      .integer("serverTime", server_time_ms)
                                      .integer("retryAfter", retry_after_ms)
                                      .end_object()
                                      .take();
        told = data.empty() ? times : data.substr(0, data.size() - 1) + ',' + times.substr(1);
    }
    if (!told.empty()) {
        out.raw("data", told);
    }
    return out.end_object().take();
}

namespace refusals {
namespace {
std::string quoted(std::string_view name) {
    return "'" + std::string(name) + "'";
}
}  // namespace

ApiError of(int code, std::string message, int status) {
    ApiError error;
    error.status = status;
    error.code = code;
    error.message = std::move(message);
    return error;
}
ApiError from_exchange(const VenueError& error) {
    return of(error.code, error.message);
}
ApiError mandatory(std::string_view name) {
    return of(-1102, "Mandatory parameter " + quoted(name) +
                         " was not sent, was empty/null, or malformed.");
}
ApiError either(std::string_view a, std::string_view b) {
    return of(-1102, "Param " + quoted(a) + " or " + quoted(b) +
                         " must be sent, but both were empty/null!");
}
ApiError empty(std::string_view name) {
    return of(-1105, "Parameter " + quoted(name) + " was empty.");
}
ApiError not_required(std::string_view name) {
    return of(-1106, "Parameter " + quoted(name) + " sent when not required.");
}
ApiError illegal(std::string_view name, std::string_view range) {
    return of(-1100, "Illegal characters found in parameter " + quoted(name) + "; legal range is " +
                         quoted(range) + ".");
}
ApiError too_precise(std::string_view name) {
    return of(-1111, "Parameter " + quoted(name) + " has too much precision.");
}
ApiError overflowed(std::string_view name) {
    return of(-1108, "Parameter " + quoted(name) + " overflowed.");
}
ApiError invalid_data(std::string_view name) {
    return of(-1130, "Data sent for parameter " + quoted(name) + " is not valid.");
}
ApiError too_many_parameters(std::size_t expected, std::size_t received) {
    return of(-1101, "Too many parameters; expected '" + std::to_string(expected) +
                         "' and received '" + std::to_string(received) + "'.");
}
ApiError unread(std::size_t read, std::size_t sent) {
    return of(-1104, "Not all sent parameters were read; read '" + std::to_string(read) +
                         "' parameter(s) but was sent '" + std::to_string(sent) + "'.");
}
ApiError duplicate_parameter() {
    return of(-1101, "Duplicate values for a parameter detected.");
}
ApiError bad_combination() {
    return of(-1128, "Combination of optional parameters invalid.");
}
ApiError over_hours(std::int64_t hours) {
    return of(-1127,
              "More than " + std::to_string(hours) + " hours between startTime and endTime.");
}
ApiError bad_symbol() {
    return of(-1121, "Invalid symbol.");
}
ApiError bad_symbol_status() {
    return of(-1122, "Invalid symbolStatus.");
}
ApiError status_mismatch() {
    return of(-1220, "The symbol's status does not match the requested symbolStatus.");
}
ApiError bad_interval() {
    return of(-1120, "Invalid interval.");
}
ApiError bad_side() {
    return of(-1117, "Invalid side.");
}
ApiError bad_type() {
    return of(-1116, "Invalid orderType.");
}
ApiError bad_time_in_force() {
    return of(-1115, "Invalid timeInForce.");
}
ApiError key_format() {
    return of(-2014, "API-key format invalid.", 401);
}
ApiError key_rejected() {
    return of(-2015, "Invalid API-key, IP, or permissions for action.", 401);
}
ApiError bad_signature() {
    return of(-1022, "Signature for this request is not valid.");
}
ApiError outside_window() {
    return of(-1021, "Timestamp for this request is outside of the recvWindow.");
}
ApiError ahead_of_server() {
    return of(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
}
ApiError bad_json() {
    return of(-1135, "Invalid JSON Request");
}
ApiError no_sbe(int status) {
    return of(-1155, "SBE is not enabled.", status);
}
ApiError unknown_status() {
    return of(-1007,
              "Timeout waiting for response from backend server. Send status unknown; "
              "execution status unknown.",
              504);
}
ApiError until(std::int64_t retry_ms, std::int64_t now_ms, int code, std::string message,
               int status) {
    ApiError error = of(code, std::move(message), status);
    error.retry_after_ms = retry_ms;
    error.server_time_ms = now_ms;
    return error;
}
ApiError too_much_weight(std::int64_t limit, std::int64_t retry_ms, std::int64_t now_ms,
                         std::string_view interval) {
    return until(retry_ms, now_ms, -1003,
                 "Too much request weight used; current limit is " + std::to_string(limit) +
                     " request weight per " + std::string(interval) +
                     ". Please use WebSocket Streams for live updates to avoid polling the API.");
}
ApiError banned(std::int64_t retry_ms, std::int64_t now_ms) {
    return until(retry_ms, now_ms, -1003,
                 "Way too much request weight used; IP banned until " + std::to_string(retry_ms) +
                     ". Please use WebSocket Streams for live updates to avoid bans.",
                 banned_status);
}
}  // namespace refusals

}  // namespace portcullis::tools::venue
