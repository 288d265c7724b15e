#include "tools/venue/synthetic/parameters.hpp"

#include <array>
#include <filesystem>
#include <set>
#include <utility>

#include "engine/config/toml.hpp"
#include "tools/venue/server/certificates.hpp"
#include "tools/venue/sidecar.hpp"
#include "tools/venue/synthetic/presets.hpp"

namespace portcullis::tools::venue {

using engine::Error;
using engine::Result;

namespace {

constexpr std::int64_t most = 1'000'000'000'000;
constexpr std::size_t bands_max = 24;

/// Reads one table of whole numbers; the first thing wrong is remembered.
class Reader {
public:
    Reader(const toml::table& table, std::string name) : table_(table), name_(std::move(name)) {}

    std::int64_t integer(std::string_view key, std::int64_t low, std::int64_t high) {
        asked_.insert(std::string(key));
        const auto value = table_[key].value_exact<std::int64_t>();
        if (!value || *value < low || *value > high) {
            fail(key,
                 "expected an integer from " + std::to_string(low) + " to " + std::to_string(high));
            return low;
        }
        return *value;
    }
    Quantiles quantiles(std::string_view key, std::int64_t low) {
        asked_.insert(std::string(key));
        Quantiles out;
        const toml::array* array = table_[key].as_array();
        bool good = array != nullptr && array->size() == out.values.size();
        std::int64_t before = low;
        for (std::size_t i = 0; good && i < out.values.size(); ++i) {
            out.values[i] = (*array)[i].value_exact<std::int64_t>().value_or(-1);
            good = out.values[i] >= before && out.values[i] <= most;
            before = out.values[i];
        }
        if (!good) {
            fail(key, "expected " + std::to_string(out.values.size()) + " rising integers from " +
                          std::to_string(low) + " up");
        }
        return out;
    }
    void asked(std::string_view key) { asked_.insert(std::string(key)); }
    void fail(std::string_view key, const std::string& what) {
        if (problem_.empty()) {
            problem_ = name_ + ": " + std::string(key) + ": " + what;
        }
    }
    std::string finish() {
        for (const auto& [key, node] : table_) {
            if (!asked_.contains(std::string(key.str()))) {
                fail(key.str(), "unknown key");
            }
        }
        return problem_;
    }

private:
    const toml::table& table_;
    std::string name_;
    std::set<std::string> asked_;
    std::string problem_;
};

std::string list(const Quantiles& quantiles) {
    std::string out = "[";
    for (const std::int64_t value : quantiles.values) {
        out += (out.size() > 1 ? ", " : "") + std::to_string(value);
    }
    return out + "]\n";
}

std::string read_bands(const toml::table& table, const std::string& name,
                       std::vector<FlowBand>& bands) {
    const toml::array* array = table["band"].as_array();
    if (array == nullptr || array->empty() || array->size() > bands_max ||
        !array->is_array_of_tables()) {
        return name + ": expected 1 to " + std::to_string(bands_max) + " [[band]] tables";
    }
    for (const toml::node& node : *array) {
        Reader in(*node.as_table(), name + ": [[band]]");
        FlowBand& band = bands.emplace_back();
        band.orders_e3 = in.integer("orders_e3", 0, 100'000'000);
        band.adds_per_hour = in.integer("adds_per_hour", 0, 1'000'000'000);
        band.qty_lots = in.quantiles("qty_lots", 1);
        if (auto problem = in.finish(); !problem.empty()) {
            return problem;
        }
    }
    return {};
}

}  // namespace

Result<FlowParameters> parse_parameters(const std::string& name, std::string_view text) {
    const toml::parse_result parsed = toml::parse(text, name);
    if (!parsed) {
        return Error{name + ":" + std::to_string(parsed.error().source().begin.line) + ": " +
                     std::string(parsed.error().description())};
    }
    const toml::table& table = parsed.table();
    FlowParameters out;
    Reader in(table, name);
    in.asked("symbol");
    in.asked("band");
    out.filters_json = table["symbol"].value_or(std::string{});
    const auto symbol = parse_sidecar(name + ": symbol", out.filters_json);
    if (!symbol) {
        return Error{symbol.error()};
    }
    out.symbol = symbol.value();
    out.price_start_ticks = in.integer("price_start_ticks", 100, most);
    out.jumps_per_hour = in.integer("jumps_per_hour", 1, 1'000'000'000);
    out.jump_reversal_e4 = in.integer("jump_reversal_e4", 0, 10'000);
    out.jump_half_ticks = in.quantiles("jump_half_ticks", 0);
    out.spread_ticks = in.quantiles("spread_ticks", 1);
    out.touch_updates_per_hour = in.integer("touch_updates_per_hour", 1, 1'000'000'000);
    out.touch_lots = in.quantiles("touch_lots", 1);
    out.maker_lots = in.quantiles("maker_lots", 1);
    out.taker_wait_us = in.quantiles("taker_wait_us", 1);
    out.taker_lots = in.quantiles("taker_lots", 1);
    out.taker_same_side_e4 = in.integer("taker_same_side_e4", 0, 10'000);
    out.momentum_e4 = in.integer("momentum_e4", 0, 10'000);
    auto problem = in.finish();
    if (problem.empty()) {
        problem = read_bands(table, name, out.bands);
    }
    if (!problem.empty()) {
        return Error{problem};
    }
    return out;
}

Result<FlowParameters> load_parameters(const std::string& preset) {
    for (const auto& [name, text] : presets) {
        if (name == preset) {
            return parse_parameters(preset, text);
        }
    }
    if (!std::filesystem::exists(preset)) {
        return Error{"preset '" + preset + "': expected " + preset_names() + ", or a file"};
    }
    const auto text = read_file(preset);
    return text ? parse_parameters(preset, text.value()) : Error{text.error()};
}

std::string preset_names() {
    std::string out;
    for (const auto& [name, text] : presets) {
        out += (out.empty() ? "" : ", ") + std::string(name);
    }
    return out;
}

std::string parameters_text(const FlowParameters& of, const std::string& comment) {
    const auto line = [](const char* key, std::int64_t value) {
        return std::string(key) + " = " + std::to_string(value) + "\n";
    };
    const auto table = [](const char* key, const Quantiles& quantiles) {
        return std::string(key) + " = " + list(quantiles);
    };
    std::string out = comment + "symbol = '''\n" + of.filters_json + "'''\n";
    out += line("price_start_ticks", of.price_start_ticks);
    out += line("jumps_per_hour", of.jumps_per_hour);
    out += line("jump_reversal_e4", of.jump_reversal_e4);
    out += table("jump_half_ticks", of.jump_half_ticks);
    out += table("spread_ticks", of.spread_ticks);
    out += line("touch_updates_per_hour", of.touch_updates_per_hour);
    out += table("touch_lots", of.touch_lots);
    out += table("maker_lots", of.maker_lots);
    out += table("taker_wait_us", of.taker_wait_us);
    out += table("taker_lots", of.taker_lots);
    out += line("taker_same_side_e4", of.taker_same_side_e4);
    out += line("momentum_e4", of.momentum_e4);
    for (const FlowBand& band : of.bands) {
        out += "\n[[band]]\n" + line("orders_e3", band.orders_e3);
        out += line("adds_per_hour", band.adds_per_hour) + table("qty_lots", band.qty_lots);
    }
    return out;
}

}  // namespace portcullis::tools::venue
