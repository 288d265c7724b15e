// WindowHistory: what was sent and filled within a day, for the windows of the gate.
//
// A restart refills none of them. Kept by name, for ids are of the config that a run had; part of
// JournalHistory, which reads the journal from its first record and passes on what concerns this:
// what is not in it was not sent. Cold code.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "engine/events/event.hpp"
#include "engine/types/units.hpp"
#include "risk/risk_gate.hpp"
#include "tools/portcullis/config.hpp"
#include "tools/portcullis/journal/past_moment.hpp"

namespace portcullis::tools {

class WindowHistory {
public:
    /// Whose, where and in which asset; empty where it has no name.
    struct Place {
        std::string strategy;
        std::string symbol;
        std::string quote;
    };

    /// A run with this risk currency begins, and no other asset has a mark.
    void begin_run(const std::string& risk_currency);
    void on_mark(const std::string& asset, std::int64_t price_micro);
    void on_order(const Place& place, engine::PriceAtoms price, engine::QtyAtoms qty,
                  const engine::EventHeader& at);
    void on_amend(const Place& place, const engine::EventHeader& at);
    void on_fill(const Place& place, engine::PriceAtoms price, engine::QtyAtoms qty,
                 const engine::EventHeader& at);

    /// Counts them in the windows of `gate`, at their age.
    void restore(risk::RiskGate& gate, const AppConfig& config, engine::MonoNs now,
                 engine::WallNs wall) const;

private:
    struct Past {
        PastMoment at{};
        risk::Weight weight{};
        std::uint16_t strategy{};  ///< in texts_
        std::uint16_t symbol{};
        std::uint8_t orders{};
        bool fill{};
    };

    /// As the gate weighed it: at the mark of that moment, which is in the journal before it.
    [[nodiscard]] risk::Weight weight_of(const std::string& quote, engine::PriceAtoms price,
                                         engine::QtyAtoms qty) const;
    void remember(const Place& place, const engine::EventHeader& at, Past past);
    [[nodiscard]] std::uint16_t text_id(const std::string& text);

    std::deque<Past> past_;  ///< of the longest window that there may be, before the newest record
    std::vector<std::string> texts_;
    std::map<std::string, std::uint16_t> text_ids_;
    std::map<std::string, std::int64_t> marks_;
};

}  // namespace portcullis::tools
