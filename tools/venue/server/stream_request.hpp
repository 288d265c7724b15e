// StreamRequest: what a client says on a stream connection, read whole before anything is done, and
// what Binance says of a text that is none.
//
// The refusals are the documents' own (web-socket-streams.md, "Error Messages"), down to the place
// in the text; of these only "Unknown property" gives the id back. One form of request is one
// struct: the session below it (streams.cpp) knows no JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace portcullis::tools::venue {

struct StreamRequest {
    enum class Method : std::uint8_t {
        subscribe,
        unsubscribe,
        list_subscriptions,
        set_property,
        get_property
    };
    Method method{};
    std::string id;                    ///< JSON: a 64-bit integer, a string of at most 36, or null
    std::vector<std::string> streams;  ///< of subscribe and unsubscribe
    bool combined{};                   ///< of set_property
};

struct StreamRefusal {
    int code{};
    std::string message;
    std::string id{};  ///< JSON; empty where it is not given back

    [[nodiscard]] std::string json() const;
};

[[nodiscard]] std::variant<StreamRequest, StreamRefusal> read_stream_request(std::string_view text);

}  // namespace portcullis::tools::venue
