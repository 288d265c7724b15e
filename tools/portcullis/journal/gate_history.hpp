// GateHistory: what the gate must know of what strategies did in the runs before: their prices of
// the last minute, their fills of the last ten seconds, and the profit and loss of the day.
//
// A restart refills none of it. Kept by name, for ids are of the config that a run had; part of
// JournalHistory, which passes on the records. Cold code.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "engine/events/decisions.hpp"
#include "engine/types/units.hpp"
#include "risk/loss_book.hpp"
#include "risk/risk_gate.hpp"
#include "tools/portcullis/config.hpp"
#include "tools/portcullis/journal/past_moment.hpp"

namespace portcullis::tools {

// Profit and loss is reckoned at the same moments as in the gate: at each fill, and when all marks
// of a round have been told, which is seen by the record that follows them.
class GateHistory {
public:
    GateHistory() : marks_(engine::capacity::assets) {}

    /// Whose and where: by name, empty where it has none.
    struct Place {
        std::string strategy;
        std::string symbol;
        engine::Side side{};
    };
    struct Traded {
        std::string base;
        std::string quote;
        std::string fee;
        engine::GateFill fill{};
    };

    /// A run with this risk currency begins.
    void begin_run(const std::string& risk_currency);
    void on_order(const Place& place, engine::PriceAtoms price, const engine::EventHeader& at);
    void on_fill(const Place& place, const Traded& traded, const engine::EventHeader& at);
    void on_mark(const std::string& asset, std::int64_t micro, engine::WallNs at);
    /// Any record that is no mark: the round of marks before it is whole.
    void on_other();

    /// Tells `gate`. Times are reckoned from their age, as those of the windows are.
    void restore(risk::RiskGate& gate, const AppConfig& config, engine::MonoNs now,
                 engine::WallNs wall) const;

private:
    struct Price {
        Place place;
        engine::PriceAtoms price{};
        PastMoment at{};
    };
    struct Filled {
        Place place;
        PastMoment at{};
    };
    /// The number of a name, given in order of appearance.
    using Numbers = std::map<std::string, std::uint16_t>;

    void take(risk::LossBook::Row row, const Traded& traded);
    void reckon(risk::LossBook::Row row);
    [[nodiscard]] engine::AssetId asset_of(const std::string& name);

    std::deque<Price> prices_;
    std::deque<Filled> fills_;
    // Rows and assets are numbered here: those of a config come and go.
    risk::LossBook losses_;
    Numbers strategies_;
    Numbers assets_;
    std::vector<std::int64_t> marks_;  ///< by asset, micro per unit; 0: none
    std::int64_t day_{};               ///< of UTC since 1970; 0: none yet
    engine::WallNs round_{};           ///< of the marks told since the last other record
    bool in_round_{};
};

}  // namespace portcullis::tools
