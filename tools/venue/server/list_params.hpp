// list_params: the parameters of an order list, read and checked for form.
//
// Each order of a list is read by the reader of single orders (order_params), under names with a
// prefix: working, pending, pendingAbove, pendingBelow, above, below. What is of lists alone is
// here: which types may stand above and below in a pair, and which sides an OPO takes.
#pragma once

#include "tools/venue/exchange.hpp"
#include "tools/venue/server/params.hpp"
#include "tools/venue/server/render.hpp"

namespace portcullis::tools::venue {

enum class ListKind : std::uint8_t { oco, oto, otoco, opo, opoco };

struct ListRequest {
    NewOrderList list;
    ResponseType response{ResponseType::result};
    [[nodiscard]] const std::string& symbol() const { return list.pending.front().symbol; }
    [[nodiscard]] std::int64_t order_count() const {
        return static_cast<std::int64_t>(list.pending.size()) + (list.working ? 1 : 0);
    }
};

/// Reads all parameters of a new list; errors are left in `in`.
[[nodiscard]] ListRequest read_new_list(ParamReader& in, ListKind kind);
/// Those of the OCO that is deprecated: a limit and a stop, wherever they stand.
[[nodiscard]] ListRequest read_old_oco(ParamReader& in);

}  // namespace portcullis::tools::venue
