// System calls, counted and made to fail: see wrapped_calls.hpp.
#include "tests/gateways/net/wrapped_calls.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace portcullis::gateways::test {
namespace {

/// Notes the call. 0, or the error with which it fails; the `room` of one that does half its work
/// becomes less.
int fate_of(Call call, std::size_t* room = nullptr) {
    WrappedCalls& calls = wrapped_calls();
    const int number = ++calls.made[static_cast<int>(call)];
    if (calls.fails_at == 0 || calls.failing != call || number < calls.fails_at) {
        return 0;
    }
    const bool first = number == calls.fails_at;
    if (first && calls.fault.half) {
        *room = std::max<std::size_t>(1, *room / 2);
        return 0;
    }
    return first || !calls.fault.once ? calls.fault.error : 0;
}

}  // namespace

WrappedCalls& wrapped_calls() {
    thread_local WrappedCalls calls;
    return calls;
}

}  // namespace portcullis::gateways::test

using portcullis::gateways::test::Call;
using portcullis::gateways::test::fate_of;

extern "C" {

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol) {
    const int error = fate_of(Call::socket);
    return error == 0 ? __real_socket(domain, type, protocol) : (errno = error, -1);
}

int __real_connect(int fd, const sockaddr* to, socklen_t size);
int __wrap_connect(int fd, const sockaddr* to, socklen_t size) {
    const int error = fate_of(Call::connect);
    return error == 0 ? __real_connect(fd, to, size) : (errno = error, -1);
}

ssize_t __real_send(int fd, const void* from, std::size_t size, int flags);
ssize_t __wrap_send(int fd, const void* from, std::size_t size, int flags) {
    const int error = fate_of(Call::send, &size);
    return error == 0 ? __real_send(fd, from, size, flags) : (errno = error, -1);
}

ssize_t __real_recv(int fd, void* to, std::size_t room, int flags);
ssize_t __wrap_recv(int fd, void* to, std::size_t room, int flags) {
    const int error = fate_of(Call::recv, &room);
    return error == 0 ? __real_recv(fd, to, room, flags) : (errno = error, -1);
}

int __real_RAND_bytes(unsigned char* to, int size);
int __wrap_RAND_bytes(unsigned char* to, int size) {
    ++portcullis::gateways::test::wrapped_calls().draws;
    return __real_RAND_bytes(to, size);
}

int __real_getaddrinfo(const char* name, const char* port, const addrinfo* hints, addrinfo** out);
int __wrap_getaddrinfo(const char* name, const char* port, const addrinfo* hints, addrinfo** out) {
    if (name == nullptr || name != portcullis::gateways::test::two_addresses) {
        return __real_getaddrinfo(name, port, hints, out);
    }
    addrinfo numeric = *hints;
    numeric.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    const int code = __real_getaddrinfo("127.0.0.2", port, &numeric, out);
    // The C library frees a list link by link.
    return code != 0 ? code : __real_getaddrinfo("127.0.0.1", port, &numeric, &(*out)->ai_next);
}

}  // extern "C"
