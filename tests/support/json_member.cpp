// See json_member.hpp.
#include "tests/support/json_member.hpp"

#include <simdjson.h>

namespace portcullis::test {

std::string json_member(const std::string& json, const std::string& pointer) {
    simdjson::dom::parser parser;
    simdjson::dom::element element;
    if (parser.parse(json).at_pointer(pointer).get(element)) {
        return {};
    }
    return simdjson::minify(element);
}

}  // namespace portcullis::test
