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
#include <cstdio>
#include <string>
#include <vector>

#include "engine/types/decimal.hpp"
#include "tools/venue/ctl/ctl.hpp"
#include "tools/venue/server/config.hpp"
#include "tools/venue/server/run_folder.hpp"
#include "tools/venue/server/server.hpp"
#include "tools/venue/synthetic/fit.hpp"
#include "tools/venue/synthetic/scripts.hpp"

namespace {

namespace venue = portcullis::tools::venue;

int fail(const std::string& why) {
    std::fprintf(stderr, "portcullis-venue: %s\n", why.c_str());
    return 1;
}

/// "BTC=1.5" -> BTC, 1.5
bool split_balance(const std::string& text, venue::RunFolder& folder) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
        return false;
    }
    const std::string amount = text.substr(equals + 1);
    folder.balances.emplace_back(text.substr(0, equals), amount);
    return portcullis::engine::parse_decimal(amount).error ==
           portcullis::engine::DecimalError::none;
}

int serve(const std::string& config_file) {
    const auto config = venue::load_config(config_file);
    if (!config) {
        return fail(config.error());
    }
    auto server = venue::Server::make(config.value());
    if (!server) {
        return fail(server.error());
    }
    std::printf("%s\n", server.value()->announcement().c_str());
    std::fflush(stdout);
    server.value()->run();
    return 0;
}

/// What `replay` and `synthetic` have in common.
void add_run_options(CLI::App& command, venue::RunFolder& folder,
                     std::vector<std::string>& balances) {
    command.add_option("--dir", folder.dir, "Folder of the run")->required();
    command.add_option("--speed", folder.speed, "1 is as recorded, or as lived; 10, 0.5, max");
    command.add_flag("--paused", folder.paused, "Wait for `replay resume` on the control socket");
    command.add_option("--port", folder.port, "0: any free port");
    command.add_option("--balance", balances, "ASSET=AMOUNT, repeated");
    command.add_option("--maker-fee", folder.maker_fee, "Rate, as 0.001");
    command.add_option("--taker-fee", folder.taker_fee, "Rate, as 0.001");
    command.add_option("--fee-asset", folder.fee_asset, "Pay fees in it while it lasts, as BNB");
    command.add_option("--fee-asset-price", folder.fee_asset_price, "Of one in the quote asset");
}

void add_fit_options(CLI::App& command, venue::FitOptions& options) {
    command.add_option("recording", options.recording, "Recording (*.tsjsonl.gz)")
        ->required()
        ->check(CLI::ExistingFile);
    command.add_option("--filters", options.filters, "The symbol's filters; else its sidecar");
    command.add_option("--out", options.parameters_file, "Parameters to write")->required();
    command.add_option("--plot", options.plot_file, "SVG to write")->required();
    command.add_option("--seed", options.seed, "Of the synthetic day that is compared");
}

int run_fit(const venue::FitOptions& options) {
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
    CLI::App* replay = app.add_subcommand("replay", "Make all that a run needs in a folder, serve");
    venue::RunFolder folder;
    std::vector<std::string> balances{"BTC=10", "USDT=1000000"};
    replay->add_option("recordings", folder.recordings, "Recordings (*.tsjsonl.gz) with sidecars")
        ->required()
        ->check(CLI::ExistingFile);
    add_run_options(*replay, folder, balances);
    replay->add_flag("--loop", folder.loop, "Begin again at the end");
    replay->add_flag("--overlay", folder.overlay, "Show our orders and fills in what is published");
    std::vector<std::string> markets;
    venue::SyntheticChoice otherwise;
    replay->add_option("--synthetic", markets, "As --preset of `synthetic`, beside the recordings");
    CLI::App* synthetic = app.add_subcommand("synthetic", "The same with markets of its own");
    synthetic
        ->add_option(
            "--preset", markets,
            "btc-like, thin, wide, or a parameter file; with ,seed=N ,script=NAME ,base=NEW "
            "behind it; repeated for several markets")
        ->required();
    synthetic->add_option("--seed", otherwise.seed, "Of the first market; the next has the next");
    synthetic->add_option("--script", otherwise.script, venue::script_names());
    add_run_options(*synthetic, folder, balances);
    CLI::App* fitting = app.add_subcommand("fit", "Fit a synthetic market to a recording");
    venue::FitOptions fit_options;
    add_fit_options(*fitting, fit_options);
    CLI::App* ctl = app.add_subcommand("ctl", "Ask a running venue, or bring trouble upon it");
    venue::CtlOptions control;
    ctl->add_option("--dir", control.dir, "Folder of the run")->required();
    ctl->add_flag("--json", control.json, "The venue's own JSON");
    ctl->add_option(
           "command", control.words,
           "status, accounts, balances, keys, clock, fault list|on|off|once ..., script FILE")
        ->required();
    CLI11_PARSE(app, argc, argv);
    if (ctl->parsed()) {
        return venue::run_ctl(control);
    }
    if (fitting->parsed()) {
        return run_fit(fit_options);
    }
    if (!replay->parsed() && !synthetic->parsed()) {
        return config_file.empty() ? fail("expected --config FILE, replay or synthetic; see --help")
                                   : serve(config_file);
    }
    for (const std::string& text : balances) {
        if (!split_balance(text, folder)) {
            return fail("--balance '" + text + "': expected ASSET=AMOUNT");
        }
    }
    for (const std::string& text : markets) {
        const auto choice = venue::parse_synthetic_choice(text, otherwise);
        if (!choice) {
            return fail(choice.error());
        }
        folder.synthetic.push_back(choice.value());
        otherwise.seed = choice.value().seed + 1;
    }
    const auto made = venue::make_run_folder(folder);
    return made ? serve(made.value()) : fail(made.error());
}
