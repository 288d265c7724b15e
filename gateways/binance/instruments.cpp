#include "gateways/binance/instruments.hpp"

#include <cstring>

#include "engine/types/verify.hpp"

namespace portcullis::gateways::binance {

using engine::InstrumentDefinition;
using engine::verify;

int decimals_of(std::int64_t step) noexcept {
    verify(step > 0);
    int decimals = 8;
    while (decimals > 0 && step % 10 == 0) {
        step /= 10;
        --decimals;
    }
    return decimals;
}

std::optional<InstrumentDefinition> InstrumentBook::update(
    const InstrumentDefinition& filters) noexcept {
    verify(filters.tick.value > 0);
    verify(filters.lot.value > 0);
    Entry& it = entry(filters.instrument);
    InstrumentDefinition next = filters;
    next.version = it.last.version;
    // Payloads have no padding, so equal bytes are equal filters.
    if (it.last.version != 0 && std::memcmp(&next, &it.last, sizeof next) == 0) {
        return std::nullopt;
    }
    ++next.version;
    it.last = next;
    keep(it);
    return next;
}

std::optional<InstrumentDefinition> InstrumentBook::delist(engine::InstrumentId id) noexcept {
    const Entry& it = entry(id);
    if (it.last.version == 0) {
        return std::nullopt;  // never defined: nothing can be ordered as it is
    }
    InstrumentDefinition halted = it.last;
    halted.status = engine::InstrumentStatus::halted;
    return update(halted);
}

void InstrumentBook::restore(const InstrumentDefinition& definition) noexcept {
    verify(definition.version != 0);
    Entry& it = entry(definition.instrument);
    it.last = definition;
    keep(it);
}

void InstrumentBook::keep(Entry& it) noexcept {
    it.grids[it.last.version % versions_kept] =
        Grid{it.last.version, it.last.tick, it.last.lot, decimals_of(it.last.tick.value),
             decimals_of(it.last.lot.value)};
}

const Grid* InstrumentBook::grid(engine::InstrumentId id, std::uint32_t version) const noexcept {
    if (id.value >= entries_.size() || version == 0) {
        return nullptr;
    }
    const Grid& kept = entries_[id.value].grids[version % versions_kept];
    return kept.version == version ? &kept : nullptr;
}

const InstrumentDefinition& InstrumentBook::last(engine::InstrumentId id) const noexcept {
    verify(id.value < entries_.size());
    return entries_[id.value].last;
}

InstrumentBook::Entry& InstrumentBook::entry(engine::InstrumentId id) noexcept {
    verify(id.value < entries_.size());
    return entries_[id.value];
}

}  // namespace portcullis::gateways::binance
