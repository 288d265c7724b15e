#include "tools/portcullis/console/screen.hpp"

#include <simdjson.h>

#include <algorithm>

#include "engine/types/verify.hpp"

namespace portcullis::tools {
namespace {

using engine::verify;

const char* escape_of(Style style) noexcept {
    switch (style) {
        case Style::plain:
            return "";
        case Style::dim:
            return "\x1b[2m";
        case Style::bold:
            return "\x1b[1m";
        case Style::good:
            return "\x1b[32m";
        case Style::warning:
            return "\x1b[33m";
        case Style::bad:
            return "\x1b[31m";
        case Style::alarm:
            return "\x1b[1;97;41m";
    }
    return "";
}

bool continues(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

// The first `count` characters.
std::string_view first(std::string_view text, std::size_t count) noexcept {
    std::size_t seen = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!continues(text[i]) && seen++ == count) {
            return text.substr(0, i);
        }
    }
    return text;
}

}  // namespace

std::string printable(std::string_view text) {
    const bool utf8 = simdjson::validate_utf8(text.data(), text.size());
    std::string out(text);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto byte = static_cast<unsigned char>(out[i]);
        // U+0080 to U+009F are controls too: 0xc2 and a byte below 0xa0.
        const bool c1 =
            byte == 0xc2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xa0;
        if (byte < 0x20 || byte == 0x7f || (!utf8 && byte >= 0x80)) {
            out[i] = '?';
        } else if (c1) {
            out[i] = out[i + 1] = '?';
        }
    }
    return out;
}

std::size_t columns(std::string_view text) noexcept {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

Screen& Screen::line() {
    lines_.emplace_back();
    return *this;
}

Screen& Screen::add(std::string_view text, Style style) {
    if (lines_.empty()) {
        line();
    }
    lines_.back().cells.push_back({printable(text), style});
    return *this;
}

void Screen::banner(std::string_view text, Style style) {
    line().add(text, style);
    lines_.back().filled = true;
}

void Screen::heading(std::string_view text) {
    line();
    line().add(text, Style::bold);
}

std::string Screen::text(std::size_t width, std::size_t lines_max, bool colours) const {
    std::string out;
    const std::size_t count = std::min(lines_.size(), lines_max);
    Line cut;
    cut.cells.push_back({"... " + std::to_string(lines_.size() - count + 1) +
                             " more lines: the window is too low for all",
                         Style::warning});
    for (std::size_t i = 0; i < count; ++i) {
        const bool is_last = i + 1 == count;
        write(is_last && count < lines_.size() ? cut : lines_[i], width, colours, out);
        if (!colours) {
            out += '\n';
        } else {
            out += is_last ? "\x1b[K" : "\x1b[K\r\n";  // a newline at the end would scroll
        }
    }
    return out;
}

void Screen::write(const Line& line, std::size_t width, bool colours, std::string& out) {
    std::size_t left = width == 0 ? ~std::size_t{0} : width;
    for (const Cell& cell : line.cells) {
        const std::string_view shown = first(cell.text, left);
        left -= columns(shown);
        const char* escape = colours ? escape_of(cell.style) : "";
        out += escape;
        out += shown;
        if (colours && line.filled && width != 0) {
            out.append(left, ' ');
        }
        out += *escape != '\0' ? "\x1b[0m" : "";
    }
    while (!colours && !out.empty() && out.back() == ' ') {
        out.pop_back();
    }
}

Table::Table(const std::vector<std::string>& columns) {
    for (const std::string& column : columns) {
        verify(!column.empty());
        right_.push_back(column.front() == '>');
        names_.push_back({printable(column.substr(1)), Style::dim});
    }
}

void Table::row(std::vector<Cell> cells) {
    verify(cells.size() == names_.size());
    for (Cell& cell : cells) {
        cell.text = printable(cell.text);
    }
    rows_.push_back(std::move(cells));
}

void Table::write(Screen& screen, std::size_t rows_max) const {
    std::vector<std::size_t> widths(names_.size());
    const auto widen = [&widths](const std::vector<Cell>& row) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], columns(row[i].text));
        }
    };
    widen(names_);
    for (const auto& row : rows_) {
        widen(row);
    }
    const auto write_row = [&](const std::vector<Cell>& row) {
        screen.line();
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string pad(widths[i] - columns(row[i].text), ' ');
            screen.add(i == 0 ? "  " : "   ");
            if (right_[i]) {
                screen.add(pad).add(row[i].text, row[i].style);
            } else {
                screen.add(row[i].text, row[i].style).add(pad);
            }
        }
    };
    write_row(names_);
    const std::size_t shown = std::min(rows_max, rows_.size());
    for (std::size_t i = 0; i < shown; ++i) {
        write_row(rows_[i]);
    }
    if (shown < rows_.size()) {
        screen.line().add("  ... and " + std::to_string(rows_.size() - shown) + " more",
                          Style::dim);
    }
}

std::string bar(double percent) {
    constexpr int width = 20;
    const double bounded = percent > 0.0 ? std::min(percent, 100.0) : 0.0;
    const auto filled = static_cast<std::size_t>(bounded / 100.0 * width + 0.5);
    return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "]";
}

Style bar_style(double percent) noexcept {
    return percent > 90.0 ? Style::bad : percent > 70.0 ? Style::warning : Style::good;
}

}  // namespace portcullis::tools
