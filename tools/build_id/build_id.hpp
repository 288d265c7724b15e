// Which build this is: `git describe` of the tree that it was made from, or "unknown" without git.
//
// In a library of its own with one generated file, so that a commit compiles one line anew and not
// the program, and so that a compiler cache holds for everything else. It stands in each segment of
// the journal and in no state hash: two builds that decide alike are alike.
#pragma once

#include <string_view>

namespace portcullis::tools {

/// At most 32 characters: what a segment's header has room for.
[[nodiscard]] std::string_view build_id() noexcept;

}  // namespace portcullis::tools
