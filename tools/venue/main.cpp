// portcullis-venue: a Binance-compatible exchange on the loopback, for demos and tests.
//
//   portcullis-venue --config venue.toml
//   portcullis-venue ctl --dir RUNDIR [--json] COMMAND...
//   portcullis-venue synthetic --preset btc-like... --seed 1 --dir RUNDIR [--script flash-crash]...
//   portcullis-venue fit RECORDING --out PARAMETERS.toml --plot PLOT.svg
//   portcullis-venue replay RECORDING... --dir RUNDIR [--synthetic thin,seed=3] [--speed 10]...
//
// Prints one line of JSON when it listens ({"port":..,"ca_file":..,"pins":{..},"symbols":[..]}),
// then serves until SIGTERM, SIGINT or `quit` on the control socket.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/types/decimal.hpp"
#include "tools/venue/ctl/ctl.hpp"
#include "tools/venue/server/config.hpp"
#include "tools/venue/server/run_folder.hpp"
#include "tools/venue/server/server.hpp"
#include "tools/venue/synthetic/fit.hpp"
#include "tools/venue/synthetic/scripts.hpp"

namespace {

namespace engine = portcullis::engine;
namespace venue = portcullis::tools::venue;

int fail(const std::string& why) {
    std::fprintf(stderr, "portcullis-venue: %s\n", why.c_str());
    return 1;
}

/// Numbers and markets of the command line as they were given, until they are checked: an error
/// must name the option.
struct Words {
    std::string port{"0"}, seed{"1"}, script;
    std::vector<std::string> balances{"BTC=10", "USDT=1000000"}, fee_asset_prices;
    std::vector<std::string> markets;
};

engine::Result<std::uint64_t> whole_number(const std::string& option, const std::string& text,
                                           std::uint64_t most) {
    const auto number = engine::parse_unsigned(text);
    if (!number || *number > most) {
        return engine::Error{option + " '" + text + "': expected a whole number from 0 to " +
                             std::to_string(most)};
    }
    return *number;
}

/// "BTC=10" and the like, as they stand: ASSET, what is behind the sign.
std::vector<std::pair<std::string, std::string>> by_asset(const std::vector<std::string>& texts) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const std::string& text : texts) {
        const std::size_t equals = std::min(text.find('='), text.size());
        out.emplace_back(text.substr(0, equals), text.substr(std::min(equals + 1, text.size())));
    }
    return out;
}

