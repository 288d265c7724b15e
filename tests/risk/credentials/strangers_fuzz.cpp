// Any bytes as the venue's words for a stranger: only a type of the venue's own excuses an order,
// only a whole reason a change, and no text excuses what a person could have written.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "risk/credentials/signals.hpp"
#include "risk/credentials/strangers.hpp"

namespace {

using namespace portcullis::risk;  // NOLINT: one file, one purpose
using portcullis::engine::AmountAtoms;
using portcullis::engine::Sight;
using portcullis::engine::Sighting;
using portcullis::engine::Stranger;
using portcullis::engine::Whose;

void must(bool holds) {
    if (!holds) {
        std::abort();
    }
}

std::string_view take(std::string_view& rest) {
    const std::size_t end = rest.find('|');
    const std::string_view taken = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return taken;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    const std::string_view id = take(rest);
    const std::string_view order_type = take(rest);
    const std::string_view execution_type = take(rest);
    const StrangerMark mark = stranger_of_order(id, order_type, execution_type);
    const bool typed = order_type == "LIQUIDATION" || execution_type == "CALCULATED";
    must(mark.venue_typed == typed && (!typed || mark.stranger != Stranger::none));
    Sighting order;
    order.what = Sight::fill;
    order.whose = Whose::nobodys;
    order.stranger = mark.stranger;
    order.facts = mark.venue_typed ? Sighting::venue_typed : 0;
    must(judge(order).has(Signal::foreign_fill) == !typed);

    const StrangerMark change = stranger_of_change(id);
    must(change.venue_typed == (change.stranger != Stranger::none));
    Sighting gone;
    gone.what = Sight::transfer;
    gone.amount = AmountAtoms{-1};
    gone.stranger = change.stranger;
    gone.facts = change.venue_typed ? Sighting::venue_typed : 0;
    must(judge(gone).has(Signal::outflow) == !change.venue_typed);
    return 0;
}
