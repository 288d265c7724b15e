#include "tools/venue/server/run_folder.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>

#include "engine/config/toml.hpp"
#include "tools/venue/server/certificates.hpp"

namespace portcullis::tools::venue {
namespace {

struct Names {
    std::string ed25519, hmac, reader;
};

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out + "\"";
}

/// The api keys of an earlier run of this folder, or new ones.
Names key_names(const std::string& path) {
    Names names{random_text(64), random_text(64), random_text(64)};
    if (std::filesystem::exists(path)) {
        const toml::parse_result old = toml::parse_file(path);
        if (old) {
            const toml::table& keys = old.table();
            names.ed25519 = keys["ed25519"]["api_key"].value_or(names.ed25519);
            names.hmac = keys["hmac"]["api_key"].value_or(names.hmac);
            names.reader = keys["reader"]["api_key"].value_or(names.reader);
        }
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

std::string venue_text(const RunFolder& folder, const Names& names, const std::string& public_key,
                       const std::string& reader_key) {
    std::string text = "[listen]\naddress = \"127.0.0.1\"\nport = " + std::to_string(folder.port) +
                       "\nself_signed_dir = \".\"\ncontrol_socket = \"ctl.sock\"\n\n" +
                       market_text(folder) +
                       "[[account]]\nname = \"maker\"\nmaker_fee = " + quoted(folder.maker_fee) +
                       "\ntaker_fee = " + quoted(folder.taker_fee) + "\n";
    if (!folder.fee_asset.empty()) {
        text += "fee_asset = " + quoted(folder.fee_asset) +
                "\nfee_asset_price = " + quoted(folder.fee_asset_price) + "\n";
    }
    text += "[account.balances]\n";
    for (const auto& [asset, amount] : folder.balances) {
        text += quoted(asset) + " = " + quoted(amount) + "\n";
    }
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

}  // namespace

engine::Result<SyntheticChoice> parse_synthetic_choice(const std::string& text,
                                                       const SyntheticChoice& otherwise) {
    SyntheticChoice out = otherwise;
    std::string_view rest(text);
    const auto next = [&rest] {
        const std::size_t end = std::min(rest.find(','), rest.size());
        const std::string_view part = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        return part;
    };
    out.preset = next();
    while (!rest.empty()) {
        const std::string_view part = next();
        const std::string_view value = part.substr(std::min(part.find('=') + 1, part.size()));
        if (part.starts_with("script=")) {
            out.script = value;
        } else if (part.starts_with("base=")) {
            out.base = value;
        } else {
            const char* end = value.data() + value.size();
            const auto read = std::from_chars(value.data(), end, out.seed);
            if (!part.starts_with("seed=") || read.ec != std::errc{} || read.ptr != end) {
                return engine::Error{"'" + text + "': expected PRESET[,seed=NUMBER]" +
                                     "[,script=NAME][,base=COIN], found '" + std::string(part) +
                                     "'"};
            }
        }
    }
    return out;
}

engine::Result<std::string> make_run_folder(const RunFolder& folder) {
    std::error_code failed;
    std::filesystem::create_directories(folder.dir, failed);
    const auto public_key = make_ed25519(folder.dir + "/ed25519.pem");
    const auto reader_key = make_ed25519(folder.dir + "/reader.pem");
    if (!public_key || !reader_key) {
        return engine::Error{!public_key ? public_key.error() : reader_key.error()};
    }
    const std::string secret = folder.dir + "/hmac.secret";
    if (!std::filesystem::exists(secret)) {
        if (auto written = write_file(secret, random_text(64) + "\n", 0600); !written) {
            return engine::Error{written.error()};
        }
    }
    const std::string keys = folder.dir + "/keys.toml";
    const std::string config = folder.dir + "/venue.toml";
    const Names names = key_names(keys);
    if (auto written = write_file(keys, keys_text(names), 0600); !written) {
        return engine::Error{written.error()};
    }
    const std::string text = venue_text(folder, names, public_key.value(), reader_key.value());
    if (auto written = write_file(config, text, 0600); !written) {
        return engine::Error{written.error()};
    }
    return config;
}

}  // namespace portcullis::tools::venue
