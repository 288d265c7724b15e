// ConfigTable: one TOML table, read key by key; whatever nobody asked for is an error.
//
// Problems are collected, so that a file is mended in one go; each names file, line, table and key,
// what was found and what was expected. Used by config.cpp and config_accounts.cpp alone.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/toml.hpp"

namespace portcullis::tools::venue {

class ConfigTable {
public:
    ConfigTable(const toml::table& table, std::string name, std::string file,
                std::vector<std::string>& problems)
        : table_(table), name_(std::move(name)), file_(std::move(file)), problems_(problems) {}

    std::string text(std::string_view key, std::string fallback);
    std::string required_text(std::string_view key);
    std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t low,
                         std::int64_t high);
    bool boolean(std::string_view key, bool fallback);
    /// A decimal in quotes, in 1e-8.
    std::int64_t decimal(std::string_view key, std::int64_t fallback);
    /// The same below 1.
    std::int64_t rate_e8(std::string_view key, std::int64_t fallback);
    std::vector<std::string> texts(std::string_view key);
    const toml::table* table(std::string_view key);
    const toml::array* tables(std::string_view key);
    [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }

    /// After the last question: what else is there is unknown.
    void finish();
    /// Names the line of the key, or of the table where the key is missing.
    void refuse(std::string_view key, const std::string& what);
    /// The first of two keys that say the same, or nothing to the same end, is refused.
    void refuse_both(std::string_view key, std::string_view other);
    /// "venue.toml:7: [key]"
    [[nodiscard]] std::string place() const;
    [[nodiscard]] const std::string& file() const { return file_; }
    [[nodiscard]] std::vector<std::string>& problems() { return problems_; }

private:
    const toml::node* find(std::string_view key);
    void problem(std::string_view key, const toml::node& node, const std::string& what);
    [[nodiscard]] std::string where(const toml::node& node) const;

    const toml::table& table_;
    std::string name_;
    std::string file_;
    std::vector<std::string>& problems_;
    std::set<std::string, std::less<>> asked_;
};

/// A path in a config is relative to the config.
[[nodiscard]] std::string resolve_path(const std::string& config_file, const std::string& path);

}  // namespace portcullis::tools::venue
