// ShownConfig: the effective configuration while it gathers, and as TOML text.
//
// Reading order is not TOML's order: a table's own keys must stand before its sub-tables, and a
// row's sub-tables before the next row. So what was read is kept as a tree and written depth first.
// Writer: ConfigSection's getters. Reader: ConfigReader::effective.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::engine {

enum class Shown : unsigned char { as_written, is_default, not_set };

class ShownConfig {
public:
    static constexpr std::size_t root = 0;

    ShownConfig() : tables_(1) {}

    /// The table `name` ("limits", or "asset[2]" of an array) in `parent`, made if it is new.
    std::size_t table(std::size_t parent, const std::string& name, bool is_row);
    /// Sets a key. `value` is TOML.
    void set(std::size_t table, std::string_view key, std::string value, Shown how);
    [[nodiscard]] std::string text(bool annotated) const;

private:
    struct Key {
        std::string name;
        std::string value;
        Shown how{};
    };
    struct Table {
        std::string path;  ///< without row numbers: how TOML names it
        bool is_row{};
        std::vector<Key> keys;
        std::vector<std::size_t> inner;
        std::map<std::string, std::size_t> by_name;
    };
    void write(const Table& table, bool annotated, std::string& out) const;

    std::vector<Table> tables_;
};

}  // namespace portcullis::engine
