// portcullis: a market maker's trading core. Nothing leaves without passing the gate.
//
//   check, init, doctor     the config file, whole; the first state; what this host gives
//   trade, watch            the engine (trade/trading_engine.hpp is its picture), its watchdog
//   console ...             status, watch, positions, orders, limits, denials, latency, kill, ...
//   kill-clear, operator    offline, by two people; keys
//   journal ..., replay     what happened, decided again
//   record, verify-...      market streams to files; held against the venue's ticker
// Exit codes: 0 done; 1 the answer is no; 2 it could not be asked; 3 the state directory.
#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <optional>

#include "gateways/net/openssl_pool.hpp"
#include "tools/build_id/build_id.hpp"
#include "tools/portcullis/config.hpp"
#include "tools/portcullis/console/commands.hpp"
#include "tools/portcullis/console/watch.hpp"
#include "tools/portcullis/host/doctor.hpp"
#include "tools/portcullis/journal/commands.hpp"
#include "tools/portcullis/journal/replay.hpp"
#include "tools/portcullis/operator/commands.hpp"
#include "tools/portcullis/operator/desk.hpp"
#include "tools/portcullis/record/record.hpp"
#include "tools/portcullis/trade/trading_engine.hpp"
#include "tools/portcullis/verify_recording.hpp"
#include "tools/portcullis/watch/watch_command.hpp"

