#include "bench/harness.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <tuple>

namespace portcullis::bench {
namespace {

std::string machine_line() {
    std::string model = "unknown processor";
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos) {
            model = line.substr(line.find(": ") + 2);
            break;
        }
    }
    utsname kernel{};
    (void)uname(&kernel);
    return model + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores, Linux " +
           kernel.release;
}

double measure_ns_per_tick() {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    const std::uint64_t first = ticks_before();
    auto end = Clock::now();
    while (end - begin < std::chrono::milliseconds(50)) {
        end = Clock::now();
    }
    const std::uint64_t last = ticks_after();
    return std::chrono::duration<double, std::nano>(end - begin).count() /
           static_cast<double>(last - first);
}

std::uint64_t median_of(Ticks values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// What a curve shows of a run, where it has so many samples; the max besides.
constexpr double shares[] = {0,    0.01,  0.1,   0.25,   0.5,    0.75,    0.9,    0.95,
                             0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99995, 0.99999};

/// `share` of the samples took no longer. Requires: sorted, at least one.
double at_share(const std::vector<double>& sorted, double share) {
    const auto i = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
    return sorted[std::min(i, sorted.size() - 1)];
}

Percentiles percentiles_of(const std::vector<double>& sorted) {
    Percentiles found{
        at_share(sorted, 0.5), at_share(sorted, 0.99), at_share(sorted, 0.999), sorted.back(), {}};
    const auto n = static_cast<double>(sorted.size());
    for (const double share : shares) {
        if ((1 - share) * n >= 1) {
            found.curve.emplace_back(share, at_share(sorted, share));
        }
    }
    found.curve.emplace_back(1, sorted.back());
    return found;
}

}  // namespace

void require(bool holds, const char* what) {
    if (!holds) {
        std::fprintf(stderr, "portcullis-bench: wrong answer: %s\n", what);
        std::exit(1);
    }
}

