// One pass over the journal. See history.hpp.
#include "tools/portcullis/journal/history.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "engine/config/config_reader.hpp"
#include "engine/events/account.hpp"
#include "engine/events/recovery.hpp"
#include "engine/journal/reader.hpp"
#include "engine/orders/trade_memory.hpp"

namespace portcullis::tools {

using engine::AssetId;
using engine::EventType;
using engine::InstrumentId;
using engine::MonoNs;
using engine::WallNs;

namespace {

constexpr std::size_t done_remembered = 65536;
/// So long after its decision, by the venue's clock, a request of an earlier run may take effect:
/// its config is not this one, so each at its most.
constexpr engine::DurationNs request_life = recv_window_max + approval_lifetime_max;
/// How far the clocks may be apart in a run that has not told.
constexpr engine::DurationNs skew_unknown = clock_skew_most;

static_assert(engine::capacity::session_assets <= 64, "one bit each");
std::uint64_t bit(AssetId asset) {
    return std::uint64_t{1} << asset.value;
}

std::vector<std::string> names_in(engine::ConfigReader& reader, const char* table,
                                  const char* key) {
    std::vector<std::string> names;
    for (engine::ConfigSection& section : reader.root().tables(table, 0)) {
        names.push_back(section.text(key));
    }
    return names;
}

/// Of a scope that an earlier config had under that name; nothing where this one lacks it.
std::optional<std::uint16_t> index_in(const AppConfig& config, engine::Scope scope,
                                      const std::string& name, std::uint16_t number) {
    if (scope == engine::Scope::strategy) {
        const auto id = config.strategy(name);
        return id ? std::optional<std::uint16_t>{id->value} : std::nullopt;
    }
    if (scope == engine::Scope::instrument) {
        const auto id = config.instrument(name);
        return id ? std::optional{id->value} : std::nullopt;
    }
    const bool numbered = scope == engine::Scope::account || scope == engine::Scope::credential;
    return numbered ? number : std::uint16_t{0};
}

}  // namespace

engine::Result<JournalHistory> JournalHistory::read(const std::string& directory) {
    auto reader = engine::journal::JournalReader::open(directory);
    if (!reader) {
        return engine::Error{reader.error()};
    }
    JournalHistory history(directory);
    engine::Event record;
    while (reader.value().next(record)) {
        if (auto outcome = history.on_record(record); !outcome) {
            return engine::Error{outcome.error()};
        }
    }
    if (engine::journal::is_damage(reader.value().verdict())) {
        return engine::Error{reader.value().where() + ": " +
                             engine::journal::describe(reader.value().verdict())};
    }
    return history;
}

engine::Outcome JournalHistory::on_record(const engine::Event& record) {
    ++records_;
    on_mark(record);
    switch (record.header.type) {
        case EventType::session_start:
            return begin_epoch(record.as<engine::SessionStart>().epoch);
        case EventType::order_approved:
            on_order(record.as<engine::OrderApproved>().order, record.header);
            break;
        case EventType::replace_approved:
            on_replace(record.as<engine::ReplaceApproved>(), record.header);
            break;
        case EventType::execution_report:
            learn_number(record.as<engine::ExecutionReport>());
            break;
        case EventType::open_order:
            learn_number(record.as<engine::OpenOrder>());
            break;
        case EventType::fill_booked:
            on_fill(record.as<engine::FillBooked>(), record.header);
            break;
        case EventType::order_closed:
            on_closed(record.as<engine::OrderClosed>());
            break;
        case EventType::balance_taken:
            on_balance(record.as<engine::BalanceTaken>());
            break;
        case EventType::balance_delta:
            on_delta(record.as<engine::BalanceDelta>());
            break;
        case EventType::trade_baseline: {
            const auto baseline = record.as<engine::TradeBaseline>();
            on_baseline(baseline.instrument, baseline.last);
            break;
        }
        case EventType::instrument_definition:
            on_definition(record.as<engine::InstrumentDefinition>());
            break;
        case EventType::account_fill:
            on_fetched(record.as<engine::AccountFill>());
            break;
        case EventType::reconcile_step: {
            const auto step = record.as<engine::ReconcileStep>();
            if (step.phase == engine::ReconcilePhase::begin && step.open_orders_only == 0) {
                fetched_ = agreed_;
            }
            break;
        }
        case EventType::venue_clock:
            on_clock(record.as<engine::VenueClock>(), record.header);
            break;
        case EventType::kill_changed: {
            const auto change = record.as<engine::KillChanged>();
            kill_words_[{change.scope, change.index}] = change.word;
            break;
        }
        case EventType::trading_state_changed:
            on_state(record.as<engine::TradingStateChanged>());
            break;
        case EventType::credential_state_changed:
            on_credential(record.as<engine::CredentialStateChanged>());
            break;
        case EventType::reconciled:
            on_agreed();
            break;
        default:
            break;
    }
    return engine::Done{};
}

engine::Outcome JournalHistory::begin_epoch(std::uint32_t epoch) {
    const std::string path = fmt::format("{}/config-{:08}.toml", directory_, epoch);
    auto reader = engine::ConfigReader::load(path);
    if (!reader) {
        return engine::Error{reader.error() + " (without it the ids of that run mean nothing)"};
    }
    Names names;
    names.assets = names_in(reader.value(), "asset", "name");
    names.instruments = names_in(reader.value(), "instrument", "symbol");
    names.strategies = names_in(reader.value(), "strategy", "name");
    names.assets.resize(std::min(names.assets.size(), engine::capacity::session_assets));
    engine::Positions positions;
    std::uint64_t known = 0;
    for (std::size_t i = 0; i < names.assets.size(); ++i) {
        const auto old = std::find(names_.assets.begin(), names_.assets.end(), names.assets[i]);
        const AssetId was{static_cast<std::uint16_t>(old - names_.assets.begin())};
        const AssetId is{static_cast<std::uint16_t>(i)};
        if (old != names_.assets.end() && (known_ & bit(was)) != 0) {
            known |= bit(is);
            positions.set_balance(is, positions_.balance(was));
        }
    }
    positions_ = positions;
    known_ = known;
    fetched_ = agreed_;  // a reconciliation that the run before did not end
    clock_known_ = false;
    names_ = std::move(names);
    const std::string currency = reader.value().root().table("risk").text("currency");
    gate_.begin_run(currency);
    windows_.begin_run(currency);
    return engine::Done{};
}

std::string JournalHistory::symbol_of(InstrumentId id) const {
    return id.value < names_.instruments.size() ? names_.instruments[id.value] : std::string{};
}

// An amend in place opens nothing. Whether it took effect is not known from it: what is reserved
// after a restart is the quantity before it, until the venue tells less.
void JournalHistory::on_replace(const engine::ReplaceApproved& replace,
                                const engine::EventHeader& at) {
    if (replace.mode == engine::ReplaceMode::amend_in_place) {
        on_message(at);
        windows_.on_amend(
            {strategy_name(replace.order.strategy), symbol_of(replace.order.instrument), {}}, at);
    } else {
        on_order(replace.order, at);
    }
}

// May be on its way when the run ends.
void JournalHistory::on_message(const engine::EventHeader& at) {
    last_expiry_ = std::max(last_expiry_, expiry(at));
}

void JournalHistory::on_order(const engine::NewOrderSingle& order, const engine::EventHeader& at) {
    auto& highest = sequences_[order.cl_ord_id.epoch().value];
    highest = std::max(highest, order.cl_ord_id.sequence());
    on_message(at);
    const std::string strategy = strategy_name(order.strategy);
    const std::string name = symbol_of(order.instrument);
    Symbol& symbol = symbols_[name];
    symbol.used = true;
    const auto price =
        engine::to_int64(engine::int128{order.price.value} * symbol.definition.tick.value);
    const auto qty =
        engine::to_int64(engine::int128{order.qty.value} * symbol.definition.lot.value);
    Live live;
    live.order.cl_ord_id = order.cl_ord_id;
    live.order.price = engine::PriceAtoms{price.value_or(0)};
    live.order.side = order.side;
    live.qty = engine::QtyAtoms{qty.value_or(0)};
    live.expiry = expiry(at);
    live.symbol = name;
    live.strategy = strategy;
    live_[order.cl_ord_id.value] = live;
    gate_.on_order({strategy, name, order.side}, live.order.price, at);
    windows_.on_order({strategy, name, symbol.quote}, live.order.price, live.qty, at);
}

// A round of marks is told one by one, a mark that is set alone.
void JournalHistory::on_mark(const engine::Event& record) {
    if (record.header.type == EventType::mark_taken) {
        const auto taken = record.as<engine::MarkTaken>();
        gate_.on_mark(asset_name(taken.asset), taken.price_micro, record.header.wall);
        windows_.on_mark(asset_name(taken.asset), taken.price_micro);
        return;
    }
    gate_.on_other();
    if (record.header.type == EventType::mark_set) {
        const auto set = record.as<engine::MarkSet>();
        gate_.on_mark(asset_name(set.asset), set.price_micro, record.header.wall);
        windows_.on_mark(asset_name(set.asset), set.price_micro);
        gate_.on_other();
    }
}

std::string JournalHistory::asset_name(AssetId id) const {
    return id.value < names_.assets.size() ? names_.assets[id.value] : std::string{};
}

std::string JournalHistory::strategy_name(engine::StrategyId id) const {
    return id.value < names_.strategies.size() ? names_.strategies[id.value] : std::string{};
}

// The same facts as the gate was told.
void JournalHistory::tell_gate_history(const engine::FillBooked& fill, const Symbol& symbol,
                                       const engine::EventHeader& at) {
    engine::GateFill told;
    told.price = fill.price;
    told.qty = fill.qty;
    told.fee_atoms = fill.fee_atoms;
    told.side = fill.side;
    gate_.on_fill({strategy_name(fill.strategy), symbol_of(fill.instrument), fill.side},
                  {symbol.base, symbol.quote, asset_name(fill.fee_asset), told}, at);
}

void JournalHistory::on_fill(const engine::FillBooked& fill, const engine::EventHeader& at) {
    move(fill);
    const Symbol& symbol = symbols_[symbol_of(fill.instrument)];
    tell_gate_history(fill, symbol, at);
    windows_.on_fill({strategy_name(fill.strategy), symbol_of(fill.instrument), symbol.quote},
                     fill.price, fill.qty, at);
    if (fill.trade == engine::no_trade) {
        return;
    }
    booked_.push_back({fill, symbols_.try_emplace(symbol_of(fill.instrument)).first});
    if (booked_.size() > engine::TradeMemory::remembered) {
        booked_.pop_front();
    }
}

void JournalHistory::move(const engine::FillBooked& fill) {
    if (live_.contains(fill.cl_ord_id.value)) {
        cum_[fill.cl_ord_id.value] += fill.qty;
    }
    const auto found = symbols_.find(symbol_of(fill.instrument));
    if (found == symbols_.end() || found->second.definition.version == 0) {
        return;  // as the core does: the first balances contain it
    }
    engine::Instrument instrument;
    instrument.id = fill.instrument;
    instrument.base = found->second.definition.base;
    instrument.quote = found->second.definition.quote;
    engine::Fill moved;
    moved.price = fill.price;
    moved.qty = fill.qty;
    moved.fee_atoms = fill.fee_atoms;
    moved.instrument = fill.instrument;
    moved.fee_asset = fill.fee_asset;
    moved.side = fill.side;
    positions_.apply(instrument, moved);
}

void JournalHistory::on_fetched(const engine::AccountFill& fill) {
    auto& last = fetched_.try_emplace(symbol_of(fill.instrument), fill.trade.value).first->second;
    last = std::max(last, fill.trade.value);
}

// Told of the one order agent that a config has.
void JournalHistory::on_agreed() {
    agreed_ = fetched_;
    std::erase_if(booked_, [this](const Booked& booked) {
        const auto mark = agreed_.find(booked.symbol->first);
        return mark != agreed_.end() && booked.fill.trade.value <= mark->second;
    });
}

void JournalHistory::on_closed(const engine::OrderClosed& closed) {
    const auto symbol = symbols_.try_emplace(symbol_of(closed.instrument)).first;
    done_.push_back({closed, symbol});
    if (done_.size() > done_remembered) {
        done_.pop_front();
    }
    live_.erase(closed.cl_ord_id.value);
    cum_.erase(closed.cl_ord_id.value);
}

void JournalHistory::on_balance(const engine::BalanceTaken& taken) {
    if (taken.asset.value >= names_.assets.size()) {
        return;
    }
    positions_.set_balance(taken.asset, taken.balance);
    known_ |= bit(taken.asset);
}

void JournalHistory::on_delta(const engine::BalanceDelta& delta) {
    (void)positions_.apply(delta);
}

void JournalHistory::on_baseline(InstrumentId instrument, engine::TradeId last) {
    for (Marks* marks : {&agreed_, &fetched_}) {
        auto& mark = marks->try_emplace(symbol_of(instrument), last.value).first->second;
        mark = std::max(mark, last.value);
    }
}

void JournalHistory::on_definition(const engine::InstrumentDefinition& definition) {
    Symbol& symbol = symbols_[symbol_of(definition.instrument)];
    symbol.definition = definition;
    symbol.base = asset_name(definition.base);
    symbol.quote = asset_name(definition.quote);
}

// By the monotonic clock, as the order agent reckons it: the wall clock may be set while we run.
void JournalHistory::on_clock(const engine::VenueClock& clock, const engine::EventHeader& at) {
    clock_known_ = true;
    venue_less_mono_ = at.wall.value + clock.offset.value + clock.uncertainty.value - at.mono.value;
}

/// What is decided at `at` is dead at the venue's time that this returns, not before: on what the
/// clocks were apart a margin of a second would be used up.
WallNs JournalHistory::expiry(const engine::EventHeader& at) const noexcept {
    const std::int64_t decided =
        clock_known_ ? at.mono.value + venue_less_mono_ : at.wall.value + skew_unknown.value;
    return WallNs{decided + request_life.value};
}

/// The firm has no name, and the one venue of a config neither; accounts and credentials have their
/// numbers.
std::string JournalHistory::scope_name(engine::Scope scope, std::uint16_t index) const {
    switch (scope) {
        case engine::Scope::firm:
        case engine::Scope::venue:
        case engine::Scope::withdrawals:
            break;
        case engine::Scope::account:
        case engine::Scope::credential:
            return std::to_string(index);
        case engine::Scope::strategy:
            return strategy_name(engine::StrategyId{static_cast<std::uint8_t>(index)});
        case engine::Scope::instrument:
            return symbol_of(InstrumentId{index});
    }
    return {};
}

void JournalHistory::on_state(const engine::TradingStateChanged& change) {
    const std::pair key{change.scope, scope_name(change.scope, change.index)};
    if (change.state == engine::TradingState::active) {
        states_.erase(key);
    } else {
        states_[key] = change;
    }
}

void JournalHistory::on_credential(const engine::CredentialStateChanged& change) {
    if (change.state == engine::CredentialState::active) {
        credentials_.erase(change.credential.value);
    } else {
        credentials_[change.credential.value] = change;
    }
}

void JournalHistory::restore_windows(risk::RiskGate& gate, const AppConfig& config, MonoNs now,
                                     WallNs wall) const {
    windows_.restore(gate, config, now, wall);
    gate_.restore(gate, config, now, wall);
}

std::vector<engine::Event> JournalHistory::events(const AppConfig& config, MonoNs now,
                                                  WallNs wall) const {
    std::vector<engine::Event> events;
    const auto add = [&](const auto& body) {
        events.push_back(engine::Event::of(body, now, wall));
    };
    for (const auto& [key, change] : states_) {
        const auto& [scope, name] = key;
        const auto index = index_in(config, scope, name, change.index);
        if (index) {
            add(engine::RestoredState{scope, change.state, *index, change.cause});
        }
    }
    for (const auto& [number, change] : credentials_) {
        add(engine::RestoredCredential{change.state, change.signal, change.credential, {}});
    }
    for (std::size_t i = 0; i < config.instruments.size(); ++i) {
        const InstrumentSettings& wanted = config.instruments[i];
        const auto known = symbols_.find(wanted.symbol);
        if (known == symbols_.end() || known->second.definition.version == 0 ||
            known->second.base != config.assets[wanted.base.value].name ||
            known->second.quote != config.assets[wanted.quote.value].name) {
            continue;
        }
        engine::InstrumentDefinition definition = known->second.definition;
        definition.instrument = InstrumentId{static_cast<std::uint16_t>(i)};
        definition.base = wanted.base;
        definition.quote = wanted.quote;
        add(definition);
    }
    for (std::size_t i = 0; i < names_.assets.size(); ++i) {
        const AssetId was{static_cast<std::uint16_t>(i)};
        const auto is = config.asset(names_.assets[i]);
        if (is && (known_ & bit(was)) != 0) {
            add(engine::RestoredBalance{positions_.balance(was), *is, {}});
        }
    }
    for (const auto& [name, last] : agreed_) {
        if (const auto id = config.instrument(name)) {
            add(engine::TradeBaseline{engine::TradeId{last}, *id, {}});
        }
    }
    for (const auto& [id, live] : live_) {
        const auto instrument = config.instrument(live.symbol);
        const auto strategy = config.strategy(live.strategy);
        const auto cum = cum_.find(id);
        const engine::QtyAtoms filled = cum == cum_.end() ? engine::QtyAtoms{} : cum->second;
        if (!instrument || !strategy || live.qty <= filled || live.order.price.value <= 0) {
            continue;  // what lives of it is found among the open orders
        }
        add(engine::RestoredOrder{live.order.cl_ord_id,
                                  live.order.order_id,
                                  live.order.price,
                                  live.qty,
                                  filled,
                                  live.expiry,
                                  *instrument,
                                  *strategy,
                                  live.order.side,
                                  {}});
    }
    return events;
}

std::vector<std::string> JournalHistory::symbols_beyond(const AppConfig& config) const {
    std::vector<std::string> beyond;
    for (const auto& [name, symbol] : symbols_) {
        if (symbol.used && !name.empty() && !config.instrument(name)) {
            beyond.push_back(name);
        }
    }
    return beyond;
}

WallNs JournalHistory::requests_until(engine::DurationNs margin) const noexcept {
    return last_expiry_ == WallNs{} ? WallNs{} : WallNs{last_expiry_.value + margin.value};
}

}  // namespace portcullis::tools
