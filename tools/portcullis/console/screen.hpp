// Screen: lines of styled text, and tables in them, cut to a width.
//
// The same view is shown on a terminal in colours, in a pipe without, and compared by tests as
// plain text: styles are kept beside the text and become escapes only at the end. Texts from
// outside come through printable(), so that no name can move a cursor. Cold code, client's side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::tools {

enum class Style : std::uint8_t { plain, dim, bold, good, warning, bad, alarm };

/// Control characters and broken UTF-8 as "?".
[[nodiscard]] std::string printable(std::string_view text);
/// Characters, not bytes. Requires: printable.
[[nodiscard]] std::size_t columns(std::string_view text) noexcept;

struct Cell {
    std::string text;
    Style style{Style::plain};
};

class Screen {
public:
    /// Begins a new line.
    Screen& line();
    Screen& add(std::string_view text, Style style = Style::plain);
    /// A whole line that the eye cannot miss: filled to the width where there are colours.
    void banner(std::string_view text, Style style);
    void heading(std::string_view text);
    [[nodiscard]] std::size_t lines() const noexcept { return lines_.size(); }
    /// Width 0: as wide as it is. `colours`: escapes, and each line erased behind its end.
    [[nodiscard]] std::string text(std::size_t width, std::size_t lines_max, bool colours) const;

private:
    struct Line {
        std::vector<Cell> cells;
        bool filled{};
    };
    static void write(const Line& line, std::size_t width, bool colours, std::string& out);
    std::vector<Line> lines_;
};

/// Columns as wide as their widest cell; those marked '>' stand at the right.
class Table {
public:
    /// Each column as "<name" or ">name".
    explicit Table(const std::vector<std::string>& columns);
    void row(std::vector<Cell> cells);
    [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
    void write(Screen& screen, std::size_t rows_max = ~std::size_t{0}) const;

private:
    std::vector<Cell> names_;
    std::vector<bool> right_;
    std::vector<std::vector<Cell>> rows_;
};

/// "[######..............]" of `percent`, whatever it is.
[[nodiscard]] std::string bar(double percent);
/// Red above 90, yellow above 70.
[[nodiscard]] Style bar_style(double percent) noexcept;

}  // namespace portcullis::tools
