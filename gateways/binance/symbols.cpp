#include "gateways/binance/symbols.hpp"

#include <algorithm>
#include <cstring>

#include "engine/types/fnv1a.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::gateways::binance {

using engine::verify;

namespace {

// Names are few and short, and chosen by ourselves.
std::size_t hash(std::string_view name) noexcept {
    const std::uint64_t value = engine::fnv1a(name);
    return static_cast<std::size_t>(value ^ (value >> 32));
}

// Stands in a JSON string and in a signing text as it is. Binance has symbols beyond ASCII.
bool plain(std::string_view name) noexcept {
    return std::all_of(name.begin(), name.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > 0x20 && byte != 0x7f && c != '"' && c != '\\' && c != '&' && c != '=';
    });
}

}  // namespace

std::optional<Name> Name::of(std::string_view text) noexcept {
    if (text.empty() || text.size() > size_max || !plain(text)) {
        return std::nullopt;
    }
    Name name;
    std::memcpy(name.text.data(), text.data(), text.size());
    name.size = static_cast<std::uint8_t>(text.size());
    return name;
}

bool NameIndex::add(std::string_view name, std::uint16_t value) noexcept {
    verify(value != none);
    const auto held = Name::of(name);
    if (!held || find(name) != none || used_ >= places / 2) {
        return false;
    }
    std::size_t at = hash(name) % places;
    while (places_[at].value != none) {
        at = (at + 1) % places;
    }
    places_[at].name = *held;
    places_[at].value = value;
    ++used_;
    return true;
}

std::uint16_t NameIndex::find(std::string_view name) const noexcept {
    if (name.empty() || name.size() > Name::size_max) {
        return none;
    }
    // Ends: at least half of the places are empty.
    for (std::size_t at = hash(name) % places;; at = (at + 1) % places) {
        if (places_[at].value == none) {
            return none;
        }
        if (places_[at].name.view() == name) {
            return places_[at].value;
        }
    }
}

bool SymbolTable::add_asset(engine::AssetId id, std::string_view name) noexcept {
    if (id.value >= engine::capacity::assets || known_assets_.has(id) ||
        !assets_.add(name, id.value)) {
        return false;
    }
    known_assets_.add(id);
    return true;
}

bool SymbolTable::add_instrument(engine::InstrumentId id, std::string_view name,
                                 engine::AssetId base, engine::AssetId quote) noexcept {
    if (id.value >= entries_.size() || entries_[id.value].known ||
        !instruments_.add(name, id.value)) {
        return false;
    }
    NamedInstrument& entry = entries_[id.value];
    std::memcpy(entry.name.text.data(), name.data(), name.size());
    entry.name.size = static_cast<std::uint8_t>(name.size());
    entry.base = base;
    entry.quote = quote;
    entry.known = true;
    known_instruments_.add(id);
    return true;
}

const NamedInstrument& SymbolTable::entry(engine::InstrumentId id) const noexcept {
    verify(has(id));
    return entries_[id.value];
}

}  // namespace portcullis::gateways::binance
