#include "engine/journal/format.hpp"

#include <algorithm>

#include "engine/events/account.hpp"
#include "engine/events/credential.hpp"
#include "engine/events/decisions.hpp"
#include "engine/events/market.hpp"
#include "engine/events/recovery.hpp"

namespace portcullis::engine::journal {
namespace {

template <class... Payloads>
int size_among(EventType type) noexcept {
    int size = -1;
    ((type == Payloads::type ? size = static_cast<int>(sizeof(Payloads)) : 0), ...);
    return size;
}

}  // namespace

std::uint32_t page_crc(const void* page) noexcept {
    // The crc field lies at 4088; everything else of the page is covered.
    const auto* bytes = static_cast<const unsigned char*>(page);
    std::uint32_t state = crc32c_bytes(~std::uint32_t{0}, bytes, 4088);
    state = ~crc32c_bytes(state, bytes + 4092, 4);
    return state == 0 ? 1 : state;
}

int payload_size(EventType type) noexcept {
    if (type == EventType::session_end) {
        return 0;
    }
    const int market =
        size_among<InstrumentDefinition, BookReset, BookDelta, TopOfBook, TradePrint, FeedAlive>(
            type);
    const int account =
        size_among<ExecutionReport, OrderCancelReject, RequestOutcome, AccountBalance, BalanceDelta,
                   OpenOrder, AccountFill, OrderNotFound, ForeignActivity>(type);
    const int control =
        size_among<SessionState, ReconcileStep, Timer, KillChanged, OperatorCommand, RateUsage,
                   VenueClock, MarkSet, SessionStart, RestoredBalance, TradeBaseline, RestoredOrder,
                   RestoredState, OperatorNote, LimitChange, LimitsTake>(type);
    const int credential = size_among<RawMessage, Sighting, RestoredCredential, CredentialSignal,
                                      CredentialStateChanged>(type);
    const int decision =
        size_among<OrderApproved, ReplaceApproved, OrderDenied, CancelRequested,
                   MassCancelRequested, StatusRequested, OpenOrdersRequested, ResyncRequested,
                   MarkTaken, TradingStateChanged, Breach, StateHashTaken, DrainCompleted,
                   ReconcileRequested, Reconciled, FillBooked, OrderClosed, BalanceTaken, RiskTrip,
                   LimitsTaken, AlertNoted>(type);
    return market >= 0       ? market
           : account >= 0    ? account
           : control >= 0    ? control
           : credential >= 0 ? credential
                             : decision;
}

std::string_view text_of(const BuildId& id) noexcept {
    const auto end = std::find(id.begin(), id.end(), '\0');
    return {id.data(), static_cast<std::size_t>(end - id.begin())};
}

}  // namespace portcullis::engine::journal
