// IoUring: the kernel's submission and completion rings, by its three system calls and its header.
//
// For the rows that ask what it would be worth (bench/README.md, "io_uring and AF_XDP"); liburing
// would be a dependency for a hundred lines. One thread owns it; the kernel's thread of SQPOLL is
// the other end of the two rings, hence acquire and release on their heads and tails.
#pragma once

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace portcullis::bench {

class IoUring {
public:
    explicit IoUring(unsigned flags) {
        parameters_.flags = flags;
        parameters_.sq_thread_idle = 2'000;  // ms, of SQPOLL
        fd_ = static_cast<int>(::syscall(SYS_io_uring_setup, entries, &parameters_));
        error_ = fd_ < 0 ? errno : 0;
        if (fd_ < 0) {
            return;
        }
        // One mapping holds both rings (IORING_FEAT_SINGLE_MMAP, Linux 5.4).
        const std::size_t sq = parameters_.sq_off.array + parameters_.sq_entries * sizeof(unsigned);
        const std::size_t cq =
            parameters_.cq_off.cqes + parameters_.cq_entries * sizeof(io_uring_cqe);
        rings_bytes_ = sq > cq ? sq : cq;
        rings_ = map(rings_bytes_, IORING_OFF_SQ_RING);
        sqes_ = map(parameters_.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES);
        if (rings_ == MAP_FAILED || sqes_ == MAP_FAILED) {
            error_ = errno;
        }
    }
    ~IoUring() {
        if (rings_ != MAP_FAILED) {
            ::munmap(rings_, rings_bytes_);
        }
        if (sqes_ != MAP_FAILED) {
            ::munmap(sqes_, parameters_.sq_entries * sizeof(io_uring_sqe));
        }
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    IoUring(const IoUring&) = delete;
    IoUring& operator=(const IoUring&) = delete;
    /// 0: usable; else an errno.
    [[nodiscard]] int error() const { return error_; }

    /// Queues one operation; submit() hands it over. Requires: fewer than `entries` under way.
    void queue(std::uint8_t operation, int fd, void* bytes, std::size_t size, std::uint32_t flags) {
        unsigned* const tail = at<unsigned>(parameters_.sq_off.tail);
        const unsigned index = *tail & (parameters_.sq_entries - 1);
        io_uring_sqe& sqe = static_cast<io_uring_sqe*>(sqes_)[index];
        std::memset(&sqe, 0, sizeof sqe);
        sqe.opcode = operation;
        sqe.fd = fd;
        sqe.addr = reinterpret_cast<std::uintptr_t>(bytes);
        sqe.len = static_cast<std::uint32_t>(size);
        sqe.msg_flags = flags;
        sqe.user_data = operation;
        at<unsigned>(parameters_.sq_off.array)[index] = index;
        __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);  // release: the entry is whole
        ++queued_;
    }
    /// Hands over what is queued and waits for `completions` of it; runs what the kernel left to do
    /// on this thread.
    int submit(unsigned completions) {
        if ((parameters_.flags & IORING_SETUP_SQPOLL) != 0) {
            queued_ = 0;  // its thread sees the tail
            const unsigned* const flags = at<unsigned>(parameters_.sq_off.flags);
            // seq_cst: the tail above must be there before the flag is looked at
            __atomic_thread_fence(__ATOMIC_SEQ_CST);
            const bool asleep = (__atomic_load_n(flags, __ATOMIC_RELAXED) &
                                 IORING_SQ_NEED_WAKEUP) != 0;  // relaxed: behind the fence
            return asleep ? enter(0, 0, IORING_ENTER_SQ_WAKEUP) : 0;
        }
        int taken = enter(queued_, completions, IORING_ENTER_GETEVENTS);
        while (taken < 0 && errno == EINTR) {  // before anything was taken
            taken = enter(queued_, completions, IORING_ENTER_GETEVENTS);
        }
        queued_ = 0;
        return taken;
    }
    /// The next completion: operation and result. False: none is there.
    bool take(std::uint8_t& operation, int& result) {
        unsigned* const head = at<unsigned>(parameters_.cq_off.head);
        // acquire: the completion below the tail is whole
        const unsigned tail =
            __atomic_load_n(at<unsigned>(parameters_.cq_off.tail), __ATOMIC_ACQUIRE);
        if (*head == tail) {
            return false;
        }
        const io_uring_cqe& cqe =
            at<io_uring_cqe>(parameters_.cq_off.cqes)[*head & (parameters_.cq_entries - 1)];
        operation = static_cast<std::uint8_t>(cqe.user_data);
        result = cqe.res;
        __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);  // release: the entry has been read
        return true;
    }

private:
    static constexpr unsigned entries = 8;

    void* map(std::size_t bytes, std::uint64_t offset) const {
        return ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_,
                      static_cast<off_t>(offset));
    }
    template <class T>
    T* at(std::uint32_t offset) const {
        return reinterpret_cast<T*>(static_cast<char*>(rings_) + offset);
    }
    int enter(unsigned submitted, unsigned completions, unsigned flags) const {
        return static_cast<int>(
            ::syscall(SYS_io_uring_enter, fd_, submitted, completions, flags, nullptr, 0));
    }

    io_uring_params parameters_{};
    int fd_{-1};
    int error_{};
    std::size_t rings_bytes_{};
    void* rings_{MAP_FAILED};
    void* sqes_{MAP_FAILED};
    unsigned queued_{};
};

}  // namespace portcullis::bench
