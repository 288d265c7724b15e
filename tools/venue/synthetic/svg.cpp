#include "tools/venue/synthetic/svg.hpp"

#include <cstdio>

namespace portcullis::tools::venue {

std::string svg_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", value);
    return text;
}

/// Short enough to stand under its line: 10k, 1M.
std::string svg_label(double value) {
    const bool millions = value >= 1e6;
    const bool thousands = !millions && value >= 1e3;
    char text[32];
    std::snprintf(text, sizeof text, "%g%s",
                  value / (millions    ? 1e6
                           : thousands ? 1e3
                                       : 1),
                  millions    ? "M"
                  : thousands ? "k"
                              : "");
    return text;
}

std::string svg_text(double x, double y, const std::string& anchor, const std::string& what) {
    return "<text x=\"" + svg_number(x) + "\" y=\"" + svg_number(y) + "\" text-anchor=\"" + anchor +
           "\">" + what + "</text>\n";
}

}  // namespace portcullis::tools::venue
