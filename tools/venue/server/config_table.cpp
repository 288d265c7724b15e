#include "tools/venue/server/config_table.hpp"

#include <filesystem>
#include <sstream>

#include "engine/types/decimal.hpp"
#include "engine/types/units.hpp"

namespace portcullis::tools::venue {
namespace {

/// What stands in the file, as one line of it.
std::string found(const toml::node& node) {
    if (const auto text = node.value_exact<std::string>()) {
        return ", found '" + *text + "'";
    }
    if (const auto number = node.value_exact<std::int64_t>()) {
        return ", found " + std::to_string(*number);
    }
    if (const auto truth = node.value_exact<bool>()) {
        return *truth ? ", found true" : ", found false";
    }
    std::ostringstream kind;
    kind << node.type();
    return ", found a value of type " + kind.str();
}

}  // namespace

std::string ConfigTable::text(std::string_view key, std::string fallback) {
    const toml::node* node = find(key);
    if (node == nullptr) {
        return fallback;
    }
    if (const auto value = node->value_exact<std::string>()) {
        return *value;
    }
    problem(key, *node, "expected a string" + found(*node));
    return fallback;
}

std::string ConfigTable::required_text(std::string_view key) {
    if (find(key) == nullptr) {
        refuse(key, "missing");
    }
    return text(key, "");
}

std::int64_t ConfigTable::integer(std::string_view key, std::int64_t fallback, std::int64_t low,
                                  std::int64_t high) {
    const toml::node* node = find(key);
    if (node == nullptr) {
        return fallback;
    }
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < low || *value > high) {
        problem(key, *node,
                "expected an integer from " + std::to_string(low) + " to " + std::to_string(high) +
                    found(*node));
        return fallback;
    }
    return *value;
}

bool ConfigTable::boolean(std::string_view key, bool fallback) {
    const toml::node* node = find(key);
    if (node == nullptr) {
        return fallback;
    }
    const auto value = node->value_exact<bool>();
    if (!value) {
        problem(key, *node, "expected true or false" + found(*node));
    }
    return value.value_or(fallback);
}

std::int64_t ConfigTable::decimal(std::string_view key, std::int64_t fallback) {
    const toml::node* node = find(key);
    if (node == nullptr) {
        return fallback;
    }
    const auto value = node->value_exact<std::string>();
    const auto result = engine::parse_decimal(value.value_or("?"));
    if (result.error != engine::DecimalError::none) {
        problem(key, *node,
                "expected a decimal from 0 to 92233720368.54775807 in quotes, as \"0.001\"" +
                    found(*node));
        return fallback;
    }
    return result.atoms;
}

std::int64_t ConfigTable::rate_e8(std::string_view key, std::int64_t fallback) {
    const std::int64_t rate = decimal(key, fallback);
    if (rate >= engine::atoms_per_unit) {
        refuse(key, "expected a rate below 1, as \"0.001\"" + found(*table_.get(key)));
        return fallback;
    }
    return rate;
}

std::vector<std::string> ConfigTable::texts(std::string_view key) {
    std::vector<std::string> out;
    const toml::node* node = find(key);
    if (node == nullptr) {
        return out;
    }
    const toml::array* array = node->as_array();
    if (array == nullptr) {
        problem(key, *node, "expected an array of strings" + found(*node));
        return out;
    }
    for (const toml::node& element : *array) {
        if (const auto value = element.value_exact<std::string>()) {
            out.push_back(*value);
        } else {
            problem(key, element, "expected a string" + found(element));
        }
    }
    return out;
}

const toml::table* ConfigTable::table(std::string_view key) {
    const toml::node* node = find(key);
    if (node != nullptr && node->as_table() == nullptr) {
        problem(key, *node, "expected a table" + found(*node));
    }
    return node == nullptr ? nullptr : node->as_table();
}

const toml::array* ConfigTable::tables(std::string_view key) {
    const toml::node* node = find(key);
    if (node != nullptr && !node->is_array_of_tables()) {
        problem(key, *node, "expected [[" + std::string(key) + "]] tables" + found(*node));
        return nullptr;
    }
    return node == nullptr ? nullptr : node->as_array();
}

void ConfigTable::finish() {
    for (const auto& [key, node] : table_) {
        if (!asked_.contains(key.str())) {
            problem(key.str(), node, "unknown key");
        }
    }
}

void ConfigTable::refuse(std::string_view key, const std::string& what) {
    const toml::node* node = table_.get(key);
    problem(key, node == nullptr ? table_ : *node, what);
}

void ConfigTable::refuse_both(std::string_view key, std::string_view other) {
    if (has(key) && has(other)) {
        refuse(key, "expected it or " + std::string(other) + ", found both");
    }
}

std::string ConfigTable::place() const {
    return where(table_) + "[" + name_ + "]";
}

const toml::node* ConfigTable::find(std::string_view key) {
    asked_.insert(std::string(key));
    return table_.get(key);
}

void ConfigTable::problem(std::string_view key, const toml::node& node, const std::string& what) {
    problems_.push_back(where(node) + (name_.empty() ? "" : "[" + name_ + "] ") + std::string(key) +
                        ": " + what);
}

std::string ConfigTable::where(const toml::node& node) const {
    return file_ + ":" + std::to_string(node.source().begin.line) + ": ";
}

std::string resolve_path(const std::string& config_file, const std::string& path) {
    if (path.empty()) {
        return path;
    }
    const std::filesystem::path base = std::filesystem::path(config_file).parent_path();
    std::string out = (base / path).lexically_normal().string();
    while (out.size() > 1 && out.back() == '/') {
        out.pop_back();
    }
    return out;
}

}  // namespace portcullis::tools::venue
