#include "tools/venue/server/synthetic_choice.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "engine/types/decimal.hpp"
#include "tools/venue/server/config_accounts.hpp"
#include "tools/venue/synthetic/scripts.hpp"

namespace portcullis::tools::venue {
namespace {

/// One "key=value" behind the preset; the reason why it is none.
std::string read_part(std::string_view part, SyntheticChoice& out) {
    const std::size_t equals = std::min(part.find('='), part.size());
    const std::string_view key = part.substr(0, equals);
    const std::string_view value = part.substr(std::min(equals + 1, part.size()));
    if (key == "script" && equals < part.size()) {
        out.script = value;
    } else if (key == "base" && equals < part.size()) {
        out.base = value;
    } else if (key == "seed") {
        const auto seed = engine::parse_unsigned(value);
        if (!seed || *seed > seed_max) {
            return "expected seed=NUMBER, from 0 to " + std::to_string(seed_max) + ", found '" +
                   std::string(part) + "'";
        }
        out.seed = *seed;
    } else {
        return "expected PRESET[,seed=NUMBER][,script=NAME][,base=COIN], found '" +
               std::string(part) + "'";
    }
    return {};
}

}  // namespace

engine::Result<SyntheticChoice> parse_synthetic_choice(const std::string& text,
                                                       const SyntheticChoice& otherwise) {
    const auto refuse = [&text](const std::string& why) {
        return engine::Error{"'" + text + "': " + why};
    };
    SyntheticChoice out = otherwise;
    const std::size_t first = std::min(text.find(','), text.size());
    out.preset = text.substr(0, first);
    std::set<std::string_view> told;
    for (std::size_t at = first; at < text.size();) {
        const std::size_t end = std::min(text.find(',', at + 1), text.size());
        const std::string_view part = std::string_view(text).substr(at + 1, end - at - 1);
        if (const std::string wrong = read_part(part, out); !wrong.empty()) {
            return refuse(wrong);
        }
        if (!told.insert(part.substr(0, part.find('='))).second) {
            return refuse("expected each key once, found '" + std::string(part) +
                          "' after another");
        }
        at = end;
    }
    SyntheticOptions made;
    if (const auto wrong = make_synthetic(out, made)) {
        return refuse(wrong->key + ": " + wrong->why);
    }
    return out;
}

std::optional<WrongKey> make_synthetic(const SyntheticChoice& choice, SyntheticOptions& out) {
    if (choice.preset.empty()) {
        return WrongKey{"preset", "expected " + preset_names() + ", or a file, found nothing"};
    }
    if (!script_known(choice.script)) {
        return WrongKey{"script", "expected " + script_names() + ", found '" + choice.script + "'"};
    }
    if (!choice.base.empty() && !asset_legal(choice.base)) {
        return WrongKey{"base",
                        std::string("expected ") + asset_words + ", found '" + choice.base + "'"};
    }
    auto parameters = load_parameters(choice.preset);
    if (!parameters) {
        return WrongKey{"preset", parameters.error()};
    }
    out.parameters = std::move(parameters).value();
    out.script = choice.script;
    out.seed = choice.seed;
    Symbol& symbol = out.parameters.symbol;
    if (choice.base == symbol.quote) {
        return WrongKey{"base",
                        "expected another asset than the quote asset, found '" + choice.base + "'"};
    }
    if (!choice.base.empty()) {
        symbol.base = choice.base;
        symbol.name = choice.base + symbol.quote;
    }
    return std::nullopt;
}

}  // namespace portcullis::tools::venue
