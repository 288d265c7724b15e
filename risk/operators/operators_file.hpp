// Operators: who may say what, from the `operators` file.
//
//   [[operator]]
//   name = "alice"
//   role = "risk_officer"            # viewer | operator | risk_officer
//   public_key = "3b6a27bc..."       # 64 hex digits, as `portcullis operator keygen` prints them
//   unix_user = "alice"              # optional: the signed command must come from this user too
//   owns = ["strategy touch"]        # optional: whose alerts are theirs
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"
#include "risk/operators/ed25519_bytes.hpp"

namespace portcullis::risk {

/// DO NOT RENUMBER: it is in journals. 0 is nobody.
enum class OperatorRole : std::uint8_t { none = 0, viewer = 1, operator_ = 2, risk_officer = 3 };
[[nodiscard]] std::string_view role_name(OperatorRole role) noexcept;

struct Operator {
    std::string name;
    OperatorRole role{OperatorRole::none};
    Ed25519Key key{};
    std::string unix_user;  ///< empty: any that the console lets in
    /// Whose alerts are theirs: "firm", "strategy touch"; empty: those that are nobody else's.
    std::vector<std::string> owns;
};

// The file decides who can raise risk, so it forgives nothing: an unknown key, two operators of one
// name or of one key, a key that is not canonical or of small order are errors with file, line and
// key. Invariants: 1. no two operators share a key: two signatures are two keys; 2. names are
// printable ASCII, safe in any log. Read once, at start; const afterwards.
class Operators {
public:
    static constexpr std::size_t most = 64;
    static constexpr std::size_t name_max = 32;

    /// `name` is what errors call the file. All problems at once, a line each.
    [[nodiscard]] static engine::Result<Operators> parse(std::string text, const std::string& name);

    [[nodiscard]] const Operator* find(const Ed25519Key& key) const noexcept;
    [[nodiscard]] const std::vector<Operator>& all() const noexcept { return all_; }
    /// Whose alerts of this scope are: of who names it, or where nobody does, the risk officers.
    [[nodiscard]] std::string owners_of(std::string_view scope) const;
    /// Whether this user of the machine is of a role above viewer; where no operator names a user,
    /// whoever the console lets in is.
    [[nodiscard]] bool may_acknowledge(std::string_view unix_user) const noexcept;
    [[nodiscard]] std::size_t count(OperatorRole role) const noexcept;

private:
    std::vector<Operator> all_;
};

}  // namespace portcullis::risk
