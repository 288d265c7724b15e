// `portcullis kill-clear`: a kill word is opened again, while no engine runs, by two people.
//
// Three steps, each a command of its own: one risk officer proposes, another approves, and after
// the delay anybody lets it happen. What a running engine has taken of it is pending here too, and
// the other way round: the file is one, and locked by whoever has it. A rehearsal without
// [operators] keeps the one-person form and says so. Exit codes as main.cpp has them: 0 done, 1 the
// answer is no, 2 it could not be asked, 3 the state directory stands in the way.
#pragma once

#include <cstdint>
#include <string>

#include "tools/portcullis/config.hpp"
#include "tools/portcullis/operator/signing.hpp"

namespace portcullis::tools {

struct KillClearArguments {
    std::string scope{"firm"};
    std::string name;
    std::string reason;  ///< to propose
    SigningKey key;      ///< whose signature
    std::uint64_t approve{};
    std::uint64_t apply{};
    std::uint64_t withdraw{};
    bool pending{};
};
int kill_clear(const AppConfig& config, const KillClearArguments& arguments);

}  // namespace portcullis::tools
