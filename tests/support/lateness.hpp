// Lateness: how long the messages or answers of a client that behaves came after they were due, as
// the tests of the venue's doors hold it while others misbehave. One owner; read when that has
// ended.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace portcullis::test {

class Lateness {
public:
    /// Of one in a hundred, at most: a server that waits for one of its clients keeps the others
    /// for hundreds of messages, and a machine at work on other things not for so many.
    static constexpr std::int64_t p99_max_ms = 250;

    void add(std::int64_t ms) { samples_.push_back(ms); }
    [[nodiscard]] std::size_t count() const { return samples_.size(); }
    /// Requires: there is one. `permille` 1000: the latest.
    [[nodiscard]] std::int64_t at_permille(std::size_t permille) {
        std::sort(samples_.begin(), samples_.end());
        return samples_.at((samples_.size() - 1) * permille / 1000);
    }
    [[nodiscard]] std::string text() {
        return "p50 " + std::to_string(at_permille(500)) + " p99 " +
               std::to_string(at_permille(990)) + " max " + std::to_string(at_permille(1000)) +
               " ms of " + std::to_string(count());
    }

private:
    std::vector<std::int64_t> samples_;
};

}  // namespace portcullis::test