Bench::Bench(Options options)
    : options_(std::move(options)), machine_(machine_line()), ns_per_tick_(measure_ns_per_tick()) {
    std::vector<std::uint64_t> pairs(10'001);
    for (std::uint64_t& pair : pairs) {
        const std::uint64_t begin = ticks_before();
        pair = ticks_after() - begin;
    }
    empty_pair_ = median_of(std::move(pairs));
}

bool Bench::wanted(std::string_view name) const {
    return name.substr(0, options_.only.size()) == options_.only;
}

bool Bench::any(std::string_view prefix) const {
    const std::size_t common = std::min(prefix.size(), options_.only.size());
    return prefix.substr(0, common) == std::string_view(options_.only).substr(0, common);
}

std::size_t Bench::count(std::size_t full) const {
    return options_.quick ? std::max<std::size_t>(full / 100, 50) : full;
}

double Bench::net_ns(std::uint64_t ticks) const {
    const std::uint64_t net = ticks > empty_pair_ ? ticks - empty_pair_ : 0;
    return static_cast<double>(net) * ns_per_tick_;
}

void Bench::add(const std::string& name, const Runs& runs, std::size_t batch) {
    std::vector<std::vector<double>> in_ns;
    for (const Ticks& run : runs) {
        std::vector<double>& ns = in_ns.emplace_back();
        ns.reserve(run.size());
        for (const std::uint64_t each : run) {
            ns.push_back(net_ns(each) / static_cast<double>(batch));
        }
    }
    add_in_ns(name, std::move(in_ns));
}

void Bench::add(const std::string& name, const Runs& runs,
                const std::vector<std::uint32_t>& operations) {
    std::vector<std::vector<double>> in_ns;
    for (const Ticks& run : runs) {
        std::vector<double>& ns = in_ns.emplace_back();
        ns.reserve(run.size());
        for (std::size_t i = 0; i < run.size(); ++i) {
            ns.push_back(net_ns(run[i]) / operations.at(i));
        }
    }
    add_in_ns(name, std::move(in_ns));
}

void Bench::add_in_ns(const std::string& name, std::vector<std::vector<double>> runs) {
    for (std::vector<double>& run : runs) {
        require(!run.empty(), (name + " has no samples").c_str());
        std::sort(run.begin(), run.end());
    }
    require(!runs.empty(), (name + " was not run").c_str());
    // By median; the counter's steps make equal ones of many, and then the tail decides.
    const auto quality = [](const std::vector<double>& run) {
        return std::tuple(at_share(run, 0.5), at_share(run, 0.99), run.back());
    };
    std::sort(runs.begin(), runs.end(),
              [&](const auto& a, const auto& b) { return quality(a) < quality(b); });
    const std::vector<double>& middle = runs[runs.size() / 2];
    rows_.push_back({name, percentiles_of(runs.front()), percentiles_of(middle), middle.size()});
}

void Bench::print() const {
    std::printf("%s\n", machine_.c_str());
    if (!rows_.empty()) {
        print_rows();
    }
    if (!figures_.empty()) {
        std::printf("%-42s %12s %12s\n", "", "best run", "median run");
    }
    for (const Figure& figure : figures_) {
        const int digits = figure.best < 1000 ? 3 : 0;
        std::printf("%-42s %12.*f %12.*f %s\n", figure.name.c_str(), digits, figure.best, digits,
                    figure.median, figure.unit.c_str());
    }
}

void Bench::print_rows() const {
    std::printf("%-42s | %-40s | %-40s |\n", "", "best run", "median run");
    std::printf("%-42s", "ns");
    for (int i = 0; i < 2; ++i) {
        std::printf(" | %8s %9s %9s %11s", "p50", "p99", "p99.9", "max");
    }
    std::printf(" | %8s\n", "n a run");
    for (const Row& row : rows_) {
        std::printf("%-42s", row.name.c_str());
        for (const Percentiles* run : {&row.best, &row.median}) {
            std::printf(" | %8.1f %9.1f %9.1f %11.1f", run->p50, run->p99, run->p999, run->max);
        }
        std::printf(" | %8zu\n", row.n);
    }
}

namespace {

void write_percentiles(std::FILE* file, const char* name, const Percentiles& run) {
    std::fprintf(file,
                 ",\"%s\":{\"p50_ns\":%.1f,\"p99_ns\":%.1f,\"p999_ns\":%.1f,\"max_ns\":%.1f,"
                 "\"curve\":[",
                 name, run.p50, run.p99, run.p999, run.max);
    const char* comma = "";
    for (const auto& [share, ns] : run.curve) {
        std::fprintf(file, "%s[%.5f,%.1f]", comma, share, ns);
        comma = ",";
    }
    std::fprintf(file, "]}");
}

std::string escaped(const std::string& text) {
    std::string made;
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            made += '\\';
        }
        made += c;
    }
    return made;
}

}  // namespace

bool Bench::write_json() const {
    if (options_.json.empty()) {
        return true;
    }
    std::FILE* file = std::fopen(options_.json.c_str(), "w");
    if (file == nullptr) {
        return false;
    }
    std::fprintf(file, "{\"machine\":\"%s\",\"runs\":%zu,\"rows\":[", escaped(machine_).c_str(),
                 runs());
    const char* comma = "";
    for (const Row& row : rows_) {
        std::fprintf(file, "%s\n{\"name\":\"%s\",\"n\":%zu", comma, row.name.c_str(), row.n);
        write_percentiles(file, "best", row.best);
        write_percentiles(file, "median", row.median);
        std::fprintf(file, "}");
        comma = ",";
    }
    std::fprintf(file, "],\"figures\":[");
    comma = "";
    for (const Figure& figure : figures_) {
        std::fprintf(file, "%s\n{\"name\":\"%s\",\"best\":%.3f,\"median\":%.3f,\"unit\":\"%s\"}",
                     comma, figure.name.c_str(), figure.best, figure.median, figure.unit.c_str());
        comma = ",";
    }
    std::fprintf(file, "]}\n");
    return std::fclose(file) == 0;
}

}  // namespace portcullis::bench
