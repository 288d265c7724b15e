// portcullis-venue: a Binance-compatible exchange on the loopback, for demos and tests.
//
//   portcullis-venue --config venue.toml
//   portcullis-venue ctl --dir RUNDIR [--json] COMMAND...
//   portcullis-venue replay RECORDING... --dir RUNDIR [--speed 10] [--port 0] [--balance BTC=1]...
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
    replay->add_option("--dir", folder.dir, "Folder of the run")->required();
    replay->add_option("--speed", folder.speed, "1 is as recorded; 10, 0.5, max");
    replay->add_option("--port", folder.port, "0: any free port");
    replay->add_option("--balance", balances, "ASSET=AMOUNT, repeated");
    replay->add_option("--maker-fee", folder.maker_fee, "Rate, as 0.001");
    replay->add_option("--taker-fee", folder.taker_fee, "Rate, as 0.001");
    replay->add_option("--fee-asset", folder.fee_asset, "Pay fees in it while it lasts, as BNB");
    replay->add_option("--fee-asset-price", folder.fee_asset_price, "Of one in the quote asset");
    replay->add_flag("--loop", folder.loop, "Begin again at the end");
    replay->add_flag("--paused", folder.paused, "Wait for `replay resume` on the control socket");
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
    if (!replay->parsed()) {
        return config_file.empty() ? fail("expected --config FILE or replay; see --help")
                                   : serve(config_file);
    }
    for (const std::string& text : balances) {
        if (!split_balance(text, folder)) {
            return fail("--balance '" + text + "': expected ASSET=AMOUNT");
        }
    }
    const auto made = venue::make_run_folder(folder);
    return made ? serve(made.value()) : fail(made.error());
}
