#include "tools/venue/server/config_accounts.hpp"

#include <algorithm>

#include "engine/types/units.hpp"
#include "tools/venue/server/certificates.hpp"
#include "tools/venue/server/ip_range.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t default_fee_e8 = 100'000;

/// Of the accounts that the file has named so far.
const AccountSetup* find_account(const VenueConfig& config, const std::string& name) {
    const auto at = std::find_if(config.accounts.begin(), config.accounts.end(),
                                 [&](const AccountSetup& account) { return account.name == name; });
    return at == config.accounts.end() ? nullptr : &*at;
}

void read_fee_tiers(ConfigTable& in, AccountSetup& out) {
    const toml::array* nodes = in.tables("fee_tier");
    if (nodes == nullptr) {
        return;
    }
    for (const toml::node& node : *nodes) {
        ConfigTable tier(*node.as_table(), "account.fee_tier", in.file(), in.problems());
        const FeeTier read{AmountAtoms{tier.decimal("volume", -1)},
                           tier.rate_e8("maker", out.maker_fee_e8),
                           tier.rate_e8("taker", out.taker_fee_e8)};
        tier.finish();
        if (!tier.has("volume")) {
            tier.refuse("volume", "missing");
        } else if (!out.fee_tiers.empty() && read.volume_min <= out.fee_tiers.back().volume_min) {
            tier.refuse("volume", "expected volumes that ascend from tier to tier");
        }
        if (!tier.has("maker") && !tier.has("taker")) {
            tier.refuse("volume", "a tier without a rate; expected maker, taker or both beside it");
        }
        out.fee_tiers.push_back(read);
    }
}

/// A table of assets with an amount or a price each.
template <class Atoms>
std::map<std::string, Atoms> read_by_asset(ConfigTable& in, const std::string& key) {
    std::map<std::string, Atoms> out;
    if (const toml::table* table = in.table(key)) {
        ConfigTable amounts(*table, "account." + key, in.file(), in.problems());
        for (const auto& [asset, node] : *table) {
            if (!asset_legal(asset.str())) {
                amounts.refuse(asset.str(), std::string("expected an asset of ") + asset_words);
            }
            out[std::string(asset.str())] = Atoms{amounts.decimal(asset.str(), 0)};
        }
    }
    return out;
}

/// Fees of an account that is nobody's sub-account, and the asset that any may pay them in.
void read_fees(ConfigTable& in, AccountSetup& out) {
    out.maker_fee_e8 = in.rate_e8("maker_fee", default_fee_e8);
    out.taker_fee_e8 = in.rate_e8("taker_fee", default_fee_e8);
    out.fee_asset = in.text("fee_asset", "");
    out.fee_asset_prices = read_by_asset<PriceAtoms>(in, "fee_asset_price");
    for (const auto& [quote, price] : out.fee_asset_prices) {
        if (price <= PriceAtoms{0}) {
            in.refuse("fee_asset_price", "expected prices above 0, found none in " + quote);
        }
    }
    out.fee_discount_e8 = in.rate_e8("fee_discount", 0);
    out.fee_volume_asset = in.text("fee_volume_asset", out.fee_volume_asset);
    for (const char* key : {"fee_asset", "fee_volume_asset"}) {
        const std::string asset = in.text(key, "USDT");
        if (!asset_legal(asset)) {
            in.refuse(key, std::string("expected ") + asset_words + ", found '" + asset + "'");
        }
    }
    if (in.has("fee_asset") && out.fee_asset_prices.empty()) {
        in.refuse("fee_asset", out.fee_asset + " needs [account.fee_asset_price], of one in each " +
                                   "quote asset whose markets are to charge it, as USDT = \"500\"");
    }
    for (const char* key : {"fee_asset_price", "fee_discount"}) {
        if (in.has(key) && !in.has("fee_asset")) {
            in.refuse(key, "does nothing without a fee_asset");
        }
    }
    read_fee_tiers(in, out);
    for (const char* key : {"maker_fee", "taker_fee", "fee_tier", "fee_volume_asset"}) {
        if (!out.master.empty() && in.has(key)) {
            in.refuse(key,
                      "does nothing: a sub-account has the rates of its master, " + out.master);
        }
    }
}

