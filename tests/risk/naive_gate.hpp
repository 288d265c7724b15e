// NaiveGate: the gate once more, as slow and as plain as it can be, to be held against the real
// one.
//
// Written from README.md's table of reasons and the rows of the specification, not from risk/: no
// running sums, no precomputed limits, no lists threaded through slots. It keeps what it was told
// (live orders in a vector, times of messages in a deque, balances, marks) and reckons everything
// from that anew at every question. What the two may share is the vocabulary: types, reasons and
// limits. Where they disagree, one of them does not do what is written (gate_twin_test.cpp).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "risk/approved.hpp"
#include "risk/deny_reason.hpp"
#include "risk/risk_gate.hpp"

namespace portcullis::risk {

/// Assets of the twin's world; sums are reckoned over these (ids from capacity::assets on are
/// unknown to both).
inline constexpr std::size_t naive_assets = 5;

/// What a review says: an approval's stamp, or the denial.
struct NaiveAnswer {
    bool ok{};
    engine::Denial denial{};
    ApprovalStamp stamp{};
};

/// Something sent or filled.
struct NaiveEntry {
    std::int64_t at{};
    std::int64_t orders{};
    int128 weight{};
};
struct NaiveSums {
    std::int64_t count{};
    std::int64_t orders{};
    int128 weight{};
};
/// Of one scope, the newest last.
struct NaiveWindows {
    std::deque<NaiveEntry> sent;
    std::deque<NaiveEntry> filled;
};

class NaiveGate {
public:
    /// Not proven over: in flight, working, unknown, pending cancel are all the same here.
    struct Live {
        engine::OrderSlot slot{};
        engine::ClOrdId id{};
        std::int64_t price{};
        std::int64_t leaves{};
        std::int64_t filled{};
        std::uint16_t instrument{};
        std::uint16_t base{};
        std::uint16_t quote{};
        std::uint8_t venue{};
        std::uint8_t strategy{};
        bool buy{};
    };
    struct Sums {
        int128 balance{}, position{}, reserved{}, incoming{}, open{};
        std::int64_t mark{};
    };

    explicit NaiveGate(const GateConfig& config);

    /// `mode` is empty for an order that replaces none.
    NaiveAnswer review(const engine::NewOrderSingle& order, std::optional<engine::ReplaceMode> mode,
                       engine::ClOrdId orig, const engine::ReviewContext& context);
    void on_instrument(const engine::Instrument& given) { instruments_[given.id.value] = given; }
    void on_kill_word(engine::Scope scope, std::uint16_t index, std::uint32_t word) {
        words_[{scope, index}] = word;
    }
    /// How bad what was seen with a credential is: 1 nothing, 2 suspect, 3 a thief. 0: two people
    /// have forgiven it.
    void on_credential(std::uint8_t credential, int badness) {
        int& worst = standing_.try_emplace(credential, 1).first->second;
        worst = badness == 0 || badness > worst ? std::max(badness, 1) : worst;
    }
    void set_trading_state(engine::Scope scope, std::uint16_t index, engine::TradingState state);
    /// For a new set: what it holds counts at the next question, since nothing is reckoned ahead.
    [[nodiscard]] Limits& limits() { return config_.limits; }
    /// Everything broken since the last call for which more than a no follows.
    [[nodiscard]] std::vector<engine::GateTrip> take_trips() { return std::exchange(trips_, {}); }
    void on_balance(engine::AssetId asset, engine::AmountAtoms amount);
    void on_mark(engine::AssetId asset, std::int64_t price_micro);
    void on_marked(engine::WallNs wall);
    void on_fill(engine::OrderSlot slot, const engine::GateFill& fill, engine::MonoNs now);
    void on_stray_fill(const engine::GateFill& fill, engine::MonoNs now);
    void on_leaves(engine::OrderSlot slot, engine::QtyAtoms leaves);
    void on_closed(engine::OrderSlot slot);
    void restore_order(engine::OrderSlot slot, const engine::NewOrderSingle& order,
                       engine::PriceAtoms price, engine::QtyAtoms leaves);
    void restore_sent(const PastEntry& entry) { count(entry, false); }
    void restore_filled(const PastEntry& entry) { count(entry, true); }

