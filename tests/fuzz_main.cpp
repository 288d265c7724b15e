// A plain main for the fuzzers outside the fuzz preset, through the entry point that libFuzzer
// calls: every file of the corpus folders named on the command line, every prefix of each, and a
// fixed number of seeded mutations. Without it a fuzzer that nobody builds would rot.
//
//   NAME [--executions N] [--seed S] CORPUS...
//
// An input that ends it is written to stderr. With --executions it runs so many mutations more,
// drawn over the whole corpus: bytes and lines changed, moved, and taken over from other files.
// libFuzzer finds its way by coverage; this goes where chance leads, but ten times as fast.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Random = std::mt19937_64;
constexpr std::size_t bytes_max = 4096;

const std::string* running = nullptr;

void tell_input(int signal) {
    static constexpr char what[] = "\nended by this input:\n";
    const bool told = ::write(2, what, sizeof what - 1) > 0 && running != nullptr &&
                      ::write(2, running->data(), running->size()) > 0;
    std::signal(signal, SIG_DFL);
    std::raise(told ? signal : SIGABRT);
}

void run(const std::string& bytes) {
    running = &bytes;
    // A copy of exact size, so that AddressSanitizer sees a read past the end.
    const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

void run_with_mutations(const std::string& bytes) {
    run(bytes);
    const std::size_t step = bytes.size() / 256 + 1;
    for (std::size_t size = 0; size < bytes.size(); size += step) {
        run(bytes.substr(0, size));
    }
    Random random(bytes.size());  // NOLINT: the same every time is the point
    for (int i = 0; i < 200 && !bytes.empty(); ++i) {
        std::string mutated = bytes;
        for (std::uint64_t change = random() % 4 + 1; change > 0; --change) {
            mutated[random() % mutated.size()] = static_cast<char>(random());
        }
        run(mutated);
    }
}

/// A piece of `text`: a line with its end, or any few bytes.
std::string piece(const std::string& text, Random& random) {
    if (text.empty()) {
        return {};
    }
    const std::size_t at = random() % text.size();
    if (random() % 2 == 0) {
        return text.substr(at, random() % 16 + 1);
    }
    const std::size_t before = text.rfind('\n', at);
    const std::size_t from = before == std::string::npos || before == at ? 0 : before + 1;
    return text.substr(from, text.find('\n', at) - from) + "\n";
}

void mutate(std::string& bytes, const std::vector<std::string>& corpus, Random& random) {
    const std::size_t at = bytes.empty() ? 0 : random() % bytes.size();
    switch (random() % 6) {
        case 0:
            bytes.insert(at, 1, static_cast<char>(random()));
            break;
        case 1:
            bytes.insert(at, piece(corpus[random() % corpus.size()], random));
            break;
        case 2: {  // a line of another file, as a line
            const std::size_t end = bytes.find('\n', at);
            bytes.insert(end == std::string::npos ? bytes.size() : end,
                         "\n" + piece(corpus[random() % corpus.size()], random));
            break;
        }
        case 3:
            bytes.erase(at, random() % 8 + 1);
            break;
        default:
            if (!bytes.empty()) {
                bytes[at] = static_cast<char>(random() % 3 == 0 ? random() : '0' + random() % 10);
            }
    }
    if (bytes.size() > bytes_max) {
        bytes.resize(bytes_max);
    }
}

void run_drawn(const std::vector<std::string>& corpus, std::uint64_t executions,
               std::uint64_t seed) {
    Random random(seed);  // NOLINT: named on the command line
    for (std::uint64_t i = 0; i < executions; ++i) {
        std::string bytes = corpus[random() % corpus.size()];
        for (std::uint64_t changes = random() % 8 + 1; changes > 0; --changes) {
            mutate(bytes, corpus, random);
        }
        run(bytes);
        if ((i + 1) % 1'000'000 == 0) {
            std::printf("%llu executions of seed %llu\n", static_cast<unsigned long long>(i + 1),
                        static_cast<unsigned long long>(seed));
            std::fflush(stdout);
        }
    }
}

/// All files of a folder, in the order of their names.
bool read_corpus(const char* folder, std::vector<std::string>& corpus) {
    if (!std::filesystem::is_directory(folder)) {
        std::fprintf(stderr, "no corpus folder %s: a fuzzer has at least its golden inputs there\n",
                     folder);
        return false;
    }
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
        std::ifstream in(path, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGABRT, tell_input);
    std::signal(SIGSEGV, tell_input);
    std::vector<std::string> corpus;
    std::uint64_t executions = 0;
    std::uint64_t seed = 1;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if ((word == "--executions" || word == "--seed") && i + 1 < argc) {
            char* end = nullptr;
            const std::uint64_t number = std::strtoull(argv[++i], &end, 10);
            if (*argv[i] == '\0' || *end != '\0') {
                std::fprintf(stderr, "%s %s: expected a number\n", word.c_str(), argv[i]);
                return 2;
            }
            (word == "--seed" ? seed : executions) = number;
        } else if (!read_corpus(argv[i], corpus)) {
            return 1;
        }
    }
    for (const std::string& bytes : corpus) {
        run_with_mutations(bytes);
    }
    if (!corpus.empty()) {
        run_drawn(corpus, executions, seed);
    }
    std::printf("%zu corpus files, each with its prefixes and 200 mutations, and %llu drawn\n",
                corpus.size(), static_cast<unsigned long long>(executions));
    return corpus.empty() ? 1 : 0;
}
