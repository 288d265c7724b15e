#include "tools/venue/server/params.hpp"

#include <simdjson.h>

#include <algorithm>
#include <limits>

#include "engine/types/decimal.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::string_view symbol_range = "^[\\w\\-._&&[^a-z]]{1,50}$";
constexpr std::int64_t symbol_max = 50;
constexpr std::string_view client_id_range = "^[a-zA-Z0-9-_]{1,36}$";
constexpr std::string_view decimal_range = "^([0-9]{1,20})(\\.[0-9]{1,20})?$";
constexpr std::string_view integer_range = "^[0-9]{1,20}$";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_alnum(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int hex_value(char c) {
    if (is_digit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

bool Params::add(std::string name, std::string value, bool is_null) {
    if (find(name) != nullptr) {
        return false;
    }
    params_.push_back({std::move(name), std::move(value), is_null});
    return true;
}

const Param* Params::find(std::string_view name) const {
    const auto at = std::find_if(params_.begin(), params_.end(),
                                 [&](const Param& param) { return param.name == name; });
    return at == params_.end() ? nullptr : &*at;
}

void Params::erase(std::string_view name) {
    std::erase_if(params_, [&](const Param& param) { return param.name == name; });
}

std::string Params::signing_text() const {
    std::vector<const Param*> sorted;
    for (const Param& param : params_) {
        if (param.name != "signature") {
            sorted.push_back(&param);
        }
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const Param* a, const Param* b) { return a->name < b->name; });
    std::string text;
    for (const Param* param : sorted) {
        if (!text.empty()) {
            text += '&';
        }
        text += param->name + "=" + param->value;
    }
    return text;
}

std::optional<ApiError> params_from_json(std::string_view json, Params& out) {
    // Whole validity is the caller's: it parsed the message that this text is a part of.
    simdjson::ondemand::parser parser;
    const simdjson::padded_string padded(json);
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    if (parser.iterate(padded).get(document) || document.get_object().get(object)) {
        return refusals::bad_json();
    }
    for (auto member : object) {
        std::string_view name;
        simdjson::ondemand::value value;
        simdjson::ondemand::json_type type{};
        if (member.unescaped_key().get(name) || member.value().get(value) ||
            value.type().get(type)) {
            return refusals::bad_json();
        }
        const std::string key(name);
        std::string text;
        if (type == simdjson::ondemand::json_type::string) {
            std::string_view view;
            if (value.get_string().get(view)) {
                return refusals::bad_json();
            }
            text = view;
        } else if (type == simdjson::ondemand::json_type::object ||
                   type == simdjson::ondemand::json_type::array) {
            std::string_view view;
            if (simdjson::to_json_string(value).get(view)) {
                return refusals::bad_json();
            }
            text = view;
        } else {
            text = value.raw_json_token();
            text.erase(text.find_last_not_of(" \t\r\n") + 1);
        }
        const bool is_null = type == simdjson::ondemand::json_type::null;
        if (!out.add(key, std::move(text), is_null)) {
            return refusals::duplicate_parameter();
        }
    }
    return std::nullopt;
}

std::optional<std::vector<std::string>> text_list(std::string_view json) {
    simdjson::dom::parser parser;
    simdjson::dom::array array;
    if (parser.parse(json.data(), json.size()).get(array)) {
        return std::nullopt;
    }
    std::vector<std::string> out;
    for (const simdjson::dom::element element : array) {
        std::string_view text;
        if (element.get(text)) {
            return std::nullopt;
        }
        out.emplace_back(text);
    }
    return out;
}

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == at) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return std::nullopt;
            }
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return out;
}

std::optional<ApiError> params_from_query(std::string_view query, Params& out) {
    std::set<std::string, std::less<>> seen;
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(end == query.size() ? end : end + 1);
        if (pair.empty()) {
            continue;
        }
        const std::size_t equals = pair.find('=');
        auto name = percent_decode(pair.substr(0, equals));
        auto value = percent_decode(equals == std::string_view::npos ? std::string_view()
                                                                     : pair.substr(equals + 1));
        if (!name || !value) {
            return refusals::illegal(pair.substr(0, equals), "percent-encoded UTF-8");
        }
        if (!seen.insert(*name).second) {
            return refusals::duplicate_parameter();
        }
        out.add(std::move(*name), std::move(*value));
    }
    return std::nullopt;
}

bool is_envelope_parameter(std::string_view name) {
    return name == "apiKey" || name == "signature" || name == "timestamp" || name == "recvWindow" ||
           name == "returnRateLimits";
}

std::string ParamReader::name_of(std::string_view name) const {
    const auto& [prefix, quantity] = of_order_;
    if (prefix.empty()) {
        return std::string(name);
    }
    if (name == "quantity") {
        return quantity;
    }
    name.remove_prefix(name.starts_with("new") ? 3 : 0);
    std::string full = prefix + std::string(name);
    char& first = full[prefix.size()];
    first = first >= 'a' && first <= 'z' ? static_cast<char>(first - 'a' + 'A') : first;
    return full;
}

bool ParamReader::has(std::string_view name) {
    std::string full = name_of(name);
    const bool there = params_.find(full) != nullptr;
    known_.insert(std::move(full));
    return there;
}

