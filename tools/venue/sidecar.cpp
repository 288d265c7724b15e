#include "tools/venue/sidecar.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "engine/types/decimal.hpp"

namespace portcullis::tools::venue {

using engine::Error;
using engine::Result;

namespace {

constexpr std::int64_t week_minutes = 7 * 24 * 60;
constexpr std::int64_t atoms_per_multiplier_unit = 10'000;  // 1e-8 in 1e-4

/// Reads the fields of one JSON object and keeps the first complaint.
class Fields {
public:
    Fields(simdjson::dom::object object, std::string where)
        : object_(object), where_(std::move(where)) {}

    std::string text(const char* key) {
        std::string_view value;
        if (object_[key].get(value) != simdjson::SUCCESS || value.empty()) {
            complain(key, "expected a text that is not empty");
            return {};
        }
        return std::string{value};
    }
    /// A decimal string, as 1e-8.
    std::int64_t atoms(const char* key) {
        const std::string value = text(key);
        const auto parsed = engine::parse_decimal(value);
        if (parsed.error != engine::DecimalError::none) {
            complain(key, "found '" + value + "': " + engine::describe(parsed.error));
        }
        return parsed.atoms;
    }
    std::int64_t multiplier_e4(const char* key) {
        const std::int64_t value = atoms(key);
        if (value % atoms_per_multiplier_unit != 0) {
            complain(key, "has more than four decimals");
        }
        return value / atoms_per_multiplier_unit;
    }
    std::uint32_t count(const char* key) {
        std::uint64_t value = 0;
        if (object_[key].get(value) != simdjson::SUCCESS || value > UINT32_MAX) {
            complain(key, "expected a whole number");
        }
        return static_cast<std::uint32_t>(value);
    }
    bool flag(const char* key, bool if_not_there) {
        simdjson::dom::element element;
        bool value = if_not_there;
        if (object_[key].get(element) == simdjson::SUCCESS &&
            element.get(value) != simdjson::SUCCESS) {
            complain(key, "expected true or false");
        }
        return value;
    }
    /// avgPriceMins: a week at most, five where it is not there.
    std::int64_t average_minutes() {
        std::int64_t value = 5;
        simdjson::dom::element element;
        if (object_["avgPriceMins"].get(element) == simdjson::SUCCESS &&
            (element.get(value) != simdjson::SUCCESS || value < 0 || value > week_minutes)) {
            complain("avgPriceMins", "expected whole minutes from 0 to 10080");
        }
        return value;
    }
    [[nodiscard]] const std::optional<std::string>& complaint() const { return complaint_; }

private:
    void complain(const char* key, const std::string& what) {
        if (!complaint_) {
            complaint_ = where_ + "." + key + ": " + what;
        }
    }
    simdjson::dom::object object_;
    std::string where_;
    std::optional<std::string> complaint_;
};

/// Which of the filters that must be there have been seen.
struct Seen {
    bool price{};
    bool lot{};
};

/// Reads one filter into the symbol; nothing when all is well.
std::optional<std::string> read_filter(simdjson::dom::object object, Symbol& symbol, Seen& seen) {
    std::string_view type;
    if (object["filterType"].get(type) != simdjson::SUCCESS) {
        return "filters[]: an entry without filterType";
    }
    Fields fields{object, std::string{type}};
    if (type == "PRICE_FILTER") {
        symbol.price_min = PriceAtoms{fields.atoms("minPrice")};
        symbol.price_max = PriceAtoms{fields.atoms("maxPrice")};
        symbol.tick = PriceAtoms{fields.atoms("tickSize")};
        seen.price = true;
    } else if (type == "LOT_SIZE") {
        symbol.qty_min = QtyAtoms{fields.atoms("minQty")};
        symbol.qty_max = QtyAtoms{fields.atoms("maxQty")};
        symbol.lot = QtyAtoms{fields.atoms("stepSize")};
        seen.lot = true;
    } else if (type == "NOTIONAL") {
        symbol.notional_min = AmountAtoms{fields.atoms("minNotional")};
        symbol.notional_max = AmountAtoms{fields.atoms("maxNotional")};
        symbol.notional_min_to_market = fields.flag("applyMinToMarket", true);
        symbol.notional_max_to_market = fields.flag("applyMaxToMarket", false);
        symbol.average_minutes.notional = fields.average_minutes();
    } else if (type == "MIN_NOTIONAL") {
        symbol.min_notional = AmountAtoms{fields.atoms("minNotional")};
        symbol.min_notional_to_market = fields.flag("applyToMarket", true);
        symbol.average_minutes.min_notional = fields.average_minutes();
    } else if (type == "MARKET_LOT_SIZE") {
        symbol.market_qty_min = QtyAtoms{fields.atoms("minQty")};
        symbol.market_qty_max = QtyAtoms{fields.atoms("maxQty")};
        symbol.market_lot = QtyAtoms{fields.atoms("stepSize")};
    } else if (type == "MAX_POSITION") {
        symbol.position_max = AmountAtoms{fields.atoms("maxPosition")};
    } else if (type == "PERCENT_PRICE") {
        symbol.multiplier_up_e4 = fields.multiplier_e4("multiplierUp");
        symbol.multiplier_down_e4 = fields.multiplier_e4("multiplierDown");
        symbol.average_minutes.percent_price = fields.average_minutes();
    } else if (type == "PERCENT_PRICE_BY_SIDE") {
        symbol.bid_multiplier_up_e4 = fields.multiplier_e4("bidMultiplierUp");
        symbol.bid_multiplier_down_e4 = fields.multiplier_e4("bidMultiplierDown");
        symbol.ask_multiplier_up_e4 = fields.multiplier_e4("askMultiplierUp");
        symbol.ask_multiplier_down_e4 = fields.multiplier_e4("askMultiplierDown");
        symbol.average_minutes.percent_price_by_side = fields.average_minutes();
    } else if (type == "MAX_NUM_ORDERS") {
        symbol.orders_max = fields.count("maxNumOrders");
    } else if (type == "MAX_NUM_ALGO_ORDERS") {
        symbol.algo_orders_max = fields.count("maxNumAlgoOrders");
    } else if (type == "MAX_NUM_ICEBERG_ORDERS") {
        symbol.iceberg_orders_max = fields.count("maxNumIcebergOrders");
    } else if (type == "ICEBERG_PARTS") {
        symbol.iceberg_parts_max = fields.count("limit");
    } else if (type == "TRAILING_DELTA") {
        symbol.trailing_above_min = fields.count("minTrailingAboveDelta");
        symbol.trailing_above_max = fields.count("maxTrailingAboveDelta");
        symbol.trailing_below_min = fields.count("minTrailingBelowDelta");
        symbol.trailing_below_max = fields.count("maxTrailingBelowDelta");
    } else if (type == "MAX_NUM_ORDER_AMENDS") {
        symbol.amends_max = fields.count("maxNumOrderAmends");
    } else if (type == "MAX_NUM_ORDER_LISTS") {
        symbol.order_lists_max = fields.count("maxNumOrderLists");
    }
    return fields.complaint();
}

/// A list of some of `names`, told by `found`, which stays as it is where there is no list.
template <std::size_t count>
std::optional<std::string> read_names(simdjson::dom::object root, const char* key,
                                      const std::array<const char*, count>& names,
                                      std::array<bool, count>& found) {
    simdjson::dom::element optional;
    if (root[key].get(optional) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    std::string expected = std::string(key) + ": expected a list of " + names.front();
    for (std::size_t i = 1; i < count; ++i) {
        expected += std::string(i + 1 < count ? ", " : " or ") + names[i];
    }
    simdjson::dom::array entries;
    if (optional.get(entries) != simdjson::SUCCESS) {
        return expected;
    }
    found.fill(false);
    for (const simdjson::dom::element entry : entries) {
        std::string_view text;
        const bool is_text = entry.get(text) == simdjson::SUCCESS;
        const auto name = std::find(names.begin(), names.end(), text);
        if (!is_text || name == names.end()) {
            return expected;
        }
        found[static_cast<std::size_t>(name - names.begin())] = true;
    }
    return std::nullopt;
}

std::optional<std::string> read_stp_modes(simdjson::dom::object root, StpModes& modes) {
    if (auto complaint =
            read_names(root, "allowedSelfTradePreventionModes", stp_names, modes.allowed)) {
        return complaint;
    }
    constexpr const char* key = "defaultSelfTradePreventionMode";
    simdjson::dom::element optional;
    if (root[key].get(optional) == simdjson::SUCCESS) {
        std::string_view text;
        const bool is_text = optional.get(text) == simdjson::SUCCESS;
        const auto mode = is_text ? stp_named(text) : std::nullopt;
        if (!mode) {
            return std::string(key) + ": expected the name of a mode";
        }
        modes.by_default = *mode;
    }
    return modes.has(modes.by_default)
               ? std::nullopt
               : std::optional(std::string(key) +
                               ": expected one of those that are allowed, found " +
                               stp_names[static_cast<std::size_t>(modes.by_default)]);
}

/// What the symbol allows; what is not there is allowed.
std::optional<std::string> read_abilities(simdjson::dom::object root, Symbol& symbol) {
    const std::pair<const char*, bool*> flags[] = {
        {"amendAllowed", &symbol.amend_allowed},
        {"cancelReplaceAllowed", &symbol.cancel_replace_allowed},
        {"quoteOrderQtyMarketAllowed", &symbol.quote_qty_market_allowed},
        {"isSpotTradingAllowed", &symbol.spot_trading_allowed},
        {"icebergAllowed", &symbol.iceberg_allowed},
        {"allowTrailingStop", &symbol.trailing_stop_allowed},
        {"pegInstructionsAllowed", &symbol.peg_allowed},
        {"ocoAllowed", &symbol.oco_allowed},
        {"otoAllowed", &symbol.oto_allowed},
        {"opoAllowed", &symbol.opo_allowed}};
    simdjson::dom::element optional;
    for (const auto& [key, flag] : flags) {
        if (root[key].get(optional) == simdjson::SUCCESS &&
            optional.get(*flag) != simdjson::SUCCESS) {
            return std::string(key) + ": expected true or false";
        }
    }
    if (auto complaint =
            read_names(root, "orderTypes", order_type_names, symbol.order_types.taken)) {
        return complaint;
    }
    return read_stp_modes(root, symbol.stp_modes);
}

}  // namespace

std::string sidecar_path(const std::string& recording_path) {
    std::string stem = recording_path;
    for (const std::string_view suffix : {".gz", ".tsjsonl"}) {
        if (stem.size() >= suffix.size() &&
            stem.compare(stem.size() - suffix.size(), suffix.size(), suffix) == 0) {
            stem.erase(stem.size() - suffix.size());
        }
    }
    return stem + ".filters.json";
}

Result<Symbol> load_sidecar(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) {
        return Error{path + ": cannot be opened: " + std::strerror(errno) +
                     " (a recording needs its filters beside it)"};
    }
    std::ostringstream text;
    text << file.rdbuf();
    return parse_sidecar(path, text.str());
}

Result<Symbol> parse_sidecar(const std::string& name, std::string_view json) {
    simdjson::dom::parser parser;
    simdjson::dom::object root;
    if (const auto error = parser.parse(json.data(), json.size()).get(root)) {
        return Error{name + ": " + simdjson::error_message(error)};
    }
    Symbol symbol;
    Fields fields{root, "symbol object"};
    symbol.name = fields.text("symbol");
    symbol.base = fields.text("baseAsset");
    symbol.quote = fields.text("quoteAsset");
    simdjson::dom::element optional;
    if (root["status"].get(optional) == simdjson::SUCCESS) {
        symbol.status = fields.text("status");
    }
    if (const auto complaint = read_abilities(root, symbol)) {
        return Error{name + ": " + *complaint};
    }
    if (fields.complaint()) {
        return Error{name + ": " + *fields.complaint()};
    }
    simdjson::dom::array filters;
    if (root["filters"].get(filters) != simdjson::SUCCESS) {
        return Error{name + ": filters: expected a list"};
    }
    Seen seen;
    for (const simdjson::dom::element entry : filters) {
        simdjson::dom::object filter;
        if (entry.get(filter) != simdjson::SUCCESS) {
            return Error{name + ": filters[]: expected an object"};
        }
        if (const auto complaint = read_filter(filter, symbol, seen)) {
            return Error{name + ": " + *complaint};
        }
    }
    if (!seen.price || !seen.lot || symbol.tick <= PriceAtoms{0} || symbol.lot <= QtyAtoms{0}) {
        return Error{name + ": needs PRICE_FILTER.tickSize and LOT_SIZE.stepSize above zero"};
    }
    return symbol;
}

}  // namespace portcullis::tools::venue
