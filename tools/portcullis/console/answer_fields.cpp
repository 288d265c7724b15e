#include "tools/portcullis/console/answer_fields.hpp"

namespace portcullis::tools {

std::string field(const Answer& object, const char* key) {
    Answer value;
    if (object[key].get(value) != simdjson::SUCCESS) {
        return "?";
    }
    std::string_view text;
    return value.get_string().get(text) == simdjson::SUCCESS ? std::string(text)
                                                             : simdjson::minify(value);
}

bool truth(const Answer& object, const char* key) {
    bool value = false;
    return object[key].get_bool().get(value) == simdjson::SUCCESS && value;
}

std::uint64_t count(const Answer& object, const char* key) {
    std::uint64_t value = 0;
    return object[key].get_uint64().get(value) == simdjson::SUCCESS ? value : 0;
}

std::vector<Answer> rows_of(const Answer& object, const char* key) {
    std::vector<Answer> rows;
    simdjson::dom::array array;
    if (object[key].get_array().get(array) == simdjson::SUCCESS) {
        for (const Answer row : array) {
            rows.push_back(row);
        }
    }
    return rows;
}

}  // namespace portcullis::tools
