// Fields of an answer, read so that one that is missing breaks nothing: an older engine has not
// told it. Client's side.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <vector>

namespace portcullis::tools {

using Answer = simdjson::dom::element;

/// Text of a field: texts as they are, numbers as written, "?" where it is missing.
[[nodiscard]] std::string field(const Answer& object, const char* key);
/// False where it is missing.
[[nodiscard]] bool truth(const Answer& object, const char* key);
/// 0 where it is missing.
[[nodiscard]] std::uint64_t count(const Answer& object, const char* key);
/// The rows of a list; none where it is missing.
[[nodiscard]] std::vector<Answer> rows_of(const Answer& object, const char* key);

}  // namespace portcullis::tools