/// `market_option`: the one that the markets were named with.
engine::Outcome read_words(const Words& words, const std::string& market_option,
                           venue::RunFolder& folder) {
    const auto port = whole_number("--port", words.port, 65'535);
    const auto seed = whole_number("--seed", words.seed, venue::seed_max);
    if (!port || !seed) {
        return engine::Error{!port ? port.error() : seed.error()};
    }
    folder.port = static_cast<std::uint16_t>(port.value());
    folder.balances = by_asset(words.balances);
    folder.fee_asset_prices = by_asset(words.fee_asset_prices);
    if (!venue::script_known(words.script)) {
        return engine::Error{"--script '" + words.script + "': expected " + venue::script_names()};
    }
    venue::SyntheticChoice otherwise{"", words.script, "", seed.value()};
    for (const std::string& text : words.markets) {
        const auto choice = venue::parse_synthetic_choice(text, otherwise);
        if (!choice) {
            return engine::Error{market_option + " " + choice.error()};
        }
        folder.synthetic.push_back(choice.value());
        otherwise.seed = choice.value().seed < venue::seed_max ? choice.value().seed + 1 : 0;
    }
    return engine::Done{};
}

/// `on_listening`: what a start that succeeded does with its config.
int serve(const std::string& config_file, venue::FileLock lock,
          const std::function<engine::Outcome()>& on_listening) {
    const auto config = venue::load_config(config_file);
    if (!config) {
        return fail(config.error());
    }
    auto server = venue::Server::make(config.value(), std::move(lock));
    if (!server) {
        return fail(server.error());
    }
    const std::string announcement = server.value()->announcement();
    if (auto left = on_listening(); !left) {
        return fail(left.error());
    }
    if (auto told = venue::tell_where(config.value().control_socket, announcement); !told) {
        return fail(told.error());
    }
    std::printf("%s\n", announcement.c_str());
    std::fflush(stdout);
    server.value()->run();
    return 0;
}

/// The folder is ours before anything in it is written: two that begin at once do not mix. What is
/// refused by its options alone makes none.
int serve_folder(const venue::RunFolder& folder) {
    if (auto checked = venue::check_run_folder(folder); !checked) {
        return fail(checked.error());
    }
    auto lock = venue::lock_run_folder(folder.dir);
    if (!lock) {
        return fail(lock.error());
    }
    const auto made = venue::make_run_folder(folder);
    return made ? serve(made.value(), std::move(lock).value(),
                        [&made] { return venue::keep_run_config(made.value()); })
                : fail(made.error());
}

/// What `replay` and `synthetic` have in common.
void add_run_options(CLI::App& command, venue::RunFolder& folder, Words& words) {
    command.add_option("--dir", folder.dir, "Folder of the run")->required();
    command.add_flag("--paused", folder.paused, "Wait for `replay resume` on the control socket");
    command.add_option("--port", words.port, "0: any free port");
    command.add_option("--balance", words.balances, "ASSET=AMOUNT, repeated");
    command.add_option("--maker-fee", folder.maker_fee, "Rate, as 0.001");
    command.add_option("--taker-fee", folder.taker_fee, "Rate, as 0.001");
    command.add_option("--fee-asset", folder.fee_asset, "Pay fees in it while it lasts, as BNB");
    command.add_option("--fee-asset-price", words.fee_asset_prices,
                       "QUOTE=PRICE of one in what a market is quoted in, repeated");
}

constexpr const char* replay_example =
    "Example: portcullis-venue replay tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz "
    "--dir run/venue --loop";
constexpr const char* synthetic_example =
    "Example: portcullis-venue synthetic --preset btc-like --seed 7 --dir run/venue";
constexpr const char* fit_example =
    "Example: portcullis-venue fit tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz "
    "--out btc.toml --plot btc.svg";
constexpr const char* ctl_example =
    "Example: portcullis-venue ctl --dir run/venue fault on drop btcusdt@trade rate=0.01 for=30s";

/// A mistake in the command line is told with a line that is right.
std::string usage_error(const CLI::App* app, const CLI::Error& error) {
    const auto chosen = app->get_subcommands();
    const std::string example =
        chosen.empty() ? std::string(replay_example) : chosen.front()->get_footer();
    return "portcullis-venue: " + std::string(error.what()) + "; see --help\n" + example + "\n";
}

CLI::App* add_replay(CLI::App& app, venue::RunFolder& folder, Words& words) {
    CLI::App* replay = app.add_subcommand("replay", "Make all that a run needs in a folder, serve");
    replay->footer(replay_example);
    replay->add_option("recordings", folder.recordings, "Recordings (*.tsjsonl.gz) with sidecars")
        ->required()
        ->check(CLI::ExistingFile);
    add_run_options(*replay, folder, words);
    replay->add_option("--speed", folder.speed,
                       "1 is as recorded; 10, 0.5, max; beside a synthetic market at most 1000");
    replay->add_flag("--loop", folder.loop, "Begin again at the end");
    replay->add_flag("--overlay", folder.overlay, "Show our orders and fills in what is published");
    replay->add_option("--synthetic", words.markets,
                       "As --preset of `synthetic`, beside the recordings");
    return replay;
}

CLI::App* add_synthetic(CLI::App& app, venue::RunFolder& folder, Words& words) {
    CLI::App* synthetic = app.add_subcommand("synthetic", "The same with markets of its own");
    synthetic->footer(synthetic_example);
    synthetic
        ->add_option(
            "--preset", words.markets,
            "btc-like, thin, wide, or a parameter file; with ,seed=N ,script=NAME ,base=NEW "
            "behind it; repeated for several markets")
        ->required();
    synthetic->add_option("--seed", words.seed, "Of the first market; the next has the next");
    synthetic->add_option("--script", words.script, venue::script_names());
    add_run_options(*synthetic, folder, words);
    synthetic->add_option("--speed", folder.speed, "1 is as lived; 10, 0.5, at most 1000");
    return synthetic;
}

CLI::App* add_fit(CLI::App& app, venue::FitOptions& options, Words& words) {
    CLI::App* fit = app.add_subcommand("fit", "Fit a synthetic market to a recording");
    fit->footer(fit_example);
    fit->add_option("recording", options.recording, "Recording (*.tsjsonl.gz)")
        ->required()
        ->check(CLI::ExistingFile);
    fit->add_option("--filters", options.filters, "The symbol's filters; else its sidecar");
    fit->add_option("--out", options.parameters_file, "Parameters to write")->required();
    fit->add_option("--plot", options.plot_file, "SVG to write")->required();
    fit->add_option("--seed", words.seed, "Of the synthetic day that is compared");
    return fit;
}

CLI::App* add_ctl(CLI::App& app, venue::CtlOptions& control) {
    CLI::App* ctl = app.add_subcommand("ctl", "Ask a running venue, or bring trouble upon it");
    ctl->footer(ctl_example);
    ctl->add_option("--dir", control.dir, "Folder of the run")->required();
    ctl->add_flag("--json", control.json, "The venue's own JSON");
    ctl->add_option(
           "command", control.words,
           "status, accounts, balances, keys, clock, fault list|on|off|once ..., script FILE")
        ->required();
    return ctl;
}

int run_fit(venue::FitOptions options, const Words& words) {
    const auto seed = whole_number("--seed", words.seed, venue::seed_max);
    if (!seed) {
        return fail(seed.error());
    }
    options.seed = seed.value();
    const auto report = venue::fit(options);
    if (!report) {
        return fail(report.error());
    }
    std::fputs(report.value().text().c_str(), stdout);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"A Binance-compatible exchange on the loopback, playing recorded markets"};
    std::string config_file;
    app.add_option("--config", config_file, "TOML file with everything")->check(CLI::ExistingFile);
    venue::RunFolder folder;
    venue::FitOptions fit_options;
    venue::CtlOptions control;
    Words words;
    CLI::App* const replay = add_replay(app, folder, words);
    CLI::App* const synthetic = add_synthetic(app, folder, words);
    CLI::App* const fitting = add_fit(app, fit_options, words);
    CLI::App* const ctl = add_ctl(app, control);
    app.failure_message(usage_error);
    CLI11_PARSE(app, argc, argv);
    if (!config_file.empty() && !app.get_subcommands().empty()) {
        return fail("--config " + config_file + ": expected no " +
                    app.get_subcommands().front()->get_name() + " beside it");
    }
    if (ctl->parsed()) {
        return venue::run_ctl(control);
    }
    if (fitting->parsed()) {
        return run_fit(fit_options, words);
    }
    if (!replay->parsed() && !synthetic->parsed()) {
        return config_file.empty()
                   ? fail("expected --config FILE, replay or synthetic; see --help\n" +
                          std::string(replay_example))
                   : serve(config_file, {}, [] { return engine::Done{}; });
    }
    const auto read = read_words(words, replay->parsed() ? "--synthetic" : "--preset", folder);
    return read ? serve_folder(folder) : fail(read.error());
}
