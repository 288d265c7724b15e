// MaskSource: masking keys that nobody can foretell (RFC 6455, 10.3), drawn ahead of time: drawing
// may ask the kernel. One owner.
#pragma once

#include <openssl/rand.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/types/verify.hpp"

namespace portcullis::gateways {

class MaskSource {
public:
    static constexpr std::size_t capacity = 1024;

    /// Off the path: draws again once half of them are used.
    void refill() noexcept {
        if (left_ <= capacity / 2) {
            draw();
        }
    }
    [[nodiscard]] std::uint32_t next() noexcept {
        if (left_ == 0) {
            draw();
        }
        return masks_[--left_];
    }

private:
    void draw() noexcept {
        engine::verify(RAND_bytes(reinterpret_cast<unsigned char*>(masks_.data()),
                                  static_cast<int>(sizeof masks_)) == 1);
        left_ = capacity;
    }

    std::array<std::uint32_t, capacity> masks_{};
    std::size_t left_{};
};

}  // namespace portcullis::gateways
