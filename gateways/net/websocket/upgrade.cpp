#include "gateways/net/websocket/upgrade.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "engine/types/decimal.hpp"
#include "engine/types/verify.hpp"
#include "gateways/codec/text_codes.hpp"

namespace portcullis::gateways {
namespace {

using engine::verify;

bool plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
    const std::size_t from = text.find_first_not_of(" \t");
    const std::size_t last = text.find_last_not_of(" \t");
    return from == std::string_view::npos ? "" : text.substr(from, last - from + 1);
}

bool lists_word(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        if (same_word(trimmed(list.substr(0, comma)), word)) {
            return true;
        }
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

/// What the headers said of what we asked for.
struct Headers {
    bool upgrade{}, connection{}, accepted{}, broken{};
    std::string_view accept, unasked;  ///< unasked: the name of what nobody offered
    std::int64_t retry_after_s{};
};

void read_header(std::string_view line, Headers& out) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || !plain(line.substr(0, colon))) {
        out.broken = true;
        return;
    }
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (same_word(name, "Upgrade")) {
        out.upgrade = out.upgrade || lists_word(value, "websocket");
    } else if (same_word(name, "Connection")) {
        out.connection = out.connection || lists_word(value, "upgrade");
    } else if (same_word(name, "Sec-WebSocket-Accept")) {
        out.broken = out.broken || std::exchange(out.accepted, true);
        out.accept = value;
    } else if (same_word(name, "Sec-WebSocket-Extensions") ||
               same_word(name, "Sec-WebSocket-Protocol")) {
        out.unasked = name;
    } else if (same_word(name, "Retry-After")) {
        constexpr std::uint64_t week_s = 7 * 86'400;
        const auto seconds = engine::parse_unsigned(value);
        out.retry_after_s = static_cast<std::int64_t>(std::min(seconds.value_or(0), week_s));
    }
}

UpgradeAnswer refused(UpgradeAnswer answer, std::string reason) {
    answer.state = UpgradeAnswer::State::refused;
    answer.reason = std::move(reason);
    return answer;
}

/// "HTTP/1.1 101 ..." -> 101; 0: it is no such line.
std::uint16_t status_of(std::string_view line) {
    const bool http = line.size() >= 12 && line.starts_with("HTTP/1.") && line[7] >= '0' &&
                      line[7] <= '9' && line[8] == ' ' && (line.size() == 12 || line[12] == ' ');
    const auto number = http ? engine::parse_unsigned(line.substr(9, 3)) : std::nullopt;
    return static_cast<std::uint16_t>(number && *number >= 100 ? *number : 0);
}

/// 1xx, but for 101, which is the answer itself.
bool before_the_answer(std::uint16_t status) {
    return status >= 100 && status < 200 && status != 101;
}

Headers read_headers(std::string_view lines) {
    Headers headers;
    while (!lines.empty()) {
        const std::size_t end = lines.find("\r\n");
        read_header(lines.substr(0, end), headers);
        lines.remove_prefix(end + 2);
    }
    return headers;
}

/// Status line and headers of one answer. `bytes_max`: of what it may have, its end not counted.
UpgradeAnswer read_one_answer(std::string_view bytes, std::string_view key, std::size_t bytes_max) {
    UpgradeAnswer answer;
    const std::size_t line_end = bytes.find("\r\n");
    const std::string_view first = bytes.substr(0, std::min(line_end, bytes.size()));
    const std::string_view begin = std::string_view("HTTP/1.").substr(0, first.size());
    if (!first.starts_with(begin)) {
        return refused(answer, "the answer to the upgrade request is no HTTP");
    }
    if (line_end != std::string_view::npos) {
        answer.status = status_of(first);
        if (answer.status == 0) {
            return refused(answer, "the answer to the upgrade request is no HTTP");
        }
    }
    const std::size_t end = bytes.find("\r\n\r\n");
    if (std::min(end, bytes.size()) > bytes_max) {
        return refused(answer, "the answer to the upgrade request has no end");
    }
    if (end == std::string_view::npos) {
        return answer;
    }
    answer.size = end + 4;
    if (before_the_answer(answer.status)) {
        return answer;
    }
    const Headers headers = read_headers(bytes.substr(line_end + 2, end - line_end));
    answer.retry_after_s = headers.retry_after_s;
    if (answer.status != 101) {
        return refused(answer, "the upgrade was answered with " + std::to_string(answer.status));
    }
    if (!headers.unasked.empty()) {
        return refused(answer, std::string(headers.unasked) + " that was not offered");
    }
    if (headers.broken || !headers.upgrade || !headers.connection ||
        headers.accept != upgrade_accept(key)) {
        return refused(answer, "the answer is none to this upgrade request");
    }
    answer.state = UpgradeAnswer::State::agreed;
    return answer;
}

/// Where the answer begins: behind all that is said before it and has come whole.
struct Begun {
    UpgradeAnswer answer;
    std::size_t from{};
};
Begun answer_of(std::string_view bytes, std::string_view key) {
    Begun begun;
    do {
        begun.from += begun.answer.size;
        const std::size_t left =
            upgrade_answer_bytes_max - std::min(begun.from, upgrade_answer_bytes_max);
        begun.answer = read_one_answer(bytes.substr(begun.from), key, left);
    } while (begun.answer.state == UpgradeAnswer::State::unfinished && begun.answer.size != 0);
    return begun;
}

}  // namespace

std::string upgrade_accept(std::string_view key) {
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[20];
    verify(EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha1(), nullptr) == 1);
    std::string accept(base64_size(sizeof digest), '\0');
    write_base64(digest, sizeof digest, accept.data());
    return accept;
}

std::optional<std::string> upgrade_request(const Endpoint& endpoint, std::string_view key) {
    const std::string path = endpoint.path.empty() ? "/" : endpoint.path;
    if (endpoint.host.empty() || !plain(endpoint.host) || !plain(path) || path.front() != '/') {
        return std::nullopt;
    }
    const bool v6 = endpoint.host.find(':') != std::string::npos;
    const std::string host = v6 ? "[" + endpoint.host + "]" : endpoint.host;
    const std::string port = endpoint.port == 443 ? "" : ":" + std::to_string(endpoint.port);
    return "GET " + path + " HTTP/1.1\r\nHost: " + host + port +
           "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " +
           std::string(key) + "\r\nSec-WebSocket-Version: 13\r\nUser-Agent: portcullis\r\n\r\n";
}

UpgradeAnswer read_upgrade_answer(std::string_view bytes, std::string_view key) {
    Begun begun = answer_of(bytes, key);
    begun.answer.size += begun.answer.state == UpgradeAnswer::State::agreed ? begun.from : 0;
    return std::move(begun.answer);
}

UpgradeAnswer read_cut_upgrade_answer(std::string_view bytes, std::string_view key) {
    const Begun begun = answer_of(bytes, key);
    const UpgradeAnswer& answer = begun.answer;
    if (answer.state != UpgradeAnswer::State::unfinished || answer.status <= 101 ||
        before_the_answer(answer.status)) {
        return answer;
    }
    const std::string_view head = bytes.substr(begun.from);
    const std::size_t first = head.find("\r\n") + 2;
    UpgradeAnswer cut = answer;
    cut.retry_after_s =
        read_headers(head.substr(first, head.rfind("\r\n") + 2 - first)).retry_after_s;
    return refused(cut, "the upgrade was answered with " + std::to_string(answer.status) +
                            ", and then it was cut off");
}

}  // namespace portcullis::gateways
