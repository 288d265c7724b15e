// The doctor's answer, for people and for machines: each check with what it is worth beside it.
//
// Which measurement bears on which check is decided here and nowhere else, so that the checks stay
// functions of texts and the measurements know nothing of advice. Reader: doctor.cpp.
#pragma once

#include <string>
#include <vector>

#include "tools/portcullis/console/screen.hpp"
#include "tools/portcullis/host/checks.hpp"
#include "tools/portcullis/host/measure.hpp"

namespace portcullis::tools {

struct Diagnosis {
    std::string machine;
    std::string config;  ///< path; empty: the defaults
    std::vector<Check> checks;
    Measured measured;
    /// Nothing that the config asks for is missing.
    [[nodiscard]] bool in_force() const noexcept;
};

/// What the measurements say of that check; empty where none bears on it.
[[nodiscard]] std::string worth_of(const std::string& check, const Measured& measured);

[[nodiscard]] Screen diagnosis_screen(const Diagnosis& diagnosis);
[[nodiscard]] std::string diagnosis_json(const Diagnosis& diagnosis);

}  // namespace portcullis::tools
