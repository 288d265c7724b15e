// json_member: one member of a JSON text, for tests.
//
// In a file of its own because the header of the parser costs each test that includes it a second
// and a half.
#pragma once

#include <string>

namespace portcullis::test {

/// JSON text of the member at `pointer` (RFC 6901), or empty.
[[nodiscard]] std::string json_member(const std::string& json, const std::string& pointer);

}  // namespace portcullis::test
