#include "tools/venue/server/run_folder.hpp"

#include <filesystem>
#include <optional>
#include <set>

#include "engine/config/toml.hpp"
#include "engine/types/decimal.hpp"
#include "engine/types/units.hpp"
#include "tools/venue/replay.hpp"
#include "tools/venue/server/certificates.hpp"
#include "tools/venue/server/config_accounts.hpp"
#include "tools/venue/server/config_table.hpp"
#include "tools/venue/server/control_socket.hpp"
#include "tools/venue/server/replay_control.hpp"
#include "tools/venue/sidecar.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr const char* run_config = "venue.toml";
constexpr const char* run_config_made = "venue.toml.new";

using Amounts = std::vector<std::pair<std::string, std::string>>;  ///< asset, decimal

struct Names {
    std::string ed25519, hmac, reader;
};

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < ' ' || c == 127) {
            static constexpr char hex[] = "0123456789ABCDEF";
            out += "\\u00";
            out += hex[static_cast<unsigned char>(c) >> 4U];
            out += hex[static_cast<unsigned char>(c) & 15U];
            continue;
        }
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out + "\"";
}

/// The api keys of an earlier run of this folder, or new ones.
engine::Result<Names> key_names(const std::string& path) {
    Names names{random_text(64), random_text(64), random_text(64)};
    if (std::filesystem::exists(path)) {
        const toml::parse_result old = toml::parse_file(path);
        if (!old) {
            return engine::Error{path + ":" + std::to_string(old.error().source().begin.line) +
                                 ": " + std::string(old.error().description()) +
                                 "; expected the keys of an earlier run, or no such file"};
        }
        const toml::table& keys = old.table();
        names.ed25519 = keys["ed25519"]["api_key"].value_or(names.ed25519);
        names.hmac = keys["hmac"]["api_key"].value_or(names.hmac);
        names.reader = keys["reader"]["api_key"].value_or(names.reader);
    }
    return names;
}

std::string keys_text(const Names& names) {
    return "# Keys of this run, for the simulated venue only. Files are relative to this one.\n"
           "[ed25519]  # read, trade\napi_key = " +
           quoted(names.ed25519) +
           "\nprivate_key_file = \"ed25519.pem\"\n\n[hmac]  # read, trade\n" +
           "api_key = " + quoted(names.hmac) +
           "\nsecret_file = \"hmac.secret\"\n\n[reader]  # read only\napi_key = " +
           quoted(names.reader) + "\nprivate_key_file = \"reader.pem\"\n";
}

/// The tables of the markets: the clock with the recordings, and those that live by a preset.
std::string market_text(const RunFolder& folder) {
    std::string text = "[replay]\nspeed = " + quoted(folder.speed) +
                       "\nloop = " + (folder.loop ? "true" : "false") +
                       "\npaused = " + (folder.paused ? "true" : "false") +
                       "\noverlay = " + (folder.overlay ? "true" : "false") + "\nfiles = [\n";
    for (const std::string& file : folder.recordings) {
        text += "  " + quoted(std::filesystem::absolute(file).string()) + ",\n";
    }
    text += "]\n\n";
    for (const SyntheticChoice& market : folder.synthetic) {
        const bool file = std::filesystem::is_regular_file(market.preset);
        text += "[[synthetic]]\npreset = " +
                quoted(file ? std::filesystem::absolute(market.preset).string() : market.preset) +
                "\nseed = " + std::to_string(market.seed) + "\nscript = " + quoted(market.script) +
                "\nbase = " + quoted(market.base) + "\n\n";
    }
    return text;
}

std::string amounts_text(const std::string& key, const Amounts& amounts) {
    std::string text = "[account." + key + "]\n";
    for (const auto& [asset, amount] : amounts) {
        text += quoted(asset) + " = " + quoted(amount) + "\n";
    }
    return text;
}

