// Scratch: a directory for one bench, and a throw-away key in it.
//
// Keys and journals are made for the run and removed with it, also when they are large; nothing of
// a run is ever read by the next.
#pragma once

#include <string>

namespace portcullis::bench {

struct Scratch {
    Scratch();
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    std::string path;
};

/// A new Ed25519 key in a PEM file of mode 0600.
void make_key(const std::string& path);
/// An HMAC secret in one line of a file of mode 0600.
void make_secret(const std::string& path);

}  // namespace portcullis::bench
