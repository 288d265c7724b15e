// portcullis-bench [--json FILE] [--quick] [--only PREFIX] [--check [--margin N]]
// portcullis-bench --growth PLOT.svg [--quick]
//
// Exit code: 0; 1 where an answer was wrong or, with --check, a figure misses its bar or
// was not measured; 2 for a
// command line that is none.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "bench/growth.hpp"
#include "bench/harness.hpp"
#include "gateways/net/openssl_pool.hpp"

int main(int argc, char** argv) {
    (void)portcullis::gateways::pool_openssl_memory();  // as the engine has it
    portcullis::bench::Options options;
    const char* growth = nullptr;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--quick") {
            options.quick = true;
        } else if (argument == "--json" && i + 1 < argc) {
            options.json = argv[++i];
        } else if (argument == "--only" && i + 1 < argc) {
            options.only = argv[++i];
        } else if (argument == "--growth" && i + 1 < argc) {
            growth = argv[++i];
        } else if (argument == "--check") {
            options.margin = options.margin > 0 ? options.margin : 1;
        } else if (argument == "--margin" && i + 1 < argc &&
                   (options.margin = std::strtod(argv[i + 1], nullptr)) > 0) {
            ++i;
        } else {
            std::fprintf(stderr,
                         "usage: portcullis-bench [--json FILE] [--quick] [--only PREFIX] "
                         "[--check [--margin N]]\n"
                         "       portcullis-bench --growth PLOT.svg [--quick]\n"
                         "  --check: figures with a bar are held to it; --margin: to an N-th\n");
            return 2;
        }
    }
    portcullis::bench::Bench bench(options);
    if (growth != nullptr) {
        return portcullis::bench::bench_growth(bench, growth) ? 0 : 1;
    }
    portcullis::bench::bench_ring(bench);
    portcullis::bench::bench_seqlock(bench);
    portcullis::bench::bench_small(bench);
    portcullis::bench::bench_latency(bench);
    portcullis::bench::bench_decode(bench);
    portcullis::bench::bench_decode_report(bench);
    portcullis::bench::bench_book(bench);
    portcullis::bench::bench_gate(bench);
    portcullis::bench::bench_orders(bench);
    portcullis::bench::bench_journal(bench);
    portcullis::bench::bench_tick(bench);
    portcullis::bench::bench_throughput(bench);
    portcullis::bench::bench_framing(bench);
    portcullis::bench::bench_transport(bench);
    portcullis::bench::bench_wire(bench);
    portcullis::bench::bench_loopback(bench);
    portcullis::bench::bench_venue(bench);
    bench.add_ratios();
    bench.print();
    if (!bench.write_json()) {
        std::fprintf(stderr, "portcullis-bench: cannot write %s\n", options.json.c_str());
        return 1;
    }
    return bench.check() ? 0 : 1;
}
