// JournalHistory: what a new run must know of the runs before it, gathered in one pass.
//
//   windows     what was sent and filled within a day counts on: a restart does not refill them
//   balances    by our own reckoning, to be held against the venue's
//   trades      up to where none is missing, and those booked behind it
//   orders      whose end is in no record: reserved and unknown
//   ids         of orders that are done: seen alive again, they are a breach
//   filters     versions go on, they do not begin at 1 again
//   halts       and reduce-only, credentials that are not active: until people say otherwise
//   epochs      highest sequence issued; until when their requests may still take effect
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/events/account.hpp"
#include "engine/events/control.hpp"
#include "engine/events/credential.hpp"
#include "engine/events/decisions.hpp"
#include "engine/events/market.hpp"
#include "engine/orders/positions.hpp"
#include "engine/types/result.hpp"
#include "risk/risk_gate.hpp"
#include "tools/portcullis/config.hpp"
#include "tools/portcullis/journal/gate_history.hpp"
#include "tools/portcullis/journal/window_history.hpp"

namespace portcullis::tools {

// Ids are of the config that a run had, so everything is kept by name and given the ids of the
// config at hand. A fill that a stream told says nothing of those before it: up to which trade none
// is missing is what a history told that was then agreed with the venue, as in the gateway
// (TradeMarks); from there it is asked for again, and what was booked is told from what was lost.
// Live start and replay use the same class on the same records. Cold code.
class JournalHistory {
public:
    /// Of the journal in `directory`, where the configs of its epochs lie too.
    explicit JournalHistory(std::string directory) : directory_(std::move(directory)) {}
    /// Reads a whole journal. An empty one is no error; damage is.
    [[nodiscard]] static engine::Result<JournalHistory> read(const std::string& directory);

    /// An error where the config of a run cannot be read: its ids would mean nothing.
    [[nodiscard]] engine::Outcome on_record(const engine::Event& record);

    /// Counts the messages of earlier runs in the windows of `gate`, at their age, and tells it the
    /// rest of what it must know of them (gate_history.hpp).
    void restore_windows(risk::RiskGate& gate, const AppConfig& config, engine::MonoNs now,
                         engine::WallNs wall) const;
    /// Tells `core` the ids of orders that are done, the oldest first.
    template <class Core>
    void restore_done(Core& core, const AppConfig& config) const {
        for (const Done& done : done_) {
            engine::OrderClosed closed = done.closed;
            closed.instrument =
                config.instrument(done.symbol->first).value_or(engine::no_instrument);
            core.restore_done(closed);
        }
    }
    /// Tells `core` the fills that are booked and lie behind the baselines of events().
    template <class Core>
    void restore_fills(Core& core, const AppConfig& config) const {
        for (const Booked& booked : booked_) {
            if (const auto instrument = config.instrument(booked.symbol->first)) {
                engine::FillBooked fill = booked.fill;
                fill.instrument = *instrument;
                core.restore_fill(fill);
            }
        }
    }
    /// The inputs with which a run under `config` begins: halts, filters, balances, trades,
    /// orders.
    [[nodiscard]] std::vector<engine::Event> events(const AppConfig& config, engine::MonoNs now,
                                                    engine::WallNs wall) const;
    /// Symbols on which orders were sent and that `config` does not trade.
    [[nodiscard]] std::vector<std::string> symbols_beyond(const AppConfig& config) const;

