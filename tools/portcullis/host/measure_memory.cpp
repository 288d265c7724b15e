// First touch and huge pages. See measure.hpp.
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <numeric>
#include <utility>

#include "tools/portcullis/host/measure.hpp"
#include "tools/portcullis/host/proc_text.hpp"

namespace portcullis::tools {
namespace {

constexpr std::size_t page_size = 4096;
constexpr std::size_t huge_size = 2 << 20;

/// Memory of its own, at a whole number of huge pages. Unmapped when destroyed.
class Arena {
public:
    explicit Arena(std::size_t size) : size_(size + huge_size) {
        base_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    ~Arena() {
        if (ok()) {
            ::munmap(base_, size_);
        }
    }
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    [[nodiscard]] bool ok() const { return base_ != MAP_FAILED; }
    [[nodiscard]] volatile unsigned char* bytes() const {
        const auto at = reinterpret_cast<std::uintptr_t>(base_);
        return reinterpret_cast<unsigned char*>((at + huge_size - 1) / huge_size * huge_size);
    }

private:
    std::size_t size_;
    void* base_;
};

/// Of this thread's own running: what others take from it is no cost of memory.
std::int64_t thread_time_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

double touch_ns(const Arena& arena, std::size_t size) {
    const std::int64_t begun = thread_time_ns();
    for (std::size_t at = 0; at < size; at += page_size) {
        arena.bytes()[at] = 1;
    }
    return static_cast<double>(thread_time_ns() - begun) / static_cast<double>(size / page_size);
}

/// One load after the other, each at the place that the one before holds: a permutation of one
/// cycle over the lines of the table.
double walk_ns(volatile unsigned char* bytes, std::size_t size) {
    constexpr std::size_t line = 64;
    constexpr std::size_t steps = 400'000;
    auto* words = reinterpret_cast<volatile std::uint64_t*>(bytes);
    const std::size_t lines = size / line;
    std::vector<std::uint32_t> order(lines);
    std::iota(order.begin(), order.end(), 0U);
    std::uint64_t seed = 0x9e3779b97f4a7c15;
    for (std::size_t i = lines - 1; i > 0; --i) {
        seed = seed * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
        std::swap(order[i], order[(seed >> 33) % i]);  // Sattolo: one cycle
    }
    for (std::size_t i = 0; i < lines; ++i) {
        words[i * line / sizeof(std::uint64_t)] = order[i] * line / sizeof(std::uint64_t);
    }
    std::uint64_t at = 0;
    const std::int64_t begun = thread_time_ns();
    for (std::size_t i = 0; i < steps; ++i) {
        at = words[at];
    }
    const std::int64_t taken = thread_time_ns() - begun;
    return at > size ? 0 : static_cast<double>(taken) / static_cast<double>(steps);
}

}  // namespace

engine::Result<MemoryCosts> measure_memory() {
    constexpr std::size_t touch_size = 16 << 20;
    constexpr std::size_t walk_size = 64 << 20;
    MemoryCosts costs;
    {
        const Arena fresh(touch_size);
        if (!fresh.ok()) {
            return engine::Error{std::string("mmap: ") + std::strerror(errno)};
        }
        (void)::madvise(const_cast<unsigned char*>(fresh.bytes()), touch_size, MADV_NOHUGEPAGE);
        costs.first_touch_ns = touch_ns(fresh, touch_size);
        costs.touched_ns = touch_ns(fresh, touch_size);
    }
    const auto huge_now_kb = [] {
        return field_of(read_system_file("/proc/self/smaps_rollup").value_or(""), "AnonHugePages")
            .value_or(0);
    };
    for (const bool huge : {false, true}) {
        const Arena table(walk_size);
        if (!table.ok()) {
            return engine::Error{std::string("mmap: ") + std::strerror(errno)};
        }
        const std::int64_t before_kb = huge_now_kb();
        (void)::madvise(const_cast<unsigned char*>(table.bytes()), walk_size,
                        huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
        (huge ? costs.walk_huge_ns : costs.walk_small_ns) = walk_ns(table.bytes(), walk_size);
        costs.huge_kb = huge_now_kb() - before_kb;
    }
    return costs;
}

}  // namespace portcullis::tools
