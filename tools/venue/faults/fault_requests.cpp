// FaultLayer, what strikes requests: refusals before they are executed, answers that are not what
// was done, a fill before a cancel. And the states that are met by requests and not by messages.
#include <algorithm>
#include <utility>

#include "engine/types/decimal.hpp"
#include "tools/venue/faults/fault_layer.hpp"

namespace portcullis::tools::venue {
namespace {

/// Of a ban that nobody has given a length.
constexpr std::int64_t ban_us = 60'000'000;

/// `depth` as it would have been answered when the book was `book`.
std::string stale_answer(Exchange::BookCopy book, const ApiRequest& request) {
    const Param* limit = request.params.find("limit");
    const auto asked = engine::parse_unsigned(limit == nullptr ? "100" : limit->value);
    const std::size_t levels = asked ? static_cast<std::size_t>(*asked) : 100;
    book.bids.resize(std::min(book.bids.size(), levels));
    book.asks.resize(std::min(book.asks.size(), levels));
    return render::book(book);
}

}  // namespace

FaultLayer::Active* FaultLayer::drawn_by(FaultKind kind, const Outgoing& out) {
    for (Active& fault : active_) {
        if (fault.spec.kind == kind && matches(fault.spec, out) && applies(kind, out) &&
            draw(fault)) {
            return &fault;
        }
    }
    return nullptr;
}

FaultLayer::Active* FaultLayer::struck_by(FaultKind kind, const Outgoing& out) {
    Active* fault = drawn_by(kind, out);
    if (fault != nullptr) {
        strike(*fault);
    }
    return fault;
}

void FaultLayer::meet(FaultKind kind) {
    for (Active& fault : active_) {
        if (fault.spec.kind == kind) {
            strike(fault);
        }
    }
}

void FaultLayer::act() {
    acting_ = true;
    for (const std::uint64_t id : std::exchange(drawn_acts_, {})) {
        Active* fault = find(id);
        if (fault == nullptr || !act_hook_ || !act_hook_(FaultSpec(fault->spec))) {
            continue;
        }
        if (Active* struck = find(id)) {  // what it did may have passed here
            strike(*struck);
        }
    }
    acting_ = false;
}

/// As documented: who has asked for too much is warned by 429, and who goes on gets 418.
std::optional<ApiError> FaultLayer::ban(const std::string& ip, std::int64_t venue_ms) {
    for (Active& fault : active_) {
        if (fault.spec.kind != FaultKind::ban) {
            continue;
        }
        strike(fault);
        const std::int64_t left_us = fault.until_us > 0 ? fault.until_us - clock_() : ban_us;
        const std::int64_t retry_ms = venue_ms + std::max<std::int64_t>(left_us, 0) / 1000;
        std::uint64_t& warned = fault.warned[ip];
        if (warned < static_cast<std::uint64_t>(fault.spec.argument)) {
            ++warned;
            return refusals::too_much_weight(6000, retry_ms, venue_ms);
        }
        return refusals::banned(retry_ms, venue_ms);
    }
    return std::nullopt;
}

std::optional<ApiError> FaultLayer::refuse(const Outgoing& out) {
    if (const Active* fault = struck_by(FaultKind::error_before_accept, out)) {
        const ApiError error =
            refusals::of(-1001, "Internal error; unable to process your request. Please try again.",
                         static_cast<int>(fault->spec.argument));
        forget_spent();
        return error;
    }
    return std::nullopt;
}

void FaultLayer::answer(const Outgoing& out, const ApiRequest& request, ApiReply& reply) {
    for (Active& fault : active_) {
        if (row_of(fault.spec.kind).dose == FaultDose::state && met_hook_ &&
            met_hook_(fault.spec, request, reply)) {
            strike(fault);
        }
    }
    if (const Active* fault = struck_by(FaultKind::error_after_accept, out)) {
        const ApiError error = refusals::unknown_status();
        reply.failed = true;
        reply.status = static_cast<int>(fault->spec.argument);
        reply.body = error.json();
    } else if (struck_by(FaultKind::lost_ack, out) != nullptr) {
        reply.silent = true;
    } else if (Active* stale = drawn_by(FaultKind::stale_snapshot, out)) {
        const Param* symbol = request.params.find("symbol");
        const auto book = stale->books.find(symbol == nullptr ? "" : symbol->value);
        std::string then =
            book == stale->books.end() ? reply.body : stale_answer(book->second, request);
        if (then != reply.body) {
            reply.body = std::move(then);
            strike(*stale);
        }
    }
    forget_spent();
}

void FaultLayer::before_cancel(std::string_view account, const std::function<bool()>& fill_a_lot) {
    Outgoing out;
    out.account = account;
    const Active* drawn = drawn_by(FaultKind::fill_after_cancel, out);
    const std::uint64_t id = drawn == nullptr ? 0 : drawn->id;
    if (drawn == nullptr || !fill_a_lot()) {
        return;
    }
    if (Active* fault = find(id)) {  // the reports of the fill have passed here meanwhile
        strike(*fault);
    }
    forget_spent();
}

}  // namespace portcullis::tools::venue
