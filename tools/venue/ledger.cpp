#include "tools/venue/ledger.hpp"

#include <utility>

#include "engine/types/verify.hpp"

namespace portcullis::tools::venue {

using engine::verify;

Ledger::Ledger(std::map<std::string, Balance> balances) : balances_(std::move(balances)) {
    for (const auto& [asset, balance] : balances_) {
        verify(balance.free >= AmountAtoms{0});
        verify(balance.locked >= AmountAtoms{0});
    }
}

AmountAtoms Ledger::free(const std::string& asset) const {
    const auto found = balances_.find(asset);
    return found == balances_.end() ? AmountAtoms{0} : found->second.free;
}

AmountAtoms Ledger::locked(const std::string& asset) const {
    const auto found = balances_.find(asset);
    return found == balances_.end() ? AmountAtoms{0} : found->second.locked;
}

bool Ledger::lock(const std::string& asset, AmountAtoms amount) {
    verify(amount >= AmountAtoms{0});
    if (free(asset) < amount) {
        return false;
    }
    Balance& balance = touch(asset);
    balance.free -= amount;
    balance.locked += amount;
    return true;
}

void Ledger::unlock(const std::string& asset, AmountAtoms amount) {
    verify(amount >= AmountAtoms{0});
    verify(amount <= locked(asset));
    Balance& balance = touch(asset);
    balance.locked -= amount;
    balance.free += amount;
}

void Ledger::credit(const std::string& asset, AmountAtoms amount) {
    verify(amount >= AmountAtoms{0});
    touch(asset).free += amount;
}

void Ledger::debit(const std::string& asset, AmountAtoms amount) {
    verify(amount >= AmountAtoms{0});
    verify(amount <= free(asset));
    touch(asset).free -= amount;
}

std::map<std::string, Balance> Ledger::take_changed() {
    std::map<std::string, Balance> changed;
    for (const auto& asset : changed_) {
        changed.emplace(asset, balances_[asset]);
    }
    changed_.clear();
    return changed;
}

Balance& Ledger::touch(const std::string& asset) {
    changed_.insert(asset);
    return balances_[asset];
}

}  // namespace portcullis::tools::venue
