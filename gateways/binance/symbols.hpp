// SymbolTable: the venue's texts for instruments and assets <-> our dense ids.
//
// Built once at start from the config, then frozen: a look-up is one hash over at most 32 bytes and
// one compare, without allocation. std::unordered_map would allocate a node a name and chase a
// pointer a message. A name that is not in it is no error: an account can hold assets and orders
// that we do not trade, and that is news for the watch (reports.hpp).
// Writer: main, before threads start. Readers: feed, order and control agents.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/types/capacity.hpp"
#include "engine/types/id_set.hpp"
#include "engine/types/ids.hpp"

namespace portcullis::gateways::binance {

/// One name, held in place.
struct Name {
    static constexpr std::size_t size_max = 32;
    std::array<char, size_max> text{};
    std::uint8_t size{};
    [[nodiscard]] std::string_view view() const noexcept { return {text.data(), size}; }
    /// None: empty, too long, or not fit to stand in a JSON string and in a signing text.
    [[nodiscard]] static std::optional<Name> of(std::string_view text) noexcept;
};

/// Text -> small index by open addressing; twice as many places as names at most.
class NameIndex {
public:
    static constexpr std::uint16_t none = 0xffff;
    /// False: no name (Name::of), already there, or no room.
    [[nodiscard]] bool add(std::string_view name, std::uint16_t value) noexcept;
    [[nodiscard]] std::uint16_t find(std::string_view name) const noexcept;

private:
    static constexpr std::size_t places = 4096;
    static_assert(places >= 2 * engine::capacity::instruments &&
                  places >= 2 * engine::capacity::assets);
    struct Place {
        Name name;
        std::uint16_t value{none};
    };
    std::array<Place, places> places_{};
    std::size_t used_{};
};

struct NamedInstrument {
    Name name;
    engine::AssetId base{engine::no_asset};
    engine::AssetId quote{engine::no_asset};
    bool known{};
};

class SymbolTable {
public:
    /// False: the name is refused (NameIndex::add) or the id is out of range or taken.
    [[nodiscard]] bool add_asset(engine::AssetId id, std::string_view name) noexcept;
    [[nodiscard]] bool add_instrument(engine::InstrumentId id, std::string_view name,
                                      engine::AssetId base, engine::AssetId quote) noexcept;

    /// no_instrument, no_asset: not one of ours.
    [[nodiscard]] engine::InstrumentId instrument(std::string_view name) const noexcept {
        return engine::InstrumentId{instruments_.find(name)};
    }
    [[nodiscard]] engine::AssetId asset(std::string_view name) const noexcept {
        return engine::AssetId{assets_.find(name)};
    }
    [[nodiscard]] bool has(engine::InstrumentId id) const noexcept {
        return id.value < entries_.size() && entries_[id.value].known;
    }
    /// Requires: has(id).
    [[nodiscard]] const NamedInstrument& entry(engine::InstrumentId id) const noexcept;
    [[nodiscard]] std::string_view name(engine::InstrumentId id) const noexcept {
        return entry(id).name.view();
    }
    /// Those that are known.
    [[nodiscard]] const engine::InstrumentSet& instruments() const noexcept {
        return known_instruments_;
    }
    [[nodiscard]] const engine::AssetSet& assets() const noexcept { return known_assets_; }

private:
    NameIndex instruments_;
    NameIndex assets_;
    std::array<NamedInstrument, engine::capacity::instruments> entries_{};
    engine::InstrumentSet known_instruments_;
    engine::AssetSet known_assets_;
};

}  // namespace portcullis::gateways::binance
