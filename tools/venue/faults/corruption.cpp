#include "tools/venue/faults/corruption.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "engine/types/decimal.hpp"
#include "engine/types/verify.hpp"
#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {
namespace {

using Text = std::optional<std::string>;

/// One value of a JSON text that is neither object nor array, quotes included.
struct Value {
    std::size_t begin{}, length{};
    bool number{};  ///< a number, in quotes or not
};

bool numeric(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::size_t end_of_value(std::string_view text, std::size_t begin) {
    if (text[begin] == '"') {
        std::size_t at = begin + 1;
        while (at < text.size() && text[at] != '"') {
            at += text[at] == '\\' ? 2 : 1;
        }
        return std::min(at + 1, text.size());
    }
    return std::min(text.find_first_of(",:]} \t\r\n", begin), text.size());
}

/// Values in order; names of members are none. What is no JSON (a page) has none.
std::vector<Value> values_of(std::string_view text) {
    std::vector<Value> out;
    if (!text.starts_with('{') && !text.starts_with('[')) {
        return out;
    }
    std::size_t at = 0;
    while ((at = text.find_first_not_of("{}[],: \t\r\n", at)) < text.size()) {
        const std::size_t end = end_of_value(text, at);
        const std::size_t next = text.find_first_not_of(" \t\r\n", end);
        if (next == std::string_view::npos || text[next] != ':') {
            const std::string_view value = text.substr(at, end - at);
            const bool quoted = value.front() == '"' && value.size() > 2;
            out.push_back(
                {at, value.size(), numeric(quoted ? value.substr(1, value.size() - 2) : value)});
        }
        at = end;
    }
    return out;
}

/// `member` before all others, or as an object before all elements.
Text in_front(std::string_view text, const std::string& member) {
    const std::size_t open = text.find_first_not_of(" \t\r\n");
    if (open == std::string_view::npos || (text[open] != '{' && text[open] != '[')) {
        return std::nullopt;
    }
    const bool array = text[open] == '[';
    const std::size_t next = text.find_first_not_of(" \t\r\n", open + 1);
    const bool empty = next == std::string_view::npos || text[next] == (array ? ']' : '}');
    std::string out(text.substr(0, open + 1));
    out.append(array ? "{" + member + "}" : member);
    return out.append(empty ? "" : ",").append(text.substr(open + 1));
}

std::string replaced(std::string_view text, const Value& value, std::string_view with) {
    std::string out(text.substr(0, value.begin));
    return out.append(with).append(text.substr(value.begin + value.length));
}

/// What type a value's text is of, by its first character; numbers begin in many ways.
char type_of(std::string_view value) {
    const bool bare = std::string_view("{[\"ntf").find(value.front()) == std::string_view::npos;
    return bare ? '0' : value.front() == 'f' ? 't' : value.front();
}

/// One value becomes one of another type.
Text wrong_type(std::string_view text, Random& random) {
    const auto values = values_of(text);
    if (values.empty()) {
        return std::nullopt;
    }
    const Value& value = values[random.below(values.size())];
    std::vector<std::string_view> others = {"{}", "[]", "null", "true", "{\"value\":[1]}"};
    std::erase_if(others, [type = type_of(text.substr(value.begin))](std::string_view other) {
        return type_of(other) == type;
    });
    return replaced(text, value, others[random.below(others.size())]);
}

/// One number becomes one of `others`; in quotes where it was in quotes.
template <std::size_t N>
Text other_number(std::string_view text, const std::array<std::string_view, N>& others,
                  Random& random) {
    auto values = values_of(text);
    std::erase_if(values, [](const Value& value) { return !value.number; });
    if (values.empty()) {
        return std::nullopt;
    }
    const Value& value = values[random.below(values.size())];
    const std::string_view other = others[random.below(N)];
    const bool quoted = text[value.begin] == '"';
    return replaced(text, value, quoted ? "\"" + std::string(other) + "\"" : std::string(other));
}

/// The text in quotes that begins at `at`.
std::string_view quoted_at(std::string_view text, std::size_t at) {
    const std::size_t end = text.find('"', at + 1);
    return end == std::string_view::npos ? "" : text.substr(at + 1, end - at - 1);
}

/// A price a hundredth, and at least one atom, above `ask` and above `floor_atoms`; empty where
/// neither is a price.
std::string price_above(std::string_view ask, std::int64_t floor_atoms) {
    const auto parsed = engine::parse_decimal(ask);
    const engine::int128 told = parsed.error == engine::DecimalError::none ? parsed.atoms : 0;
    const engine::int128 least = std::max(told, engine::int128{floor_atoms});
    return least > 0 ? decimal_text(least + std::max<engine::int128>(least / 100, 1)) : "";
}

/// In a message whose sides are arrays of that name: a bid of 1.0 above the first ask, and above
/// the book's best: an event may have no ask, or one that goes.
Text crossed_sides(std::string_view text, std::string_view bids_name, std::string_view asks_name,
                   std::int64_t best_ask_atoms) {
    const std::size_t bids = text.find(bids_name);
    const std::size_t asks = text.find(asks_name);
    if (bids == std::string_view::npos || asks == std::string_view::npos) {
        return std::nullopt;
    }
    const std::size_t bid = bids + bids_name.size();
    const std::size_t ask = asks + asks_name.size();
    const std::string_view told =
        text.substr(ask).starts_with("[\"") ? quoted_at(text, ask + 1) : "";
    const std::string price = price_above(told, best_ask_atoms);
    const bool alone = text[bid] == ']';
    std::string out(text.substr(0, bid));
    out += "[\"" + price + "\",\"1.00000000\"]" + (alone ? "" : ",");
    return price.empty() ? Text() : out.append(text.substr(bid));
}

/// Of depth events, partial books and tickers of the best prices.
Text crossed(std::string_view text, std::int64_t best_ask_atoms) {
    if (auto event = crossed_sides(text, "\"b\":[", "\"a\":[", best_ask_atoms)) {
        return event;
    }
    if (auto partial = crossed_sides(text, "\"bids\":[", "\"asks\":[", best_ask_atoms)) {
        return partial;
    }
    const std::size_t bid = text.find("\"b\":\"");
    const std::size_t ask = text.find("\"a\":\"");
    if (bid == std::string_view::npos || ask == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string price = price_above(quoted_at(text, ask + 4), 0);
    const Value old{bid + 4, quoted_at(text, bid + 4).size() + 2, true};
    return price.empty() ? Text() : Text(replaced(text, old, "\"" + price + "\""));
}

constexpr std::array<std::string_view, 7> no_numbers = {"NaN",  "Infinity", "-Infinity", "1e999",
                                                        "-0.0", "0x10",     "1e-7"};
/// All beyond 64 bits once scaled to 1e-8, or beyond them as they stand.
constexpr std::array<std::string_view, 4> long_numbers = {
    "9223372036854775807", "9999999999999999999.99999999", "18446744073709551616",
    "1234567890123456789.1234567890123456789"};

}  // namespace

bool corrupts(FaultKind kind) {
    switch (kind) {
        case FaultKind::crossed_book:
        case FaultKind::oversized:
        case FaultKind::deep_nesting:
        case FaultKind::invalid_utf8:
        case FaultKind::wrong_types:
        case FaultKind::nan_numbers:
        case FaultKind::long_numbers:
        case FaultKind::html:
            return true;
        default:
            return false;
    }
}

std::string html_page(std::int64_t status) {
    return "<html>\r\n<head><title>" + std::to_string(status) +
           " ERROR</title></head>\r\n<body>\r\n<h1>The request could not be satisfied.</h1>\r\n"
           "</body>\r\n</html>\r\n";
}

Text corrupted(FaultKind kind, std::string_view text, std::int64_t argument, Random& random) {
    const auto size = static_cast<std::size_t>(argument);
    switch (kind) {
        case FaultKind::crossed_book:
            return crossed(text, argument);
        case FaultKind::oversized:
            return in_front(text, "\"padding\":\"" + std::string(size, 'x') + "\"");
        case FaultKind::deep_nesting:
            return in_front(text, "\"nest\":" + std::string(size, '[') + std::string(size, ']'));
        case FaultKind::invalid_utf8:
            return in_front(text, "\"note\":\"\xC3\x28\xED\xA0\x80\"");
        case FaultKind::wrong_types:
            return wrong_type(text, random);
        case FaultKind::nan_numbers:
            return other_number(text, no_numbers, random);
        case FaultKind::long_numbers:
            return other_number(text, long_numbers, random);
        case FaultKind::html:
            return html_page(argument);
        default:
            engine::verify(false);
            return std::nullopt;
    }
}

}  // namespace portcullis::tools::venue
