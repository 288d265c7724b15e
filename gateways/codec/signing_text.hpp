// The text that is signed, exactly as the venue rebuilds it.
//
// WebSocket API: params sorted by name, name=value joined by '&', values raw. The encoder knows its
// params and writes them in order already; sorting each message would be work for nothing, so the
// order is verified instead. REST: the query as it goes on the wire, values percent-encoded, in the
// order written. Both append to a buffer of the caller. Thread: one owner.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/types/verify.hpp"
#include "gateways/codec/text_codes.hpp"
#include "gateways/codec/text_writer.hpp"

namespace portcullis::gateways {

/// Canonical text of a WebSocket API request. Requires: names strictly ascending (verified).
class SigningText {
public:
    explicit SigningText(TextWriter& to) noexcept : to_(to), start_(to.size()) {}

    void add(std::string_view name, std::string_view value) noexcept {
        begin(name);
        to_.append(value);
    }
    void add_unsigned(std::string_view name, std::uint64_t value) noexcept {
        begin(name);
        to_.append_unsigned(value);
    }
    void add_decimal(std::string_view name, std::int64_t atoms, int decimals) noexcept {
        begin(name);
        to_.append_decimal(atoms, decimals);
    }

private:
    void begin(std::string_view name) noexcept {
        engine::verify(!name.empty());
        engine::verify(last_ < name);
        last_ = name;
        if (to_.size() != start_) {
            to_.append('&');
        }
        to_.append(name);
        to_.append('=');
    }

    TextWriter& to_;
    std::size_t start_;
    std::string_view last_;  // of the caller: names are literals
};

/// Query or form body of a REST request: values percent-encoded.
class QueryText {
public:
    explicit QueryText(TextWriter& to) noexcept : to_(to), start_(to.size()) {}

    void add(std::string_view name, std::string_view value) noexcept {
        begin(name);
        append_percent_encoded(to_, value);
    }
    void add_unsigned(std::string_view name, std::uint64_t value) noexcept {
        begin(name);
        to_.append_unsigned(value);
    }

private:
    void begin(std::string_view name) noexcept {
        engine::verify(!name.empty());
        if (to_.size() != start_) {
            to_.append('&');
        }
        to_.append(name);
        to_.append('=');
    }

    TextWriter& to_;
    std::size_t start_;
};

}  // namespace portcullis::gateways
