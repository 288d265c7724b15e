// Limits in the config file: read, held to their bounds, and told in the file's own words.
//
// risk/limits.hpp lists every limit with its field and ceiling, risk/limit_names.hpp says how it is
// written in the file. Here both meet: a problem names file, line and the key as the operator wrote
// it, with values in whole units. risk::problems, which the gate's side trusts, is asked as well:
// what it finds and this reader did not is reported in its words, so neither can be forgotten.
// Cold code, start only.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/config/config_reader.hpp"
#include "risk/limits.hpp"

namespace portcullis::tools {

class LimitsReader {
public:
    LimitsReader(engine::ConfigReader& reader, risk::Limits& limits)
        : reader_(reader), limits_(limits) {}

    void firm(engine::ConfigSection section);
    void venue(engine::ConfigSection section);
    void account(engine::ConfigSection section);
    /// Limits of further rows are read and not kept: their number is a problem of its own.
    void instrument(engine::ConfigSection section);
    void strategy(engine::ConfigSection section);
    /// What follows a breach, by reason; where it is silent the catalogue's default.
    void on_breach(engine::ConfigSection section);
    /// Relations between limits. Call once, after all sections are read.
    void finish();

private:
    struct Scope {
        std::string path;  ///< as risk::problems names it: "instrument[2]"
        engine::ConfigSection section;
    };
    template <class Limits, std::size_t N>
    void read(engine::ConfigSection& section, const std::array<risk::LimitKey<Limits>, N>& keys,
              Limits& limits, const std::string& path);
    void read_windows(engine::ConfigSection& section, risk::WindowSet& windows,
                      const std::string& path);
    void report(const risk::LimitProblem& problem);

    engine::ConfigReader& reader_;
    risk::Limits& limits_;
    std::vector<Scope> scopes_;
    std::set<std::string> bad_;  ///< "instrument[2].collar_bps_max": reported already
    std::size_t instruments_{};
    std::size_t strategies_{};
};

}  // namespace portcullis::tools
