// Arbitrary text as the configuration: every byte sequence gives a config or problems, never both
// and never a crash, and what is accepted reads back from its effective form to the same hash.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tools/portcullis/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portcullis::tools;  // NOLINT: one file, one purpose
    const ConfigResult result =
        read_config(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
    if (result.config.has_value() == !result.problems.empty()) {
        std::abort();
    }
    for (const std::string& problem : result.problems) {
        if (problem.rfind("fuzz:", 0) != 0 || problem.find('\x1b') != std::string::npos) {
            std::abort();
        }
    }
    if (result.config) {
        const ConfigResult again = read_config(result.config->annotated, "again");
        if (!again.config || again.config->hash != result.config->hash) {
            std::abort();
        }
    }
    return 0;
}
