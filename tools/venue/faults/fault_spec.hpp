// FaultSpec: one fault as somebody asked for it: which, where, how often, with which seed, how
// long.
//
// Read from the words of the control socket or of a script; `ctl` reads the same words before it
// sends any of them. Pure: what exists at the venue (streams, accounts) is checked there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"
#include "tools/venue/faults/catalogue.hpp"

namespace portcullis::tools::venue {

struct FaultSpec {
    FaultKind kind{};
    unsigned targets{};  ///< a mask of one bit, or of both doors
    std::string name;    ///< stream pattern, connection word, account or symbol
    std::int64_t argument{};
    std::uint64_t rate_e6{0};  ///< chance of each message; 0: `every` counts
    std::uint64_t every{1};
    std::uint64_t seed{1};
    std::int64_t duration_ms{0};  ///< 0: until switched off
    std::int64_t strikes{-1};     ///< how many are left; -1: any number

    /// "btcusdt@trade", "account:NAME", "wsapi+rest": the word that it was asked for with.
    [[nodiscard]] std::string target() const;
    /// "drop btcusdt@trade every=3 seed=1": what would make it again; behind it "left=2" where
    /// strikes are counted.
    [[nodiscard]] std::string text() const;
};

/// `verb` is on or once; `words`: NAME TARGET [rate=..|every=..] [seed=..] [for=10s] [argument=..].
[[nodiscard]] engine::Result<FaultSpec> read_fault(std::string_view verb,
                                                   const std::vector<std::string>& words);
/// Words between spaces and tabs.
[[nodiscard]] std::vector<std::string> split_words(std::string_view line);
/// `*` stands for any number of characters.
[[nodiscard]] bool pattern_matches(std::string_view pattern, std::string_view text);

}  // namespace portcullis::tools::venue
