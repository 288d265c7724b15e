// `portcullis doctor`: what this host gives the engine, what each part of it is worth here.
//
// It answers before money is at stake what a start would refuse, and measures what no file tells:
// two hosts with the same settings differ by what their hypervisors do. Nothing is changed: options
// are tried in a process that ends with the try.
#pragma once

#include <string>

#include "tools/portcullis/host/checks.hpp"

namespace portcullis::tools {

/// 0; 1: the config asks for something that is not in force; 2: no config could be read. An empty
/// path: the defaults.
int doctor_command(const std::string& config_path, bool json);

/// Tries each option that `engine` asks for, each in a process of its own.
[[nodiscard]] Trials try_host_options(const EngineSettings& engine);

}  // namespace portcullis::tools
