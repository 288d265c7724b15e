#include "tools/venue/server/config.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>

#include "engine/config/toml.hpp"
#include "engine/types/decimal.hpp"
#include "tools/venue/server/certificates.hpp"
#include "tools/venue/server/replay_control.hpp"

namespace portcullis::tools::venue {
namespace {

/// Reads one table and remembers which keys were asked for; the rest are errors.
class Table {
public:
    Table(const toml::table& table, std::string name, std::string file,
          std::vector<std::string>& problems)
        : table_(table), name_(std::move(name)), file_(std::move(file)), problems_(problems) {}

    std::string text(std::string_view key, std::string fallback) {
        const toml::node* node = find(key);
        if (node == nullptr) {
            return fallback;
        }
        if (const auto value = node->value_exact<std::string>()) {
            return *value;
        }
        problem(key, *node, "expected a string");
        return fallback;
    }
    std::string required_text(std::string_view key) {
        if (find(key) == nullptr) {
            problems_.push_back(where(table_) + "[" + name_ + "] " + std::string(key) +
                                ": missing");
        }
        return text(key, "");
    }
    std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t low,
                         std::int64_t high) {
        const toml::node* node = find(key);
        if (node == nullptr) {
            return fallback;
        }
        const auto value = node->value_exact<std::int64_t>();
        if (!value || *value < low || *value > high) {
            problem(
                key, *node,
                "expected an integer from " + std::to_string(low) + " to " + std::to_string(high));
            return fallback;
        }
        return *value;
    }
    bool boolean(std::string_view key, bool fallback) {
        const toml::node* node = find(key);
        if (node == nullptr) {
            return fallback;
        }
        const auto value = node->value_exact<bool>();
        if (!value) {
            problem(key, *node, "expected true or false");
        }
        return value.value_or(fallback);
    }
    /// A decimal string, in 1e-8.
    std::int64_t decimal(std::string_view key, std::int64_t fallback) {
        const toml::node* node = find(key);
        if (node == nullptr) {
            return fallback;
        }
        const auto value = node->value_exact<std::string>();
        const auto result = engine::parse_decimal(value.value_or("?"));
        if (result.error != engine::DecimalError::none) {
            problem(key, *node, "expected a decimal number in quotes, as \"0.001\"");
            return fallback;
        }
        return result.atoms;
    }
    std::vector<std::string> texts(std::string_view key) {
        std::vector<std::string> out;
        const toml::node* node = find(key);
        if (node == nullptr) {
            return out;
        }
        const toml::array* array = node->as_array();
        if (array == nullptr) {
            problem(key, *node, "expected an array of strings");
            return out;
        }
        for (const toml::node& element : *array) {
            if (const auto value = element.value_exact<std::string>()) {
                out.push_back(*value);
            } else {
                problem(key, element, "expected a string");
            }
        }
        return out;
    }
    const toml::table* table(std::string_view key) {
        const toml::node* node = find(key);
        if (node != nullptr && node->as_table() == nullptr) {
            problem(key, *node, "expected a table");
        }
        return node == nullptr ? nullptr : node->as_table();
    }
    const toml::array* tables(std::string_view key) {
        const toml::node* node = find(key);
        if (node != nullptr && !node->is_array_of_tables()) {
            problem(key, *node, "expected [[" + std::string(key) + "]] tables");
            return nullptr;
        }
        return node == nullptr ? nullptr : node->as_array();
    }
    void finish() {
        for (const auto& [key, node] : table_) {
            if (!asked_.contains(key.str())) {
                problem(key.str(), node, "unknown key");
            }
        }
    }
    /// Of a key that is there.
    void refuse(std::string_view key, const std::string& what) {
        problem(key, *table_.get(key), what);
    }
    void problem(std::string_view key, const toml::node& node, const std::string& what) {
        problems_.push_back(where(node) + (name_.empty() ? "" : "[" + name_ + "] ") +
                            std::string(key) + ": " + what);
    }

private:
    const toml::node* find(std::string_view key) {
        asked_.insert(std::string(key));
        return table_.get(key);
    }
    [[nodiscard]] std::string where(const toml::node& node) const {
        return file_ + ":" + std::to_string(node.source().begin.line) + ": ";
    }

