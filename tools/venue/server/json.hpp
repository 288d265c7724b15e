// JsonWriter: appends JSON text to one string; commas come by themselves.
//
// A DOM would build a tree only to print it once. Binance prints every amount as a string with
// eight decimals and every time and id as a number, so there is one function for each of these and
// none for doubles. Used by: everything in server/ that answers. Invariant: the text is well formed
// once as many end_* as begin_* were called.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/types/units.hpp"

namespace portcullis::tools::venue {

/// Eight decimals, as Binance prints amounts: 1.00000000.
[[nodiscard]] std::string decimal_text(engine::int128 atoms);
/// Appends `text` as a JSON string with quotes and escapes. Clients' words are quoted back to them:
/// in a text that is no UTF-8 each byte beyond ASCII becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

class JsonWriter {
public:
    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& begin_object(std::string_view name) { return key(name).open_value('{'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& begin_array(std::string_view name) { return key(name).open_value('['); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& end_array() { return close(']'); }

    JsonWriter& text(std::string_view name, std::string_view value) {
        key(name);
        append_json_string(out_, value);
        return *this;
    }
    JsonWriter& text(std::string_view value) {
        comma();
        append_json_string(out_, value);
        return *this;
    }
    JsonWriter& integer(std::string_view name, std::int64_t value) {
        key(name);
        out_ += std::to_string(value);
        return *this;
    }
    JsonWriter& boolean(std::string_view name, bool value) {
        key(name);
        out_ += value ? "true" : "false";
        return *this;
    }
    JsonWriter& null(std::string_view name) { return raw(name, "null"); }
    /// A price, quantity or amount: string of eight decimals.
    JsonWriter& decimal(std::string_view name, engine::int128 atoms) {
        key(name);
        append_decimal(atoms);
        return *this;
    }
    JsonWriter& decimal(engine::int128 atoms) {
        comma();
        append_decimal(atoms);
        return *this;
    }
    /// `json` is well-formed JSON already.
    JsonWriter& raw(std::string_view name, std::string_view json) {
        key(name);
        out_ += json;
        return *this;
    }
    JsonWriter& raw(std::string_view json) {
        comma();
        out_ += json;
        return *this;
    }

    [[nodiscard]] std::string take() { return std::move(out_); }
    [[nodiscard]] const std::string& str() const { return out_; }

private:
    void comma() {
        if (!out_.empty() && out_.back() != '{' && out_.back() != '[' && out_.back() != ':') {
            out_ += ',';
        }
    }
    JsonWriter& key(std::string_view name) {
        comma();
        append_json_string(out_, name);
        out_ += ':';
        return *this;
    }
    JsonWriter& open(char bracket) {
        comma();
        out_ += bracket;
        return *this;
    }
    JsonWriter& open_value(char bracket) {
        out_ += bracket;
        return *this;
    }
    JsonWriter& close(char bracket) {
        out_ += bracket;
        return *this;
    }
    void append_decimal(engine::int128 atoms) {
        out_ += '"';
        out_ += decimal_text(atoms);
        out_ += '"';
    }

    std::string out_;
};

}  // namespace portcullis::tools::venue
