// The keys of market data messages, what a walk over them has found, and the symbol table.
//
// Most keys are one letter, so a table of 128 entries classifies them without a branch a key. The
// symbol table is fixed at construction: open addressing over the first and last eight bytes, no
// std::unordered_map with its pointer chase a look-up. Private to market_data*.cpp.
#pragma once

#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "engine/types/capacity.hpp"
#include "engine/types/verify.hpp"
#include "gateways/binance/market_data.hpp"

namespace portcullis::gateways::binance {

/// Keys that some message of ours has. The value is a bit in `Fields::seen`.
enum Key : std::uint8_t {
    key_e,
    key_E,
    key_s,
    key_U,
    key_u,
    key_b,
    key_a,
    key_B,
    key_A,
    key_p,
    key_q,
    key_t,
    key_T,
    key_m,
    key_X,
    key_pu,
    key_result,
    key_code,
    key_msg,
    key_id,
    key_error,
    key_count,
    key_unknown = key_count,
};
inline constexpr std::array<std::string_view, key_count> key_names{
    "e", "E", "s", "U", "u",  "b",      "a",    "B",   "A",  "p",    "q",
    "t", "T", "m", "X", "pu", "result", "code", "msg", "id", "error"};

inline constexpr auto keys_of_one_letter = [] {
    std::array<Key, 128> table{};
    table.fill(key_unknown);
    for (std::uint8_t key = 0; key < key_pu; ++key) {
        table[static_cast<unsigned char>(key_names[key][0])] = static_cast<Key>(key);
    }
    return table;
}();

[[nodiscard]] inline Key classify(std::string_view name) noexcept {
    if (name.size() == 1) {
        const auto letter = static_cast<unsigned char>(name[0]);
        return letter < keys_of_one_letter.size() ? keys_of_one_letter[letter] : key_unknown;
    }
    for (std::uint8_t key = key_pu; key < key_count; ++key) {
        if (name == key_names[key]) {
            return static_cast<Key>(key);
        }
    }
    return key_unknown;
}

[[nodiscard]] constexpr std::uint32_t bit(Key key) noexcept {
    return std::uint32_t{1} << key;
}

/// What the walk has found. Tokens are valid where `seen` says so.
struct Fields {
    std::uint32_t seen{};
    std::uint32_t containers{};  ///< was an object or array; checked, its token is empty
    std::uint32_t lists{};       ///< of these, arrays of levels, decoded into the scratch
    std::array<std::string_view, key_count> tokens;

    [[nodiscard]] bool has(Key key) const noexcept { return (seen & bit(key)) != 0; }
};

/// Symbol text -> instrument: open addressing over the first and last eight bytes.
class SymbolIndex {
public:
    explicit SymbolIndex(const std::vector<SymbolEntry>& symbols) {
        engine::verify(symbols.size() <= engine::capacity::instruments);
        for (const auto& entry : symbols) {
            engine::verify(!entry.symbol.empty() && entry.symbol.size() < sizeof(Slot::text));
            engine::verify(entry.symbol.find_first_of("\"\\") == std::string::npos);
            engine::verify(entry.instrument.value < engine::capacity::instruments);
            engine::verify(find(entry.symbol) == engine::no_instrument);
            std::size_t at = hash(entry.symbol);
            while (slots_[at % slot_count].size != 0) {
                ++at;
            }
            Slot& slot = slots_[at % slot_count];
            std::memcpy(slot.text, entry.symbol.data(), entry.symbol.size());
            slot.size = static_cast<std::uint8_t>(entry.symbol.size());
            slot.instrument = entry.instrument;
        }
    }

    [[nodiscard]] engine::InstrumentId find(std::string_view symbol) const noexcept {
        for (std::size_t at = hash(symbol);; ++at) {
            const Slot& slot = slots_[at % slot_count];
            if (slot.size == 0) {
                return engine::no_instrument;
            }
            if (slot.size == symbol.size() && same(slot.text, symbol)) {
                return slot.instrument;
            }
        }
    }

private:
    static constexpr std::size_t slot_count = 4096;
    static_assert(slot_count >= 4 * engine::capacity::instruments, "probing ends at an empty slot");
    struct Slot {
        char text[32]{};
        std::uint8_t size{};
        engine::InstrumentId instrument{engine::no_instrument};
    };

    // A memcpy or memcmp of a size known only at run time is a call; of four or eight bytes it is a
    // load. Texts of 4 to 16 characters are two of them, which may overlap.
    template <class Word>
    [[nodiscard]] static Word load(const char* at) noexcept {
        Word word;
        std::memcpy(&word, at, sizeof word);
        return word;
    }
    template <class Word>
    [[nodiscard]] static bool ends_equal(const char* text, std::string_view symbol) noexcept {
        const std::size_t tail = symbol.size() - sizeof(Word);
        return load<Word>(text) == load<Word>(symbol.data()) &&
               load<Word>(text + tail) == load<Word>(symbol.data() + tail);
    }
    [[nodiscard]] static bool same(const char* text, std::string_view symbol) noexcept {
        const std::size_t size = symbol.size();
        return size < 4 || size > 16 ? std::memcmp(text, symbol.data(), size) == 0
               : size < 8            ? ends_equal<std::uint32_t>(text, symbol)
                                     : ends_equal<std::uint64_t>(text, symbol);
    }
    [[nodiscard]] static std::size_t hash(std::string_view text) noexcept {
        std::uint64_t head = 0;
        std::uint64_t tail = 0;
        if (text.size() >= 8) {
            head = load<std::uint64_t>(text.data());
            tail = load<std::uint64_t>(text.data() + text.size() - 8);
        } else if (text.size() >= 4) {
            head = load<std::uint32_t>(text.data());
            tail = load<std::uint32_t>(text.data() + text.size() - 4);
        } else if (!text.empty()) {
            std::memcpy(&head, text.data(), text.size());
        }
        const std::uint64_t mixed = (head ^ (tail << 1) ^ text.size()) * 0x9e3779b97f4a7c15ULL;
        return mixed >> 56;
    }

    std::array<Slot, slot_count> slots_{};
};

}  // namespace portcullis::gateways::binance