std::string venue_text(const RunFolder& folder, const Names& names, const std::string& public_key,
                       const std::string& reader_key) {
    std::string text = "[listen]\naddress = \"127.0.0.1\"\nport = " + std::to_string(folder.port) +
                       "\nself_signed_dir = \".\"\ncontrol_socket = \"ctl.sock\"\n\n" +
                       market_text(folder) +
                       "[[account]]\nname = \"maker\"\nmaker_fee = " + quoted(folder.maker_fee) +
                       "\ntaker_fee = " + quoted(folder.taker_fee) + "\n";
    if (!folder.fee_asset.empty()) {
        text += "fee_asset = " + quoted(folder.fee_asset) + "\n" +
                amounts_text("fee_asset_price", folder.fee_asset_prices);
    }
    text += amounts_text("balances", folder.balances);
    const auto key = [&](const std::string& api_key, const std::string& kind,
                         const std::string& material, const std::string& permissions) {
        text += "\n[[key]]\naccount = \"maker\"\napi_key = " + quoted(api_key) +
                "\nkind = " + quoted(kind) + "\n" + material + "\npermissions = " + permissions +
                "\n";
    };
    key(names.ed25519, "ed25519", "public_key = \"\"\"\n" + public_key + "\"\"\"",
        "[\"read\", \"trade\"]");
    key(names.hmac, "hmac", "secret_file = \"hmac.secret\"", "[\"read\", \"trade\"]");
    key(names.reader, "ed25519", "public_key = \"\"\"\n" + reader_key + "\"\"\"", "[\"read\"]");
    return text;
}

engine::Error wrong(const std::string& option, const std::string& found,
                    const std::string& expected) {
    return engine::Error{option + " '" + found + "': expected " + expected};
}

bool decimal_legal(const std::string& text, std::int64_t below) {
    const auto parsed = engine::parse_decimal(text);
    return parsed.error == engine::DecimalError::none && parsed.atoms < below;
}

/// `form` and `number`: what the option expects, as "ASSET=AMOUNT" and "an amount from 0 to 9".
engine::Outcome check_amounts(const std::string& option, const Amounts& amounts,
                              const std::string& form, const std::string& number,
                              std::int64_t atoms_min) {
    std::set<std::string> told;
    for (const auto& [asset, amount] : amounts) {
        const std::string text = asset + "=" + amount;
        if (!asset_legal(asset)) {
            return wrong(option, text, form + " with an asset of " + asset_words);
        }
        const auto parsed = engine::parse_decimal(amount);
        if (parsed.error != engine::DecimalError::none || parsed.atoms < atoms_min) {
            return wrong(option, text, form + " with " + number);
        }
        if (!told.insert(asset).second) {
            return wrong(option, text, "each asset once, found another " + asset);
        }
    }
    return engine::Done{};
}

engine::Outcome check_balances(const RunFolder& folder) {
    return check_amounts("--balance", folder.balances, "ASSET=AMOUNT",
                         "an amount from 0 to 92233720368.54775807", 0);
}

engine::Outcome check_fees(const RunFolder& folder) {
    for (const auto& [option, text] :
         {std::pair("--maker-fee", folder.maker_fee), std::pair("--taker-fee", folder.taker_fee)}) {
        if (!decimal_legal(text, engine::atoms_per_unit)) {
            return wrong(option, text, "a rate from 0 to 0.99999999, as 0.001");
        }
    }
    const Amounts& prices = folder.fee_asset_prices;
    if (folder.fee_asset.empty() && !prices.empty()) {
        return wrong("--fee-asset-price", prices[0].first + "=" + prices[0].second,
                     "--fee-asset beside it");
    }
    if (folder.fee_asset.empty()) {
        return engine::Done{};
    }
    if (!asset_legal(folder.fee_asset)) {
        return wrong("--fee-asset", folder.fee_asset, asset_words);
    }
    if (prices.empty()) {
        return engine::Error{"--fee-asset '" + folder.fee_asset +
                             "': expected --fee-asset-price beside it, as USDT=500"};
    }
    return check_amounts("--fee-asset-price", prices, "QUOTE=PRICE", "a price above 0", 1);
}

