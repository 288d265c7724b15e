// Operators' keys: made once, of their owner alone, and their signatures hold strictly.
#include "gateways/codec/ed25519.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace portcullis::gateways {
namespace {

using testing::HasSubstr;

class OperatorKey : public testing::Test {
protected:
    OperatorKey() {
        std::string name = std::filesystem::temp_directory_path() / "portcullis-key-XXXXXX";
        folder_ = ::mkdtemp(name.data());
        path_ = folder_ + "/key.pem";
    }
    ~OperatorKey() override { std::filesystem::remove_all(folder_); }
    std::string folder_;
    std::string path_;
};

TEST_F(OperatorKey, IsMadeWithModeSixHundredAndLoadedAsTheSame) {
    const mode_t before = ::umask(0);
    const auto made = Ed25519Pair::make(path_);
    ::umask(before);
    ASSERT_TRUE(made.ok()) << made.error();
    struct stat about {};
    ASSERT_EQ(::stat(path_.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777U, 0600U);
    const auto loaded = Ed25519Pair::load(path_);
    ASSERT_TRUE(loaded.ok()) << loaded.error();
    EXPECT_EQ(loaded.value().open(), made.value().open());
    const auto signature = loaded.value().sign("clear the kill");
    ASSERT_TRUE(signature.ok());
    const auto& key = made.value().open();
    EXPECT_TRUE(risk::verify_strictly(key, "clear the kill", signature.value(), &ed25519_equation));
    EXPECT_FALSE(
        risk::verify_strictly(key, "clear the kilm", signature.value(), &ed25519_equation));
    const auto other = Ed25519Pair::make(folder_ + "/other.pem");
    ASSERT_TRUE(other.ok());
    EXPECT_NE(other.value().open(), key);
    EXPECT_FALSE(risk::verify_strictly(other.value().open(), "clear the kill", signature.value(),
                                       &ed25519_equation));
}

TEST_F(OperatorKey, IsNeverWrittenOver) {
    std::ofstream(path_) << "mine";
    const auto made = Ed25519Pair::make(path_);
    ASSERT_FALSE(made.ok());
    EXPECT_THAT(made.error(), HasSubstr("is there already, and is not written over"));
    std::ifstream in(path_);
    std::string text;
    in >> text;
    EXPECT_EQ(text, "mine");
    EXPECT_THAT(Ed25519Pair::make(folder_ + "/no/such").error(), HasSubstr("No such file"));
}

TEST_F(OperatorKey, ThatOthersCouldUseIsRefused) {
    ASSERT_TRUE(Ed25519Pair::make(path_).ok());
    for (const mode_t mode : {0640, 0604, 0660, 0644, 0700, 0620}) {
        ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
        const auto loaded = Ed25519Pair::load(path_);
        ASSERT_FALSE(loaded.ok()) << std::oct << mode;
        char expected[64];
        std::snprintf(expected, sizeof expected, "has mode %04o, expected 0600 or 0400", mode);
        EXPECT_THAT(loaded.error(), HasSubstr(expected));
    }
    ASSERT_EQ(::chmod(path_.c_str(), 0400), 0);
    EXPECT_TRUE(Ed25519Pair::load(path_).ok());
}

TEST_F(OperatorKey, WhatIsNoKeyIsRefusedAndNeverQuoted) {
    for (const char* content : {"", "secret words", "-----BEGIN PRIVATE KEY-----\nAAAA\n"}) {
        std::ofstream(path_, std::ios::trunc) << content;
        ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
        const auto loaded = Ed25519Pair::load(path_);
        ASSERT_FALSE(loaded.ok()) << content;
        EXPECT_THAT(loaded.error(), HasSubstr(path_));
        EXPECT_EQ(loaded.error().find("secret"), std::string::npos);
    }
    EXPECT_FALSE(Ed25519Pair::load(folder_).ok());
    EXPECT_FALSE(Ed25519Pair::load(folder_ + "/absent").ok());
}

}  // namespace
}  // namespace portcullis::gateways
