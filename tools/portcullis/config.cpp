// Reading the TOML file into AppConfig: sections in the order in which a person would write them.
#include "tools/portcullis/config.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "engine/types/fnv1a.hpp"
#include "gateways/binance/symbols.hpp"
#include "gateways/net/tls.hpp"
#include "tools/portcullis/amounts.hpp"
#include "tools/portcullis/budgets.hpp"
#include "tools/portcullis/config_limits.hpp"

namespace portcullis::tools {
namespace {

using engine::ConfigReader;
using engine::ConfigSection;

// sun_path holds 108 bytes with its end, and "/console.sock" stands behind the directory.
constexpr std::size_t state_dir_max = 94;

constexpr std::int64_t in_ms(engine::DurationNs duration) {
    return duration.value / 1'000'000;
}

int cpu(ConfigReader& reader, ConfigSection& section, std::string_view key, const CpuSet& allowed) {
    const int cpu = static_cast<int>(section.integer_or(key, -1, 1023, -1));
    const bool held =
        allowed.empty() || std::find(allowed.begin(), allowed.end(), cpu) != allowed.end();
    if (cpu >= 0 && !held) {
        reader.problem(
            section, key,
            "found " + std::to_string(cpu) +
                ", expected -1 or a processor that this process may run on: " + cpus_text(allowed));
    }
    return cpu;
}

void read_host(ConfigReader& reader, ConfigSection& section, EngineSettings& settings) {
    settings.lock_memory = section.flag_or("lock_memory", false);
    settings.huge_pages = section.flag_or("huge_pages", false);
    settings.busy_poll_us = static_cast<int>(section.integer_or("busy_poll_us", 0, 1000, 0));
    settings.timer_slack_ns = static_cast<int>(
        section.integer_or("timer_slack_ns", 1, timer_slack_default_ns, timer_slack_default_ns));
    settings.isolated_cpus = section.flag_or("isolated_cpus", false);
    const bool fused = settings.placement == Placement::fused;
    const bool pinned = settings.cpus.core >= 0 &&
                        (fused || (settings.cpus.feed >= 0 && settings.cpus.orders >= 0));
    if (settings.isolated_cpus && !pinned) {
        reader.expect(section, "isolated_cpus",
                      fused ? "false, or cpu_core of 0 or more: there is nothing to hold isolated"
                            : "false, or cpu_feed, cpu_core and cpu_orders of 0 or more: there is "
                              "nothing to hold isolated");
    }
}

EngineSettings read_engine(ConfigReader& reader, const CpuSet& allowed) {
    ConfigSection section = reader.root().table("engine");
    EngineSettings settings;
    settings.state_dir = section.text("state_dir");
    if (settings.state_dir.size() > state_dir_max) {
        reader.expect(section, "state_dir",
                      "at most " + std::to_string(state_dir_max) +
                          " bytes: the path of a Unix socket has no more room");
    }
    settings.placement = static_cast<Placement>(section.choice("placement", {"pipeline", "fused"}));
    settings.idle =
        static_cast<Idle>(section.choice("idle", {"by_machine", "blocking", "busy_poll"}, 0));
    settings.transport =
        static_cast<TransportChoice>(section.choice("transport", {"native", "websocketpp"}, 0));
    settings.timer = section.duration_or("timer_ms", 1, 1000, 10);
    settings.latency_sample_every =
        static_cast<std::uint32_t>(section.integer_or("latency_sample_every", 0, 1'000'000, 16));
    settings.cpus.feed = cpu(reader, section, "cpu_feed", allowed);
    settings.cpus.core = cpu(reader, section, "cpu_core", allowed);
    settings.cpus.orders = cpu(reader, section, "cpu_orders", allowed);
    settings.cpus.journal = cpu(reader, section, "cpu_journal", allowed);
    settings.cpus.control = cpu(reader, section, "cpu_control", allowed);
    read_host(reader, section, settings);
    return settings;
}

gateways::Endpoint read_endpoint(ConfigReader& reader, ConfigSection& venue, const char* which) {
    ConfigSection section = venue.table(which);
    gateways::Endpoint endpoint;
    endpoint.host = section.text("host");
    endpoint.address = section.text_if("address").value_or("");
    endpoint.port = static_cast<std::uint16_t>(section.integer("port", 1, 65535));
    endpoint.path = section.text("path");
    if (!endpoint.path.empty() && endpoint.path.front() != '/') {
        reader.expect(section, "path", "a path that begins with /");
    }
    return endpoint;
}

void check_share(ConfigReader& reader, const ConfigSection& section, const VenueSettings& venue) {
    const auto budgets = make_budgets(venue);
    if (budgets) {
        return;
    }
    VenueSettings enough = venue;
    while (enough.rate_share_percent < 100 && !make_budgets(enough)) {
        ++enough.rate_share_percent;
    }
    engine::verify(make_budgets(enough).ok());  // all of it is
    reader.expect(section, "rate_share_percent",
                  "at least " + std::to_string(enough.rate_share_percent) +
                      ": less has no room for one order and one depth snapshot (" +
                      budgets.error() + ")");
}

VenueSettings read_venue(ConfigReader& reader) {
    ConfigSection section = reader.root().table("venue");
    VenueSettings venue;
    venue.name = section.text("name");
    if (venue.name != "binance") {
        reader.expect(section, "name", "\"binance\", the one venue that is built in");
    }
    venue.market_data = read_endpoint(reader, section, "market_data");
    venue.order_entry = read_endpoint(reader, section, "order_entry");
    venue.snapshots =
        static_cast<Snapshots>(section.choice("snapshots", {"rest", "websocket_api"}, 0));
    if (venue.snapshots == Snapshots::rest) {
        venue.rest = read_endpoint(reader, section, "rest");
    }
    const std::string ca_file = section.text_if("ca_file").value_or("");
    const std::vector<std::string> pins = section.texts("pins", 2);
    for (gateways::Endpoint* endpoint : {&venue.market_data, &venue.order_entry, &venue.rest}) {
        endpoint->ca_file = ca_file;
        endpoint->pins = pins;
    }
    for (const std::string& pin : pins) {
        if (!gateways::is_pin(pin)) {
            reader.problem(section, "pins",
                           "found " + engine::toml_text(pin) +
                               ", expected base64 of the 32 bytes of a SHA-256");
        }
    }
    if (pins.size() >= 2 && std::all_of(pins.begin(), pins.end(),
                                        [&pins](const auto& pin) { return pin == pins[0]; })) {
        reader.expect(section, "pins", "two different pins, one of them a backup");
    }
    venue.api_key = section.text("api_key");
    venue.key_file = section.text("key_file");
    venue.recv_window = section.duration("recv_window_ms", 1, in_ms(recv_window_max));
    venue.answer_timeout = section.duration("answer_timeout_ms", 10, 60'000);
    venue.stream_mute = section.duration("stream_mute_ms", 10, 60'000);
    venue.feed_ping = section.duration("feed_ping_ms", 250, 60'000);
    venue.feed_silence = section.duration("feed_silence_ms", 100, 60'000);
    venue.clock_skew_max = section.duration("clock_skew_max_ms", 1, in_ms(clock_skew_most));
    if (venue.feed_silence.value > 0 && venue.feed_silence <= venue.feed_ping) {
        reader.expect(section, "feed_silence_ms",
                      "more than feed_ping_ms (" +
                          std::to_string(venue.feed_ping.value / 1'000'000) +
                          "), the pings that prove a quiet feed alive");
    }
    venue.rate_share_percent =
        static_cast<std::uint32_t>(section.integer("rate_share_percent", 1, 100));
    if (venue.rate_share_percent > 0) {
        check_share(reader, section, venue);
    }
    return venue;
}

// A rehearsal: nothing of the venue lies beyond this machine.
bool on_loopback(const VenueSettings& venue) {
    const auto here = [](const gateways::Endpoint& endpoint) {
        const std::string& where = endpoint.address.empty() ? endpoint.host : endpoint.address;
        in_addr numbers{};
        const bool numeric = ::inet_pton(AF_INET, where.c_str(), &numbers) == 1;
        return numeric ? ntohl(numbers.s_addr) >> 24 == 127
                       : where == "::1" || where == "localhost";
    };
    return here(venue.market_data) && here(venue.order_entry) &&
           (venue.snapshots != Snapshots::rest || here(venue.rest));
}

OperatorSettings read_operators(ConfigReader& reader, bool rehearsal) {
    OperatorSettings operators;
    if (!reader.root().has("operators")) {
        return operators;
    }
    constexpr std::int64_t day_s = 86'400;
    constexpr std::int64_t production_s_min = 60;
    ConfigSection section = reader.root().table("operators");
    operators.file = section.text("file");
    operators.delay = section.duration("delay_s", rehearsal ? 0 : production_s_min, day_s);
    operators.expire = section.duration("expire_s", 1, 7 * day_s);
    if (operators.expire <= operators.delay && operators.expire.value > 0) {
        reader.expect(section, "expire_s", "more than delay_s: it would expire before it is due");
    }
    return operators;
}

void too_many(ConfigReader& reader, const char* key, std::size_t found, std::size_t room) {
    reader.problem(reader.root(), key,
                   "found " + std::to_string(found) + ", expected at most " + std::to_string(room) +
                       ", which is what the engine has room for");
}

// What the gateway would refuse at the start is told here, with its line.
void check_venue_name(ConfigReader& reader, const ConfigSection& section, std::string_view key,
                      const std::string& name) {
    gateways::binance::NameIndex names;
    if (!name.empty() && !names.add(name, 0)) {
        reader.expect(section, key,
                      "a name as the venue writes it: at most " +
                          std::to_string(gateways::binance::Name::size_max) +
                          " bytes, no spaces, quotes, backslashes, & or =");
    }
}

void read_assets(ConfigReader& reader, AppConfig& config) {
    for (ConfigSection& section : reader.root().tables("asset", 1)) {
        AssetSettings asset;
        asset.name = section.text("name");
        asset.baseline = engine::AmountAtoms{section.decimal("baseline")};
        if (const auto mark = section.decimal_if("mark_risk_currency")) {
            asset.mark_micro = *mark / engine::atoms_per_micro;
            if (*mark % engine::atoms_per_micro != 0) {
                reader.expect(section, "mark_risk_currency", "no more than six decimals");
            }
        }
        if (!asset.name.empty() && config.asset(asset.name)) {
            reader.expect(section, "name", "a name that no asset before it has");
        }
        check_venue_name(reader, section, "name", asset.name);
        config.assets.push_back(asset);
    }
    if (config.assets.size() > engine::capacity::session_assets) {
        too_many(reader, "asset", config.assets.size(), engine::capacity::session_assets);
    }
}

engine::AssetId asset_named(ConfigReader& reader, const AppConfig& config, ConfigSection& section,
                            std::string_view key) {
    const std::string name = section.text(key);
    const auto id = config.asset(name);
    if (!id && !name.empty()) {
        reader.problem(section, key,
                       "found " + engine::toml_text(name) + ", expected the name of an [[asset]]");
    }
    return id.value_or(engine::AssetId{});
}

// What is proven alive by our own ping must be allowed to be as silent as a ping is far from the
// next: else a quiet market is healthy and never fresh.
void expect_a_ping_within(ConfigReader& reader, const ConfigSection& limits,
                          std::int64_t silence_ns_max, engine::DurationNs ping) {
    if (silence_ns_max > 0 && silence_ns_max <= ping.value) {
        reader.expect(limits, "feed_silence_ms_max",
                      "more than venue.feed_ping_ms (" + std::to_string(ping.value / 1'000'000) +
                          "), the pings that prove a quiet feed alive");
    }
}

void read_instruments(ConfigReader& reader, AppConfig& config, LimitsReader& limits) {
    for (ConfigSection& section : reader.root().tables("instrument", 1)) {
        InstrumentSettings instrument;
        instrument.symbol = section.text("symbol");
        instrument.base = asset_named(reader, config, section, "base");
        instrument.quote = asset_named(reader, config, section, "quote");
        if (section.has("base") && section.has("quote") && instrument.base == instrument.quote) {
            reader.expect(section, "quote", "another asset than base");
        }
        if (!instrument.symbol.empty() && config.instrument(instrument.symbol)) {
            reader.expect(section, "symbol", "a symbol that no instrument before it has");
        }
        check_venue_name(reader, section, "symbol", instrument.symbol);
        const ConfigSection own = section.table("limits");
        limits.instrument(own);
        if (config.instruments.size() < engine::capacity::session_instruments) {
            expect_a_ping_within(
                reader, own,
                config.limits.instrument[config.instruments.size()].feed_silence_ns_max,
                config.venue.feed_ping);
        }
        config.instruments.push_back(instrument);
    }
    if (config.instruments.size() > engine::capacity::session_instruments) {
        too_many(reader, "instrument", config.instruments.size(),
                 engine::capacity::session_instruments);
    }
}

engine::InstrumentSet read_universe(ConfigReader& reader, const AppConfig& config,
                                    ConfigSection& limits) {
    engine::InstrumentSet universe;
    for (const std::string& allowed : limits.texts("instruments", 1)) {
        const auto id = config.instrument(allowed);
        if (!id) {
            reader.problem(
                limits, "instruments",
                "found " + engine::toml_text(allowed) + ", expected symbols of [[instrument]]");
        } else if (id->value < engine::capacity::session_instruments) {
            universe.add(*id);
        }
    }
    return universe;
}

void read_strategies(ConfigReader& reader, AppConfig& config, LimitsReader& all_limits) {
    for (ConfigSection& section : reader.root().tables("strategy", 1)) {
        const std::size_t index = config.strategies.size();
        const std::string symbol = section.text("instrument");
        const auto instrument = config.instrument(symbol);
        if (!instrument && !symbol.empty()) {
            reader.problem(section, "instrument",
                           "found " + engine::toml_text(symbol) +
                               ", expected the symbol of an [[instrument]]");
        }
        strategies::StrategyConfig strategy = strategies::read_strategy(reader, section);
        strategy.instrument = instrument.value_or(engine::InstrumentId{});
        for (const auto& other : config.strategies) {
            if (!strategy.name.empty() && other.name == strategy.name) {
                reader.expect(section, "name", "a name that no strategy before it has");
            }
        }
        ConfigSection limits = section.table("limits");
        all_limits.strategy(limits);
        const engine::InstrumentSet universe = read_universe(reader, config, limits);
        const bool known = instrument && instrument->value < engine::capacity::session_instruments;
        if (!universe.empty() && known && !universe.has(*instrument)) {
            reader.expect(
                limits, "instruments",
                "the strategy's own instrument " + engine::toml_text(symbol) + " among them");
        }
        if (index < engine::capacity::strategies) {
            config.limits.strategy[index].instruments = universe;
        }
        config.strategies.push_back(strategy);
    }
    if (config.strategies.size() > engine::capacity::strategies) {
        too_many(reader, "strategy", config.strategies.size(), engine::capacity::strategies);
    }
}

void read_risk(ConfigReader& reader, AppConfig& config, LimitsReader& limits) {
    ConfigSection section = reader.root().table("risk");
    config.risk_currency = asset_named(reader, config, section, "currency");
    config.limits.version = 1;
    ConfigSection firm = section.table("firm");
    limits.firm(firm);
    limits.venue(section.table("venue"));
    limits.account(section.table("account"));
    limits.on_breach(section.table_if("on_breach"));
    if (config.limits.firm.orders_open_max > std::int64_t{engine::capacity::session_orders}) {
        reader.problem(firm, "orders_open_max",
                       "found " + std::to_string(config.limits.firm.orders_open_max) +
                           ", expected at most " +
                           std::to_string(engine::capacity::session_orders) +
                           ", which is what one answer of the venue can list");
    }
    const std::int64_t lifetime_ns = config.limits.firm.approval_lifetime_ns_max;
    if (lifetime_ns > config.venue.recv_window.value && config.venue.recv_window.value > 0) {
        reader.problem(firm, "approval_lifetime_ms_max",
                       "found " + std::to_string(lifetime_ns / 1'000'000) +
                           ", expected at most venue.recv_window_ms (" +
                           std::to_string(config.venue.recv_window.value / 1'000'000) + ")");
    }
    limits.finish();
}

}  // namespace

// Names a text, protects nothing (the journal's chain does).
std::uint64_t config_hash(std::string_view text) noexcept {
    return engine::fnv1a(text);
}

std::optional<engine::InstrumentId> AppConfig::instrument(std::string_view symbol) const {
    for (std::size_t i = 0; i < instruments.size(); ++i) {
        if (instruments[i].symbol == symbol) {
            return engine::InstrumentId{static_cast<std::uint16_t>(i)};
        }
    }
    return std::nullopt;
}

std::optional<engine::AssetId> AppConfig::asset(std::string_view name) const {
    for (std::size_t i = 0; i < assets.size(); ++i) {
        if (assets[i].name == name) {
            return engine::AssetId{static_cast<std::uint16_t>(i)};
        }
    }
    return std::nullopt;
}

std::optional<engine::StrategyId> AppConfig::strategy(std::string_view name) const {
    for (std::size_t i = 0; i < strategies.size(); ++i) {
        if (strategies[i].name == name) {
            return engine::StrategyId{static_cast<std::uint8_t>(i)};
        }
    }
    return std::nullopt;
}

engine::CoreConfig AppConfig::core(engine::Epoch epoch) const {
    engine::CoreConfig core;
    core.epoch = epoch;
    core.instrument_count = static_cast<std::uint16_t>(instruments.size());
    core.asset_count = static_cast<std::uint16_t>(assets.size());
    core.risk_currency = risk_currency;
    core.two_keys = !operators.file.empty();
    for (std::size_t i = 0; i < instruments.size(); ++i) {
        core.instruments[i].quote_age_max =
            engine::DurationNs{limits.instrument[i].quote_age_ns_max};
        core.instruments[i].feed_silence_max =
            engine::DurationNs{limits.instrument[i].feed_silence_ns_max};
    }
    for (std::size_t i = 0; i < assets.size(); ++i) {
        core.baselines[i] = assets[i].baseline.value;
    }
    core.recv_window = venue.recv_window;
    core.clock_skew_max = venue.clock_skew_max;
    return core;
}

risk::GateConfig AppConfig::gate(engine::Epoch epoch) const {
    risk::GateConfig gate;
    gate.epoch = epoch;
    gate.limits = limits;
    gate.risk_currency = risk_currency;
    for (std::size_t i = 0; i < assets.size(); ++i) {
        gate.baselines[i] = assets[i].baseline;
    }
    return gate;
}

std::string operators_missing(const AppConfig& config) {
    return config.rehearsal || !config.operators.file.empty()
               ? std::string{}
               : config.path +
                     ": operators: missing, expected [operators] with file, delay_s and "
                     "expire_s: the venue is not on this machine, so what raises risk "
                     "takes two people";
}

std::string one_person_note(const AppConfig& config) {
    return config.rehearsal && config.operators.file.empty()
               ? "a rehearsal on this machine without [operators]: one person clears a kill and "
                 "ends a control's halt"
               : std::string{};
}

ConfigResult load_config(const std::string& path, const CpuSet& allowed) {
    auto reader = engine::ConfigReader::load(path);
    if (!reader) {
        return {std::nullopt, {reader.error()}};
    }
    return read_config(reader.value().text(), path, allowed);
}

ConfigResult read_config(std::string text, const std::string& name, const CpuSet& allowed) {
    auto parsed = engine::ConfigReader::parse(std::move(text), name);
    if (!parsed) {
        return {std::nullopt, {parsed.error()}};
    }
    ConfigReader& reader = parsed.value();
    AppConfig config;
    config.path = name;
    config.text = reader.text();
    LimitsReader limits(reader, config.limits);
    config.engine = read_engine(reader, allowed);
    config.venue = read_venue(reader);
    config.rehearsal = on_loopback(config.venue);
    config.operators = read_operators(reader, config.rehearsal);
    // The two on an order's way. A snapshot is fetched once in a while.
    config.venue.market_data.busy_poll_us = config.engine.busy_poll_us;
    config.venue.order_entry.busy_poll_us = config.engine.busy_poll_us;
    read_assets(reader, config);
    read_instruments(reader, config, limits);
    read_strategies(reader, config, limits);
    read_risk(reader, config, limits);
    reader.finish();
    config.effective = reader.effective(false);
    config.annotated = reader.effective(true);
    config.hash = config_hash(config.effective);
    config.known_keys = reader.known_keys();
    auto problems = reader.problems();
    if (!problems.empty()) {
        return {std::nullopt, std::move(problems)};
    }
    return {std::move(config), {}};
}

}  // namespace portcullis::tools
