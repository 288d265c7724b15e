// AppConfig: the one TOML file of `portcullis`, whole, checked, with names turned into ids.
//
// Every part reads its own section (strategies/strategy_config.hpp, risk's tables of limits); this
// one puts them together, gives ids in the order of the file and checks what only the whole can
// tell: that a strategy's instrument exists, that a limit is given for every scope in use.
// Cold code, start only. `portcullis check` prints what load() gives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/config_reader.hpp"
#include "engine/core/core_api.hpp"
#include "gateways/net/transport.hpp"
#include "risk/risk_gate.hpp"
#include "strategies/strategy_config.hpp"
#include "tools/portcullis/cpus.hpp"
#include "tools/portcullis/host/system.hpp"

namespace portcullis::tools {

enum class Placement : std::uint8_t { pipeline, fused };
/// `by_machine` is settled at the start of `trade` (trade/threads.hpp) and not here: one file means
/// the same configuration, with the same hash, on every machine.
enum class Idle : std::uint8_t { by_machine, blocking, busy_poll };

/// Which processor a thread is pinned to; -1: not pinned.
struct CpuPins {
    int feed{-1};
    int core{-1};
    int orders{-1};
    int journal{-1};
    int control{-1};
};

/// Who speaks websocket (gateways/net): we, or the library that ours is held against.
enum class TransportChoice : std::uint8_t { native, websocketpp };

struct EngineSettings {
    Placement placement{Placement::pipeline};
    Idle idle{Idle::by_machine};
    TransportChoice transport{TransportChoice::native};
    CpuPins cpus{};
    engine::DurationNs timer{};            ///< longest silence of the core
    std::uint32_t latency_sample_every{};  ///< inner stages of one message in n; 0: of none
    std::string state_dir;                 ///< journal, kill switch, console socket
    // What a colocated host must give (host/options.hpp): refused at the start where it does not.
    bool lock_memory{};
    bool huge_pages{};
    bool isolated_cpus{};
    int busy_poll_us{};  ///< 0: the sockets stay as the system has them
    int timer_slack_ns{timer_slack_default_ns};
};

/// Where the books' snapshots come from.
enum class Snapshots : std::uint8_t { rest, websocket_api };

/// The most that the file may say. When a request of an earlier run is dead is reckoned from
/// these (journal/history.cpp).
inline constexpr engine::DurationNs recv_window_max = engine::milliseconds(1000);
inline constexpr engine::DurationNs clock_skew_most = engine::milliseconds(5000);
/// A request leaves so long after its approval at most.
inline constexpr engine::DurationNs approval_lifetime_max = [] {
    for (const auto& limit : risk::firm_keys) {
        if (limit.field == &risk::FirmLimits::approval_lifetime_ns_max) {
            return engine::DurationNs{limit.ceiling};
        }
    }
    return engine::DurationNs{};
}();
static_assert(approval_lifetime_max.value > 0 && approval_lifetime_max <= recv_window_max,
              "no approval lives longer than recvWindow");

struct VenueSettings {
    std::string name;
    gateways::Endpoint market_data;  ///< path is filled by the feed agent
    gateways::Endpoint order_entry;
    Snapshots snapshots{};
    gateways::Endpoint rest;  ///< where snapshots are `rest`; path is the prefix of all requests
    std::string api_key;
    std::string key_file;
    engine::DurationNs recv_window{};
    engine::DurationNs answer_timeout{};  ///< no answer for so long: unknown
    engine::DurationNs stream_mute{};     ///< an answer without its event for so long: mute
    engine::DurationNs feed_ping{};
    engine::DurationNs feed_silence{};
    engine::DurationNs clock_skew_max{};
    std::uint32_t rate_share_percent{};  ///< of the venue's budget for this address
};

struct AssetSettings {
    std::string name;
    engine::AmountAtoms baseline{};
    std::optional<std::int64_t> mark_micro;  ///< fixed by the operator, where no book gives one
};

struct InstrumentSettings {
    std::string symbol;
    engine::AssetId base{};
    engine::AssetId quote{};
};

/// Who may raise risk, and how long that takes. Without the section one person may, in a rehearsal;
/// elsewhere nothing starts.
struct OperatorSettings {
    std::string file;             ///< risk/operators/operators_file.hpp; empty: none
    engine::DurationNs delay{};   ///< from the second signature to the effect
    engine::DurationNs expire{};  ///< from the proposal to its end
};

struct AppConfig {
    std::string path;
    std::string text;       ///< as it was read
    std::string effective;  ///< every key spelled out, as TOML: kept beside the journal
    std::string annotated;  ///< the same with comments on what is a default: for `check`
    std::uint64_t hash{};   ///< of `effective`: comments and order of the file do not count
    EngineSettings engine;
    VenueSettings venue;
    OperatorSettings operators;
    bool rehearsal{};  ///< nothing of the venue lies beyond this machine
    std::vector<AssetSettings> assets;
    std::vector<InstrumentSettings> instruments;
    std::vector<strategies::StrategyConfig> strategies;
    engine::AssetId risk_currency{};
    risk::Limits limits{};
    std::vector<engine::KnownKey> known_keys;  ///< that were asked for

    [[nodiscard]] std::optional<engine::InstrumentId> instrument(std::string_view symbol) const;
    [[nodiscard]] std::optional<engine::AssetId> asset(std::string_view name) const;
    [[nodiscard]] std::optional<engine::StrategyId> strategy(std::string_view name) const;
    [[nodiscard]] engine::CoreConfig core(engine::Epoch epoch) const;
    [[nodiscard]] risk::GateConfig gate(engine::Epoch epoch) const;
};

/// Why nothing may start with it, empty where it may: a venue elsewhere and no [operators]. Not
/// among the problems of the file: journals of earlier runs are replayed with what they ran with.
[[nodiscard]] std::string operators_missing(const AppConfig& config);
/// What a person should know who starts it: that one person may raise risk. Else empty.
[[nodiscard]] std::string one_person_note(const AppConfig& config);

/// The file, or every problem at once.
struct ConfigResult {
    std::optional<AppConfig> config;
    std::vector<std::string> problems;
};
/// `allowed`: the processors that a thread may be pinned to, where that is to be checked: at a
/// start and in `check`, not in a replay and not in a console.
[[nodiscard]] ConfigResult load_config(const std::string& path, const CpuSet& allowed = {});
[[nodiscard]] ConfigResult read_config(std::string text, const std::string& name,
                                       const CpuSet& allowed = {});
/// What the windows of each scope take, as comments. The largest counts of a scope size its two
/// logs.
[[nodiscard]] std::string memory_text(const AppConfig& config);
/// Of an effective configuration's text.
[[nodiscard]] std::uint64_t config_hash(std::string_view text) noexcept;

}  // namespace portcullis::tools
