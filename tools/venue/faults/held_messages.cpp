#include "tools/venue/faults/held_messages.hpp"

#include <algorithm>
#include <iterator>

namespace portcullis::tools::venue {

std::int64_t HeldMessages::in_line(HeldMessage message, std::int64_t due_us) {
    const auto [end, first] = ends_.try_emplace(message.connection, due_us);
    end->second = std::max(end->second, due_us);
    const std::int64_t leaves_us = end->second;
    out_of_line(std::move(message), leaves_us);
    return leaves_us;
}

void HeldMessages::out_of_line(HeldMessage message, std::int64_t due_us) {
    due_.emplace(std::pair(due_us, ++order_), std::move(message));
}

void HeldMessages::until_successor(HeldMessage message, std::int64_t due_us, SharedClaim claim) {
    aside_.push_back({std::move(message), due_us, std::move(claim), std::nullopt});
}

void HeldMessages::until_fill(HeldMessage message, std::int64_t due_us, SharedClaim claim,
                              std::string_view owner) {
    aside_.push_back({std::move(message), due_us, std::move(claim), std::string(owner)});
}

std::vector<HeldMessages::Aside> HeldMessages::take(
    const std::function<bool(const Aside&)>& meant) {
    const auto taken = std::stable_partition(
        aside_.begin(), aside_.end(), [&meant](const Aside& aside) { return !meant(aside); });
    std::vector<Aside> out(std::make_move_iterator(taken), std::make_move_iterator(aside_.end()));
    aside_.erase(taken, aside_.end());
    return out;
}

void HeldMessages::successor_leaves(std::uint64_t connection, std::string_view stream,
                                    std::int64_t due_us) {
    for (Aside& aside : take([&](const Aside& of) {
             return !of.owner && of.message.connection == connection && of.message.stream == stream;
         })) {
        (void)in_line(std::move(aside.message), due_us);
        aside.claim->prove();
    }
}

void HeldMessages::fill_leaves(std::string_view owner, std::int64_t due_us) {
    for (Aside& aside : take([&](const Aside& of) { return of.owner == owner; })) {
        out_of_line(std::move(aside.message), due_us);
        aside.claim->prove();
    }
}

void HeldMessages::release(std::int64_t now_us) {
    for (Aside& aside : take([now_us](const Aside& of) { return of.due_us <= now_us; })) {
        out_of_line(std::move(aside.message), aside.due_us);
    }
    while (!due_.empty() && due_.begin()->first.first <= now_us) {
        HeldMessage message = std::move(due_.extract(due_.begin()).mapped());
        message.to->send(message.connection, message.stream, std::move(message.text));
    }
    std::erase_if(ends_, [now_us](const auto& end) { return end.second <= now_us; });
}

std::optional<std::int64_t> HeldMessages::next_due_us() const {
    std::optional<std::int64_t> next;
    if (!due_.empty()) {
        next = due_.begin()->first.first;
    }
    for (const Aside& aside : aside_) {
        next = next ? std::min(*next, aside.due_us) : aside.due_us;
    }
    return next;
}

}  // namespace portcullis::tools::venue
