// What an answer of Binance means for us: accepted, rejected (with a reason), or unknown.
//
// One table (errors.cpp), read by one function, because the dangerous mistake is a code that one
// place takes for "no" and another for "perhaps": a request that was taken for rejected and lives
// has no reservation. So the status speaks before the code (5xx is unknown whatever the code says),
// and a code that is not in the table is a rejection only when the status is 4xx.
// Readers: account decoder (legs of cancelReplace), order agent, reconciliation.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/types/fix.hpp"

namespace portcullis::gateways::binance {

enum class Verdict : std::uint8_t { accepted, rejected, unknown };

struct Classified {
    Verdict verdict{Verdict::unknown};
    engine::RejectReason reason{engine::RejectReason::none};
    friend bool operator==(const Classified&, const Classified&) = default;
};

/// One code of the venue. `by_text`: the code covers several reasons and the message tells which.
struct ErrorRow {
    std::int32_t code;
    Classified meaning;
    bool by_text;
};

/// One message of the codes that are told apart by text. Matches as a prefix.
struct TextRow {
    std::string_view prefix;
    engine::RejectReason reason;
};

[[nodiscard]] std::span<const ErrorRow> error_table() noexcept;
[[nodiscard]] std::span<const TextRow> text_table() noexcept;

/// The meaning of an answer. `code` is 0 where there was none.
[[nodiscard]] Classified classify(std::int32_t status, std::int32_t code,
                                  std::string_view message) noexcept;

/// What an answer says of the key that it came to, beside what it says of the request.
enum class KeyRefusal : std::uint8_t {
    none,
    doubted,     ///< signature or form
    permission,  ///< key, address or permission: the venue does not say which
    elsewhere,   ///< the session is somebody's already
};
[[nodiscard]] KeyRefusal key_refusal(std::int32_t code, std::string_view message) noexcept;

/// The meaning of one leg of a cancelReplace that failed: it has a code and no status of its own.
[[nodiscard]] Classified classify_leg(std::int32_t code, std::string_view message) noexcept;

/// The meaning of `r` in an executionReport of type REJECTED.
[[nodiscard]] engine::RejectReason reject_reason_of_event(std::string_view reason) noexcept;

}  // namespace portcullis::gateways::binance
