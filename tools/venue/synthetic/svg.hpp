// svg: the few words of SVG that our plots are written in: the fit's here and those of bench/. Text
// in, text out, because a library for it would be larger than they are.
#pragma once

#include <string>

namespace portcullis::tools::venue {

/// With one decimal.
[[nodiscard]] std::string svg_number(double value);
/// Short enough to stand under its line: 10k, 1M.
[[nodiscard]] std::string svg_label(double value);
[[nodiscard]] std::string svg_text(double x, double y, const std::string& anchor,
                                   const std::string& what);

}  // namespace portcullis::tools::venue