    /// Highest sequence approved in each epoch.
    [[nodiscard]] const std::map<std::uint32_t, std::uint64_t>& sequences() const noexcept {
        return sequences_;
    }
    /// The venue's time up to which a request of an earlier run may still take effect; 0: none was
    /// sent.
    [[nodiscard]] engine::WallNs requests_until(engine::DurationNs margin) const noexcept;
    [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
    /// The last word of each scope that a run has seen: a lower one is another page.
    [[nodiscard]] const std::map<std::pair<engine::Scope, std::uint16_t>, std::uint32_t>&
    kill_words() const noexcept {
        return kill_words_;
    }

private:
    /// What is remembered of a symbol; the map's nodes stay where they are.
    struct Symbol {
        engine::InstrumentDefinition definition{};  ///< version 0: none yet
        std::string base;
        std::string quote;
        bool used{};
    };
    using Symbols = std::map<std::string, Symbol>;
    struct Done {
        engine::OrderClosed closed{};
        Symbols::const_iterator symbol{};
    };
    struct Booked {
        engine::FillBooked fill{};
        Symbols::const_iterator symbol{};
    };
    struct Live {
        engine::OrderClosed order{};  ///< `cum` is not kept here
        engine::QtyAtoms qty{};
        engine::WallNs expiry{};  ///< by the venue's clock
        std::string symbol;
        std::string strategy;
    };
    using Marks = std::map<std::string, std::int64_t>;  ///< trade numbers by symbol
    /// Names of a run, by its ids.
    struct Names {
        std::vector<std::string> assets;
        std::vector<std::string> instruments;
        std::vector<std::string> strategies;
    };

    [[nodiscard]] engine::Outcome begin_epoch(std::uint32_t epoch);
    /// By its number alone is an order found, once it is cancelled: it then has the cancel's id.
    template <class Told>
    void learn_number(const Told& told) {
        const auto live = live_.find(told.cl_ord_id.value);
        if (live != live_.end() && told.order_id != engine::OrderId{}) {
            live->second.order.order_id = told.order_id;
        }
    }
    void on_replace(const engine::ReplaceApproved& replace, const engine::EventHeader& at);
    void on_message(const engine::EventHeader& at);
    void on_order(const engine::NewOrderSingle& order, const engine::EventHeader& at);
    void on_fill(const engine::FillBooked& fill, const engine::EventHeader& at);
    void tell_gate_history(const engine::FillBooked& fill, const Symbol& symbol,
                           const engine::EventHeader& at);
    [[nodiscard]] std::string asset_name(engine::AssetId id) const;
    [[nodiscard]] std::string strategy_name(engine::StrategyId id) const;
    void on_closed(const engine::OrderClosed& closed);
    void on_mark(const engine::Event& record);
    void on_balance(const engine::BalanceTaken& taken);
    void on_delta(const engine::BalanceDelta& delta);
    void on_baseline(engine::InstrumentId instrument, engine::TradeId last);
    void on_definition(const engine::InstrumentDefinition& definition);
    void on_clock(const engine::VenueClock& clock, const engine::EventHeader& at);
    [[nodiscard]] engine::WallNs expiry(const engine::EventHeader& at) const noexcept;
    void on_fetched(const engine::AccountFill& fill);
    void on_agreed();
    void on_state(const engine::TradingStateChanged& change);
    void on_credential(const engine::CredentialStateChanged& change);
    [[nodiscard]] std::string scope_name(engine::Scope scope, std::uint16_t index) const;
    [[nodiscard]] std::string symbol_of(engine::InstrumentId id) const;
    void move(const engine::FillBooked& fill);

    std::string directory_;
    Names names_;
    Symbols symbols_;
    std::deque<Done> done_;
    std::map<std::uint64_t, Live> live_;
    /// Scopes that are not active, by name. One that `config` lacks waits for its return.
    std::map<std::pair<engine::Scope, std::string>, engine::TradingStateChanged> states_;
    /// Credentials that are not active, by number: another key in their place is not another state.
    std::map<std::uint8_t, engine::CredentialStateChanged> credentials_;
    engine::Positions positions_;                    ///< ids of the run at hand
    std::uint64_t known_{};                          ///< bit i: AssetId i has a balance
    std::map<std::uint64_t, engine::QtyAtoms> cum_;  ///< of live orders, by client id
    Marks agreed_;                                   ///< up to it no trade is missing
    Marks fetched_;                                  ///< by the reconciliation at hand
    std::deque<Booked> booked_;                      ///< behind `agreed_`, as booked
    std::map<std::uint32_t, std::uint64_t> sequences_;
    bool clock_known_{};              ///< in the run at hand
    std::int64_t venue_less_mono_{};  ///< of that run: the venue's clock at its latest
    engine::WallNs last_expiry_{};    ///< of all requests, by the venue's clock
    GateHistory gate_;
    WindowHistory windows_;
    std::uint64_t records_{};
    std::map<std::pair<engine::Scope, std::uint16_t>, std::uint32_t> kill_words_;
};

}  // namespace portcullis::tools
