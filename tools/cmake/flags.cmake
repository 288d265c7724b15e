# Compiler flags: warnings are errors, hardening in release, sanitizers by preset. One interface target, linked by all.
add_library(portcullis_flags INTERFACE)
target_include_directories(portcullis_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(portcullis_flags INTERFACE
  -march=x86-64-v3 -ffp-contract=off -fno-strict-aliasing -fno-omit-frame-pointer
  -Wall -Wextra -Wconversion -Werror
  $<$<NOT:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wshadow>
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
# All that is linked here is a program. -fPIC, for libraries to be loaded, lets nothing of a file be inlined that another
# could replace: 4 % of tick_to_order.
target_compile_options(portcullis_flags INTERFACE -fPIE)
target_link_options(portcullis_flags INTERFACE -pie)
target_link_libraries(portcullis_flags INTERFACE Threads::Threads)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # The compiler's garbage collector runs from 128 MB on otherwise: 6 % of the build's time.
  target_compile_options(portcullis_flags INTERFACE --param=ggc-min-heapsize=524288)
  # g++ 12 reports out-of-bounds and maybe-uninitialized accesses inside libstdc++ itself at -O2 and above.
  target_compile_options(portcullis_flags INTERFACE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread
    -Wno-maybe-uninitialized -Wno-restrict)
endif()

# No vptr check: engine/, risk/ and strategies/ are built without the RTTI that it reads, and where an inline function of the
# library is in both kinds of object files, which vtable stays is the linker's choice.
if(PORTCULLIS_SANITIZE STREQUAL "address+undefined")
  target_compile_options(portcullis_flags INTERFACE -fsanitize=address,undefined -fno-sanitize=vptr
    -fno-sanitize-recover=all)
  target_link_options(portcullis_flags INTERFACE -fsanitize=address,undefined)
elseif(PORTCULLIS_SANITIZE STREQUAL "thread")
  # moodycamel's queue has fences, which ThreadSanitizer does not see: a report from within it needs a second look.
  target_compile_options(portcullis_flags INTERFACE -fsanitize=thread -Wno-tsan)
  target_link_options(portcullis_flags INTERFACE -fsanitize=thread)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(portcullis_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong
    -fstack-clash-protection -fcf-protection=full -ftrivial-auto-var-init=zero -D_GLIBCXX_ASSERTIONS)
  target_link_options(portcullis_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code)
endif()

if(PORTCULLIS_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "the fuzz preset needs clang: Debian has no libFuzzer for g++")
  endif()
  target_compile_options(portcullis_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=vptr
    -fno-sanitize-recover=all)
  target_link_options(portcullis_flags INTERFACE -fsanitize=address,undefined)
  # What g++ says of itself and clang 14 by __has_feature alone: tests count shorter under a sanitizer.
  target_compile_definitions(portcullis_flags INTERFACE __SANITIZE_ADDRESS__=1)
endif()

# What engine/, risk/ and strategies/ may not use: a refusal there is a value.
add_library(portcullis_core_flags INTERFACE)
target_link_libraries(portcullis_core_flags INTERFACE portcullis_flags)
set(PORTCULLIS_CORE_OPTIONS -fno-exceptions -fno-rtti)

# A whole build: precompiled headers of libraries (in a release), and several files of a folder in one, because half of a
# file's time is its headers and the library's templates. It is for who builds once and tests: a release or an asan build
# without a compiler launcher, under which each file stands alone, for ccache keeps nothing of what a precompiled header
# took part in and a change shall cost one file. Nor in dev and tsan: so a file that leans on its neighbour's includes is
# found, and a shadowed name too (-Wshadow: files put together shadow without a mistake). CI builds tsan: the libraries,
# the programs and the tests that have threads; the other tests stand alone under dev and with a launcher only. Names in a
# namespace without a name must differ among the files of a folder. Not under clang, which calls more of that a mistake.
set(whole OFF)
if(NOT CMAKE_CXX_COMPILER_LAUNCHER AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND
   (CMAKE_BUILD_TYPE STREQUAL "Release" OR PORTCULLIS_SANITIZE STREQUAL "address+undefined"))
  set(whole ON)
endif()
option(PORTCULLIS_WHOLE_BUILD "several files of a folder at a time" ${whole})
set(PORTCULLIS_PRECOMPILE OFF)
if(PORTCULLIS_WHOLE_BUILD AND CMAKE_BUILD_TYPE STREQUAL "Release")
  set(PORTCULLIS_PRECOMPILE ON)
endif()
set(PORTCULLIS_COMMON_HEADERS <algorithm> <array> <atomic> <chrono> <deque> <filesystem> <functional> <map> <memory> <mutex>
  <numeric> <optional> <random> <set> <sstream> <string> <string_view> <thread> <utility> <variant> <vector>)
function(portcullis_several_at_a_time target)
  if(PORTCULLIS_WHOLE_BUILD)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
  endif()
endfunction()