    const toml::table& table_;
    std::string name_;
    std::string file_;
    std::vector<std::string>& problems_;
    std::set<std::string, std::less<>> asked_;
};

std::string resolve(const std::string& base, const std::string& path) {
    return path.empty() || path.front() == '/'
               ? path
               : (std::filesystem::path(base).parent_path() / path).lexically_normal().string();
}

void read_limits(Table in, LimitsConfig& out) {
    const std::int64_t most = std::numeric_limits<std::int32_t>::max();
    const auto read = [&](std::string_view key, std::int64_t& value) {
        value = in.integer(key, value, 1, most);
    };
    read("request_weight_per_minute", out.request_weight_per_minute);
    read("raw_requests_per_5_minutes", out.raw_requests_per_5_minutes);
    read("connections_per_5_minutes", out.connections_per_5_minutes);
    read("orders_per_10_seconds", out.orders_per_10_seconds);
    read("orders_per_day", out.orders_per_day);
    read("stream_messages_per_second", out.stream_messages_per_second);
    read("streams_per_connection", out.streams_per_connection);
    read("ignored_until_ban", out.ignored_until_ban);
    read("first_ban_ms", out.first_ban_ms);
    read("longest_ban_ms", out.longest_ban_ms);
    read("ping_interval_ms", out.ping_interval_ms);
    read("pong_timeout_ms", out.pong_timeout_ms);
    read("connection_life_ms", out.connection_life_ms);
    in.finish();
}

void read_fee_tiers(Table& in, AccountSetup& out, const std::string& file,
                    std::vector<std::string>& problems) {
    const toml::array* nodes = in.tables("fee_tier");
    if (nodes == nullptr) {
        return;
    }
    for (const toml::node& node : *nodes) {
        Table tier(*node.as_table(), "account.fee_tier", file, problems);
        const FeeTier read{AmountAtoms{tier.decimal("volume", -1)},
                           tier.decimal("maker", out.maker_fee_e8),
                           tier.decimal("taker", out.taker_fee_e8)};
        tier.finish();
        const bool ascends =
            read.volume_min >
            (out.fee_tiers.empty() ? AmountAtoms{-1} : out.fee_tiers.back().volume_min);
        if (!ascends || read.maker_e8 >= engine::atoms_per_unit ||
            read.taker_e8 >= engine::atoms_per_unit) {
            problems.push_back(file + ": [account.fee_tier] of " + out.name +
                               ": expected volumes that ascend, and rates below 1");
        }
        out.fee_tiers.push_back(read);
    }
}

AccountSetup read_account(Table in, const std::string& file, std::vector<std::string>& problems) {
    AccountSetup out;
    out.name = in.required_text("name");
    out.maker_fee_e8 = in.decimal("maker_fee", 100'000);
    out.taker_fee_e8 = in.decimal("taker_fee", 100'000);
    out.fee_asset = in.text("fee_asset", "");
    out.fee_asset_price = PriceAtoms{in.decimal("fee_asset_price", 0)};
    out.fee_discount_e8 = in.decimal("fee_discount", 0);
    out.fee_volume_asset = in.text("fee_volume_asset", out.fee_volume_asset);
    out.master = in.text("master", "");
    if (!out.fee_asset.empty() && out.fee_asset_price <= PriceAtoms{0}) {
        problems.push_back(file + ": [account] " + out.name + ": fee_asset " + out.fee_asset +
                           " needs a fee_asset_price above 0, of one in the quote asset");
    }
    read_fee_tiers(in, out, file, problems);
    for (const std::int64_t rate_e8 : {out.maker_fee_e8, out.taker_fee_e8, out.fee_discount_e8}) {
        if (rate_e8 >= engine::atoms_per_unit) {
            problems.push_back(file + ": [account] " + out.name +
                               ": expected fees and discount below 1");
        }
    }
    if (const toml::table* balances = in.table("balances")) {
        Table amounts(*balances, "account.balances", file, problems);
        for (const auto& [asset, node] : *balances) {
            out.balances[std::string(asset.str())].free =
                AmountAtoms{amounts.decimal(asset.str(), 0)};
        }
    }
    in.finish();
    return out;
}

KeyConfig read_key(Table in, const std::string& file, std::vector<std::string>& problems) {
    KeyConfig out;
    out.account = in.required_text("account");
    out.key.api_key = in.required_text("api_key");
    const std::string kind = in.required_text("kind");
    if (kind != "hmac" && kind != "ed25519" && kind != "rsa") {
        problems.push_back(file + ": [key] kind: expected hmac, ed25519 or rsa, found '" + kind +
                           "'");
    }
    out.key.kind = kind == "hmac"      ? ApiKeyKind::hmac
                   : kind == "ed25519" ? ApiKeyKind::ed25519
                                       : ApiKeyKind::rsa;
    const bool hmac = out.key.kind == ApiKeyKind::hmac;
    out.material = in.text(hmac ? "secret" : "public_key", "");
    const std::string path = in.text(hmac ? "secret_file" : "public_key_file", "");
    if (out.material.empty() && !path.empty()) {
        const auto text = read_file(resolve(file, path));
        if (text) {
            out.material = text.value();
            if (hmac) {
                out.material.erase(out.material.find_last_not_of(" \r\n\t") + 1);
            }
        } else {
            problems.push_back(file + ": [key] " + text.error());
        }
    }
    const std::vector<std::string> permissions = in.texts("permissions");
    const auto may = [&](std::string_view what) {
        return std::find(permissions.begin(), permissions.end(), what) != permissions.end();
    };
    for (const std::string& permission : permissions) {
        if (permission != "read" && permission != "trade" && permission != "withdraw") {
            problems.push_back(file +
                               ": [key] permissions: expected read, trade or withdraw, "
                               "found '" +
                               permission + "'");
        }
    }
    out.key.may = {may("read"), may("trade"), may("withdraw")};
    for (const std::string& text : in.texts("ips")) {
        const auto range = parse_ip_range(text);
        if (range) {
            out.key.ips.push_back(*range);
        } else {
            problems.push_back(file + ": [key] ips: expected addresses or CIDR blocks, found '" +
                               text + "'");
        }
    }
    in.finish();
    return out;
}

/// "1", "10", "0.5", "max": thousandths.
std::int64_t read_speed(Table& in) {
    const auto speed_e3 = parse_speed_e3(in.text("speed", "1"));
    if (!speed_e3) {
        in.refuse("speed", "expected a number from 0.001 up in quotes, as \"10\", or \"max\"");
    }
    return speed_e3.value_or(1000);
}

/// Sub-accounts name a master above them, keys an account.
void check_names(const VenueConfig& out, const std::string& path,
                 std::vector<std::string>& problems) {
    for (auto sub = out.accounts.begin(); sub != out.accounts.end(); ++sub) {
        const bool found = std::any_of(out.accounts.begin(), sub, [&](const AccountSetup& a) {
            return a.name == sub->master && a.master.empty();
        });
        if (!sub->master.empty() && !found) {
            problems.push_back(path + ": [account] " + sub->name +
                               ": master: expected an account " +
                               "above it that is no sub-account, found '" + sub->master + "'");
        }
    }
    for (const KeyConfig& key : out.keys) {
        if (std::none_of(out.accounts.begin(), out.accounts.end(),
                         [&](const AccountSetup& a) { return a.name == key.account; })) {
            problems.push_back(path + ": [key] account: no account named '" + key.account + "'");
        }
    }
}

void read_listen(Table in, const std::string& path, VenueConfig& out) {
    out.address = in.text("address", out.address);
    out.port = static_cast<std::uint16_t>(in.integer("port", 0, 0, 65'535));
    out.certificate_file = resolve(path, in.text("certificate_file", ""));
    out.key_file = resolve(path, in.text("key_file", ""));
    out.self_signed_dir = resolve(path, in.text("self_signed_dir", ""));
    out.control_socket = resolve(path, in.text("control_socket", ""));
    in.finish();
}

/// Empty: that of the preset.
bool base_asset_legal(std::string_view base) {
    return base.size() <= 10 && std::all_of(base.begin(), base.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
           });
}

std::optional<SyntheticOptions> read_synthetic(Table& in, const std::string& file) {
    SyntheticOptions out;
    const std::string preset = in.required_text("preset");
    out.seed = static_cast<std::uint64_t>(
        in.integer("seed", 1, 0, std::numeric_limits<std::int64_t>::max()));
    out.script = in.text("script", "");
    const std::string base = in.text("base", "");
    in.finish();
    if (!base_asset_legal(base)) {
        in.refuse("base", "expected capital letters and digits, at most 10");
    }
    if (!script_known(out.script)) {
        in.refuse("script", "expected " + script_names());
    }
    if (preset.empty()) {
        return std::nullopt;
    }
    auto parameters =
        load_parameters(preset.find('/') == std::string::npos ? preset : resolve(file, preset));
    if (!parameters) {
        in.refuse("preset", parameters.error());
        return std::nullopt;
    }
    out.parameters = std::move(parameters).value();
    if (!base.empty()) {
        out.parameters.symbol.base = base;
        out.parameters.symbol.name = base + out.parameters.symbol.quote;
    }
    return out;
}

void read_replay(Table in, const std::string& path, VenueConfig& out) {
    for (const std::string& file : in.texts("files")) {
        out.recordings.push_back(resolve(path, file));
    }
    out.speed_milli = read_speed(in);
    out.loop = in.boolean("loop", false);
    out.paused = in.boolean("paused", false);
    out.overlay = in.boolean("overlay", false);
    in.finish();
    if (out.loop && out.recordings.empty()) {
        in.refuse("loop", "expected files to loop");
    }
    if (!out.synthetic.empty() && out.speed_milli > live_speed_max_e3) {
        in.refuse("speed", "expected at most \"1000\" beside [[synthetic]]");
    }
}

}  // namespace

engine::Result<VenueConfig> load_config(const std::string& path) {
    const toml::parse_result parsed = toml::parse_file(path);
    if (!parsed) {
        return engine::Error{path + ":" + std::to_string(parsed.error().source().begin.line) +
                             ": " + std::string(parsed.error().description())};
    }
    std::vector<std::string> problems;
    VenueConfig out;
    Table root(parsed.table(), "", path, problems);
    if (const toml::table* node = root.table("listen")) {
        read_listen(Table(*node, "listen", path, problems), path, out);
    }
    if (out.self_signed_dir.empty() && (out.certificate_file.empty() || out.key_file.empty())) {
        problems.push_back(path +
                           ": [listen] expected self_signed_dir, or certificate_file and key_file");
    }
    if (const toml::table* node = root.table("limits")) {
        read_limits(Table(*node, "limits", path, problems), out.limits);
    }
    if (const toml::array* nodes = root.tables("synthetic")) {
        for (const toml::node& node : *nodes) {
            Table in(*node.as_table(), "synthetic", path, problems);
            if (auto read = read_synthetic(in, path)) {
                const std::string& symbol = read->parameters.symbol.name;
                if (std::any_of(out.synthetic.begin(), out.synthetic.end(), [&](const auto& other) {
                        return other.parameters.symbol.name == symbol;
                    })) {
                    in.refuse("preset", "a second " + symbol + "; expected another base");
                }
                out.synthetic.push_back(std::move(*read));
            }
        }
    }
    if (const toml::table* node = root.table("replay")) {
        read_replay(Table(*node, "replay", path, problems), path, out);
    }
    if (const toml::array* nodes = root.tables("account")) {
        for (const toml::node& node : *nodes) {
            out.accounts.push_back(
                read_account(Table(*node.as_table(), "account", path, problems), path, problems));
        }
    }
    if (const toml::array* nodes = root.tables("key")) {
        for (const toml::node& node : *nodes) {
            out.keys.push_back(
                read_key(Table(*node.as_table(), "key", path, problems), path, problems));
        }
    }
    root.finish();
    check_names(out, path, problems);
    if (problems.empty()) {
        return out;
    }
    std::string all;
    for (const std::string& problem : problems) {
        all += (all.empty() ? "" : "\n") + problem;
    }
    return engine::Error{all};
}

}  // namespace portcullis::tools::venue
