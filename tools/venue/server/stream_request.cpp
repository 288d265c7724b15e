#include "tools/venue/server/stream_request.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {
namespace {

using simdjson::dom::element;
using Method = StreamRequest::Method;

constexpr std::size_t id_length_max = 36;
constexpr std::array<std::pair<std::string_view, Method>, 5> methods = {
    {{"SUBSCRIBE", Method::subscribe},
     {"UNSUBSCRIBE", Method::unsubscribe},
     {"LIST_SUBSCRIPTIONS", Method::list_subscriptions},
     {"SET_PROPERTY", Method::set_property},
     {"GET_PROPERTY", Method::get_property}}};

StreamRefusal invalid(const std::string& why) {
    return {2, "Invalid request: " + why};
}

/// Where reading ended: behind the first `length` bytes.
std::string place(std::string_view text, std::size_t length) {
    const std::string_view read = text.substr(0, length);
    const std::size_t newline = read.rfind('\n');
    const std::size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
    return " at line " + std::to_string(1 + std::count(read.begin(), read.end(), '\n')) +
           " column " + std::to_string(length - line_begin);
}

/// As it is to be given back; none: it is of no kind that is accepted.
std::optional<std::string> read_id(const element& message) {
    element id;
    if (message["id"].get(id)) {
        return std::nullopt;
    }
    std::string_view name;
    const bool text = !id.get(name);
    const auto legal = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '_';
    };
    if (text ? name.size() > id_length_max || !std::all_of(name.begin(), name.end(), legal)
             : !id.is_int64() && !id.is_null()) {
        return std::nullopt;
    }
    return simdjson::minify(id);
}

/// The end of the method's text in the request, as its sender wrote it.
std::size_t method_end(std::string_view text) {
    simdjson::ondemand::parser parser;
    const simdjson::padded_string padded(text);
    simdjson::ondemand::document document;
    std::string_view token;
    if (parser.iterate(padded).get(document) || document["method"].raw_json_token().get(token)) {
        return text.size();
    }
    const std::size_t end = token.find_last_not_of(" \t\r\n");
    return static_cast<std::size_t>(token.data() - padded.data()) + end + 1;
}

std::variant<Method, StreamRefusal> read_method(const element& message, std::string_view text) {
    std::string_view name;
    if (message["method"].get(name)) {
        return invalid("missing field `method`" + place(text, text.size()));
    }
    const auto* const known = std::find_if(methods.begin(), methods.end(),
                                           [name](const auto& each) { return each.first == name; });
    if (known != methods.end()) {
        return known->second;
    }
    std::string expected;
    for (const auto& [each, method] : methods) {
        expected += (expected.empty() ? "`" : ", `") + std::string(each) + "`";
    }
    return invalid("unknown variant `" + std::string(name) + "`, expected one of " + expected +
                   place(text, method_end(text)));
}

/// "combined", and for SET_PROPERTY its value.
std::optional<StreamRefusal> read_property(const std::vector<element>& params,
                                           StreamRequest& request) {
    const bool sets = request.method == Method::set_property;
    std::string_view name;
    if (params.empty() || params[0].get(name)) {
        return invalid("property name must be a string");
    }
    if (name != "combined") {
        return StreamRefusal{0, "Unknown property", request.id};
    }
    if (params.size() > (sets ? 2U : 1U)) {
        return invalid("too many parameters");
    }
    if (sets && (params.size() < 2 || params[1].get(request.combined))) {
        return StreamRefusal{1, "Invalid value type: expected Boolean"};
    }
    return std::nullopt;
}

std::optional<StreamRefusal> read_params(const element& message, StreamRequest& request) {
    std::vector<element> params;
    simdjson::dom::array given;
    const bool array = !message["params"].get(given);
    if (array) {
        params.assign(given.begin(), given.end());
    }
    switch (request.method) {
        case Method::set_property:
        case Method::get_property:
            return read_property(params, request);
        case Method::list_subscriptions:
            return params.empty() ? std::nullopt : std::optional(invalid("too many parameters"));
        case Method::subscribe:
        case Method::unsubscribe:
            break;
    }
    for (const element& each : params) {
        std::string_view name;
        if (each.get(name)) {
            return invalid("params must be an array of strings");
        }
        request.streams.emplace_back(name);
    }
    return array ? std::nullopt : std::optional(invalid("params must be an array of strings"));
}

}  // namespace

std::string StreamRefusal::json() const {
    JsonWriter out;
    out.begin_object().integer("code", code).text("msg", message);
    if (!id.empty()) {
        out.raw("id", id);
    }
    return out.end_object().take();
}

std::variant<StreamRequest, StreamRefusal> read_stream_request(std::string_view text) {
    simdjson::dom::parser parser;
    element message;
    if (parser.parse(text.data(), text.size()).get(message) || !message.is_object()) {
        return StreamRefusal{3, "Invalid JSON: expected value at line 1 column 1"};
    }
    const auto method = read_method(message, text);
    if (const auto* refusal = std::get_if<StreamRefusal>(&method)) {
        return *refusal;
    }
    StreamRequest request;
    request.method = std::get<Method>(method);
    auto id = read_id(message);
    if (!id) {
        return invalid("request ID must be an unsigned integer");
    }
    request.id = std::move(*id);
    if (auto refusal = read_params(message, request)) {
        return std::move(*refusal);
    }
    return request;
}

}  // namespace portcullis::tools::venue
