# Writes build_id.cpp (OUT) for the tree at SOURCE, and only where it would be another: run on every build.
execute_process(COMMAND git -C ${SOURCE} rev-parse --show-toplevel
  OUTPUT_VARIABLE top ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
# No tags: the commit and whether it was changed must stand within 32 characters.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --exclude=* --abbrev=12
  OUTPUT_VARIABLE id RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
file(REAL_PATH "${SOURCE}" here)
if(NOT top STREQUAL here)
  set(failed "another tree's")  # unpacked within some other repository
endif()
if(NOT "${failed}" STREQUAL "0" OR NOT id MATCHES "^[A-Za-z0-9._/+-]+$")
  set(id unknown)
endif()
string(SUBSTRING "${id}" 0 32 id)
set(text "// Made by tools/cmake/build_id.cmake.
#include \"tools/build_id/build_id.hpp\"

std::string_view portcullis::tools::build_id() noexcept {
    return \"${id}\";
}
")
set(old "")
if(EXISTS ${OUT})
  file(READ ${OUT} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${OUT} "${text}")
endif()
