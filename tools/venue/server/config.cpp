#include "tools/venue/server/config.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>

#include "tools/venue/server/config_accounts.hpp"
#include "tools/venue/server/config_table.hpp"
#include "tools/venue/server/replay_control.hpp"
#include "tools/venue/server/synthetic_choice.hpp"
#include "tools/venue/sidecar.hpp"

namespace portcullis::tools::venue {
namespace {

using L = LimitsConfig;
constexpr std::array<LimitKey, 14> limits_table{{
    {"request_weight_per_minute", &L::request_weight_per_minute, "weight of an address"},
    {"raw_requests_per_5_minutes", &L::raw_requests_per_5_minutes, "requests of an address"},
    {"connections_per_5_minutes", &L::connections_per_5_minutes, "WebSockets that it opens"},
    {"orders_per_10_seconds", &L::orders_per_10_seconds, "unfilled orders of an account"},
    {"orders_per_day", &L::orders_per_day, "the same in a day"},
    {"orders_back_for_maker", &L::orders_back_for_maker,
     "what an order's first fill gives back as maker; as taker one"},
    {"stream_messages_per_second", &L::stream_messages_per_second,
     "what a client says on a stream connection"},
    {"streams_per_connection", &L::streams_per_connection, "streams of one connection"},
    {"ignored_until_ban", &L::ignored_until_ban, "requests in spite of a 429, until a 418"},
    {"first_ban_ms", &L::first_ban_ms, "the first 418 of an address; each next is twice as long"},
    {"longest_ban_ms", &L::longest_ban_ms, "no ban is longer"},
    {"ping_interval_ms", &L::ping_interval_ms, "between two pings to a WebSocket"},
    {"pong_timeout_ms", &L::pong_timeout_ms, "from a ping without pong to the end"},
    {"connection_life_ms", &L::connection_life_ms, "of a WebSocket, until 1001"},
}};
static_assert(sizeof(LimitsConfig) == limits_table.size() * sizeof(std::int64_t));

void read_limits(ConfigTable in, LimitsConfig& out) {
    for (const LimitKey& key : limits_table) {
        out.*key.value =
            in.integer(key.name, out.*key.value, 1, std::numeric_limits<std::int32_t>::max());
    }
    in.finish();
    if (out.first_ban_ms > out.longest_ban_ms) {
        in.refuse("first_ban_ms", "expected no more than longest_ban_ms, " +
                                      std::to_string(out.longest_ban_ms) + ", found " +
                                      std::to_string(out.first_ban_ms));
    }
}

void read_exchange_filters(ConfigTable in, ExchangeFilters& out) {
    const auto read = [&](std::string_view key, std::uint32_t& count) {
        count = static_cast<std::uint32_t>(
            in.integer(key, 0, 0, std::numeric_limits<std::int32_t>::max()));
    };
    read("max_num_orders", out.orders_max);
    read("max_num_algo_orders", out.algo_orders_max);
    read("max_num_iceberg_orders", out.iceberg_orders_max);
    read("max_num_order_lists", out.order_lists_max);
    in.finish();
}

void read_listen(ConfigTable in, VenueConfig& out) {
    const auto path = [&in](std::string_view key) {
        const std::string text = in.text(key, "");
        if (in.has(key) && text.empty()) {
            in.refuse(key, "expected a path, found nothing");
        }
        return resolve_path(in.file(), text);
    };
    out.address = in.text("address", out.address);
    out.port = static_cast<std::uint16_t>(in.integer("port", 0, 0, 65'535));
    out.certificate_file = path("certificate_file");
    out.key_file = path("key_file");
    out.self_signed_dir = path("self_signed_dir");
    out.control_socket = path("control_socket");
    in.finish();
    in.refuse_both("certificate_file", "self_signed_dir");
    in.refuse_both("key_file", "self_signed_dir");
    if (!in.has("self_signed_dir")) {
        for (const char* key : {"certificate_file", "key_file"}) {
            if (!in.has(key)) {
                in.refuse(key,
                          "missing; expected self_signed_dir, or certificate_file and key_file");
            }
        }
    }
}

void read_synthetic(ConfigTable in, VenueConfig& out) {
    SyntheticChoice choice;
    SyntheticOptions made;
    choice.preset = in.required_text("preset");
    choice.seed = static_cast<std::uint64_t>(
        in.integer("seed", 1, 0, std::numeric_limits<std::int64_t>::max()));
    choice.script = in.text("script", "");
    choice.base = in.text("base", "");
    in.finish();
    if (!in.has("preset")) {
        return;
    }
    if (choice.preset.find('/') != std::string::npos) {
        choice.preset = resolve_path(in.file(), choice.preset);
    }
    if (const auto wrong = make_synthetic(choice, made)) {
        in.refuse(wrong->key, wrong->why);
        return;
    }
    const std::string& symbol = made.parameters.symbol.name;
    if (std::any_of(out.synthetic.begin(), out.synthetic.end(),
                    [&](const auto& other) { return other.parameters.symbol.name == symbol; })) {
        in.refuse("preset", "a second " + symbol + "; expected another base");
    }
    out.synthetic.push_back(std::move(made));
}

/// "1", "10", "0.5", "max": thousandths.
std::int64_t read_speed(ConfigTable& in) {
    const std::string text = in.text("speed", "1");
    const auto speed_e3 = parse_speed_e3(text);
    if (!speed_e3) {
        in.refuse("speed", std::string("expected ") + speed_words +
                               ", in quotes as \"10\" or \"max\", found '" + text + "'");
    }
    return speed_e3.value_or(1000);
}

void read_replay(ConfigTable in, VenueConfig& out) {
    for (const std::string& file : in.texts("files")) {
        const std::string path = resolve_path(in.file(), file);
        if (!std::filesystem::is_regular_file(path)) {
            in.refuse("files", "expected recordings, found no file '" + path + "'");
        } else if (!std::filesystem::is_regular_file(sidecar_path(path))) {
            in.refuse("files", "expected the filters of '" + path + "' beside it, in '" +
                                   sidecar_path(path) + "', found no such file");
        }
        out.recordings.push_back(path);
    }
    out.speed_milli = read_speed(in);
    out.loop = in.boolean("loop", false);
    out.paused = in.boolean("paused", false);
    out.overlay = in.boolean("overlay", false);
    in.finish();
    for (const auto& [key, on] : {std::pair("loop", out.loop), std::pair("overlay", out.overlay)}) {
        if (on && out.recordings.empty()) {
            in.refuse(key, std::string("expected files to ") + key);
        }
    }
    if (!out.synthetic.empty() && out.speed_milli > live_speed_max_e3) {
        in.refuse("speed", "expected at most \"1000\" beside [[synthetic]]");
    }
}

void read_all(const toml::table& file, const std::string& path, VenueConfig& out,
              std::vector<std::string>& problems) {
    ConfigTable root(file, "", path, problems);
    if (const toml::table* node = root.table("listen")) {
        read_listen(ConfigTable(*node, "listen", path, problems), out);
    } else {
        root.refuse("[listen]", "missing");
    }
    if (const toml::table* node = root.table("limits")) {
        read_limits(ConfigTable(*node, "limits", path, problems), out.limits);
    }
    if (const toml::table* node = root.table("exchange_filters")) {
        read_exchange_filters(ConfigTable(*node, "exchange_filters", path, problems), out.filters);
    }
    // In this order: the clock is bounded by the markets, keys name accounts.
    const auto each = [&](const char* key, void (*read)(ConfigTable, VenueConfig&)) {
        if (const toml::array* nodes = root.tables(key)) {
            for (const toml::node& node : *nodes) {
                read(ConfigTable(*node.as_table(), key, path, problems), out);
            }
        }
    };
    each("synthetic", read_synthetic);
    if (const toml::table* node = root.table("replay")) {
        read_replay(ConfigTable(*node, "replay", path, problems), out);
    }
    each("account", read_account);
    each("key", read_key);
    root.finish();
    if (out.recordings.empty() && out.synthetic.empty() && problems.empty()) {
        root.refuse("[replay] files", "no market; expected recordings, or [[synthetic]] tables");
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
    read_all(parsed.table(), path, out, problems);
    if (problems.empty()) {
        return out;
    }
    std::string all;
    for (const std::string& problem : problems) {
        all += (all.empty() ? "" : "\n") + problem;
    }
    return engine::Error{all};
}

std::span<const LimitKey> limit_keys() {
    return limits_table;
}

std::string limits_markdown() {
    const LimitsConfig standard;
    std::string out = "| key | default | what |\n| --- | ---: | --- |\n";
    for (const LimitKey& key : limits_table) {
        out += "| `" + std::string(key.name) + "` | " + std::to_string(standard.*key.value) +
               " | " + std::string(key.what) + " |\n";
    }
    return out;
}

}  // namespace portcullis::tools::venue
