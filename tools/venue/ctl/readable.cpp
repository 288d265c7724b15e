// JSON as people read it: one member a line, an array of objects as a table.
#include <simdjson.h>

#include <algorithm>

#include "tools/venue/ctl/ctl.hpp"

namespace portcullis::tools::venue {
namespace {

using simdjson::dom::element;

std::string plain(const element& value) {
    std::string_view text;
    return value.get(text) ? simdjson::minify(value) : std::string(text);
}

bool flat(const element& value) {
    return !value.is_object() && !value.is_array();
}

void print(const element& value, std::size_t indent, std::string& out);

/// Columns are the flat members of the first row; what is nested follows below its row.
void print_table(const simdjson::dom::array& rows, std::size_t indent, std::string& out) {
    std::vector<std::vector<std::string>> cells(1);
    std::vector<std::string> below(1);
    for (const element row : rows) {
        const simdjson::dom::object object = row.get_object();
        std::vector<std::string> line;
        std::string nested;
        for (const auto& [name, member] : object) {
            if (!flat(member)) {
                nested += std::string(indent + 2, ' ') + std::string(name) + "\n";
                print(member, indent + 4, nested);
                continue;
            }
            if (cells.size() == 1) {
                cells[0].emplace_back(name);
            }
            line.push_back(plain(member));
        }
        cells.push_back(std::move(line));
        below.push_back(std::move(nested));
    }
    std::vector<std::size_t> widths(cells[0].size(), 0);
    for (const auto& line : cells) {
        for (std::size_t i = 0; i < std::min(line.size(), widths.size()); ++i) {
            widths[i] = std::max(widths[i], line[i].size());
        }
    }
    for (std::size_t row = 0; row < cells.size(); ++row) {
        std::string text(indent, ' ');
        for (std::size_t i = 0; i < cells[row].size(); ++i) {
            text += cells[row][i];
            text += i + 1 < cells[row].size()
                        ? std::string(widths[std::min(i, widths.size() - 1)] + 2 -
                                          std::min(cells[row][i].size(),
                                                   widths[std::min(i, widths.size() - 1)]),
                                      ' ')
                        : "";
        }
        out += text + "\n" + below[row];
    }
}

void print(const element& value, std::size_t indent, std::string& out) {
    simdjson::dom::array array;
    simdjson::dom::object object;
    if (!value.get(array)) {
        if (array.size() == 0) {
            out += std::string(indent, ' ') + "none\n";
        } else if (array.at(0).value_unsafe().is_object()) {
            print_table(array, indent, out);
        } else {
            for (const element each : array) {
                out += std::string(indent, ' ') + plain(each) + "\n";
            }
        }
        return;
    }
    if (value.get(object)) {
        out += std::string(indent, ' ') + plain(value) + "\n";
        return;
    }
    std::size_t width = 0;
    if (object.size() == 0) {
        out += std::string(indent, ' ') + "none\n";
    }
    for (const auto& [name, member] : object) {
        width = std::max(width, flat(member) ? name.size() : 0);
    }
    for (const auto& [name, member] : object) {
        out += std::string(indent, ' ') + std::string(name);
        if (flat(member)) {
            out += std::string(width + 2 - name.size(), ' ') + plain(member) + "\n";
        } else {
            out += "\n";
            print(member, indent + 2, out);
        }
    }
}

}  // namespace

std::string readable(std::string_view json) {
    simdjson::dom::parser parser;
    element value;
    if (parser.parse(json.data(), json.size()).get(value)) {
        return std::string(json) + "\n";
    }
    std::string out;
    print(value, 0, out);
    return out;
}

}  // namespace portcullis::tools::venue
