// Alerts: what somebody must look at, each with the moment at which patience ends.
//
// A warning that can be clicked away is none: an alert is acknowledged by its number, by a person,
// or after `alert_patience` it halts the firm. One that finds no room does so at once. Fixed
// memory. Owner: core.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "engine/events/control.hpp"
#include "engine/types/state_hash.hpp"

namespace portcullis::engine {

struct Alert {
    std::uint64_t number{};
    MonoNs raised{};
    std::uint16_t reason{};
    std::uint16_t index{};
    Scope scope{Scope::firm};
};

class Alerts {
public:
    static constexpr std::size_t most = 32;

    /// The alert; `room` false: it could not be kept and escalates now.
    struct Raised {
        Alert alert;
        bool room{};
    };
    Raised raise(Scope scope, std::uint16_t index, std::uint16_t reason, MonoNs now) noexcept {
        const Alert alert{++last_, now, reason, index, scope};
        const bool room = count_ < most;
        if (room) {
            open_[count_++] = alert;
        }
        return {alert, room};
    }
    /// Takes it out; nothing where there is none of that number.
    std::optional<Alert> take(std::uint64_t number) noexcept {
        for (std::size_t i = 0; i < count_; ++i) {
            if (open_[i].number == number) {
                return take_at(i);
            }
        }
        return std::nullopt;
    }
    /// Takes out the oldest that nobody has looked at for `patience`.
    std::optional<Alert> take_overdue(MonoNs now, DurationNs patience) noexcept {
        const bool overdue = count_ > 0 && now - open_[0].raised >= patience;
        return overdue ? std::optional(take_at(0)) : std::nullopt;
    }
    /// In the order in which they were raised.
    [[nodiscard]] std::span<const Alert> open() const noexcept {
        return std::span{open_}.first(count_);
    }
    void hash(StateHasher& hasher) const noexcept {
        if (last_ == 0) {
            return;
        }
        hasher.add(last_);
        for (const Alert& each : open()) {
            hasher.add(each.number);
            hasher.add(each.raised);
        }
    }

private:
    Alert take_at(std::size_t at) noexcept {
        const Alert taken = open_[at];
        for (std::size_t i = at + 1; i < count_; ++i) {
            open_[i - 1] = open_[i];
        }
        --count_;
        return taken;
    }

    std::array<Alert, most> open_{};
    std::size_t count_{};
    std::uint64_t last_{};
};

}  // namespace portcullis::engine
