// Judging bytes of Ed25519. See ed25519_bytes.hpp.
#include "risk/operators/ed25519_bytes.hpp"

#include <algorithm>

namespace portcullis::risk {
namespace {

constexpr std::size_t bytes_of_point = 32;
using Encoded = std::array<std::uint8_t, bytes_of_point>;

/// y of the points of small order, canonical: 0 (order 4), 1 and -1 (orders 1 and 2), and the two
/// of order 8. Each stands for both signs of x.
constexpr Encoded small_order[] = {
    {},
    {1},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
     0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
     0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
     0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
     0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}};
/// 2^255 - 19 and the order of the group, little endian.
constexpr Encoded prime = {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                           0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                           0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
constexpr Encoded group_order = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                 0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                 0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

bool below(const Encoded& number, const Encoded& bound) noexcept {
    for (std::size_t i = bytes_of_point; i-- > 0;) {
        if (number[i] != bound[i]) {
            return number[i] < bound[i];
        }
    }
    return false;
}

int nibble(char c) noexcept {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

PointFault point_fault(const Ed25519Key& key) noexcept {
    Encoded y = key;
    const bool negative = (y[31] & 0x80U) != 0;
    y[31] &= 0x7fU;
    if (!below(y, prime)) {
        return PointFault::not_canonical;
    }
    if (negative && (y == small_order[1] || y == small_order[2])) {
        return PointFault::not_canonical;  // x is zero there, and zero has no sign
    }
    const bool small =
        std::find(std::begin(small_order), std::end(small_order), y) != std::end(small_order);
    return small ? PointFault::small_order : PointFault::none;
}

bool scalar_is_canonical(const Ed25519Signature& signature) noexcept {
    Encoded scalar;
    std::copy_n(signature.begin() + bytes_of_point, bytes_of_point, scalar.begin());
    return below(scalar, group_order);
}

bool verify_strictly(const Ed25519Key& key, std::string_view text,
                     const Ed25519Signature& signature, Ed25519Equation equation) noexcept {
    Encoded commitment;
    std::copy_n(signature.begin(), bytes_of_point, commitment.begin());
    return equation != nullptr && point_fault(key) == PointFault::none &&
           point_fault(commitment) == PointFault::none && scalar_is_canonical(signature) &&
           equation(key, text, signature);
}

std::string hex_of(const std::uint8_t* bytes, std::size_t size) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * size);
    for (std::size_t i = 0; i < size; ++i) {
        text += digits[bytes[i] >> 4U];
        text += digits[bytes[i] & 15U];
    }
    return text;
}

bool read_hex(std::string_view text, std::uint8_t* out, std::size_t size) noexcept {
    if (text.size() != 2 * size) {
        return false;
    }
    for (std::size_t i = 0; i < size; ++i) {
        const int high = nibble(text[2 * i]);
        const int low = nibble(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return true;
}

}  // namespace portcullis::risk
