// The bookkeeping of the naive gate (naive_gate.hpp). Its ladder is in naive_review.cpp.
#include "tests/risk/naive_gate.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace portcullis::risk {

using engine::Scope;
using engine::TradingState;

namespace {

constexpr int128 largest_amount = int128{1} << 100;
constexpr int128 largest_weight = int128{1} << 112;

/// a / 1e8 for a not below zero, up.
int128 over_atoms_up(int128 a) {
    return a / 100'000'000 + (a % 100'000'000 != 0 ? 1 : 0);
}

int128 cut(int128 amount) {
    return std::max(-largest_amount, std::min(amount, largest_amount));
}

/// Times are never lower than the one before them.
void append(std::deque<NaiveEntry>& log, NaiveEntry entry) {
    entry.at = log.empty() ? entry.at : std::max(log.back().at, entry.at);
    entry.weight = std::min(entry.weight, int128{1} << 96);
    log.push_back(entry);
    while (int128{log.back().at} - log.front().at >= 60'000'000'000) {
        log.pop_front();
    }
}

}  // namespace

NaiveGate::NaiveGate(const GateConfig& config) : config_(config) {
    if (config.risk_currency.value < naive_assets) {
        marks_[config.risk_currency.value] = 1'000'000;
    }
}

bool NaiveGate::defined(const engine::Instrument& given) {
    return given.version != 0 && given.tick.value > 0 && given.lot.value > 0 &&
           given.venue.value < engine::capacity::venues &&
           given.base.value < engine::capacity::assets &&
           given.quote.value < engine::capacity::assets && given.base != given.quote;
}

std::uint32_t NaiveGate::word(Scope scope, std::uint16_t index) const {
    const auto found = words_.find({scope, index});
    return found == words_.end() ? 0 : found->second;
}

TradingState NaiveGate::state(Scope scope, std::uint16_t index) const {
    const auto found = states_.find({scope, index});
    return found == states_.end() ? TradingState::active : found->second;
}

void NaiveGate::set_trading_state(Scope scope, std::uint16_t index, TradingState given) {
    const bool known = given == TradingState::active || given == TradingState::reduce_only ||
                       given == TradingState::halted;
    states_[{scope, index}] = known ? given : TradingState::halted;
}

void NaiveGate::on_balance(engine::AssetId asset, engine::AmountAtoms amount) {
    if (asset.value < naive_assets) {
        balances_[asset.value] = cut(amount.value);
    }
}

void NaiveGate::on_mark(engine::AssetId asset, std::int64_t price_micro) {
    if (asset.value < naive_assets && asset != config_.risk_currency) {
        marks_[asset.value] = price_micro > 0 ? price_micro : 0;
    }
}

NaiveGate::Live* NaiveGate::find(engine::OrderSlot slot) {
    for (Live& each : live_) {
        if (each.slot == slot) {
            return &each;
        }
    }
    return nullptr;
}

void NaiveGate::move(std::uint16_t asset, int128 amount) {
    if (asset < naive_assets) {
        balances_[asset] = cut(balances_[asset] + amount);
    }
}

/// A buy pays rounded up, a sell is paid rounded down; the fee goes in whatever it is charged in.
void NaiveGate::trade(const engine::GateFill& fill, std::uint16_t base, std::uint16_t quote) {
    const int128 product = int128{fill.price.value} * fill.qty.value;
    if (fill.side == engine::Side::buy) {
        move(base, fill.qty.value);
        move(quote, -over_atoms_up(product));
    } else {
        move(base, -int128{fill.qty.value});
        move(quote, product / 100'000'000);
    }
    move(fill.fee_asset.value, -int128{fill.fee_atoms});
}

std::int64_t NaiveGate::younger(const std::vector<std::int64_t>& log, std::int64_t now,
                                std::int64_t span) {
    std::int64_t found = 0;
    std::int64_t latest = std::numeric_limits<std::int64_t>::min();
    for (const std::int64_t each : log) {
        latest = std::max(latest, each);
        found += int128{now} < int128{latest} + span ? 1 : 0;
    }
    return found;
}

