// Reads third-party vectors; a test whose file is absent is skipped by name.
#pragma once

#include <gtest/gtest.h>
#include <simdjson.h>

#include <charconv>
#include <filesystem>
#include <string>

namespace portcullis::gateways::test {

inline std::string vector_path(const std::string& name) {
    return std::string(PORTCULLIS_SHARED_DIR) + "/vectors/" + name;
}

inline std::string bytes_of_hex(std::string_view hex) {
    EXPECT_EQ(hex.size() % 2, 0U);
    std::string bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
        unsigned byte = 0;
        const char* const end = hex.data() + at + 2;
        EXPECT_EQ(std::from_chars(hex.data() + at, end, byte, 16).ptr, end) << hex;
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

}  // namespace portcullis::gateways::test

#define PORTCULLIS_NEEDS_VECTORS(name)                                                 \
    if (!std::filesystem::exists(::portcullis::gateways::test::vector_path(name))) {   \
        GTEST_SKIP() << "absent: " << ::portcullis::gateways::test::vector_path(name); \
    }
