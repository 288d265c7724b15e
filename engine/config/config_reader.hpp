// ConfigReader: a TOML file in which every key must be asked for, and every wrong one is told with
// its line.
//
// A config error is the cheapest disaster there is: a misspelt limit that silently falls back to a
// default. So there are no defaults for what matters, a key that nobody reads is an error, amounts
// are exact decimals in quotes (a TOML float is a double, and 0.1 is not one), units stand in the
// key's name, and all problems are reported at once rather than one a run. toml++ is kept in
// config_reader.cpp: its templates cost more to compile than the rest of engine/.
//
// Cold code: used at start only. Never throws; problems gather in the reader.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"
#include "engine/types/units.hpp"

namespace portcullis::engine {

class ConfigSection;

/// A key that the program asks for: so a document of all keys can be held against the code.
struct KnownKey {
    std::string path;                  ///< "strategy.quoting.back_off_min_ms", rows without index
    std::vector<std::string> choices;  ///< all the texts that it may have, where they are a list
};

/// `text` as a TOML basic string, quotes included: nothing in it can move a terminal's cursor.
[[nodiscard]] std::string toml_text(std::string_view text);

class ConfigReader {
public:
    /// Reads `text`; `name` is what errors call the file. Fails only where the text is not TOML at
    /// all.
    [[nodiscard]] static Result<ConfigReader> parse(std::string text, std::string name);
    /// Reads a file of at most 1 MiB.
    [[nodiscard]] static Result<ConfigReader> load(const std::string& path);

    ConfigReader(ConfigReader&&) noexcept;
    ConfigReader& operator=(ConfigReader&&) noexcept;
    ~ConfigReader();

    [[nodiscard]] ConfigSection root();
    /// The file as it was read.
    [[nodiscard]] const std::string& text() const noexcept;

    /// A value that only the caller can judge: told as found, beside what was `expected`. Nothing
    /// where the key is absent and its getter has told that.
    void expect(const ConfigSection& section, std::string_view key, std::string_view expected);
    /// A problem that is not of one value in the file ("found 65, expected at most 64 of them").
    /// `key` may be empty. Requires: `what` says what was found and what was expected.
    void problem(const ConfigSection& section, std::string_view key, std::string_view what);
    /// Adds every key that was never asked for to the problems. Call once, after all reading.
    void finish();
    /// "file:line: key: found X, expected Y", in order of line.
    [[nodiscard]] std::vector<std::string> problems() const;
    [[nodiscard]] std::size_t problem_count() const noexcept;
    /// Everything that was read, defaults spelled out, as a TOML text that reads back to the same:
    /// the effective configuration. Annotated, it says in comments what is a default and what is
    /// not set.
    [[nodiscard]] std::string effective(bool annotated) const;
    /// Every key that has been asked for, in order of path.
    [[nodiscard]] std::vector<KnownKey> known_keys() const;

    struct State;  ///< toml++'s tree and what was asked of it; known to config_reader.cpp alone

private:
    friend class ConfigSection;
    explicit ConfigReader(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

/// One table of the file. Reading a missing or wrong key records the problem and gives back a
/// harmless value (zero, empty), so that reading goes on and finds the others; nothing may be
/// started while there are problems.
class ConfigSection {
public:
    [[nodiscard]] bool has(std::string_view key) const;
    /// Required text, not empty.
    [[nodiscard]] std::string text(std::string_view key);
    /// Text that may be absent.
    [[nodiscard]] std::optional<std::string> text_if(std::string_view key);
    /// Requires: the fallback is not empty (text_if).
    [[nodiscard]] std::string text_or(std::string_view key, std::string_view fallback);
    /// Text out of a closed list, required where there is no `fallback` (an index); gives the
    /// index, 0 with a problem.
    [[nodiscard]] std::size_t choice(std::string_view key,
                                     const std::vector<std::string_view>& allowed,
                                     std::optional<std::size_t> fallback = std::nullopt);
    [[nodiscard]] std::vector<std::string> texts(std::string_view key, std::size_t at_least);
    /// Required integer in [low, high].
    [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t low, std::int64_t high);
    [[nodiscard]] std::int64_t integer_or(std::string_view key, std::int64_t low, std::int64_t high,
                                          std::int64_t fallback);
    [[nodiscard]] bool flag(std::string_view key);
    [[nodiscard]] bool flag_or(std::string_view key, bool fallback);
    /// Required exact decimal in quotes, zero or more, in 1e-8 units.
    [[nodiscard]] std::int64_t decimal(std::string_view key);
    [[nodiscard]] std::optional<std::int64_t> decimal_if(std::string_view key);
    /// The same, may be negative.
    [[nodiscard]] std::int64_t signed_decimal(std::string_view key);
    /// Required duration; the unit is the key's own ending (_ns, _us, _ms, _s), value an integer in
    /// [low, high] of it.
    [[nodiscard]] DurationNs duration(std::string_view key, std::int64_t low, std::int64_t high);
    [[nodiscard]] DurationNs duration_or(std::string_view key, std::int64_t low, std::int64_t high,
                                         std::int64_t fallback);
    /// Required number for a strategy's formula, finite.
    [[nodiscard]] double number(std::string_view key, double low, double high);

    /// Required sub-table.
    [[nodiscard]] ConfigSection table(std::string_view key);
    /// Sub-table whose keys all have defaults: where it is missing each of them has its own.
    [[nodiscard]] ConfigSection table_if(std::string_view key);
    /// Array of tables ([[key]]), at least `at_least` of them.
    [[nodiscard]] std::vector<ConfigSection> tables(std::string_view key, std::size_t at_least);

    /// Dotted path from the root, for messages.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    friend class ConfigReader;
    friend struct ConfigAccess;  // config_reader.cpp
    ConfigSection(ConfigReader::State* reader, const void* table, std::string path,
                  std::uint32_t line, std::size_t shown);
    [[nodiscard]] struct ConfigAccess access() const;
    ConfigReader::State* reader_;
    const void* table_;  // toml::table; null for a missing one, so that reading can go on
    std::string path_;
    std::uint32_t line_;
    std::size_t shown_;  // its place in the effective configuration
};

}  // namespace portcullis::engine
