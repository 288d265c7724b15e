// Reads third-party vectors; a test whose file is absent is skipped by name.
#pragma once

#include <gtest/gtest.h>
#include <simdjson.h>

#include <filesystem>
#include <string>

#include "gateways/codec/text_codes.hpp"

namespace portcullis::gateways::test {

inline std::string vector_path(const std::string& name) {
    return std::string(PORTCULLIS_SHARED_DIR) + "/vectors/" + name;
}

inline std::string bytes_of_hex(std::string_view hex) {
    std::string bytes(hex.size() / 2, '\0');
    EXPECT_TRUE(
        read_hex(hex, reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()).has_value());
    return bytes;
}

}  // namespace portcullis::gateways::test

#define PORTCULLIS_NEEDS_VECTORS(name)                                                 \
    if (!std::filesystem::exists(::portcullis::gateways::test::vector_path(name))) {   \
        GTEST_SKIP() << "absent: " << ::portcullis::gateways::test::vector_path(name); \
    }
