// Ledger: the balances of one account, free and locked per asset.
//
// The only code that changes a balance. It also remembers which assets were touched, because the
// account stream tells absolute balances of "what may have changed" once per transaction.
//
// Invariant: free >= 0 and locked >= 0 for every asset, at every step (verified).
#pragma once

#include <map>
#include <set>
#include <string>

#include "tools/venue/exchange.hpp"

namespace portcullis::tools::venue {

class Ledger {
public:
    /// Requires: no balance is negative.
    explicit Ledger(std::map<std::string, Balance> balances);

    [[nodiscard]] AmountAtoms free(const std::string& asset) const;
    [[nodiscard]] AmountAtoms locked(const std::string& asset) const;
    [[nodiscard]] const std::map<std::string, Balance>& balances() const { return balances_; }

    /// Free to locked; false, and nothing changed, when there is too little.
    [[nodiscard]] bool lock(const std::string& asset, AmountAtoms amount);
    /// Locked to free. Requires: that much is locked.
    void unlock(const std::string& asset, AmountAtoms amount);
    /// Adds to free. Requires: amount >= 0.
    void credit(const std::string& asset, AmountAtoms amount);
    /// Takes from free. Requires: that much is free.
    void debit(const std::string& asset, AmountAtoms amount);

    /// The balances touched since the last call.
    [[nodiscard]] std::map<std::string, Balance> take_changed();

private:
    Balance& touch(const std::string& asset);

    std::map<std::string, Balance> balances_;
    std::set<std::string> changed_;
};

}  // namespace portcullis::tools::venue
