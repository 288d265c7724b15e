// Wiring, start and end of the engine. See trading_engine.hpp for the picture.
#include "tools/portcullis/trade/trading_engine.hpp"
#include "tools/build_id/build_id.hpp"

#include <fmt/core.h>

#include <chrono>
#include <thread>

#include "tools/portcullis/host/options.hpp"
#include "tools/portcullis/watch/prove_gate.hpp"

namespace portcullis::tools {
namespace {

using engine::milliseconds;

engine::Result<gateways::ClOrdIdKeys> id_keys(const engine::journal::Journal& journal,
                                              const JournalHistory& history) {
    std::vector<gateways::ClOrdIdEpoch> epochs;
    for (const auto& key : journal.keys()) {
        gateways::ClOrdIdEpoch epoch{key.epoch, key.key};
        if (key.epoch != journal.epoch()) {
            const auto found = history.sequences().find(key.epoch.value);
            epoch.sequence_highest = found == history.sequences().end() ? 0 : found->second;
        }
        epochs.push_back(epoch);
    }
    return gateways::ClOrdIdKeys::make(epochs);
}

std::int64_t steady_s() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::vector<std::string> symbols_of(const AppConfig& config) {
    std::vector<std::string> symbols;
    for (const InstrumentSettings& instrument : config.instruments) {
        symbols.push_back(instrument.symbol);
    }
    return symbols;
}

// The kill word that a failed verify latches before the process ends.
risk::KillPage* verify_page = nullptr;

void kill_on_verify(const engine::SourceLine&) noexcept {
    if (verify_page != nullptr) {
        (void)verify_page->kill(engine::Scope::firm, 0);  // in force even when not durable
    }
}

}  // namespace

std::string kill_page_path(const AppConfig& config) {
    return config.engine.state_dir + "/kill-switch";
}
std::string journal_path(const AppConfig& config) {
    return config.engine.state_dir + "/journal";
}
std::string heartbeat_path(const AppConfig& config) {
    return config.engine.state_dir + "/heartbeat";
}
std::string console_path(const AppConfig& config) {
    return config.engine.state_dir + "/console.sock";
}

engine::journal::JournalOptions journal_options(const AppConfig& config) {
    engine::journal::JournalOptions options;
    options.directory = journal_path(config);
    options.config_hash = config.hash;
    options.build_id = build_id();
    options.reserve_records = 4 * engine::capacity::orders;
    options.sync_period = milliseconds(100);
    options.retry_period = milliseconds(1000);
    return options;
}

namespace {

/// A word lower than the one that a run of this journal has seen is of a page that was put back:
/// killed, as what was open without a record of who cleared it.
engine::Outcome hold_page(risk::KillPage& page, const JournalHistory& history) {
    std::size_t closed = page.closed_at_open();
    for (const auto& [where, word] : history.kill_words()) {
        closed += page.kill_unless_since(where.first, where.second, word) ? 1U : 0U;
    }
    if (closed == 0) {
        return engine::Done{};
    }
    fmt::print(stderr,
               "kill switch: {} of its scopes open, or older, without a record of who cleared "
               "them: killed\n",
               closed);
    return page.sync();
}

}  // namespace

engine::Result<std::unique_ptr<TradingEngine>> TradingEngine::make(AppConfig config) {
    if (std::string missing = operators_missing(config); !missing.empty()) {
        return engine::Error{std::move(missing)};
    }
    auto page = risk::KillPage::open(kill_page_path(config));
    if (!page) {
        return engine::Error{page.error() +
                             " (an unreadable kill switch counts as killed; `portcullis init` "
                             "writes the first one)"};
    }
    // Opened first, which locks it: what another process still writes is nobody's history.
    const engine::journal::JournalOptions options = journal_options(config);
    auto journal = engine::journal::Journal::open(options);
    if (!journal) {
        return engine::Error{journal.error()};
    }
    auto history = JournalHistory::read(journal_path(config));
    if (!history) {
        return engine::Error{history.error()};
    }
    if (auto held = hold_page(page.value(), history.value()); !held) {
        return engine::Error{held.error()};
    }
    auto stored = engine::journal::store_config(options.directory, journal.value()->epoch(),
                                                config.effective);
    if (!stored) {
        return engine::Error{stored.error()};
    }
    auto signer = gateways::make_file_signer(config.venue.key_file, config.venue.api_key);
    if (!signer) {
        return engine::Error{signer.error()};
    }
    auto keys = id_keys(*journal.value(), history.value());
    if (!keys) {
        return engine::Error{keys.error()};
    }
    auto budgets = make_budgets(config.venue);
    if (!budgets) {
        return engine::Error{"venue.rate_share_percent: found " +
                             std::to_string(config.venue.rate_share_percent) +
                             ", expected room for orders and snapshots (" + budgets.error() + ")"};
    }
    if (journal.value()->recovery().power_lost || journal.value()->recovery().cut_bytes > 0) {
        // A person clears it.
        if (auto durable = page.value().kill(engine::Scope::firm, 0); !durable) {
            return engine::Error{durable.error()};
        }
    }
    std::unique_ptr<TradingEngine> made(
        new TradingEngine(std::move(config), std::move(page).value(), std::move(journal).value(),
                          std::move(history).value(), std::move(signer).value(),
                          std::move(keys).value(), std::move(budgets).value()));
    if (auto outcome = made->finish(); !outcome) {
        return engine::Error{outcome.error()};
    }
    return made;
}

TradingEngine::TradingEngine(AppConfig config, risk::KillPage kill_page,
                             std::unique_ptr<engine::journal::Journal> journal,
                             JournalHistory history, std::unique_ptr<gateways::Signer> signer,
                             gateways::ClOrdIdKeys keys, Budgets budgets)
    : config_(std::move(config)),
      kill_page_(std::move(kill_page)),
      journal_(std::move(journal)),
      history_(std::move(history)),
      signer_(std::move(signer)),
      latency_board_(std::make_unique<LatencyBoard>()),
      latency_marks_(*latency_board_, config_.engine.latency_sample_every),
      feed_stamps_(calibrator_),
      core_stamp_clock_(calibrator_),
      order_stamp_clock_(calibrator_),
      core_stamps_(core_stamp_clock_, stamp_ring_),
      order_stamps_(order_stamp_clock_, stamp_ring_, *latency_board_),
      board_(std::make_unique<StatusBoard>()),
      status_(std::make_unique<CoreStatus>()),
      instruments_(std::make_unique<gateways::binance::InstrumentBook>()),
      ids_(std::move(keys)),
      order_budget_(std::move(budgets.orders)),
      feed_connections_(budgets.feed_connections),
      kill_view_(kill_page_),
      connector_(config_.engine.transport == TransportChoice::native
                     ? gateways::make_websocket_transport
                     : gateways::make_websocketpp_transport,
                 [this](const gateways::Endpoint& endpoint, const gateways::Transport& settled) {
                     connection_log_.settled(endpoint, settled, steady_s());
                 }),
      primary_source_(config_.venue.order_entry, {}, connector_.add_lane()),
      secondary_source_(config_.venue.order_entry, {}, connector_.add_lane()),
      strategies_(config_.strategies),
      gate_(std::make_unique<risk::RiskGate>(config_.gate(journal_->epoch()))),
      core_config_(config_.core(journal_->epoch())),
      core_clock_(calibrator_),
      feed_clock_(calibrator_),
      order_clock_(calibrator_),
      control_clock_(calibrator_) {
    if (budgets.snapshots) {
        rest_snapshots_.emplace(
            config_.venue.rest, symbols_of(config_), *std::move(budgets.snapshots), doors_,
            [clock = engine::TscClock(calibrator_)]() mutable {
                return gateways::binance::RestSnapshots::Times{clock.mono(), clock.wall()};
            });
    } else {
        ws_api_snapshots_.emplace();
    }
}

engine::Outcome TradingEngine::finish() {
    for (std::size_t i = 0; i < config_.assets.size(); ++i) {
        const engine::AssetId id{static_cast<std::uint16_t>(i)};
        if (!symbols_.add_asset(id, config_.assets[i].name)) {
            return engine::Error{"asset " + config_.assets[i].name + ": no name of an asset"};
        }
    }
    for (std::size_t i = 0; i < config_.instruments.size(); ++i) {
        const InstrumentSettings& each = config_.instruments[i];
        const engine::InstrumentId id{static_cast<std::uint16_t>(i)};
        if (!symbols_.add_instrument(id, each.symbol, each.base, each.quote)) {
            return engine::Error{"instrument " + each.symbol + ": no name of a symbol"};
        }
    }
    auto encoder = gateways::binance::OrderEncoder::make(
        symbols_, *instruments_, ids_, *signer_,
        static_cast<std::uint32_t>(config_.venue.recv_window.value / 1'000'000));
    if (!encoder) {
        return engine::Error{encoder.error()};
    }
    encoder_ = std::make_unique<gateways::binance::OrderEncoder>(std::move(encoder).value());
    orders_ = std::make_unique<gateways::binance::OrderAgent>(
        gateways::binance::OrderAgentParts{symbols_, *instruments_, ids_, *encoder_, order_budget_,
                                           doors_, kill_view_, order_stamps_, primary_source_,
                                           secondary_source_, request_ring_, report_ring_,
                                           ws_api_snapshots_ ? &*ws_api_snapshots_ : nullptr},
        order_settings());
    for (const std::string& symbol : history_.symbols_beyond(config_)) {
        if (!orders_->restore_symbol(symbol)) {
            return engine::Error{journal_path(config_) + ": orders were sent on \"" + symbol +
                                 "\", which a cancel of everything could not cover (expected: the "
                                 "name of a symbol, and at most 4096 that are not configured)"};
        }
    }
    feed_ = std::make_unique<gateways::binance::FeedAgent>(
        feed_settings(), market_ring_, resync_ring_, snapshots(), doors_,
        [&lane = connector_.add_lane()] { return lane.make(); });
    core_config_.earlier_requests_until = history_.requests_until(core_config_.expiry_margin);
    outbox_ =
        std::make_unique<Outbox>(request_ring_, resync_ring_, kill_page_, *orders_, &core_stamps_);
    if (auto opened = open_approvals(); !opened) {
        return opened;
    }
    auto console = ConsoleServer::listen(console_path(config_),
                                         [this](ConsoleVisitor& visitor, std::string_view text) {
                                             return on_console(visitor, text);
                                         });
    if (!console) {
        return engine::Error{console.error()};
    }
    console_ = std::move(console).value();
    kills_seen_ = kill_page_.changes();
    verify_page = &kill_page_;
    engine::set_verify_handler(kill_on_verify);
    return engine::Done{};
}

TradingEngine::~TradingEngine() {
    threads_.stop();
    engine::set_verify_handler(nullptr);
    verify_page = nullptr;
}

// Two engines that lost one venue at one moment must not come back at one moment, so the journal's
// own random name is in it.
std::uint64_t TradingEngine::jitter_seed() const {
    std::uint64_t seed = 0;
    std::memcpy(&seed, journal_->uuid().data(), sizeof(seed));
    return seed + std::uint64_t{journal_->epoch().value} * 4;
}

gateways::binance::OrderAgentSettings TradingEngine::order_settings() const {
    gateways::binance::OrderAgentSettings settings;
    const engine::CoreAgentConfig& session = core_config_.agents[settings.agent.value];
    settings.account = session.account;
    settings.credential = session.credential;
    settings.gate_epoch = journal_->epoch();
    settings.ack_max = config_.venue.answer_timeout;
    settings.mute_max = config_.venue.stream_mute;
    settings.reconcile.clock_offset_max = config_.venue.clock_skew_max;
    settings.seed = jitter_seed();
    return settings;
}

gateways::binance::FeedSettings TradingEngine::feed_settings() {
    gateways::binance::FeedSettings settings;
    settings.endpoint = config_.venue.market_data;
    for (std::size_t i = 0; i < config_.instruments.size(); ++i) {
        settings.symbols.push_back(
            {config_.instruments[i].symbol, engine::InstrumentId{static_cast<std::uint16_t>(i)}});
    }
    settings.ping_every = config_.venue.feed_ping;
    settings.silence_max = config_.venue.feed_silence;
    settings.connections_max = feed_connections_;
    if (config_.engine.latency_sample_every != 0) {
        settings.stamps = &feed_stamps_;
        settings.stamp_every = config_.engine.latency_sample_every;
    }
    settings.seed = jitter_seed() + 2;  // 0 and 1 are the order sessions'
    return settings;
}

gateways::binance::SnapshotSource& TradingEngine::snapshots() {
    if (rest_snapshots_) {
        return *rest_snapshots_;
    }
    return *ws_api_snapshots_;
}

engine::Result<std::vector<std::string>> TradingEngine::start() {
    auto heartbeat = Heartbeat::begin(heartbeat_path(config_), journal_->epoch().value);
    if (!heartbeat) {
        return engine::Error{heartbeat.error()};
    }
    heartbeat_.emplace(std::move(heartbeat).value());
    return start_agents();
}

engine::Result<std::vector<std::string>> TradingEngine::start_agents() {
    const engine::MonoNs now = control_clock_.mono();
    const engine::WallNs wall = control_clock_.wall();
    history_.restore_windows(*gate_, config_, now, wall);
    core_ = std::make_unique<Core>(core_config_, strategies_, *gate_, *outbox_, journal_->writer());
    history_.restore_done(*core_, config_);
    history_.restore_fills(*core_, config_);
    core_agent_ = std::make_unique<CoreAgent<Core>>(
        CoreInputs{market_ring_, report_ring_, control_queue_, kill_page_, journal_->writer(),
                   config_.engine.timer, config_.limits.version,
                   static_cast<std::uint16_t>(config_.instruments.size()),
                   static_cast<std::uint16_t>(config_.strategies.size()), &core_stamps_},
        *core_, *outbox_);
    // All memory of any size is taken, and no thread runs.
    auto host = take_host_options(config_.engine);
    if (!host) {
        return host;
    }
    engine::SessionStart start;
    std::memcpy(start.uuid, journal_->uuid().data(), sizeof(start.uuid));
    start.config_hash = config_.hash;
    start.epoch = journal_->epoch().value;
    core_agent_->begin(engine::Event::of(start, now, wall));
    for (std::size_t i = 0; i < config_.assets.size(); ++i) {
        if (config_.assets[i].mark_micro) {
            const engine::MarkSet mark{
                *config_.assets[i].mark_micro, engine::AssetId{static_cast<std::uint16_t>(i)}, {}};
            core_agent_->begin(engine::Event::of(mark, now, wall));
        }
    }
    restore(now, wall);
    ids_.fill();
    started_ = true;
    latency_marks_.begin(now);
    const Work feed = [this] { return feed_->do_work(feed_clock_.mono(), feed_clock_.wall()); };
    const Work core = [this] { return core_round(); };
    const Work orders = [this] {
        return orders_->do_work(order_clock_.mono(), order_clock_.wall());
    };
    const EngineSettings& engine_settings = config_.engine;
    const Idle idle = idle_here(engine_settings, cpus_inherited());
    if (engine_settings.lock_memory) {
        threads_.prefault_stacks();
        prefault_stack();
    }
    if (engine_settings.placement == Placement::fused) {
        threads_.start({"fused", engine_settings.cpus.core, idle, {feed, core, orders}});
    } else {
        threads_.start({"feed", engine_settings.cpus.feed, idle, {feed}});
        threads_.start({"core", engine_settings.cpus.core, idle, {core}});
        threads_.start({"orders", engine_settings.cpus.orders, idle, {orders}});
    }
    threads_.start({"journal",
                    engine_settings.cpus.journal,
                    Idle::blocking,
                    {[this, clock = engine::TscClock(calibrator_)]() mutable {
                        return static_cast<std::size_t>(journal_->agent().do_work(clock.mono()));
                    }}});
    threads_.start({"connect",
                    engine_settings.cpus.control,
                    Idle::blocking,
                    {[this, clock = engine::TscClock(calibrator_)]() mutable {
                        return connector_.do_work(clock.mono().value);
                    }}});
    threads_.start({"fetch", engine_settings.cpus.control, Idle::blocking, {[this] {
                        return rest_snapshots_ ? rest_snapshots_->fetch_one()
                                               : ws_api_snapshots_->do_work();
                    }}});
    return host;
}

// What the runs before left goes into the core as inputs, and to the order agent, which asks the
// venue from there on: filters by version, fills by the last trade.
void TradingEngine::restore(engine::MonoNs now, engine::WallNs wall) {
    for (const engine::Event& event : history_.events(config_, now, wall)) {
        core_agent_->begin(event);
        if (event.header.type == engine::EventType::instrument_definition) {
            instruments_->restore(event.as<engine::InstrumentDefinition>());
        } else if (event.header.type == engine::EventType::trade_baseline) {
            const auto baseline = event.as<engine::TradeBaseline>();
            orders_->restore_last_trade(baseline.instrument, baseline.last);
        }
    }
}

std::size_t TradingEngine::core_round() {
    const engine::MonoNs now = core_clock_.mono();
    const engine::WallNs wall = core_clock_.wall();
    const std::size_t work = core_agent_->do_work(now, wall);
    if (now >= board_due_) {
        board_due_ = now + milliseconds(100);
        fill_status(*core_, *gate_, *orders_, core_config_, config_.strategies.size(), wall,
                    *status_);
        board_->store(*status_);
        prove_gate(*gate_, *heartbeat_);
    }
    return work;
}

std::size_t TradingEngine::do_control_work() {
    const engine::MonoNs now = control_clock_.mono();
    std::size_t work = console_->poll(now);
    work += sync_kills(now);
    if (approvals_ && now >= approvals_due_) {
        approvals_due_ = now + milliseconds(1000);
        approvals_->poll();
    }
    latency_marks_.look(now);
    if (now >= calibration_due_) {
        calibration_due_ = now + milliseconds(1000);
        calibrator_.recalibrate();
    }
    if (now >= ids_due_) {
        ids_due_ = now + milliseconds(5);
        work += ids_.fill(256);
    }
    return work;
}

// A kill that the core latched (a breach) is a store; made durable here, where waiting is allowed.
std::size_t TradingEngine::sync_kills(engine::MonoNs now) {
    const std::uint32_t changes = kill_page_.changes();
    if (std::exchange(kills_seen_, changes) != changes && approvals_) {
        approvals_->on_kill(risk::PendingStore::nobody);  // by whomever it was
    }
    if (changes == kills_synced_ || now < kill_sync_due_) {
        return 0;
    }
    if (auto durable = kill_page_.sync(); durable) {
        kills_synced_ = changes;
    } else {
        kill_sync_due_ = now + milliseconds(1000);
        fmt::print(stderr, "{}; tried again\n", durable.error());
    }
    return 1;
}

bool TradingEngine::shut_down(engine::DurationNs patience) {
    if (!started_) {
        return true;
    }
    const engine::MonoNs begun = control_clock_.mono();
    command(engine::Command::shutdown, engine::Scope::firm, 0, getuid());
    bool drained = false;
    while (!drained && control_clock_.mono() - begun < patience) {
        (void)do_control_work();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        const CoreStatus now = status();
        drained = now.shutting_down != 0 && now.drained != 0;
    }
    threads_.stop();
    orders_->shut_down();
    const auto closed = journal_->close(control_clock_.mono(), control_clock_.wall());
    if (!closed) {
        fmt::print(stderr, "{}\n", closed.error());
    }
    started_ = false;
    if (drained && closed) {
        heartbeat_->end();  // in order: nobody need clean up behind us
    }
    return drained && closed.ok();
}

}  // namespace portcullis::tools
