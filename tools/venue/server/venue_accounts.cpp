// Venue, the control socket's commands on keys, accounts and the clock: what a person at a venue's
// desk could do to a running session. README.md ("Control") has the table.
#include <algorithm>
#include <charconv>
#include <tuple>

#include "engine/types/decimal.hpp"
#include "tools/venue/durations.hpp"
#include "tools/venue/server/venue.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t default_fee_e8 = 100'000;

/// "read,trade", or "none".
std::optional<KeyPermissions> permissions_of(const std::string& text) {
    KeyPermissions may = KeyPermissions::none();
    for (const std::string& word : text == "none" ? std::vector<std::string>{} : split(text, ',')) {
        if (!may.allow(word)) {
            return std::nullopt;
        }
    }
    return may;
}

std::optional<ApiKeyKind> kind_of(const std::string& text) {
    return text == "hmac"      ? std::optional(ApiKeyKind::hmac)
           : text == "ed25519" ? std::optional(ApiKeyKind::ed25519)
           : text == "rsa"     ? std::optional(ApiKeyKind::rsa)
                               : std::nullopt;
}

/// A rate below 1, in 1e-8.
std::optional<std::int64_t> rate_of(const std::string& text) {
    const auto parsed = engine::parse_decimal(text);
    const bool good =
        parsed.error == engine::DecimalError::none && parsed.atoms < engine::atoms_per_unit;
    return good ? std::optional(parsed.atoms) : std::nullopt;
}

/// "100000:0.0008:0.0009": volume, maker, taker.
std::optional<FeeTier> tier_of(const std::string& text) {
    const std::vector<std::string> parts = split(text, ':');
    if (parts.size() != 3) {
        return std::nullopt;
    }
    const auto volume = engine::parse_decimal(parts[0]);
    const auto maker = rate_of(parts[1]);
    const auto taker = rate_of(parts[2]);
    if (volume.error != engine::DecimalError::none || !maker || !taker) {
        return std::nullopt;
    }
    return FeeTier{AmountAtoms{volume.atoms}, *maker, *taker};
}

constexpr const char* permission_words = "expected PERMISSIONS none or of read,trade,withdraw";

std::string found(const std::string& word) {
    return ", found '" + word + "'";
}

}  // namespace

std::string Venue::key_command(const Words& words) {
    const std::string verb = words.size() > 1 ? words[1] : "";
    if (verb == "add" && words.size() == 7) {
        return new_key(words);
    }
    KeyRing trial;  // what a key may and its addresses are by then, its moment decides
    if (words.size() > 2 && (keys_.find(words[2]) != nullptr || supposed_.contains(words[2]))) {
        ApiKey key;
        key.api_key = words[2];
        key.ips = {IpRange{}};
        (void)trial.add(std::move(key), "secret");
    }
    KeyRing& keys = checking_ ? trial : keys_;
    if (verb == "revoke" && words.size() == 3) {
        return outcome_line(keys.revoke(words[2]));
    }
    if (verb == "ips" && words.size() == 4) {
        return outcome_line(keys.set_ips(
            words[2], words[3] == "any" ? std::vector<std::string>{} : split(words[3], ',')));
    }
    if (verb == "permissions" && words.size() == 4) {
        const auto may = permissions_of(words[3]);
        if (!may) {
            return error_line(permission_words + found(words[3]));
        }
        if (!checking_ && plain_permissions_.contains(words[2])) {
            return error_line("the fault key-permissions holds this key; switch it off first");
        }
        return outcome_line(keys.set_permissions(words[2], *may));
    }
    return error_line(
        "expected key revoke KEY, key permissions KEY PERMISSIONS, key ips KEY any|IP,IP, or "
        "key add ACCOUNT hmac|ed25519|rsa KEY SECRET_OR_PUBLIC_KEY PERMISSIONS");
}

