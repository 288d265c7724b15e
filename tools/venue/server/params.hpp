// Params: the parameters of one request, from a WebSocket "params" object or from a query string
// and a form body, in one shape; and ParamReader, which takes them out one by one.
//
// Values are kept as text exactly as they came, because the signature covers that text: a number
// that was parsed and printed again would break it. ParamReader remembers the first error and what
// was read, so that a handler reads straight down and asks once at the end; what nobody read is
// -1101 or -1104, as at Binance.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/types/units.hpp"
#include "tools/venue/server/api_error.hpp"

namespace portcullis::tools::venue {

struct Param {
    std::string name;
    std::string value;    ///< strings: decoded; others: the JSON text
    bool is_null{false};  ///< JSON null
};

class Params {
public:
    /// Later values of a name already present are ignored (query wins over body). False if present.
    bool add(std::string name, std::string value, bool is_null = false);
    [[nodiscard]] const Param* find(std::string_view name) const;
    void erase(std::string_view name);
    [[nodiscard]] const std::vector<Param>& all() const { return params_; }
    /// What a WebSocket API request signs: all but `signature`, by name, name=value, joined by '&'.
    [[nodiscard]] std::string signing_text() const;

private:
    std::vector<Param> params_;
};

/// From the JSON text of a "params" object. Error: bad_json.
[[nodiscard]] std::optional<ApiError> params_from_json(std::string_view json, Params& out);
/// From `a=b&c=d`, percent-decoded. Duplicates inside one text are -1101, malformed escapes -1100.
[[nodiscard]] std::optional<ApiError> params_from_query(std::string_view query, Params& out);
/// ["A","B"] -> A, B; nothing when it is not that.
[[nodiscard]] std::optional<std::vector<std::string>> text_list(std::string_view json);
/// Percent-decodes; nothing when an escape is malformed.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);
/// What lies between the `at`s, empty parts too: one at least.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char at);

/// What a request may have beside the parameters of its method. Binance counts all of it.
enum class Envelope : std::uint8_t {
    uncounted,        ///< whatever belongs to authentication and the envelope, and not counted
    nothing,          ///< REST, where no key is needed
    signed_rest,      ///< timestamp, recvWindow, signature
    signed_websocket  ///< those, apiKey and returnRateLimits
};

class ParamReader {
public:
    explicit ParamReader(const Params& params, Envelope envelope = Envelope::uncounted)
        : params_(params), envelope_(envelope) {}

    [[nodiscard]] bool has(std::string_view name);
    /// Text of `name`, or empty with an error when it is missing or empty.
    std::string required(std::string_view name);
    /// Text of `name` if sent; an empty value is -1105.
    std::optional<std::string> optional(std::string_view name);
    /// A symbol that matches Binance's range; whether it exists is the handler's question.
    std::string symbol();
    std::optional<std::int64_t> integer(std::string_view name);
    /// Price or quantity: -1100 malformed, -1111 more than eight decimals, -1108 too large.
    std::optional<std::int64_t> decimal(std::string_view name);
    std::int64_t required_decimal(std::string_view name);
    std::optional<std::string> client_id(std::string_view name);
    /// A JSON list of texts; else -1130.
    std::optional<std::vector<std::string>> text_list(std::string_view name);
    std::optional<bool> boolean(std::string_view name);
    /// Error if `name` was sent.
    void refuse(std::string_view name);
    void fail(ApiError error);

    /// While it lives, names are those of one order in a list: with "above", price is abovePrice
    /// (and newClientOrderId is aboveClientOrderId, like all names that begin with "new"); but
    /// `quantity`, which orders can share, is the name given.
    class OfOrder {
    public:
        OfOrder(ParamReader& in, std::string prefix, std::string quantity)
            : in_(in),
              before_(std::exchange(in.of_order_, {std::move(prefix), std::move(quantity)})) {}
        ~OfOrder() { in_.of_order_ = std::move(before_); }
        OfOrder(const OfOrder&) = delete;
        OfOrder& operator=(const OfOrder&) = delete;

    private:
        ParamReader& in_;
        std::pair<std::string, std::string> before_;
    };
    /// The name that is on the wire now.
    [[nodiscard]] std::string name_of(std::string_view name) const;

    [[nodiscard]] bool ok() const { return !error_.has_value(); }
    [[nodiscard]] const std::optional<ApiError>& error() const { return error_; }
    /// The first error; then, when something was sent that nobody read, -1101 where it is more than
    /// was asked for at all, else -1104.
    [[nodiscard]] std::optional<ApiError> finish();

private:
    const Param* take(std::string_view name);
    [[nodiscard]] bool in_envelope(std::string_view name) const;

    const Params& params_;
    std::pair<std::string, std::string> of_order_;  ///< prefix, quantity; empty: plain names
    Envelope envelope_;
    std::set<std::string, std::less<>> read_;
    std::set<std::string, std::less<>> known_;  ///< asked for, read or not
    std::optional<ApiError> error_;
};

/// The parameters that belong to authentication and to the envelope, not to a method.
[[nodiscard]] bool is_envelope_parameter(std::string_view name);

}  // namespace portcullis::tools::venue
