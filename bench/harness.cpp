#include "bench/harness.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

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

std::uint64_t median(std::vector<std::uint64_t> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// What the project asks of a row's median, in whole ns: the counter tells no less.
struct MedianAsked {
    std::string_view row;
    double ns;
};
constexpr MedianAsked medians_asked[] = {{"gate.review.hot", 50},
                                         {"tick_to_order", 1000},
                                         {"transport.framing.100", 20},
                                         {"transport.framing.1440", 60}};

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
    empty_pair_ = median(pairs);
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

void Bench::keep_better(std::vector<std::uint64_t>& best, std::vector<std::uint64_t> ticks) {
    if (!ticks.empty() && (best.empty() || median(ticks) < median(best))) {
        best = std::move(ticks);
    }
}

double Bench::net_ns(std::uint64_t ticks) const {
    const std::uint64_t net = ticks > empty_pair_ ? ticks - empty_pair_ : 0;
    return static_cast<double>(net) * ns_per_tick_;
}

void Bench::add(const std::string& name, std::vector<std::uint64_t> ticks, std::size_t batch) {
    std::sort(ticks.begin(), ticks.end());
    std::vector<double> ns;
    ns.reserve(ticks.size());
    for (const std::uint64_t each : ticks) {
        ns.push_back(net_ns(each) / static_cast<double>(batch));
    }
    add_sorted(name, ns);
}

void Bench::add(const std::string& name, const std::vector<std::uint64_t>& ticks,
                const std::vector<std::uint32_t>& operations) {
    std::vector<double> ns;
    ns.reserve(ticks.size());
    for (std::size_t i = 0; i < ticks.size(); ++i) {
        ns.push_back(net_ns(ticks[i]) / operations.at(i));
    }
    std::sort(ns.begin(), ns.end());
    add_sorted(name, ns);
}

void Bench::add_sorted(const std::string& name, const std::vector<double>& ns) {
    require(!ns.empty(), (name + " has no samples").c_str());
    const auto at = [&](double share) {
        const auto i = static_cast<std::size_t>(share * static_cast<double>(ns.size()));
        return ns[std::min(i, ns.size() - 1)];
    };
    rows_.push_back({name, at(0.5), at(0.99), at(0.999), at(1.0), ns.size()});
}

void Bench::figure(const std::string& name, double value, const std::string& unit, Bar bar) {
    require(value > 0, (name + " is nothing").c_str());
    figures_.push_back({name, value, unit, bar});
}

bool Bench::check() const {
    if (options_.margin <= 0) {
        return true;
    }
    std::size_t held = 0;
    std::size_t missed = 0;
    const auto hold = [&](const std::string& what, double value, Bar bar) {
        if (bar.kind == Bar::Kind::none) {
            return;
        }
        const bool at_least = bar.kind == Bar::Kind::at_least;
        const double asked = at_least ? bar.value / options_.margin : bar.value * options_.margin;
        const bool ok = at_least                           ? value >= asked
                        : bar.kind == Bar::Kind::less_than ? value < asked
                                                           : value <= asked;
        ++(ok ? held : missed);
        std::printf("[%s] %s: %.3f, asked for %s %.3f\n", ok ? "ok" : "FAILED", what.c_str(), value,
                    at_least                           ? "at least"
                    : bar.kind == Bar::Kind::less_than ? "less than"
                                                       : "at most",
                    asked);
    };
    for (const Figure& figure : figures_) {
        hold(figure.name, figure.value, figure.bar);
    }
    for (const Row& row : rows_) {
        for (const auto& [name, ns] : medians_asked) {
            if (row.name == name) {
                hold(row.name + " p50 in whole ns", std::round(row.p50), {Bar::Kind::at_most, ns});
            }
        }
    }
    if (held + missed == 0) {
        std::printf("[FAILED] no figure was measured that has a bar\n");
    }
    return missed == 0 && held > 0;
}

void Bench::print() const {
    std::printf("%s\n%-30s %10s %10s %10s %12s %9s\n", machine_.c_str(), "ns", "p50", "p99",
                "p99.9", "max", "n");
    for (const Row& row : rows_) {
        std::printf("%-30s %10.1f %10.1f %10.1f %12.1f %9zu\n", row.name.c_str(), row.p50, row.p99,
                    row.p999, row.max, row.n);
    }
    for (const Figure& figure : figures_) {
        std::printf("%-30s %10.*f %s\n", figure.name.c_str(), figure.value < 1000 ? 3 : 0,
                    figure.value, figure.unit.c_str());
    }
}

bool Bench::write_json() const {
    if (options_.json.empty()) {
        return true;
    }
    std::FILE* file = std::fopen(options_.json.c_str(), "w");
    if (file == nullptr) {
        return false;
    }
    std::string machine;
    for (const char c : machine_) {
        if (c == '"' || c == '\\') {
            machine += '\\';
        }
        machine += c;
    }
    std::fprintf(file, "{\"machine\":\"%s\",\"rows\":[", machine.c_str());
    const char* comma = "";
    for (const Row& row : rows_) {
        std::fprintf(file,
                     "%s\n{\"name\":\"%s\",\"p50_ns\":%.1f,\"p99_ns\":%.1f,\"p999_ns\":%.1f,"
                     "\"max_ns\":%.1f,\"n\":%zu}",
                     comma, row.name.c_str(), row.p50, row.p99, row.p999, row.max, row.n);
        comma = ",";
    }
    std::fprintf(file, "],\"figures\":[");
    comma = "";
    for (const Figure& figure : figures_) {
        std::fprintf(file, "%s\n{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}", comma,
                     figure.name.c_str(), figure.value, figure.unit.c_str());
        comma = ",";
    }
    std::fprintf(file, "]}\n");
    return std::fclose(file) == 0;
}

}  // namespace portcullis::bench