bool name_legal(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(),
                                        [](unsigned char c) { return c > ' ' && c != 127; });
}

/// The secret or public key, from the config or from a file beside it.
std::string read_material(ConfigTable& in, bool hmac) {
    const std::string key = hmac ? "secret" : "public_key";
    const std::string file_key = key + "_file";
    in.refuse_both(file_key, key);
    std::string material = in.text(key, "");
    const std::string path = in.text(file_key, "");
    if (!in.has(key) && !in.has(file_key)) {
        in.refuse(key, "missing; expected it or " + file_key);
        return material;
    }
    if (in.has(file_key)) {
        const auto text = read_file(resolve_path(in.file(), path));
        if (!text) {
            in.refuse(file_key, text.error());
            return material;
        }
        material = text.value();
        if (hmac) {
            material.erase(material.find_last_not_of(" \r\n\t") + 1);
        }
    }
    if (material.empty()) {
        in.refuse(in.has(key) ? key : file_key, "expected a " + key + ", found nothing in it");
    }
    return material;
}

KeyPermissions read_permissions(ConfigTable& in) {
    KeyPermissions may = KeyPermissions::none();
    for (const std::string& word : in.texts("permissions")) {
        if (!may.allow(word)) {
            in.refuse("permissions", "expected read, trade or withdraw, found '" + word + "'");
        }
    }
    return may;
}

}  // namespace

bool asset_legal(std::string_view asset) {
    return !asset.empty() && asset.size() <= 10 &&
           std::all_of(asset.begin(), asset.end(),
                       [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

void read_account(ConfigTable in, VenueConfig& out) {
    AccountSetup made;
    made.name = in.required_text("name");
    if (in.has("name") && !name_legal(made.name)) {
        in.refuse("name", "expected a name without spaces, found '" + made.name + "'");
    }
    if (find_account(out, made.name) != nullptr) {
        in.refuse("name", "a second account '" + made.name + "'; expected another name");
    }
    made.master = in.text("master", "");
    if (!made.master.empty()) {
        const AccountSetup* master = find_account(out, made.master);
        if (master == nullptr || !master->master.empty()) {
            in.refuse("master", "expected an account above it that is no sub-account, found '" +
                                    made.master + "'");
        }
    }
    read_fees(in, made);
    for (const auto& [asset, amount] : read_by_asset<AmountAtoms>(in, "balances")) {
        made.balances[asset].free = amount;
    }
    made.asset_max = read_by_asset<AmountAtoms>(in, "max_asset");
    in.finish();
    out.accounts.push_back(std::move(made));
}

void read_key(ConfigTable in, VenueConfig& out) {
    KeyConfig made;
    made.place = in.place();
    made.account = in.required_text("account");
    if (in.has("account") && find_account(out, made.account) == nullptr) {
        in.refuse("account", "no account named '" + made.account + "'");
    }
    made.key.api_key = in.required_text("api_key");
    const std::string kind = in.required_text("kind");
    if (in.has("kind") && kind != "hmac" && kind != "ed25519" && kind != "rsa") {
        in.refuse("kind", "expected hmac, ed25519 or rsa, found '" + kind + "'");
    }
    made.key.kind = kind == "hmac"      ? ApiKeyKind::hmac
                    : kind == "ed25519" ? ApiKeyKind::ed25519
                                        : ApiKeyKind::rsa;
    made.material = read_material(in, made.key.kind == ApiKeyKind::hmac);
    made.key.may = read_permissions(in);
    for (const std::string& text : in.texts("ips")) {
        if (const auto range = parse_ip_range(text)) {
            made.key.ips.push_back(*range);
        } else {
            in.refuse("ips", "expected addresses or CIDR blocks, found '" + text + "'");
        }
    }
    in.finish();
    out.keys.push_back(std::move(made));
}

}  // namespace portcullis::tools::venue
