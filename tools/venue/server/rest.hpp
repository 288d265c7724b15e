// RestDoor: HTTP requests to Api calls and back: routes, signed payload, headers.
//
// The payload of a signature is the query followed by the body where that is a form, as sent,
// without the signature itself; so the raw target is kept until here. One owner; no socket.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/venue/faults/fault_layer.hpp"
#include "tools/venue/server/api.hpp"
#include "tools/venue/server/wire.hpp"

namespace portcullis::tools::venue {

class RestDoor {
public:
    RestDoor(Api& api, FaultLayer& faults) : api_(api), faults_(faults) {}
    [[nodiscard]] HttpReply handle(const HttpRequest& request);
    /// "GET /api/v3/ping" and the like: what leads to a method of Api.
    [[nodiscard]] static std::vector<std::string> routes_of(std::string_view method);

private:
    [[nodiscard]] HttpReply refused(const HttpRequest& request, const Outgoing& out,
                                    const ApiError& error);
    [[nodiscard]] HttpReply plain(const HttpRequest& request, const ApiError& error) const;
    [[nodiscard]] HttpReply not_found(const HttpRequest& request) const;
    [[nodiscard]] HttpReply dress(const HttpRequest& request, const ApiReply& reply) const;

    Api& api_;
    FaultLayer& faults_;
};

/// The header Retry-After: whole seconds until `retry_ms`, at least one; without a time, none.
void tell_retry_after(HttpReply& reply, std::int64_t retry_ms, std::int64_t now_ms);
/// `text` without its `signature=...` pair and the '&' that joins it.
[[nodiscard]] std::string without_signature(std::string_view text);
/// False when something in it had to be percent-encoded and is not: the signature cannot hold.
[[nodiscard]] bool percent_encoded(std::string_view text);

}  // namespace portcullis::tools::venue