    [[nodiscard]] const std::vector<Live>& live() const { return live_; }
    [[nodiscard]] Sums sums(std::size_t asset) const;
    [[nodiscard]] int128 gross() const;
    [[nodiscard]] std::int64_t unmarked() const;
    [[nodiscard]] std::uint64_t overfills() const { return overfills_; }
    /// Best price of ours on one side, zero when there is none.
    [[nodiscard]] std::int64_t best(std::uint16_t instrument, bool buy) const;
    [[nodiscard]] engine::TradingState trading_state(std::uint16_t instrument,
                                                     std::uint8_t strategy, std::uint8_t account,
                                                     std::uint8_t credential) const;
    using ScopeIndex = std::pair<engine::Scope, std::uint16_t>;
    /// What is in the window of `span_ns` that ends at `now`.
    [[nodiscard]] NaiveSums in_window(ScopeIndex scope, bool fills, std::int64_t span_ns,
                                      std::int64_t now) const;
    template <class Same>
    [[nodiscard]] std::int64_t count(Same same) const {
        std::int64_t found = 0;
        for (const Live& each : live_) {
            found += same(each) ? 1 : 0;
        }
        return found;
    }

private:
    friend class NaiveReview;

    [[nodiscard]] static bool defined(const engine::Instrument& given);
    [[nodiscard]] std::uint32_t word(engine::Scope scope, std::uint16_t index) const;
    [[nodiscard]] engine::TradingState state(engine::Scope scope, std::uint16_t index) const;
    [[nodiscard]] Live* find(engine::OrderSlot slot);
    [[nodiscard]] int standing(std::uint8_t credential) const {
        const auto found = standing_.find(credential);
        return credential >= engine::capacity::credentials ? 3
               : found == standing_.end()                  ? 1
                                                           : found->second;
    }
    void move(std::uint16_t asset, int128 amount);
    void trade(const engine::GateFill& fill, std::uint16_t base, std::uint16_t quote);
    void escalate(std::uint16_t reason, std::int64_t limit, std::int64_t value,
                  std::uint8_t strategy, std::uint16_t instrument, std::uint16_t account);
    void book(std::size_t of, const engine::GateFill& fill, std::uint16_t base,
              std::uint16_t quote);
    void reckon(std::size_t of);
    void remember(const Live& order, std::int64_t at, bool replaces);
    void count_denial(const engine::Denial& denial, const engine::NewOrderSingle& order,
                      const engine::ReviewContext& context);
    /// Of the times in `log`, each taken as of the latest before it, those for which `now` lies
    /// less than `span` behind.
    [[nodiscard]] static std::int64_t younger(const std::vector<std::int64_t>& log,
                                              std::int64_t now, std::int64_t span);
    void count(const PastEntry& entry, bool fill);
    void count_fill(const engine::GateFill& fill, std::uint16_t quote, std::uint8_t venue,
                    std::uint8_t strategy, engine::MonoNs now);

    GateConfig config_;
    std::map<std::uint16_t, engine::Instrument> instruments_;
    std::map<ScopeIndex, std::uint32_t> words_;
    std::map<std::uint8_t, int> standing_;
    std::map<ScopeIndex, engine::TradingState> states_;
    std::array<int128, naive_assets> balances_{};
    std::array<std::int64_t, naive_assets> marks_{};
    std::vector<Live> live_;
    struct Sent {
        std::int64_t at{}, price{}, qty{};
        std::uint16_t instrument{};
        bool buy{}, replaces{};
    };
    using PairSide = std::tuple<std::uint8_t, std::uint16_t, bool>;
    std::map<std::uint8_t, std::vector<Sent>> sent_;             // what was approved, but amends
    std::map<std::uint8_t, std::vector<std::int64_t>> denials_;  // by a limit
    std::map<PairSide, std::vector<std::int64_t>> fills_;
    std::set<std::pair<std::uint8_t, std::uint16_t>> pairs_;  // that have traded
    struct Book {
        std::map<std::uint16_t, int128> amounts;
        int128 worth{}, start{}, peak{};
        std::int64_t loss{}, drawdown{};
    };
    static constexpr std::size_t of_firm = engine::capacity::strategies;
    std::map<std::size_t, Book> books_;  // by strategy, and the firm's
    std::vector<std::size_t> booked_;    // in the order of their first fill
    std::int64_t day_{};
    std::map<ScopeIndex, NaiveWindows> windows_;
    std::array<std::uint64_t, engine::capacity::order_agents> numbers_{};
    std::vector<engine::GateTrip> trips_;
    std::uint64_t overfills_{};
};

}  // namespace portcullis::risk
