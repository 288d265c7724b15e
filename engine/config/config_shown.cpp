#include "engine/config/config_shown.hpp"

#include "engine/types/verify.hpp"

namespace portcullis::engine {

std::size_t ShownConfig::table(std::size_t parent, const std::string& name, bool is_row) {
    verify(parent < tables_.size());
    const auto [found, is_new] = tables_[parent].by_name.try_emplace(name, tables_.size());
    if (!is_new) {
        return found->second;
    }
    const std::size_t made = tables_.size();
    const std::string bare = name.substr(0, name.find('['));
    Table added;
    added.path = tables_[parent].path.empty() ? bare : tables_[parent].path + "." + bare;
    added.is_row = is_row;
    tables_[parent].inner.push_back(made);
    tables_.push_back(std::move(added));
    return made;
}

void ShownConfig::set(std::size_t table, std::string_view key, std::string value, Shown how) {
    verify(table < tables_.size());
    for (Key& each : tables_[table].keys) {
        if (each.name == key) {
            each.value = std::move(value);
            each.how = how;
            return;
        }
    }
    tables_[table].keys.push_back({std::string(key), std::move(value), how});
}

std::string ShownConfig::text(bool annotated) const {
    std::string out;
    write(tables_[root], annotated, out);
    return out;
}

void ShownConfig::write(const Table& table, bool annotated, std::string& out) const {
    if (!table.path.empty() && (table.is_row || !table.keys.empty())) {
        out += out.empty() ? "" : "\n";
        out += (table.is_row ? "[[" : "[") + table.path + (table.is_row ? "]]\n" : "]\n");
    }
    for (const Key& key : table.keys) {
        if (key.how == Shown::not_set) {
            out += annotated ? "# " + key.name + ": not set\n" : "";
            continue;
        }
        out += key.name + " = " + key.value;
        out += annotated && key.how == Shown::is_default ? "  # default\n" : "\n";
    }
    for (const std::size_t inner : table.inner) {
        write(tables_[inner], annotated, out);
    }
}

}  // namespace portcullis::engine
