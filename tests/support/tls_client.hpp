// Caller: a blocking client of a server on this machine: TCP or Unix socket, TLS, HTTP, WebSocket.
//
// Written on OpenSSL alone and by RFC 6455, so that what the tests hold the venue's Beast to is not
// Beast, and so that a test of sockets does not cost twenty seconds to compile. Waits at most
// `patience_s`, or what set_patience() says, for anything: a peer that neither answers nor ends
// makes hung() true. One thread each.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace portcullis::test {

/// What a TLS client trusts. Shared by its callers; free-threaded once made.
class Trust {
public:
    /// The certificates of this PEM file alone; empty: none.
    explicit Trust(const std::string& ca_file);
    ~Trust();
    Trust(const Trust&) = delete;
    Trust& operator=(const Trust&) = delete;

    /// The first flight of a handshake, as bytes.
    [[nodiscard]] std::string client_hello() const;

private:
    friend class Caller;
    struct State;
    std::unique_ptr<State> state_;
};

/// A frame as a client sends it, its mask all zeros. `first_byte`: FIN, reserved bits, opcode.
[[nodiscard]] std::string client_frame(std::uint8_t first_byte, std::string_view payload);

/// The request for a WebSocket at `target`.
[[nodiscard]] std::string upgrade_request(std::string_view target);

class Caller {
public:
    static constexpr int patience_s = 20;

    /// Connected, or a failed test.
    [[nodiscard]] static Caller to_port(std::uint16_t port);
    [[nodiscard]] static Caller to_path(const std::string& path);
    /// A socket of that family, for connect() at a later time.
    [[nodiscard]] static Caller unconnected(int family);
    void connect(std::uint16_t port);
    /// False: nobody takes the connection.
    [[nodiscard]] bool try_connect(std::uint16_t port);
    /// Instead of patience_s, from here on.
    void set_patience(std::chrono::milliseconds patience);
    void connect(const std::string& path);
    Caller(Caller&& other) noexcept;
    Caller& operator=(Caller&& other) = delete;
    ~Caller();

    /// TLS, the certificate verified for localhost.
    [[nodiscard]] bool shake_hands(const Trust& trust);
    /// WebSocket at `target`; the answer's head, which is the end of it unless it begins "HTTP/1.1
    /// 101".
    std::string upgrade(std::string_view target);

    /// False: the other side has ended.
    bool write(std::string_view bytes);
    /// Past the TLS.
    bool write_below_tls(std::string_view bytes);
    bool send_text(std::string_view text) { return write(client_frame(0x81, text)); }
    /// No more will be written; TLS says so too.
    void say_goodbye();
    /// The connection is reset.
    void reset();

    /// Exactly `size` bytes, or what came before the end.
    std::string read(std::size_t size);
    /// Up to and with `mark`, or what came before the end.
    std::string read_until(std::string_view mark);
    /// What comes until the end, or until `bytes_max`.
    std::string drain(std::size_t bytes_max = std::size_t{1} << 30);
    /// Payload of the next text message; pings are answered, pongs kept in pong(); empty: it has
    /// ended.
    std::string read_text();
    std::string ask(std::string_view text);

    [[nodiscard]] const std::string& pong() const { return pong_; }
    /// Of the close frame that came; 0: none.
    [[nodiscard]] std::uint16_t close_code() const { return close_code_; }
    /// Somebody was waited for in vain.
    [[nodiscard]] bool hung() const { return hung_; }
    /// How the last read that gave nothing ended: OpenSSL's error and errno.
    [[nodiscard]] std::string end_reason() const { return end_reason_; }
    [[nodiscard]] int socket() const { return socket_; }

private:
    explicit Caller(int socket);
    std::int64_t read_some(char* into, std::size_t size);

    int socket_;
    void* tls_{nullptr};
    std::string buffer_;  ///< read and not yet taken
    std::string pong_, end_reason_;
    std::uint16_t close_code_{0};
    bool hung_{false};
};

}  // namespace portcullis::test
