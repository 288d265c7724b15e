#include "tools/svg/svg.hpp"

#include <cstdio>

namespace portcullis::tools {

std::string svg_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", value);
    return text;
}

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

std::string svg_time_label(double ns) {
    return ns < 1e3   ? svg_label(ns) + " ns"
           : ns < 1e6 ? svg_label(ns / 1e3) + " us"
           : ns < 1e9 ? svg_label(ns / 1e6) + " ms"
                      : svg_label(ns / 1e9) + " s";
}

std::string svg_line(double x1, double y1, double x2, double y2, const std::string& style) {
    return "<line x1=\"" + svg_number(x1) + "\" y1=\"" + svg_number(y1) + "\" x2=\"" +
           svg_number(x2) + "\" y2=\"" + svg_number(y2) + "\" " + style + "/>\n";
}

std::string svg_begin(double width, double height) {
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + svg_number(width) +
           "\" height=\"" + svg_number(height) +
           "\" font-family=\"sans-serif\" font-size=\"11\">\n"
           "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
}

}  // namespace portcullis::tools
