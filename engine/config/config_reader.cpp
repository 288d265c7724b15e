// Reading and checking. See config_reader.hpp.
#include "engine/config/config_reader.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "engine/config/config_shown.hpp"
#include "engine/config/config_text.hpp"
#include "engine/config/toml.hpp"
#include "engine/types/decimal.hpp"

namespace portcullis::engine {

struct ConfigReader::State {
    struct Problem {
        std::uint32_t line;
        std::string where;  ///< path of the key
        std::string text;
    };
    std::string name;
    std::string text;
    toml::table root;
    std::set<const toml::node*> asked;
    std::map<std::string, std::vector<std::string>> known;  ///< choices, by path without rows
    std::vector<Problem> problems;
    ShownConfig shown;

    void add(std::uint32_t line, const std::string& where, const std::string& what) {
        problems.push_back(
            {line, where, name + ":" + std::to_string(line) + ": " + where + ": " + what});
    }
    [[nodiscard]] bool told_of(const std::string& where) const {
        return std::any_of(problems.begin(), problems.end(),
                           [&](const Problem& problem) { return problem.where == where; });
    }
};

namespace {

const toml::table* as_table(const void* table) {
    return static_cast<const toml::table*>(table);
}

// Walks the whole tree and reports what nobody asked for.
void report_unasked(ConfigReader::State& state, const toml::table& table, const std::string& path) {
    for (const auto& [key, node] : table) {
        const std::string where = joined(path, key.str());
        if (state.asked.find(&node) == state.asked.end()) {
            state.add(node.source().begin.line, where,
                      "unknown key, expected none of this name here");
            continue;
        }
        if (const auto* inner = node.as_table()) {
            report_unasked(state, *inner, where);
        } else if (const auto* array = node.as_array()) {
            std::size_t index = 0;
            for (const auto& element : *array) {
                if (const auto* row = element.as_table()) {
                    report_unasked(state, *row, where + "[" + std::to_string(index) + "]");
                }
                ++index;
            }
        }
    }
}

}  // namespace

ConfigReader::ConfigReader(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
ConfigReader::ConfigReader(ConfigReader&&) noexcept = default;
ConfigReader& ConfigReader::operator=(ConfigReader&&) noexcept = default;
ConfigReader::~ConfigReader() = default;

Result<ConfigReader> ConfigReader::parse(std::string text, std::string name) {
    if (const std::uint32_t line = too_long_line(text); line != 0) {
        return Error{name + ":" + std::to_string(line) +
                     ": longer than 4096 bytes, expected the lines of a config file"};
    }
    auto parsed = toml::parse(std::string_view(text), std::string_view(name));
    if (!parsed) {
        const auto& error = parsed.error();
        return Error{name + ":" + std::to_string(error.source().begin.line) +
                     ": not TOML: " + std::string(error.description())};
    }
    auto state = std::make_unique<State>();
    state->name = std::move(name);
    state->text = std::move(text);
    state->root = std::move(parsed).table();
    return ConfigReader(std::move(state));
}

Result<ConfigReader> ConfigReader::load(const std::string& path) {
    auto text = config_file_text(path);
    if (!text) {
        return Error{text.error()};
    }
    return parse(std::move(text).value(), path);
}

ConfigSection ConfigReader::root() {
    return ConfigSection(state_.get(), &state_->root, "", 1, ShownConfig::root);
}

const std::string& ConfigReader::text() const noexcept {
    return state_->text;
}

void ConfigReader::expect(const ConfigSection& section, std::string_view key,
                          std::string_view expected) {
    const auto* table = as_table(section.table_);
    const auto* node = table == nullptr ? nullptr : table->get(key);
    if (node != nullptr || !state_->told_of(joined(section.path_, key))) {
        problem(section, key,
                "found " + (node == nullptr ? "nothing" : what_is(*node)) + ", expected " +
                    std::string(expected));
    }
}

void ConfigReader::problem(const ConfigSection& section, std::string_view key,
                           std::string_view what) {
    verify(what.find("found ") != what.npos && what.find(", expected ") != what.npos);
    std::uint32_t line = section.line_;
    if (const auto* table = as_table(section.table_); table != nullptr) {
        if (const auto* node = table->get(key); node != nullptr) {
            line = node->source().begin.line;
        }
    }
    const std::string where = key.empty() ? section.path_ : joined(section.path_, key);
    state_->add(line, where, std::string(what));
}

void ConfigReader::finish() {
    report_unasked(*state_, state_->root, "");
}

std::vector<std::string> ConfigReader::problems() const {
    auto sorted = state_->problems;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    std::vector<std::string> texts;
    texts.reserve(sorted.size());
    for (auto& each : sorted) {
        texts.push_back(std::move(each.text));
    }
    return texts;
}

std::size_t ConfigReader::problem_count() const noexcept {
    return state_->problems.size();
}

std::string ConfigReader::effective(bool annotated) const {
    return state_->shown.text(annotated);
}

std::vector<KnownKey> ConfigReader::known_keys() const {
    std::vector<KnownKey> keys;
    for (const auto& [path, choices] : state_->known) {
        keys.push_back({path, choices});
    }
    return keys;
}

// What every getter does: find the node, mark it asked, tell what is missing or of the wrong type.
struct ConfigAccess {
    ConfigReader::State* reader;
    const toml::table* table;
    const std::string& path;
    std::uint32_t line;
    std::size_t shown;

    const toml::node* find(std::string_view key) const {
        reader->known[without_rows(joined(path, key))];
        const toml::node* node = table == nullptr ? nullptr : table->get(key);
        if (node != nullptr) {
            reader->asked.insert(node);
        }
        return node;
    }
    const toml::node* require(std::string_view key, const std::string& expected) const {
        const toml::node* node = find(key);
        if (node == nullptr) {
            reader->add(line, joined(path, key), "missing, expected " + expected);
        }
        return node;
    }
    void wrong(std::string_view key, const toml::node& node, const std::string& expected) const {
        reader->add(node.source().begin.line, joined(path, key),
                    "found " + what_is(node) + ", expected " + expected);
    }
    void note(std::string_view key, const std::string& value, Shown how = Shown::as_written) const {
        reader->shown.set(shown, key, value, how);
    }
    void known_choices(std::string_view key, const std::vector<std::string_view>& allowed) const {
        auto& choices = reader->known[without_rows(joined(path, key))];
        choices.assign(allowed.begin(), allowed.end());
    }
    ConfigSection inner(const std::string& name, const toml::node* node, bool is_row) const {
        const std::uint32_t at = node == nullptr ? line : node->source().begin.line;
        return ConfigSection(reader, node == nullptr ? nullptr : node->as_table(),
                             path.empty() ? name : path + "." + name, at,
                             reader->shown.table(shown, name, is_row));
    }
};

ConfigSection::ConfigSection(ConfigReader::State* reader, const void* table, std::string path,
                             std::uint32_t line, std::size_t shown)
    : reader_(reader), table_(table), path_(std::move(path)), line_(line), shown_(shown) {}

ConfigAccess ConfigSection::access() const {
    return ConfigAccess{reader_, as_table(table_), path_, line_, shown_};
}

bool ConfigSection::has(std::string_view key) const {
    return table_ != nullptr && as_table(table_)->contains(key);
}

std::string ConfigSection::text(std::string_view key) {
    const ConfigAccess at = access();
    const auto* node = at.require(key, "a text");
    if (node == nullptr) {
        return {};
    }
    const auto* value = node->as_string();
    if (value == nullptr || value->get().empty()) {
        at.wrong(key, *node, "a text that is not empty");
        return {};
    }
    at.note(key, toml_text(value->get()));
    return value->get();
}

std::optional<std::string> ConfigSection::text_if(std::string_view key) {
    if (has(key)) {
        return text(key);
    }
    const ConfigAccess at = access();
    (void)at.find(key);
    at.note(key, "", Shown::not_set);
    return std::nullopt;
}

std::string ConfigSection::text_or(std::string_view key, std::string_view fallback) {
    if (has(key)) {
        return text(key);
    }
    verify(!fallback.empty());
    const ConfigAccess at = access();
    (void)at.find(key);
    at.note(key, toml_text(fallback), Shown::is_default);
    return std::string(fallback);
}

std::size_t ConfigSection::choice(std::string_view key,
                                  const std::vector<std::string_view>& allowed,
                                  std::optional<std::size_t> fallback) {
    const ConfigAccess at = access();
    at.known_choices(key, allowed);
    if (fallback && !has(key)) {
        (void)at.find(key);
        at.note(key, toml_text(allowed.at(*fallback)), Shown::is_default);
        return *fallback;
    }
    std::string expected = "one of";
    for (const auto each : allowed) {
        expected += " \"" + std::string(each) + "\"";
    }
    const auto* node = at.require(key, expected);
    if (node == nullptr) {
        return 0;
    }
    if (const auto* value = node->as_string()) {
        for (std::size_t i = 0; i < allowed.size(); ++i) {
            if (value->get() == allowed[i]) {
                at.note(key, toml_text(value->get()));
                return i;
            }
        }
    }
    at.wrong(key, *node, expected);
    return 0;
}

std::vector<std::string> ConfigSection::texts(std::string_view key, std::size_t at_least) {
    const ConfigAccess at = access();
    const std::string expected = "an array of at least " + std::to_string(at_least) + " texts";
    const auto* node = at.require(key, expected);
    if (node == nullptr) {
        return {};
    }
    std::vector<std::string> values;
    std::string shown = "[";
    if (const auto* array = node->as_array()) {
        for (const auto& element : *array) {
            const auto* value = element.as_string();
            if (value == nullptr || value->get().empty()) {
                at.wrong(key, element, "texts only, none empty");
                return {};
            }
            shown += (values.empty() ? "" : ", ") + toml_text(value->get());
            values.push_back(value->get());
        }
    }
    if (!node->is_array() || values.size() < at_least) {
        at.wrong(key, *node, expected);
        return {};
    }
    at.note(key, shown + "]");
    return values;
}

std::int64_t ConfigSection::integer(std::string_view key, std::int64_t low, std::int64_t high) {
    const ConfigAccess at = access();
    const std::string expected =
        "an integer from " + std::to_string(low) + " to " + std::to_string(high);
    const auto* node = at.require(key, expected);
    if (node == nullptr) {
        return 0;
    }
    const auto* value = node->as_integer();
    if (value == nullptr || value->get() < low || value->get() > high) {
        at.wrong(key, *node, expected);
        return 0;
    }
    at.note(key, std::to_string(value->get()));
    return value->get();
}

std::int64_t ConfigSection::integer_or(std::string_view key, std::int64_t low, std::int64_t high,
                                       std::int64_t fallback) {
    if (has(key)) {
        return integer(key, low, high);
    }
    const ConfigAccess at = access();
    (void)at.find(key);
    at.note(key, std::to_string(fallback), Shown::is_default);
    return fallback;
}

bool ConfigSection::flag(std::string_view key) {
    const ConfigAccess at = access();
    const auto* node = at.require(key, "true or false");
    if (node == nullptr) {
        return false;
    }
    const auto* value = node->as_boolean();
    if (value == nullptr) {
        at.wrong(key, *node, "true or false");
        return false;
    }
    at.note(key, value->get() ? "true" : "false");
    return value->get();
}

bool ConfigSection::flag_or(std::string_view key, bool fallback) {
    if (has(key)) {
        return flag(key);
    }
    const ConfigAccess at = access();
    (void)at.find(key);
    at.note(key, fallback ? "true" : "false", Shown::is_default);
    return fallback;
}

namespace {

std::int64_t read_decimal(const ConfigAccess& at, std::string_view key, bool may_be_negative) {
    const std::string expected = may_be_negative
                                     ? "an exact decimal in quotes, such as \"-0.05\""
                                     : "an exact decimal in quotes, zero or more, such as \"0.05\"";
    const auto* node = at.require(key, expected);
    if (node == nullptr) {
        return 0;
    }
    const auto* value = node->as_string();
    if (value == nullptr) {
        at.wrong(key, *node, expected);
        return 0;
    }
    const auto parsed =
        may_be_negative ? parse_signed_decimal(value->get()) : parse_decimal(value->get());
    if (parsed.error != DecimalError::none) {
        at.wrong(key, *node, expected + " (" + describe(parsed.error) + ")");
        return 0;
    }
    at.note(key, toml_text(value->get()));
    return parsed.atoms;
}

}  // namespace

std::int64_t ConfigSection::decimal(std::string_view key) {
    return read_decimal(access(), key, false);
}

std::optional<std::int64_t> ConfigSection::decimal_if(std::string_view key) {
    if (has(key)) {
        return decimal(key);
    }
    const ConfigAccess at = access();
    (void)at.find(key);
    at.note(key, "", Shown::not_set);
    return std::nullopt;
}

std::int64_t ConfigSection::signed_decimal(std::string_view key) {
    return read_decimal(access(), key, true);
}

DurationNs ConfigSection::duration(std::string_view key, std::int64_t low, std::int64_t high) {
    const std::int64_t unit = unit_ns(key);
    verify(unit != 0);
    return DurationNs{integer(key, low, high) * unit};
}

DurationNs ConfigSection::duration_or(std::string_view key, std::int64_t low, std::int64_t high,
                                      std::int64_t fallback) {
    const std::int64_t unit = unit_ns(key);
    verify(unit != 0);
    return DurationNs{integer_or(key, low, high, fallback) * unit};
}

double ConfigSection::number(std::string_view key, double low, double high) {
    const ConfigAccess at = access();
    char bounds[96];
    std::snprintf(bounds, sizeof bounds, "a number from %g to %g", low, high);
    const auto* node = at.require(key, bounds);
    if (node == nullptr) {
        return 0.0;
    }
    const auto value = node->value<double>();
    if (!node->is_number() || !value || !std::isfinite(*value) || *value < low || *value > high) {
        at.wrong(key, *node, bounds);
        return 0.0;
    }
    at.note(key, float_text(*value));
    return *value;
}

ConfigSection ConfigSection::table(std::string_view key) {
    const ConfigAccess at = access();
    const std::string expected = "a table [" + joined(path_, key) + "]";
    const auto* node = at.require(key, expected);
    if (node != nullptr && !node->is_table()) {
        at.wrong(key, *node, expected);
        node = nullptr;
    }
    return at.inner(std::string(key), node, false);
}

ConfigSection ConfigSection::table_if(std::string_view key) {
    const ConfigAccess at = access();
    const auto* node = at.find(key);
    if (node != nullptr && !node->is_table()) {
        at.wrong(key, *node, "a table [" + joined(path_, key) + "]");
        node = nullptr;
    }
    return at.inner(std::string(key), node, false);
}

std::vector<ConfigSection> ConfigSection::tables(std::string_view key, std::size_t at_least) {
    const ConfigAccess at = access();
    const std::string expected =
        "at least " + std::to_string(at_least) + " [[" + joined(path_, key) + "]]";
    const auto* node = at_least == 0 ? at.find(key) : at.require(key, expected);
    std::vector<ConfigSection> rows;
    if (node == nullptr) {
        return rows;
    }
    if (const auto* array = node->as_array()) {
        for (const auto& element : *array) {
            if (!element.is_table()) {
                at.wrong(key, element, expected);
                return {};
            }
            const std::string row = std::string(key) + "[" + std::to_string(rows.size()) + "]";
            rows.push_back(at.inner(row, &element, true));
        }
    }
    if (!node->is_array() || rows.size() < at_least) {
        at.wrong(key, *node, expected);
    }
    return rows;
}

}  // namespace portcullis::engine
