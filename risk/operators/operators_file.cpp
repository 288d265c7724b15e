// Reading the operators file. See operators_file.hpp.
#include "risk/operators/operators_file.hpp"

#include <algorithm>

#include "engine/config/config_reader.hpp"

namespace portcullis::risk {
namespace {

using engine::ConfigReader;
using engine::ConfigSection;

bool is_plain_name(std::string_view name) noexcept {
    return name.size() <= Operators::name_max &&
           std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

Ed25519Key read_public_key(ConfigReader& reader, ConfigSection& section) {
    const std::string text = section.text("public_key");
    const auto key = bytes_of_hex<32>(text);
    if (!key) {
        reader.expect(section, "public_key",
                      "64 digits of lower-case hex, as `portcullis operator keygen` prints them");
        return {};
    }
    switch (point_fault(*key)) {
        case PointFault::none:
            break;
        case PointFault::not_canonical:
            reader.expect(section, "public_key", "the canonical form of an Ed25519 key");
            break;
        case PointFault::small_order:
            reader.expect(section, "public_key",
                          "a key that is not of small order: under this one a signature holds for "
                          "texts that nobody signed");
            break;
    }
    return *key;
}

Operator read_operator(ConfigReader& reader, ConfigSection& section) {
    Operator each;
    each.name = section.text("name");
    if (!is_plain_name(each.name)) {
        reader.expect(section, "name", "at most 32 printable ASCII characters without a space");
    }
    const auto role = section.choice("role", {"viewer", "operator", "risk_officer"});
    each.role = static_cast<OperatorRole>(role + 1);
    each.key = read_public_key(reader, section);
    each.unix_user = section.text_if("unix_user").value_or("");
    if (section.has("unix_user") && (each.unix_user.empty() || !is_plain_name(each.unix_user))) {
        reader.expect(section, "unix_user", "the name of a user of this machine");
    }
    if (section.has("owns")) {
        each.owns = section.texts("owns", 1);
    }
    return each;
}

}  // namespace

std::string_view role_name(OperatorRole role) noexcept {
    switch (role) {
        case OperatorRole::viewer:
            return "viewer";
        case OperatorRole::operator_:
            return "operator";
        case OperatorRole::risk_officer:
            return "risk_officer";
        case OperatorRole::none:
            break;
    }
    return "none";
}

engine::Result<Operators> Operators::parse(std::string text, const std::string& name) {
    auto parsed = ConfigReader::parse(std::move(text), name);
    if (!parsed) {
        return engine::Error{parsed.error()};
    }
    ConfigReader& reader = parsed.value();
    Operators operators;
    for (ConfigSection& section : reader.root().tables("operator", 1)) {
        Operator each = read_operator(reader, section);
        for (const Operator& other : operators.all_) {
            if (other.name == each.name && !each.name.empty()) {
                reader.expect(section, "name", "a name that no operator before has");
            }
            if (other.key == each.key && each.key != Ed25519Key{}) {
                reader.expect(section, "public_key",
                              "a key of their own: this one is " + other.name + "'s");
            }
        }
        operators.all_.push_back(std::move(each));
    }
    if (operators.all_.size() > most) {
        reader.problem(reader.root(), "operator",
                       "found " + std::to_string(operators.all_.size()) + ", expected at most " +
                           std::to_string(most));
    }
    reader.finish();
    std::string problems;
    for (const std::string& problem : reader.problems()) {
        problems += (problems.empty() ? "" : "\n") + problem;
    }
    if (!problems.empty()) {
        return engine::Error{problems};
    }
    return operators;
}

const Operator* Operators::find(const Ed25519Key& key) const noexcept {
    const auto found = std::find_if(all_.begin(), all_.end(),
                                    [&](const Operator& each) { return each.key == key; });
    return found == all_.end() ? nullptr : &*found;
}

std::string Operators::owners_of(std::string_view scope) const {
    std::string named;
    std::string officers;
    const auto add = [](std::string& names, const Operator& each) {
        names += (names.empty() ? "" : ", ") + each.name;
    };
    for (const Operator& each : all_) {
        if (std::find(each.owns.begin(), each.owns.end(), scope) != each.owns.end()) {
            add(named, each);
        }
        if (each.role == OperatorRole::risk_officer) {
            add(officers, each);
        }
    }
    return named.empty() ? officers : named;
}

bool Operators::may_acknowledge(std::string_view unix_user) const noexcept {
    bool any_named = false;
    for (const Operator& each : all_) {
        any_named = any_named || !each.unix_user.empty();
        if (!each.unix_user.empty() && each.unix_user == unix_user &&
            each.role > OperatorRole::viewer) {
            return true;
        }
    }
    return !any_named;
}

std::size_t Operators::count(OperatorRole role) const noexcept {
    return static_cast<std::size_t>(std::count_if(
        all_.begin(), all_.end(), [role](const Operator& each) { return each.role == role; }));
}

}  // namespace portcullis::risk
