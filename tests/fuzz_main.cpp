// A plain main for the fuzzers outside the fuzz preset: runs every file of the corpus folders named
// on the command line, every prefix of each, and a fixed number of seeded mutations, through the
// same entry point that libFuzzer calls. Without it a fuzzer that nobody builds would rot.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::string& bytes) {
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
    std::mt19937_64 random(bytes.size());  // NOLINT: the same every time is the point
    for (int i = 0; i < 200 && !bytes.empty(); ++i) {
        std::string mutated = bytes;
        for (std::uint64_t change = random() % 4 + 1; change > 0; --change) {
            mutated[random() % mutated.size()] = static_cast<char>(random());
        }
        run(mutated);
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t files = 0;
    for (int i = 1; i < argc; ++i) {
        if (!std::filesystem::is_directory(argv[i])) {
            std::fprintf(stderr,
                         "no corpus folder %s: a fuzzer has at least its golden inputs there\n",
                         argv[i]);
            return 1;
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
            if (entry.is_regular_file()) {
                std::ifstream in(entry.path(), std::ios::binary);
                run_with_mutations(std::string(std::istreambuf_iterator<char>(in), {}));
                ++files;
            }
        }
    }
    std::printf("%zu corpus files, each with its prefixes and 200 mutations\n", files);
    return files == 0 ? 1 : 0;
}
