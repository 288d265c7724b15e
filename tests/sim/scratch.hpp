// Scratch: a directory of a test's own under the system's temporary one, removed with everything in
// it. For tests that need a real journal or kill page on a file system.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "engine/types/verify.hpp"

namespace portcullis::tests {

struct Scratch {
    std::string path = std::filesystem::temp_directory_path() / "portcullis-sim-XXXXXX";
    Scratch() { engine::verify(mkdtemp(path.data()) != nullptr); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    /// A new directory within it.
    [[nodiscard]] std::string folder(const std::string& name) const {
        std::filesystem::create_directory(path + "/" + name);
        return path + "/" + name;
    }
};

}  // namespace portcullis::tests