const Param* ParamReader::take(std::string_view name) {
    std::string full = name_of(name);
    const Param* param = params_.find(full);
    known_.insert(full);
    read_.insert(std::move(full));
    return param;
}

void ParamReader::fail(ApiError error) {
    if (!error_) {
        error_ = std::move(error);
    }
}

std::string ParamReader::required(std::string_view name) {
    const Param* param = take(name);
    if (param == nullptr || param->is_null || param->value.empty()) {
        fail(refusals::mandatory(name_of(name)));
        return {};
    }
    return param->value;
}

std::optional<std::string> ParamReader::optional(std::string_view name) {
    const Param* param = take(name);
    if (param == nullptr) {
        return std::nullopt;
    }
    if (param->is_null || param->value.empty()) {
        fail(refusals::empty(name_of(name)));
        return std::nullopt;
    }
    return param->value;
}

std::string ParamReader::symbol() {
    std::string text = required("symbol");
    if (text.empty()) {
        return text;
    }
    // Symbols in other scripts exist (UTF-8); only ASCII is narrowed.
    const bool legal = std::all_of(text.begin(), text.end(), [](char c) {
        return is_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' ||
               static_cast<unsigned char>(c) >= 0x80;
    });
    const auto characters = std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    });
    if (!legal || characters > symbol_max) {
        fail(refusals::illegal("symbol", symbol_range));
    }
    return text;
}

std::optional<std::int64_t> ParamReader::integer(std::string_view name) {
    const auto text = optional(name);
    if (!text) {
        return std::nullopt;
    }
    if (!std::all_of(text->begin(), text->end(), is_digit)) {
        fail(refusals::illegal(name_of(name), integer_range));
        return std::nullopt;
    }
    const auto value = engine::parse_unsigned(*text);
    if (!value || *value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        fail(refusals::overflowed(name_of(name)));
        return std::nullopt;
    }
    return static_cast<std::int64_t>(*value);
}

std::optional<std::int64_t> ParamReader::decimal(std::string_view name) {
    const auto text = optional(name);
    if (!text) {
        return std::nullopt;
    }
    const engine::DecimalResult result = engine::parse_decimal(*text);
    switch (result.error) {
        case engine::DecimalError::none:
            return result.atoms;
        case engine::DecimalError::too_precise:
            fail(refusals::too_precise(name_of(name)));
            break;
        case engine::DecimalError::overflow:
            fail(refusals::overflowed(name_of(name)));
            break;
        case engine::DecimalError::empty:
        case engine::DecimalError::bad_character:
            fail(refusals::illegal(name_of(name), decimal_range));
            break;
    }
    return std::nullopt;
}

std::int64_t ParamReader::required_decimal(std::string_view name) {
    const Param* param = params_.find(name_of(name));
    if (param == nullptr || param->is_null || param->value.empty()) {
        take(name);
        fail(refusals::mandatory(name_of(name)));
        return 0;
    }
    return decimal(name).value_or(0);
}

std::optional<std::string> ParamReader::client_id(std::string_view name) {
    auto text = optional(name);
    if (!text) {
        return std::nullopt;
    }
    const bool legal = text->size() <= 36 && std::all_of(text->begin(), text->end(), [](char c) {
                           return is_alnum(c) || c == '-' || c == '_';
                       });
    if (!legal) {
        fail(refusals::illegal(name_of(name), client_id_range));
    }
    return text;
}

std::optional<std::vector<std::string>> ParamReader::text_list(std::string_view name) {
    const auto text = optional(name);
    if (!text) {
        return std::nullopt;
    }
    auto list = venue::text_list(*text);
    if (!list) {
        fail(refusals::invalid_data(name_of(name)));
    }
    return list;
}

std::optional<bool> ParamReader::boolean(std::string_view name) {
    const auto text = optional(name);
    if (!text) {
        return std::nullopt;
    }
    if (*text == "true" || *text == "TRUE") {
        return true;
    }
    if (*text == "false" || *text == "FALSE") {
        return false;
    }
    fail(refusals::invalid_data(name_of(name)));
    return std::nullopt;
}

void ParamReader::refuse(std::string_view name) {
    if (take(name) != nullptr) {
        fail(refusals::not_required(name_of(name)));
    }
}

bool ParamReader::in_envelope(std::string_view name) const {
    return envelope_ == Envelope::signed_rest
               ? name == "timestamp" || name == "recvWindow" || name == "signature"
               : envelope_ == Envelope::signed_websocket && is_envelope_parameter(name);
}

std::optional<ApiError> ParamReader::finish() {
    if (error_) {
        return error_;
    }
    constexpr std::size_t in_envelope_max[] = {0, 0, 3, 5};  // by Envelope
    const std::size_t known = known_.size() + in_envelope_max[static_cast<std::size_t>(envelope_)];
    std::size_t read = 0;
    std::size_t sent = 0;
    for (const Param& param : params_.all()) {
        if (envelope_ == Envelope::uncounted && is_envelope_parameter(param.name)) {
            continue;
        }
        ++sent;
        read += read_.contains(param.name) || in_envelope(param.name) ? 1 : 0;
    }
    if (read == sent) {
        return std::nullopt;
    }
    return sent > known ? refusals::too_many_parameters(known, sent) : refusals::unread(read, sent);
}

}  // namespace portcullis::tools::venue