/// The fill that is one too many for its side of its strategy trips, the ones behind it do not.
void NaiveGate::on_fill(engine::OrderSlot slot, const engine::GateFill& fill, engine::MonoNs now) {
    Live& order = *find(slot);
    pairs_.emplace(order.strategy, order.instrument);
    overfills_ += fill.qty.value > order.leaves ? 1 : 0;
    const std::int64_t taken = std::min(fill.qty.value, order.leaves);
    order.filled += taken;
    order.leaves -= taken;
    trade(fill, order.base, order.quote);
    book(order.strategy, fill, order.base, order.quote);
    book(of_firm, fill, order.base, order.quote);
    count_fill(fill, order.quote, order.venue, order.strategy, now);
    std::vector<std::int64_t>& times = fills_[{order.strategy, order.instrument, order.buy}];
    const std::int64_t limit = config_.limits.instrument[order.instrument].fills_side_10s_max;
    const std::int64_t before = younger(times, now.value, 10'000'000'000);
    times.push_back(now.value);
    if (times.size() > 128) {  // as many as are remembered
        times[1] = std::max(times[0], times[1]);
        times.erase(times.begin());
    }
    const std::int64_t after = younger(times, now.value, 10'000'000'000);
    if (before <= limit && after > limit) {
        escalate(static_cast<std::uint16_t>(DenyReason::repeated_execution), limit, after,
                 order.strategy, order.instrument, 0);
    }
}

void NaiveGate::on_stray_fill(const engine::GateFill& fill, engine::MonoNs now) {
    const auto found = instruments_.find(fill.instrument.value);
    const bool known = found != instruments_.end() && defined(found->second);
    const std::uint16_t base = known ? found->second.base.value : engine::no_asset.value;
    const std::uint16_t quote = known ? found->second.quote.value : engine::no_asset.value;
    trade(fill, base, quote);
    if (fill.strategy.value < engine::capacity::strategies) {
        book(fill.strategy.value, fill, base, quote);
    }
    book(of_firm, fill, base, quote);
    count_fill(fill, quote, known ? found->second.venue.value : std::uint8_t{0},
               fill.strategy.value, now);
}

void NaiveGate::book(std::size_t of, const engine::GateFill& fill, std::uint16_t base,
                     std::uint16_t quote) {
    const auto move_in = [&](std::uint16_t asset, int128 amount) {
        if (asset < engine::capacity::assets && amount != 0) {
            if (std::find(booked_.begin(), booked_.end(), of) == booked_.end()) {
                booked_.push_back(of);
            }
            int128& held = books_[of].amounts[asset];
            held = cut(held + amount);
        }
    };
    const int128 product = int128{fill.price.value} * fill.qty.value;
    const bool buy = fill.side == engine::Side::buy;
    move_in(base, buy ? int128{fill.qty.value} : -int128{fill.qty.value});
    move_in(quote, buy ? -over_atoms_up(product) : product / 100'000'000);
    move_in(fill.fee_asset.value, -int128{fill.fee_atoms});
    reckon(of);
}

/// What it is worth now, if all of it has a mark; a figure that goes beyond its limit trips.
void NaiveGate::reckon(std::size_t of) {
    Book& mine = books_[of];
    int128 worth = 0;
    for (const auto& [asset, amount] : mine.amounts) {
        const std::int64_t mark = asset < naive_assets ? marks_[asset] : 0;
        if (amount != 0 && mark == 0) {
            return;
        }
        const int128 size = amount < 0 ? -amount : amount;
        const int128 value =
            mark != 0 && size > largest_weight / mark ? largest_weight : size * mark;
        worth += amount < 0 ? -value : value;
    }
    mine.worth = worth;
    mine.peak = std::max(mine.peak, worth);
    constexpr int128 most = std::numeric_limits<std::int64_t>::max();
    const auto micro = [most](int128 weight) {
        const int128 up = weight / 100'000'000 + (weight % 100'000'000 > 0 ? 1 : 0);
        return static_cast<std::int64_t>(std::max(-most, std::min(up, most)));
    };
    const std::int64_t loss = std::exchange(mine.loss, micro(mine.start - worth));
    const std::int64_t drawdown = std::exchange(mine.drawdown, micro(mine.peak - worth));
    const bool all = of == of_firm;
    const Limits& limits = config_.limits;
    const std::int64_t loss_max =
        all ? limits.firm.loss_day_micro_max : limits.strategy[of].loss_day_micro_max;
    const std::int64_t drawdown_max =
        all ? limits.firm.drawdown_day_micro_max : limits.strategy[of].drawdown_day_micro_max;
    const auto strategy = static_cast<std::uint8_t>(of);
    if (loss <= loss_max && mine.loss > loss_max) {
        const auto reason = all ? DenyReason::loss_firm : DenyReason::loss_strategy;
        escalate(static_cast<std::uint16_t>(reason), loss_max, mine.loss, strategy, 0xffff, 0);
    }
    if (drawdown <= drawdown_max && mine.drawdown > drawdown_max) {
        const auto reason = all ? DenyReason::drawdown_firm : DenyReason::drawdown_strategy;
        escalate(static_cast<std::uint16_t>(reason), drawdown_max, mine.drawdown, strategy, 0xffff,
                 0);
    }
}

void NaiveGate::on_marked(engine::WallNs wall) {
    for (const std::size_t of : booked_) {
        reckon(of);
    }
    const std::int64_t day = wall.value / 86'400'000'000'000;
    if (day > day_) {
        for (const std::size_t of : booked_) {
            if (day_ != 0) {
                books_[of].start = books_[of].peak = books_[of].worth;
                reckon(of);
            }
        }
        day_ = day;
    }
}

void NaiveGate::on_leaves(engine::OrderSlot slot, engine::QtyAtoms leaves) {
    Live& order = *find(slot);
    order.leaves = std::min(order.leaves, std::max<std::int64_t>(leaves.value, 0));
}

void NaiveGate::on_closed(engine::OrderSlot slot) {
    std::erase_if(live_, [slot](const Live& each) { return each.slot == slot; });
}

void NaiveGate::restore_order(engine::OrderSlot slot, const engine::NewOrderSingle& order,
                              engine::PriceAtoms price, engine::QtyAtoms leaves) {
    const engine::Instrument& of = instruments_.at(order.instrument.value);
    live_.push_back({.slot = slot,
                     .id = order.cl_ord_id,
                     .price = price.value,
                     .leaves = leaves.value,
                     .instrument = order.instrument.value,
                     .base = of.base.value,
                     .quote = of.quote.value,
                     .venue = of.venue.value,
                     .strategy = order.strategy.value,
                     .buy = order.side == engine::Side::buy});
}

/// What is more than 70 s older than the latest matters to no one.
void NaiveGate::remember(const Live& order, std::int64_t at, bool replaces) {
    std::vector<Sent>& sent = sent_[order.strategy];
    sent.push_back({at, order.price, order.leaves, order.instrument, order.buy, replaces});
    const auto latest = std::max_element(sent.begin(), sent.end(),
                                         [](const Sent& a, const Sent& b) { return a.at < b.at; });
    const std::int64_t until = latest->at;
    const auto young = std::find_if(sent.begin(), sent.end(), [until](const Sent& each) {
        return int128{until} - each.at < 70'000'000'000;
    });
    sent.erase(sent.begin(), young);
    pairs_.emplace(order.strategy, order.instrument);
}

/// A weight that nobody knows is that of the largest order allowed there.
void NaiveGate::count(const PastEntry& entry, bool fill) {
    int128 weight = entry.weight;
    if (weight < 0) {
        const std::uint16_t id = entry.instrument.value;
        const std::int64_t there = id < engine::capacity::instruments
                                       ? config_.limits.instrument[id].order_notional_micro_max
                                       : 0;
        weight =
            int128{there > 0 ? there : config_.limits.firm.order_notional_micro_max} * 100'000'000;
    }
    for (const auto& [scope, index, size] :
         {std::tuple{Scope::firm, 0, std::size_t{1}},
          std::tuple{Scope::venue, int{entry.venue.value}, engine::capacity::venues},
          std::tuple{Scope::account, int{entry.account.value}, engine::capacity::accounts},
          std::tuple{Scope::strategy, int{entry.strategy.value}, engine::capacity::strategies},
          std::tuple{Scope::instrument, int{entry.instrument.value},
                     engine::capacity::instruments}}) {
        if (static_cast<std::size_t>(index) < size) {
            NaiveWindows& windows = windows_[{scope, static_cast<std::uint16_t>(index)}];
            append(fill ? windows.filled : windows.sent, {entry.at.value, entry.orders, weight});
        }
    }
}

void NaiveGate::count_fill(const engine::GateFill& fill, std::uint16_t quote, std::uint8_t venue,
                           std::uint8_t strategy, engine::MonoNs now) {
    const std::int64_t mark = quote < naive_assets ? marks_[quote] : 0;
    int128 weight = -1;
    if (mark > 0 && fill.price.value > 0 && fill.qty.value > 0) {
        const int128 amount = over_atoms_up(int128{fill.price.value} * fill.qty.value);
        weight = amount > largest_weight / mark ? largest_weight : amount * mark;
    }
    count({.at = now,
           .weight = weight,
           .instrument = fill.instrument,
           .strategy = engine::StrategyId{strategy},
           .venue = engine::VenueId{venue},
           .account = fill.account},
          true);
}

NaiveGate::Sums NaiveGate::sums(std::size_t asset) const {
    Sums found{.balance = balances_[asset],
               .position = balances_[asset] - cut(config_.baselines[asset].value),
               .mark = marks_[asset]};
    for (const Live& each : live_) {
        const int128 amount = over_atoms_up(int128{each.price} * each.leaves);
        if (each.base == asset) {
            (each.buy ? found.incoming : found.reserved) += each.leaves;
        }
        if (each.quote == asset) {
            (each.buy ? found.reserved : found.incoming) += amount;
            found.open += amount;
        }
    }
    return found;
}

/// Of all assets: what is held beyond the baseline (but of the risk currency itself) and what live
/// orders would pay or be paid, each at the asset's mark.
int128 NaiveGate::gross() const {
    int128 total = 0;
    for (std::size_t i = 0; i < naive_assets; ++i) {
        if (marks_[i] == 0) {
            continue;
        }
        const Sums of = sums(i);
        const int128 held = i == config_.risk_currency.value ? 0
                            : of.position < 0                ? -of.position
                                                             : of.position;
        const int128 amount = held + of.open;
        total += amount > largest_weight / of.mark ? largest_weight : amount * of.mark;
    }
    return total;
}

std::int64_t NaiveGate::unmarked() const {
    std::int64_t found = 0;
    for (std::size_t i = 0; i < naive_assets; ++i) {
        if (marks_[i] == 0) {
            const Sums of = sums(i);
            found += of.position != 0 || of.open != 0 ? 1 : 0;
        }
    }
    return found;
}

std::int64_t NaiveGate::best(std::uint16_t instrument, bool buy) const {
    std::vector<std::int64_t> prices;
    for (const Live& each : live_) {
        if (each.instrument == instrument && each.buy == buy) {
            prices.push_back(each.price);
        }
    }
    std::sort(prices.begin(), prices.end());
    return prices.empty() ? 0 : buy ? prices.back() : prices.front();
}

TradingState NaiveGate::trading_state(std::uint16_t instrument, std::uint8_t strategy,
                                      std::uint8_t account, std::uint8_t credential) const {
    const auto found = instruments_.find(instrument);
    if (found == instruments_.end() || !defined(found->second) ||
        strategy >= engine::capacity::strategies) {
        return TradingState::halted;
    }
    TradingState strictest = TradingState::active;
    for (const auto& [scope, index] :
         {ScopeIndex{Scope::firm, 0}, ScopeIndex{Scope::venue, found->second.venue.value},
          ScopeIndex{Scope::account, account}, ScopeIndex{Scope::credential, credential},
          ScopeIndex{Scope::strategy, strategy}, ScopeIndex{Scope::instrument, instrument}}) {
        strictest = std::max(
            strictest, word(scope, index) % 2 == 1 ? TradingState::halted : state(scope, index));
    }
    return strictest;
}

NaiveSums NaiveGate::in_window(ScopeIndex scope, bool fills, std::int64_t span_ns,
                               std::int64_t now) const {
    NaiveSums sums;
    const auto found = windows_.find(scope);
    if (found == windows_.end()) {
        return sums;
    }
    const auto& log = fills ? found->second.filled : found->second.sent;
    const std::int64_t at = log.empty() ? now : std::max(now, log.back().at);
    for (auto entry = log.rbegin(); entry != log.rend(); ++entry) {
        if (int128{at} - entry->at >= span_ns) {
            break;
        }
        sums.count += 1;
        sums.orders += entry->orders;
        sums.weight += entry->weight;
    }
    return sums;
}

}  // namespace portcullis::risk
