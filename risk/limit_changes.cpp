// Limits named, compared, summed. See limit_changes.hpp.
#include "risk/limit_changes.hpp"

namespace portcullis::risk {

LimitField find_limit(Limits& limits, engine::Scope scope, std::uint16_t index,
                      std::uint64_t key) noexcept {
    switch (scope) {
        case engine::Scope::firm:
            return index == 0 ? field_of(firm_keys, limits.firm, key) : LimitField{};
        case engine::Scope::venue:
            return index < limits.venue.size() ? field_of(venue_keys, limits.venue[index], key)
                                               : LimitField{};
        case engine::Scope::instrument:
            return index < limits.instrument.size()
                       ? field_of(instrument_keys, limits.instrument[index], key)
                       : LimitField{};
        case engine::Scope::strategy:
            return index < limits.strategy.size()
                       ? field_of(strategy_keys, limits.strategy[index], key)
                       : LimitField{};
        case engine::Scope::account:
            return index < limits.account.size()
                       ? field_of(account_keys, limits.account[index], key)
                       : LimitField{};
        case engine::Scope::credential:
        case engine::Scope::withdrawals:
            break;
    }
    return {};
}

std::uint64_t limit_hash(engine::Scope scope, std::uint16_t index, std::uint64_t key,
                         std::int64_t value) noexcept {
    if (value <= 0) {
        return 0;
    }
    engine::StateHasher hasher;
    hasher.add(std::uint64_t{static_cast<std::uint8_t>(scope)} << 16 | index);
    hasher.add(key);
    hasher.add(static_cast<std::uint64_t>(value));
    return hasher.value();
}

std::uint64_t limits_hash(const Limits& limits) noexcept {
    std::uint64_t sum = 0;
    for_each_limit_scope(limits, [&sum](engine::Scope scope, std::uint16_t index, const auto& keys,
                                        const auto& each) {
        for (const auto& key : keys) {
            sum += limit_hash(scope, index, engine::fnv1a(key.key),
                              std::min(each.*key.field, key.ceiling));
        }
    });
    return sum;
}

std::vector<LimitDifference> differences(const Limits& from, const Limits& to) {
    std::vector<LimitDifference> found;
    Limits& before = const_cast<Limits&>(from);  // find_limit gives a place; it is only read
    for_each_limit_scope(
        to, [&](engine::Scope scope, std::uint16_t index, const auto& keys, const auto& each) {
            for (const auto& key : keys) {
                const std::uint64_t name = engine::fnv1a(key.key);
                const std::int64_t was = *find_limit(before, scope, index, name).value;
                if (was != each.*key.field) {
                    found.push_back(
                        {{each.*key.field, name, 0, index, scope, {}}, key.key, key.unit, was});
                }
            }
        });
    return found;
}

}  // namespace portcullis::risk
