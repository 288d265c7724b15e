#include "gateways/net/openssl_pool.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace portcullis::gateways {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

constexpr std::size_t step = 64;
constexpr std::size_t sizes = 16;               // 64, 128 ... 1024 bytes
constexpr std::size_t kept_max = 64;            // of each size, per thread
constexpr std::size_t size_max = SIZE_MAX / 2;  // no heap has more; sums of sizes do not wrap

/// Before each block. `size_class` 0: it came from the heap as it was asked for and goes back
/// there.
struct alignas(std::max_align_t) Header {
    std::size_t size_class;
};

/// Blocks that are free, linked by their first word. No destructor: OpenSSL still frees when the
/// thread's objects are gone.
struct Lists {
    void* first[sizes + 1];
    std::size_t count[sizes + 1];
    bool ended;
};
thread_local Lists lists{};

struct GivesBackAtEnd {
    ~GivesBackAtEnd() {
        lists.ended = true;
        for (std::size_t i = 1; i <= sizes; ++i) {
            for (void* block = lists.first[i]; block != nullptr;) {
                void* next = nullptr;
                std::memcpy(&next, block, sizeof next);
                std::free(static_cast<Header*>(block) - 1);
                block = next;
            }
            lists.first[i] = nullptr;
        }
    }
    void be_there() const noexcept {}
};
thread_local GivesBackAtEnd gives_back;

std::size_t class_of(std::size_t size) {
    const std::size_t made = (size + step - 1) / step;
    return made <= sizes ? made : 0;
}

void* take(std::size_t size, const char*, int) {
    if (size == 0 || size > size_max) {
        return nullptr;
    }
    const std::size_t size_class = class_of(size);
    if (void* block = size_class != 0 ? lists.first[size_class] : nullptr; block != nullptr) {
        std::memcpy(&lists.first[size_class], block, sizeof block);
        --lists.count[size_class];
        return block;
    }
    auto* header = static_cast<Header*>(
        std::malloc(sizeof(Header) + (size_class != 0 ? size_class * step : size)));
    if (header == nullptr) {
        return nullptr;
    }
    header->size_class = size_class;
    return header + 1;
}

void give(void* block, const char*, int) {
    if (block == nullptr) {
        return;
    }
    Header* const header = static_cast<Header*>(block) - 1;
    const std::size_t size_class = header->size_class;
    if (size_class == 0 || lists.ended || lists.count[size_class] == kept_max) {
        std::free(header);
        return;
    }
    gives_back.be_there();
    std::memcpy(block, &lists.first[size_class], sizeof block);
    lists.first[size_class] = block;
    ++lists.count[size_class];
}

void* resize(void* block, std::size_t size, const char* file, int line) {
    if (block == nullptr) {
        return take(size, file, line);
    }
    if (size == 0) {
        give(block, file, line);
        return nullptr;
    }
    Header* const header = static_cast<Header*>(block) - 1;
    const std::size_t room = header->size_class * step;
    if (size <= room) {
        return block;
    }
    if (size > size_max) {
        return nullptr;
    }
    if (header->size_class == 0) {
        auto* moved = static_cast<Header*>(std::realloc(header, sizeof(Header) + size));
        return moved == nullptr ? nullptr : moved + 1;
    }
    void* const larger = take(size, file, line);
    if (larger != nullptr) {
        std::memcpy(larger, block, room);
        give(block, file, line);
    }
    return larger;
}

}  // namespace

bool pool_openssl_memory() noexcept {
    return !sanitized && CRYPTO_set_mem_functions(take, resize, give) == 1;
}

}  // namespace portcullis::gateways
