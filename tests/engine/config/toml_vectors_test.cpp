// toml-test, the language's own cases: what is no TOML is refused, what is gets its keys told as
// unknown, and nothing crashes.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "engine/config/config_reader.hpp"

namespace portcullis::engine {
namespace {

const std::string vectors = PORTCULLIS_SHARED_DIR "/vectors/toml/tests";

/// Files of `vectors` that the list of TOML 1.0.0 names.
std::set<std::string> listed(const std::string& beginning) {
    std::set<std::string> names;
    std::ifstream list(vectors + "/files-toml-1.0.0");
    for (std::string name; std::getline(list, name);) {
        const bool wanted = name.rfind(beginning, 0) == 0 && name.size() > 5 &&
                            name.compare(name.size() - 5, 5, ".toml") == 0;
        if (wanted && std::filesystem::exists(vectors + "/" + name)) {
            names.insert(name);
        }
    }
    return names;
}

Result<ConfigReader> parse_file(const std::string& name) {
    std::ifstream file(vectors + "/" + name, std::ios::binary);
    return ConfigReader::parse(std::string(std::istreambuf_iterator<char>(file), {}), name);
}

class TomlVectors : public testing::Test {
protected:
    void SetUp() override {
        if (!std::filesystem::exists(vectors)) {
            GTEST_SKIP() << "absent: " << vectors;
        }
    }
};

TEST_F(TomlVectors, InvalidFilesAreRefused) {
    std::size_t count = 0;
    for (const std::string& name : listed("invalid/")) {
        auto reader = parse_file(name);
        EXPECT_FALSE(reader.ok()) << name;
        if (!reader.ok()) {
            EXPECT_EQ(reader.error().rfind(name + ":", 0), 0U) << reader.error();
        }
        ++count;
    }
    EXPECT_GT(count, 200U);
}

TEST_F(TomlVectors, ValidFilesAreReadAndEachOfTheirKeysIsUnknown) {
    std::size_t count = 0;
    std::size_t keys = 0;
    for (const std::string& name : listed("valid/")) {
        auto reader = parse_file(name);
        ASSERT_TRUE(reader.ok()) << name << ": " << reader.error();
        reader.value().finish();
        for (const std::string& problem : reader.value().problems()) {
            EXPECT_NE(problem.find(": unknown key"), std::string::npos) << problem;
            ++keys;
        }
        ++count;
    }
    EXPECT_GT(count, 100U);
    EXPECT_GT(keys, count);
}

}  // namespace
}  // namespace portcullis::engine
