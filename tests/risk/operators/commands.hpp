// Signed commands to make mistakes in: three people, one engine, one connection.
#pragma once

#include <gtest/gtest.h>

#include "risk/operators/verify_command.hpp"
#include "tests/risk/operators/signing.hpp"

namespace portcullis::risk::test {

inline constexpr engine::WallNs noon{1'795'780'800'000'000'000};  // 2026-11-27T12:00:00Z
inline engine::WallNs after_noon(std::int64_t ns) {
    return engine::WallNs{noon.value + ns};
}
inline constexpr std::int64_t second = 1'000'000'000;

struct People {
    TestKey alice{1};  ///< risk_officer
    TestKey bob{2};    ///< risk_officer
    TestKey oskar{3};  ///< operator
    TestKey vera{4};   ///< viewer
    TestKey carol{5};  ///< risk_officer, unix user carol
    Operators operators = [this] {
        std::string text;
        const auto add = [&](const char* name, const char* role, const TestKey& key,
                             const char* more) {
            text += std::string("[[operator]]\nname = \"") + name + "\"\nrole = \"" + role +
                    "\"\npublic_key = \"" + key.hex() + "\"\n" + more;
        };
        add("alice", "risk_officer", alice, "");
        add("bob", "risk_officer", bob, "");
        add("oskar", "operator", oskar, "");
        add("vera", "viewer", vera, "");
        add("carol", "risk_officer", carol, "unix_user = \"carol\"\n");
        auto parsed = Operators::parse(text, "o.toml");
        EXPECT_TRUE(parsed.ok()) << (parsed.ok() ? "" : parsed.error());
        return std::move(parsed).value();
    }();
};

inline OperatorAction clear_touch() {
    OperatorAction action;
    action.kind = ActionKind::clear_kill;
    action.scope = "strategy";
    action.name = "touch";
    action.was = "3";
    action.reason = "cause found, fix deployed";
    return action;
}

/// A proposal that is good at noon.
inline CommandFrame good_frame(const TestKey& key) {
    CommandFrame frame;
    frame.engine.fill(0xa1);
    frame.epoch = 7;
    frame.nonce.fill(0x5c);
    frame.key = key.open();
    frame.counter = 12;
    frame.not_after = after_noon(30 * second);
    frame.action = clear_touch();
    return frame;
}

inline std::string signed_frame(CommandFrame frame, const TestKey& key) {
    frame.signature = key.sign(signed_bytes(command_text(frame)));
    return frame_bytes(frame);
}

}  // namespace portcullis::risk::test
