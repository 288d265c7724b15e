// Texts shown and signed. See signing.hpp.
#include "tools/portcullis/operator/signing.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <iostream>
#include <iterator>

namespace portcullis::tools {
namespace {

constexpr std::string_view signature_key = "signature: ";

engine::Result<risk::Ed25519Signature> signature_from_input() {
    fmt::print(stderr, "its line \"signature: ...\", as `portcullis operator sign` makes it:\n");
    std::string line;
    std::getline(std::cin, line);
    const auto signature =
        line.starts_with(signature_key)
            ? risk::bytes_of_hex<64>(std::string_view(line).substr(signature_key.size()))
            : std::nullopt;
    if (!signature) {
        return engine::Error{"found no line \"signature: \" with 128 digits"};
    }
    return *signature;
}

int cannot_sign(const std::string& why) {
    fmt::print(stderr, "portcullis operator sign: {}\n", why);
    return 1;
}

}  // namespace

engine::Result<risk::Ed25519Key> SigningKey::open() const {
    if (file.empty() == public_hex.empty()) {
        return engine::Error{
            "expected --key FILE, or --public-key HEX of a key that lies elsewhere: whose "
            "signature is it?"};
    }
    if (!file.empty()) {
        const auto pair = gateways::Ed25519Pair::load(file);
        return pair ? engine::Result<risk::Ed25519Key>(pair.value().open())
                    : engine::Result<risk::Ed25519Key>(engine::Error{pair.error()});
    }
    const auto key = risk::bytes_of_hex<32>(public_hex);
    return key ? engine::Result<risk::Ed25519Key>(*key)
               : engine::Result<risk::Ed25519Key>(
                     engine::Error{"--public-key: expected 64 hex digits"});
}

engine::Result<std::string> sign_shown(risk::CommandFrame frame, const SigningKey& key) {
    const std::string text = risk::command_text(frame);
    fmt::print("{}{}", key.file.empty() ? "" : "signed:\n", text);
    std::fflush(stdout);
    if (key.file.empty()) {
        auto signature = signature_from_input();
        if (!signature) {
            return engine::Error{signature.error()};
        }
        frame.signature = signature.value();
        return risk::frame_bytes(frame);
    }
    const auto pair = gateways::Ed25519Pair::load(key.file);
    if (!pair) {
        return engine::Error{pair.error()};
    }
    const auto signature = pair.value().sign(risk::signed_bytes(text));
    if (!signature) {
        return engine::Error{signature.error()};
    }
    frame.signature = signature.value();
    return risk::frame_bytes(frame);
}

int operator_keygen(const std::string& out) {
    const auto made = gateways::Ed25519Pair::make(out);
    if (!made) {
        fmt::print(stderr, "portcullis operator keygen: {}\n", made.error());
        return 1;
    }
    fmt::print("public_key = \"{}\"\n", risk::hex_of(made.value().open()));
    return 0;
}

int operator_sign(const std::string& key_file) {
    const auto pair = gateways::Ed25519Pair::load(key_file);
    if (!pair) {
        return cannot_sign(pair.error());
    }
    const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    // A frame in its one spelling, or it is not signed: a command hides in no other text.
    const risk::ParsedFrame parsed = risk::parse_frame(
        text + std::string(signature_key) + risk::hex_of(risk::Ed25519Signature{}) + "\n");
    if (parsed.fault != risk::FrameFault::none) {
        return cannot_sign("found no command on standard input, expected its lines and no other");
    }
    if (parsed.frame.key != pair.value().open()) {
        return cannot_sign("the command names another key than this one");
    }
    fmt::print(stderr, "signed:\n{}", text);
    const auto signature = pair.value().sign(risk::signed_bytes(text));
    if (!signature) {
        return cannot_sign(signature.error());
    }
    fmt::print("{}{}\n", signature_key, risk::hex_of(signature.value()));
    return 0;
}

}  // namespace portcullis::tools
