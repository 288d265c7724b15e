// Client order ids on the wire: see cl_ord_id.hpp.
#include "gateways/session/cl_ord_id.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

namespace portcullis::gateways {
namespace {

using engine::ClOrdId;
using engine::Epoch;
using engine::verify;

constexpr char prefix = 'p';
constexpr char cancel_prefix = 'q';
constexpr char digits[] = "0123456789bcdfghjklmnpqrstuvwxyz";
static_assert(sizeof digits == 33);
constexpr std::size_t id_digits = 13;   // 65 bits, the first of which is zero
constexpr std::size_t tag_digits = 20;  // 100 bits
static_assert(1 + id_digits + tag_digits == ClOrdIdText::size && ClOrdIdText::size <= 36);
static_assert(tag_digits * 5 >= 80);
constexpr std::uint32_t epoch_max = (1U << (64 - ClOrdId::sequence_bits)) - 1;

constexpr std::array<std::int8_t, 256> make_values() {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (int i = 0; i < 32; ++i) {
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
    }
    return values;
}
constexpr std::array<std::int8_t, 256> values_of = make_values();

void write_tag(const HmacSha256::Tag& tag, char* out) noexcept {
    std::uint32_t bits = 0;
    int held = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < tag_digits; ++i) {
        if (held < 5) {
            bits = bits << 8 | tag[at++];
            held += 8;
        }
        held -= 5;
        out[i] = digits[bits >> held & 31];
    }
}

ClOrdIdText make_text(ClOrdId id, const HmacSha256& hmac, char kind) noexcept {
    ClOrdIdText text;
    text.bytes[0] = kind;
    for (std::size_t i = 0; i < id_digits; ++i) {
        text.bytes[1 + i] = digits[id.value >> (5 * (id_digits - 1 - i)) & 31];
    }
    char message[13];  // epoch, then sequence, little-endian; of a cancel one byte more
    const std::uint32_t epoch = id.epoch().value;
    const std::uint64_t sequence = id.sequence();
    std::memcpy(message, &epoch, sizeof epoch);
    std::memcpy(message + sizeof epoch, &sequence, sizeof sequence);
    message[sizeof message - 1] = kind;
    const std::size_t size = sizeof message - (kind == prefix ? 1 : 0);
    write_tag(hmac.tag(std::string_view(message, size)), text.bytes.data() + 1 + id_digits);
    return text;
}

// The id that a text of our form names; the tag is not looked at.
std::optional<ClOrdId> read_form(std::string_view text) noexcept {
    if (text.size() != ClOrdIdText::size || text[0] != prefix) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        const int digit = values_of[static_cast<unsigned char>(text[i])];
        if (digit < 0 || (i == 1 && digit > 15)) {
            return std::nullopt;
        }
        if (i <= id_digits) {
            value = value << 5 | static_cast<std::uint64_t>(digit);
        }
    }
    return ClOrdId{value};
}

}  // namespace

engine::Result<ClOrdIdKeys> ClOrdIdKeys::make(const std::vector<ClOrdIdEpoch>& epochs) {
    if (epochs.empty()) {
        return engine::Error{"client order ids: no epoch given"};
    }
    ClOrdIdKeys made;
    Epoch last{0};
    for (const ClOrdIdEpoch& epoch : epochs) {
        const std::string where =
            "client order ids: epoch " + std::to_string(epoch.epoch.value) + " ";
        if (epoch.epoch <= last || epoch.epoch.value > epoch_max) {
            return engine::Error{where + "does not rise from " + std::to_string(last.value) +
                                 " within 24 bits"};
        }
        if (epoch.key == ClOrdIdKey{}) {
            return engine::Error{where + "has no key"};
        }
        last = epoch.epoch;
        made.epochs_.push_back({epoch.epoch, epoch.sequence_highest,
                                std::make_unique<HmacSha256>(epoch.key.data(), epoch.key.size())});
    }
    return made;
}

