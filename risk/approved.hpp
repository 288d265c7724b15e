// Approved<T>: the only thing that a gateway sends, and only the gate can make one.
//
// A flag on an order ("checked = true") can be forgotten, copied or forged; a type cannot be
// written down without its key. ApprovalKey has a private constructor and one friend, RiskGate. In
// C++20 a class with a user-declared constructor is no aggregate, so `ApprovalKey{}` elsewhere does
// not compile (in C++17 it would: the language version is part of the safety case). The move is
// user-provided, so Approved is not trivially copyable and std::bit_cast refuses it. There is no
// copy, no default, no mutable access, and T is from a closed list. What the language cannot forbid
// (casts, placement new, a second class named RiskGate, a specialization) the style check does
// (risk/README.md names it all).
#pragma once

#include <concepts>
#include <cstdint>
#include <utility>

#include "engine/orders/requests.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/units.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::risk {

class RiskGate;

/// What needs an approval: the closed list.
template <class T>
concept NeedsApproval =
    std::same_as<T, engine::NewOrderSingle> || std::same_as<T, engine::OrderCancelReplaceRequest>;

/// The right to mint. Only RiskGate can make one.
class ApprovalKey {
    friend class RiskGate;
    ApprovalKey() noexcept {}  // user-provided: no aggregate, not even an empty one

public:
    ApprovalKey(const ApprovalKey&) = delete;
    ApprovalKey& operator=(const ApprovalKey&) = delete;
};

/// What the gate binds an approval to, and the agent checks before the bytes are made.
struct ApprovalStamp {
    engine::Epoch gate_epoch{};
    engine::OrderAgentId agent{};
    engine::ApprovalNumber
        number{};                ///< dense per (gate, agent), from 1; the agent takes only last + 1
    std::uint32_t kill_stamp{};  ///< kill_switch.hpp: sum of the six words of the order's scopes
    engine::MonoNs deadline{};   ///< not sent at or after this
};

// An approval is spent by moving it: the moved-from one is empty. It carries what the order agent
// verifies again: dense number per (gate, agent), kill stamp, deadline. tests/compile_fail proves
// each sentence of the head. Writer: the gate (core thread). Reader: one order agent.
template <NeedsApproval T>
class [[nodiscard]] Approved final {
public:
    /// The stamp goes in field by field: copied whole, it would be read back from the caller's
    /// stack in wider pieces than it was written in, for which the processor must wait.
    Approved(const ApprovalKey&, const T& request, const ApprovalStamp& stamp) noexcept
        : request_(request),
          stamp_{stamp.gate_epoch, stamp.agent, stamp.number, stamp.kill_stamp, stamp.deadline} {
        engine::verify(stamp.number.value != 0);
    }
    Approved(Approved&& other) noexcept
        : request_(other.request_), stamp_(std::exchange(other.stamp_, {})) {}
    Approved& operator=(Approved&& other) noexcept {
        engine::verify(this != &other);
        request_ = other.request_;
        stamp_ = std::exchange(other.stamp_, {});
        return *this;
    }
    Approved(const Approved&) = delete;
    Approved& operator=(const Approved&) = delete;
    ~Approved() = default;

    /// False after it has been moved from: an approval is used once.
    [[nodiscard]] bool live() const noexcept { return stamp_.number.value != 0; }
    /// Requires: live().
    [[nodiscard]] const T& request() const noexcept {
        engine::verify(live());
        return request_;
    }
    /// Requires: live().
    [[nodiscard]] const ApprovalStamp& stamp() const noexcept {
        engine::verify(live());
        return stamp_;
    }

private:
    T request_;
    ApprovalStamp stamp_;
};

}  // namespace portcullis::risk