engine::Outcome check_markets(const RunFolder& folder) {
    const auto speed_e3 = parse_speed_e3(folder.speed);
    if (!speed_e3) {
        return wrong("--speed", folder.speed, speed_words);
    }
    if (!folder.synthetic.empty() && *speed_e3 > live_speed_max_e3) {
        return wrong("--speed", folder.speed, "at most 1000 beside a synthetic market");
    }
    std::set<std::string> told;
    for (const std::string& recording : folder.recordings) {
        const auto symbol = load_sidecar(sidecar_path(recording));
        if (!symbol) {
            return engine::Error{symbol.error()};
        }
        if (!told.insert(symbol.value().name).second) {
            return engine::Error{recording + ": a second recording of " + symbol.value().name};
        }
    }
    for (const SyntheticChoice& market : folder.synthetic) {
        SyntheticOptions made;
        if (const auto bad = make_synthetic(market, made)) {
            return engine::Error{"market " + market.preset + ": " + bad->key + ": " + bad->why};
        }
        if (!told.insert(made.parameters.symbol.name).second) {
            return engine::Error{"market " + market.preset + ": a second " +
                                 made.parameters.symbol.name + "; expected another coin, as " +
                                 market.preset + ",base=NEW"};
        }
    }
    return engine::Done{};
}

}  // namespace

engine::Outcome check_run_folder(const RunFolder& folder) {
    if (folder.dir.empty()) {
        return wrong("--dir", folder.dir, "the path of a folder");
    }
    for (const auto check : {check_balances, check_fees, check_markets}) {
        if (auto checked = check(folder); !checked) {
            return checked;
        }
    }
    return engine::Done{};
}

engine::Result<FileLock> lock_run_folder(const std::string& dir) {
    std::error_code failed;
    std::filesystem::create_directories(dir, failed);
    if (!std::filesystem::is_directory(dir)) {
        return engine::Error{"--dir '" + dir + "': cannot be made" +
                             (failed ? ": " + failed.message() : "")};
    }
    return lock_control_socket(resolve_path(dir + "/" + run_config, "ctl.sock"));
}

engine::Result<std::string> make_run_folder(const RunFolder& folder) {
    if (auto checked = check_run_folder(folder); !checked) {
        return engine::Error{checked.error()};
    }
    std::error_code failed;
    std::filesystem::create_directories(folder.dir, failed);
    const auto path = [&folder](const char* name) {
        return resolve_path(folder.dir + "/" + run_config, name);
    };
    const auto names = key_names(path("keys.toml"));
    if (!names) {
        return engine::Error{names.error()};
    }
    const auto public_key = make_ed25519(path("ed25519.pem"));
    const auto reader_key = make_ed25519(path("reader.pem"));
    if (!public_key || !reader_key) {
        return engine::Error{!public_key ? public_key.error() : reader_key.error()};
    }
    if (!std::filesystem::exists(path("hmac.secret"))) {
        if (auto written = write_file(path("hmac.secret"), random_text(64) + "\n", 0600);
            !written) {
            return engine::Error{written.error()};
        }
    }
    if (auto written = write_file(path("keys.toml"), keys_text(names.value()), 0600); !written) {
        return engine::Error{written.error()};
    }
    const std::string text =
        venue_text(folder, names.value(), public_key.value(), reader_key.value());
    if (auto written = write_file(path(run_config_made), text, 0600); !written) {
        return engine::Error{written.error()};
    }
    return path(run_config_made);
}

engine::Outcome keep_run_config(const std::string& made) {
    const std::string kept = resolve_path(made, run_config);
    std::error_code failed;
    std::filesystem::rename(made, kept, failed);
    return failed ? engine::Outcome(engine::Error{kept + ": " + failed.message()})
                  : engine::Outcome(engine::Done{});
}

engine::Outcome tell_where(const std::string& control_socket, const std::string& announcement) {
    return control_socket.empty()
               ? engine::Outcome(engine::Done{})
               : write_file(resolve_path(control_socket, "venue.json"), announcement + "\n", 0600);
}

}  // namespace portcullis::tools::venue
