// An installation in a folder of its own, whose people hold real key files.
#pragma once

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/tools/portcullis/example.hpp"
#include "tools/portcullis/operator/commands.hpp"
#include "tools/portcullis/operator/desk.hpp"
#include "tools/portcullis/trade/trading_engine.hpp"

namespace portcullis::tools::test {

struct Output {
    int code;
    std::string out;
    std::string error;
};

/// Runs what prints, and keeps what it printed.
template <class Run>
Output printed_by(Run&& run) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = run();
    return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

/// alice, bob and carol are risk officers, oskar an operator, vera a viewer.
class Installation {
public:
    Installation() {
        std::string name = std::filesystem::temp_directory_path() / "portcullis-operator-XXXXXX";
        folder_ = ::mkdtemp(name.data());
        std::string operators;
        for (const auto& [who, role] : {std::pair{"alice", "risk_officer"},
                                        {"bob", "risk_officer"},
                                        {"carol", "risk_officer"},
                                        {"oskar", "operator"},
                                        {"vera", "viewer"}}) {
            const auto made = gateways::Ed25519Pair::make(key(who));
            EXPECT_TRUE(made.ok());
            operators += std::string("[[operator]]\nname = \"") + who + "\"\nrole = \"" + role +
                         "\"\npublic_key = \"" + risk::hex_of(made.value().open()) + "\"\n";
        }
        std::ofstream(operators_path()) << operators;
        EXPECT_TRUE(gateways::Ed25519Pair::make(folder_ + "/venue.pem").ok());
        write(loopback(example_text()));
    }
    ~Installation() { std::filesystem::remove_all(folder_); }
    Installation(const Installation&) = delete;
    Installation& operator=(const Installation&) = delete;

    [[nodiscard]] const std::string& folder() const { return folder_; }
    [[nodiscard]] std::string key(const std::string& who) const {
        return folder_ + "/" + who + ".pem";
    }
    [[nodiscard]] std::string operators_path() const { return folder_ + "/operators.toml"; }
    [[nodiscard]] std::string config_path() const { return folder_ + "/c.toml"; }
    [[nodiscard]] std::string text() const { return file_text(config_path()); }
    void write(const std::string& text) const { std::ofstream(config_path()) << text; }
    [[nodiscard]] AppConfig config() const {
        ConfigResult loaded = load_config(config_path());
        EXPECT_THAT(loaded.problems, testing::IsEmpty());
        return std::move(*loaded.config);
    }
    void init() const {
        const Output made = printed_by([this] { return init_command(config_path()); });
        ASSERT_EQ(made.code, 0) << made.error;
    }
    /// Sets the delay, which the first writing left at none.
    void delay(int seconds) const {
        write(with(text(), "delay_s = 0 ", "delay_s = " + std::to_string(seconds) + " "));
    }
    [[nodiscard]] static std::string without_operators(std::string text) {
        const std::size_t at = text.find("[operators]");
        return text.erase(at, text.find("[[asset]]") - at);
    }
    [[nodiscard]] std::string operator_log() const {
        return file_text(operator_log_path(config()));
    }

private:
    // Of the example, everything where this test is, and the venue on this machine.
    [[nodiscard]] std::string loopback(std::string text) const {
        text = with(text, "/var/lib/portcullis", folder_ + "/state");
        text = with(text, "/etc/portcullis/ed25519.pem", folder_ + "/venue.pem");
        text = with(text, "/etc/portcullis/operators.toml", operators_path());
        text = with(text, "ca_file = ", "# ");
        text = with(text, "delay_s = 300 ", "delay_s = 0 ");
        for (const char* address : {"203.0.113.7", "203.0.113.8", "203.0.113.9"}) {
            text = with(text, address, "127.0.0.1");
        }
        return text;
    }
    std::string folder_;
};

}  // namespace portcullis::tools::test