const ClOrdIdKeys::Entry* ClOrdIdKeys::find(Epoch epoch) const noexcept {
    if (epochs_.back().epoch == epoch) {  // nearly always
        return &epochs_.back();
    }
    const auto at = std::lower_bound(epochs_.begin(), epochs_.end(), epoch,
                                     [](const Entry& e, Epoch wanted) { return e.epoch < wanted; });
    return at != epochs_.end() && at->epoch == epoch ? &*at : nullptr;
}

std::uint64_t ClOrdIdKeys::sequence_highest(Epoch epoch) const noexcept {
    const Entry* const entry = find(epoch);
    verify(entry != nullptr);
    return entry->sequence_highest;
}

ClOrdIdText ClOrdIdKeys::text_of(ClOrdId id) const noexcept {
    const Entry* const entry = find(id.epoch());
    verify(entry != nullptr);
    return make_text(id, *entry->hmac, prefix);
}

ClOrdIdText ClOrdIdKeys::cancel_text_of(ClOrdId id) const noexcept {
    const Entry* const entry = find(id.epoch());
    verify(entry != nullptr);
    return make_text(id, *entry->hmac, cancel_prefix);
}

const char* describe(Attributed verdict) noexcept {
    switch (verdict) {
        case Attributed::ours:
            return "ours";
        case Attributed::foreign:
            return "foreign";
        case Attributed::forged:
            return "forged";
        case Attributed::unknown_epoch:
            return "of an unknown epoch";
        case Attributed::unissued:
            return "ours but never issued";
    }
    return "unknown";
}

ClOrdIdMint::ClOrdIdMint(ClOrdIdKeys keys)
    : keys_(std::move(keys)), ready_(std::make_unique<Slot[]>(slots)) {}

std::size_t ClOrdIdMint::fill(std::size_t count) noexcept {
    const std::uint64_t wanted = std::min(issued() + ahead, ClOrdIdEpoch::sequence_unknown);
    // After a leap nobody will ask for what lies far behind.
    filled_ = std::max(filled_, wanted > slots ? wanted - slots : 0);
    std::size_t made = 0;
    while (made < count && filled_ < wanted) {
        ++filled_;
        const ClOrdId id = ClOrdId::of(keys_.current(), filled_);
        ready_[filled_ % slots].store(Ready{filled_, keys_.text_of(id)});
        ++made;
    }
    return made;
}

ClOrdIdText ClOrdIdMint::text_for(ClOrdId id) noexcept {
    verify(id.sequence() != 0);
    if (id.epoch() != keys_.current()) {
        return keys_.text_of(id);
    }
    const std::uint64_t sequence = id.sequence();
    // relaxed: this thread is the only writer.
    if (sequence > issued_.load(std::memory_order_relaxed)) {
        issued_.store(sequence, std::memory_order_release);  // release: pairs with issued()
    }
    // The next id is the next one asked for: its text is on its way here long before.
    __builtin_prefetch(&ready_[(sequence + 1) % slots]);
    const std::optional<Ready> ready = ready_[sequence % slots].try_load();
    if (ready.has_value() && ready->sequence == sequence) {
        return ready->text;
    }
    // relaxed: a counter with one writer.
    missed_.store(missed_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return keys_.text_of(id);
}

bool ClOrdIdMint::is_cancel_of(ClOrdId order, std::string_view text) const noexcept {
    return text.size() == ClOrdIdText::size && text[0] == cancel_prefix &&
           keys_.knows(order.epoch()) &&
           equal_constant_time(keys_.cancel_text_of(order).view(), text);
}

Attribution ClOrdIdMint::attribute(std::string_view text) const noexcept {
    const std::optional<ClOrdId> id = read_form(text);
    if (!id.has_value()) {
        return {Attributed::foreign, {}};
    }
    if (!keys_.knows(id->epoch())) {
        return {Attributed::unknown_epoch, {}};
    }
    if (!equal_constant_time(keys_.text_of(*id).view(), text)) {
        return {Attributed::forged, {}};
    }
    const bool current = id->epoch() == keys_.current();
    const std::uint64_t highest = current ? issued() : keys_.sequence_highest(id->epoch());
    const bool issued = id->sequence() != 0 && id->sequence() <= highest;
    return {issued ? Attributed::ours : Attributed::unissued, *id};
}

}  // namespace portcullis::gateways