std::string Venue::new_key(const Words& words) {
    const auto account = accounts_.find(words[2]);
    const auto kind = kind_of(words[3]);
    const auto may = permissions_of(words[6]);
    if (!account_there(words[2])) {
        return error_line("unknown account " + words[2]);
    }
    if (!kind) {
        return error_line("expected hmac, ed25519 or rsa, found '" + words[3] + "'");
    }
    if (!may) {
        return error_line(permission_words + found(words[6]));
    }
    ApiKey key;
    key.api_key = words[4];
    key.kind = *kind;
    key.account = account == accounts_.end() ? AccountId{} : account->second;
    key.may = *may;
    key.created_ms = api_.now_ms();
    KeyRing trial = keys_;
    return outcome_line((checking_ ? trial : keys_).add(std::move(key), words[5]));
}

std::string Venue::manage_account(const Words& words) {
    const std::string verb = words.size() > 1 ? words[1] : "";
    if (verb == "add" && (words.size() == 3 || words.size() == 4)) {
        AccountSetup setup;
        setup.name = words[2];
        setup.master = words.size() == 4 ? words[3] : "";
        setup.maker_fee_e8 = setup.taker_fee_e8 = default_fee_e8;
        if (account_there(setup.name)) {
            return error_line("account " + setup.name + " is there already");
        }
        const auto master = accounts_.find(setup.master);
        if (!setup.master.empty() && !supposed_.contains(setup.master) &&
            (master == accounts_.end() || !exchange_.account(master->second).master.empty())) {
            return error_line("MASTER '" + setup.master +
                              "': expected an account that is no sub-account itself");
        }
        if (!checking_) {
            add_account(setup);
        }
        return "ok";
    }
    if (verb != "fees" || words.size() < 5) {
        return error_line(
            "expected account add NAME [MASTER], or account fees NAME MAKER TAKER "
            "[VOLUME:MAKER:TAKER ...]");
    }
    const auto account = accounts_.find(words[2]);
    if (!account_there(words[2])) {
        return error_line("unknown account " + words[2]);
    }
    if (account != accounts_.end() && !exchange_.account(account->second).master.empty()) {
        return error_line("a sub-account has its master's fees");
    }
    const auto maker = rate_of(words[3]);
    const auto taker = rate_of(words[4]);
    std::vector<FeeTier> tiers;
    for (std::size_t i = 5; i < words.size(); ++i) {
        const auto tier = tier_of(words[i]);
        if (!tier || (!tiers.empty() && tier->volume_min <= tiers.back().volume_min)) {
            return error_line(
                "expected tiers VOLUME:MAKER:TAKER that ascend, with rates below 1, as " +
                std::string("100000:0.0008:0.0009, found '") + words[i] + "'");
        }
        tiers.push_back(*tier);
    }
    for (const auto& [name, rate, text] :
         {std::tuple("MAKER", maker, words[3]), std::tuple("TAKER", taker, words[4])}) {
        if (!rate) {
            return error_line(std::string(name) + " '" + text +
                              "': expected a rate from 0 to 0.99999999, as 0.001");
        }
    }
    if (checking_) {
        return "ok";
    }
    exchange_.set_fees(account->second, {*maker, *taker}, std::move(tiers));
    return "ok";
}

/// The fault clock-skew by its everyday name; 0 sets the clock right.
std::string Venue::clock_command(const Words& words) {
    if (words.size() != 3 || words[1] != "skew") {
        return error_line("expected clock skew MILLISECONDS");
    }
    std::int64_t skew_ms = 0;
    const char* const end = words[2].data() + words[2].size();
    const auto [rest, bad] = std::from_chars(words[2].data(), end, skew_ms);
    if (bad != std::errc{} || rest != end || skew_ms < -day_ms || skew_ms > day_ms) {
        return error_line("expected clock skew MILLISECONDS, -86400000 to 86400000" +
                          found(words[2]));
    }
    if (checking_) {
        return "ok";
    }
    if (skew_us_ != 0) {
        (void)control("fault off clock-skew venue");
    }
    return skew_ms == 0 ? "ok" : control("fault on clock-skew venue ms=" + words[2]);
}

}  // namespace portcullis::tools::venue
