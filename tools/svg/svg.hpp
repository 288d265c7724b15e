// svg: the few words of SVG that our plots are written in: the fit's of the synthetic venue, the
// console's of latencies, and those of bench/. Text in, text out, because a library for it would be
// larger than they are. Texts must hold nothing that XML reads: they are our own.
#pragma once

#include <string>

namespace portcullis::tools {

/// With one decimal.
[[nodiscard]] std::string svg_number(double value);
/// Short enough to stand under its line: 10k, 1M.
[[nodiscard]] std::string svg_label(double value);
/// The same of a time: 10 ns, 1 us, 100 ms, 1 s.
[[nodiscard]] std::string svg_time_label(double ns);
[[nodiscard]] std::string svg_text(double x, double y, const std::string& anchor,
                                   const std::string& what);
/// `style`: attributes, as `stroke="#ddd"`.
[[nodiscard]] std::string svg_line(double x1, double y1, double x2, double y2,
                                   const std::string& style);
/// White, in small letters without serifs; closed by "</svg>".
[[nodiscard]] std::string svg_begin(double width, double height);

}  // namespace portcullis::tools
