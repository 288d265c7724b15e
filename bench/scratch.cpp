#include "bench/scratch.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "bench/harness.hpp"

namespace portcullis::bench {

Scratch::Scratch() : path(std::filesystem::temp_directory_path() / "portcullis-bench-XXXXXX") {
    require(mkdtemp(path.data()) != nullptr, "no temporary directory");
}
Scratch::~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
}

void make_key(const std::string& path) {
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    const int file = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    std::FILE* out = file < 0 ? nullptr : fdopen(file, "w");
    require(key != nullptr && out != nullptr, "no key");
    require(PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "no key");
    require(std::fclose(out) == 0, "no key file");
    EVP_PKEY_free(key);
}

void make_secret(const std::string& path) {
    const int file = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    const std::string secret(64, 'k');
    require(file >= 0 && write(file, secret.data(), secret.size()) == 64, "no secret");
    require(close(file) == 0, "no secret file");
}

}  // namespace portcullis::bench