namespace {

using namespace portcullis;

/// The configuration, or nothing after every problem has been printed.
std::optional<tools::AppConfig> load(const std::string& path, const tools::CpuSet& allowed = {}) {
    tools::ConfigResult loaded = tools::load_config(path, allowed);
    for (const std::string& problem : loaded.problems) {
        fmt::print(stderr, "{}\n", problem);
    }
    if (!loaded.config) {
        fmt::print(stderr, "{} problem(s); `portcullis check --config FILE` shows them again\n",
                   loaded.problems.size());
    }
    return std::move(loaded.config);
}

int check_command(const std::string& path) {
    const auto config = load(path, tools::cpus_allowed());
    if (!config) {
        return 1;
    }
    if (const std::string alone = tools::one_person_note(*config); !alone.empty()) {
        fmt::print("# {}\n", alone);
    }
    fmt::print("# effective configuration of {}\n# hash {:016x}\n{}\n{}", path, config->hash,
               tools::memory_text(*config), config->annotated);
    const std::string why = tools::why_no_operators(*config);
    if (!why.empty()) {
        fmt::print(stderr, "{}\n", why);
    }
    return why.empty() ? 0 : 1;
}

struct Options {
    std::string config;
    std::string path;
    std::string scope{"firm"};
    std::string name;
    std::string socket;
    std::vector<std::string> files;
    std::string expect;
    std::string out;
    std::string plot;
    bool json{};
    int seconds{};
    int interval_ms{500};
    int frames{};
};

void add_config(CLI::App* command, Options& options) {
    command->add_option("--config", options.config, "the TOML file")->required();
}

/// Runs `ask` with the engine's console socket; 2 where nothing says which that is.
template <class Ask>
int with_socket(const Options& options, Ask&& ask) {
    if (!options.socket.empty()) {
        return ask(options.socket);
    }
    if (options.config.empty()) {
        fmt::print(stderr,
                   "portcullis console: expected --config FILE (of the running engine) or "
                   "--socket PATH\n");
        return 2;
    }
    const auto config = load(options.config);
    return config ? ask(tools::console_path(*config)) : 2;
}

void add_console(CLI::App& app, Options& options, int& code) {
    CLI::App* console = app.add_subcommand("console", "talk to a running engine");
    console->require_subcommand(1);
    console->add_option("--socket", options.socket, "console socket of the engine");
    console->add_option("--config", options.config, "or the config that names it");
    console->add_flag("--json", options.json, "for machines");
    console->fallthrough();
    for (const char* name : {"status", "positions", "orders", "limits", "denials", "cancel-all",
                             "pending", "reload", "alerts"}) {
        console->add_subcommand(name)->callback([name, &options, &code] {
            code = with_socket(options, [&](const std::string& socket) {
                return tools::console_command({socket, name, "", "", options.json, ""});
            });
        });
    }
    for (const char* name : {"withdraw", "apply", "ack"}) {
        CLI::App* command =
            console->add_subcommand(name, "what is pending, or an alert, by its number");
        command->add_option("id", options.name)->required();
        command->callback([name, &options, &code] {
            code = with_socket(options, [&](const std::string& socket) {
                return tools::console_command(
                    {socket, name, "", "", options.json, "", options.name});
            });
        });
    }
    CLI::App* latency =
        console->add_subcommand("latency", "how long the way of an order takes, stage by stage");
    latency->add_option("--plot", options.plot, "write the percentiles as SVG here")
        ->check([](const std::string& path) { return path.empty() ? "an empty path" : ""; });
    latency->callback([&options, &code] {
        code = with_socket(options, [&](const std::string& socket) {
            return tools::console_command({socket, "latency", "", "", options.json, options.plot});
        });
    });
    for (const char* name : {"kill", "halt", "resume", "reduce-only", "re-enable"}) {
        CLI::App* scoped = console->add_subcommand(name);
        scoped->add_option("scope", options.scope,
                           "firm (default), venue, strategy, instrument, account, credential, "
                           "withdrawals (kill alone)");
        scoped->add_option(
            "name", options.name,
            "of the venue, strategy or instrument; number of the account or credential");
        scoped->callback([name, &options, &code] {
            code = with_socket(options, [&](const std::string& socket) {
                return tools::console_command(
                    {socket, name, options.scope, options.name, options.json, ""});
            });
        });
    }
    CLI::App* watch = console->add_subcommand("watch", "live view");
    watch->add_option("--interval-ms", options.interval_ms)->check(CLI::Range(50, 60'000));
    watch->add_option("--frames", options.frames, "stop after so many; 0: until interrupted");
    watch->callback([&options, &code] {
        code = with_socket(options, [&](const std::string& socket) {
            return tools::console_watch(
                {socket, options.interval_ms, options.frames, options.json});
        });
    });
}

void add_key(CLI::App* command, tools::SigningKey& key) {
    command->add_option("--key", key.file, "whose signature: file of the private key");
    command->add_option("--public-key", key.public_hex,
                        "or its public half: the signature is read from standard input");
}

// What two people sign, at a running engine.
void add_signed(CLI::App& app, Options& options, tools::SignedArguments& arguments, int& code) {
    CLI::App* console = app.get_subcommand("console");
    const auto run = [&options, &arguments, &code] {
        code = with_socket(options, [&](const std::string& socket) {
            arguments.socket = socket;
            arguments.json = options.json;
            return tools::console_signed(arguments);
        });
    };
    CLI::App* propose = console->add_subcommand("propose", "what raises risk; another approves it");
    propose->add_option("action", arguments.action, "clear-kill, re-enable, raise-limit")
        ->required();
    propose->add_option("scope", arguments.scope, "firm, venue, strategy, instrument")->required();
    propose->add_option("name", arguments.name, "of the venue, strategy or instrument");
    propose->add_option("--reason", arguments.reason, "what both sign")->required();
    propose->add_option("--limit", arguments.limit, "raise-limit: its key in the file");
    propose->add_option("--value", arguments.value, "raise-limit: what it shall be");
    CLI::App* limit = console->add_subcommand("limit", "tighten a limit, at once");
    limit->add_option("scope", arguments.scope, "firm, venue, strategy, instrument")->required();
    limit->add_option("rest", options.files, "[NAME] KEY VALUE, as in the file")
        ->required()
        ->expected(2, 3);
    limit->callback([&options, &arguments, &code] {
        const std::vector<std::string>& rest = options.files;
        code = with_socket(options, [&](const std::string& socket) {
            return tools::console_command({socket, "limit", arguments.scope,
                                           rest.size() == 3 ? rest[0] : "", options.json, "", "",
                                           rest[rest.size() - 2], rest[rest.size() - 1]});
        });
    });
    CLI::App* approve = console->add_subcommand("approve", "sign what is pending");
    approve->add_option("id", arguments.id, "its number")->required();
    for (CLI::App* each : {propose, approve}) {
        add_key(each, arguments.key);
        each->callback(run);
    }
}

void add_journal(CLI::App& app, Options& options, int& code) {
    CLI::App* journal = app.add_subcommand("journal", "look at what happened");
    journal->require_subcommand(1);
    const auto add = [&](const char* name, const char* what, auto run) {
        CLI::App* command = journal->add_subcommand(name, what);
        command->add_option("path", options.path, "journal directory or segment file")->required();
        command->callback([&options, &code, run] { code = run(options); });
        return command;
    };
    add("cat", "one line a record", [](const Options& o) { return tools::journal_cat(o.path); });
    add("verify", "every byte accounted for",
        [](const Options& o) { return tools::journal_verify(o.path); });
    add("stats", "records by type", [](const Options& o) {
        return tools::journal_stats(o.path, o.json);
    })->add_flag("--json", options.json, "for machines");
    CLI::App* replay = app.add_subcommand("replay", "make every decision again and compare");
    replay->add_option("path", options.path, "journal directory, or segment file to stop after")
        ->required();
    replay->add_flag("--json", options.json);
    replay->add_option("--books", options.out, "write what the core held of its books here");
    replay->callback([&options, &code] {
        code = tools::replay_command(options.path, options.json, options.out);
    });
}

void add_operators(CLI::App& app, Options& options, tools::KillClearArguments& clearing,
                   int& code) {
    CLI::App* people = app.add_subcommand("operator", "keys of the people who may raise risk");
    people->require_subcommand(1);
    CLI::App* keygen = people->add_subcommand("keygen", "a new private key, and its public line");
    keygen->add_option("--out", options.out, "the file; one that is there is not written over")
        ->required();
    keygen->callback([&options, &code] { code = tools::operator_keygen(options.out); });
    CLI::App* sign = people->add_subcommand(
        "sign", "sign the text of a command from standard input, where the key lies");
    sign->add_option("--key", options.path, "file of the private key")->required();
    sign->callback([&options, &code] { code = tools::operator_sign(options.path); });
    CLI::App* clear =
        app.add_subcommand("kill-clear", "offline, by two people: open a kill word again");
    add_config(clear, options);
    clear->add_option("scope", clearing.scope);
    clear->add_option("name", clearing.name);
    clear->add_option("--reason", clearing.reason, "propose it: what both sign");
    add_key(clear, clearing.key);
    clear->add_option("--approve", clearing.approve, "sign the pending action of this number");
    clear->add_option("--apply", clearing.apply, "let it happen, when it is due");
    clear->add_option("--withdraw", clearing.withdraw, "take it back: one person is enough");
    clear->add_flag("--pending", clearing.pending, "what is pending");
    clear->callback([&options, &clearing, &code] {
        const auto config = load(options.config);
        code = config ? tools::kill_clear(*config, clearing) : 2;
    });
}

void add_record(CLI::App& app, tools::RecordOptions& options, int& code) {
    CLI::App* record = app.add_subcommand("record", "write what market streams send");
    record->add_option("--url", options.url, "wss://HOST[:PORT]")->required();
    record->add_option("--rest", options.rest_url, "https://HOST[:PORT] of the snapshots");
    record->add_option("--ca", options.ca_file, "PEM of the authorities that are believed");
    record->add_option("--pin", options.pins, "base64 SHA-256 of a public key, repeated");
    record
        ->add_option(
            "--symbols", options.symbols,
            "as the venue names them, between commas: BTCUSDT,ETHUSDT; of several each has "
            "its file")
        ->required()
        ->delimiter(',');
    record->add_option("--streams", options.streams, "of each symbol; depth@100ms,bookTicker,trade")
        ->delimiter(',');
    record->add_option("--out", options.out, "FILE.tsjsonl.gz, with {symbol} in it for several")
        ->required();
    record->add_option("--messages", options.messages_max, "end after so many");
    record->add_option("--seconds", options.seconds_max, "end after so long");
    record->footer(
        "Example, from a venue started with --dir run/venue (its port is in "
        "run/venue/venue.json):\n"
        "  portcullis record --url wss://localhost:PORT --ca run/venue/ca.pem --symbols BTCUSDT "
        "--seconds 60 --out btcusdt.tsjsonl.gz");
    record->callback([&options, &code] { code = tools::record_command(options); });
}

}  // namespace

int main(int argc, char** argv) {
    (void)gateways::pool_openssl_memory();  // before anything uses OpenSSL
    CLI::App app{"Portcullis: nothing leaves without passing the gate"};
    app.set_version_flag("--version", "portcullis " + std::string(tools::build_id()));
    app.require_subcommand(1);
    Options options;
    int code = 0;

    CLI::App* check = app.add_subcommand("check", "the effective config, or every problem at once");
    add_config(check, options);
    check->callback([&] { code = check_command(options.config); });
    CLI::App* doctor = app.add_subcommand(
        "doctor", "what this host gives the engine, measured in some five seconds");
    doctor->add_option("--config", options.config, "what is asked for; without it: the defaults");
    doctor->add_flag("--json", options.json, "for machines");
    doctor->callback([&] { code = tools::doctor_command(options.config, options.json); });
    CLI::App* init = app.add_subcommand("init", "write the first state");
    add_config(init, options);
    init->callback([&] { code = tools::init_command(options.config); });
    CLI::App* trade = app.add_subcommand("trade", "run the engine");
    add_config(trade, options);
    trade->add_option("--seconds", options.seconds, "end after so long; 0: until a signal");
    trade->callback([&] { code = tools::trade_command(options.config, options.seconds); });
    tools::WatchOptions watching;
    CLI::App* watch = app.add_subcommand(
        "watch", "beside the engine: kills and cancels everything when it is gone or stuck");
    watch->add_option("--config", watching.config, "the engine's TOML file")->required();
    watch->add_option("--silence-ms", watching.silence_ms, "without a proof that its gate is alive")
        ->check(CLI::Range(200, 10'000));
    watch->add_flag("--once", watching.once, "end when it has cancelled once, and proven it");
    watch->callback([&] { code = tools::watch_command(watching); });
    tools::KillClearArguments clearing;
    add_operators(app, options, clearing, code);
    add_console(app, options, code);
    tools::SignedArguments signing;
    add_signed(app, options, signing, code);
    add_journal(app, options, code);
    tools::RecordOptions recording;
    add_record(app, recording, code);
    CLI::App* verify = app.add_subcommand("verify-recording", "hold recordings against the ticker");
    verify->add_option("files", options.files, "recordings")->required();
    verify->add_option("--expect", options.expect, "EXPECTED.json");
    verify->add_option("--json", options.out, "write the report here");
    verify->callback([&] {
        code = tools::verify_recording({options.files, options.expect, options.out});
    });

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;  // 0: help
    }
    return code;
}
