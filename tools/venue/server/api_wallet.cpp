// Api, the wallet's histories: what the control socket and the faults have brought to an account
// and taken from it. All of it is done at once: deposits are credited (status 1), withdrawals
// completed (status 6), and none was asked for by a client.
#include <algorithm>

#include "tools/venue/server/api.hpp"
#include "tools/venue/server/history_range.hpp"
#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t longest_days = 90;
constexpr std::int64_t longest_days_by_order_id = 7;
constexpr std::size_t ids_max = 50;
constexpr std::int64_t wallet_limit = 1000;

struct WalletQuery {
    std::optional<std::string> coin;
    std::optional<std::int64_t> status;
    HistoryTimes times;
    std::size_t offset{0}, limit{0};

    /// A page of those of `transfers` that are asked for, newest first, each told by `row`.
    template <class Wanted, class Row>
    [[nodiscard]] std::string page(const std::vector<Transfer>& transfers, const Wanted& wanted,
                                   const Row& row) const {
        JsonWriter out;
        out.begin_array();
        std::size_t passed = 0;
        std::size_t told = 0;
        for (auto at = transfers.rbegin(); at != transfers.rend() && told < limit; ++at) {
            const bool asked = (!coin || at->asset == *coin) && times.holds(at->time_ms);
            if (asked && wanted(*at) && passed++ >= offset) {
                out.raw(row(*at));
                ++told;
            }
        }
        return out.end_array().take();
    }
};

/// Without times the days until now; a time alone goes with the other one's default.
WalletQuery read_query(ParamReader& in, std::int64_t days, std::int64_t now_ms) {
    WalletQuery query;
    query.coin = in.optional("coin");
    query.status = in.integer("status");
    query.offset = static_cast<std::size_t>(in.integer("offset").value_or(0));
    query.limit = static_cast<std::size_t>(read_limit(in, wallet_limit));
    query.times = read_times(in);
    const std::int64_t end_ms = query.times.end_ms.value_or(now_ms);
    const std::int64_t start_ms = query.times.start_ms.value_or(now_ms - days * day_ms);
    if (end_ms - start_ms > days * day_ms) {
        in.fail(refusals::over_hours(24 * days));
    }
    query.times = {start_ms, end_ms};
    return query;
}

}  // namespace

Api::Answer Api::deposits(Call& call) {
    const WalletQuery query = read_query(call.in, longest_days, call.now_ms);
    const bool with_source = call.in.boolean("includeSource").value_or(false);
    const auto transaction = call.in.optional("txId");
    if (auto error = call.in.finish()) {
        return *error;
    }
    return query.page(
        exchange_.transfers(call.account()),
        [&](const Transfer& transfer) {
            return transfer.delta > AmountAtoms{0} && query.status.value_or(1) == 1 &&
                   (!transaction || *transaction == render::transaction_id(transfer));
        },
        [&](const Transfer& transfer) { return render::deposit(transfer, with_source); });
}

/// A withdrawOrderId is what a client names its withdrawal; none here was a client's.
Api::Answer Api::withdrawals(Call& call) {
    const auto order_id = call.in.optional("withdrawOrderId");
    const WalletQuery query =
        read_query(call.in, order_id ? longest_days_by_order_id : longest_days, call.now_ms);
    const auto id_list = call.in.optional("idList");
    const std::vector<std::string> ids =
        id_list ? split(*id_list, ',') : std::vector<std::string>{};
    if (ids.size() > ids_max) {
        call.in.fail(refusals::invalid_data("idList"));
    }
    if (auto error = call.in.finish()) {
        return *error;
    }
    return query.page(
        exchange_.transfers(call.account()),
        [&](const Transfer& transfer) {
            return transfer.delta < AmountAtoms{0} && !order_id && query.status.value_or(6) == 6 &&
                   (!id_list || std::find(ids.begin(), ids.end(),
                                          render::withdrawal_id(transfer)) != ids.end());
        },
        [](const Transfer& transfer) { return render::withdrawal(transfer); });
}

}  // namespace portcullis::tools::venue
