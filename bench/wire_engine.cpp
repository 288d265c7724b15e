// wire_to_wire with the whole engine between the sockets, as `portcullis trade` wires it.
#include "bench/wire_engine.hpp"

#include <fmt/core.h>

#include <fstream>
#include <sstream>

#include "bench/scratch.hpp"

namespace portcullis::bench {
namespace {

/// The config of a run in `dir`, in a file there. Returns its path.
std::string write_config(const std::string& dir, const WireServer& server,
                         const tools::venue::CertificateFiles& files, const WireEngine& of,
                         int cpu) {
    std::ostringstream text;
    text << std::ifstream(PORTCULLIS_SOURCE_DIR "/bench/wire.toml.in").rdbuf();
    const auto pin_of_leaf = tools::venue::spki_pin(files.certificate);
    require(pin_of_leaf.ok(), "no pin");
    const std::string path = dir + "/config.toml";
    std::ofstream(path) << fmt::format(
        fmt::runtime(text.str()), fmt::arg("dir", dir), fmt::arg("port", server.port()),
        fmt::arg("pin", pin_of_leaf.value()), fmt::arg("transport", of.transport),
        fmt::arg("placement", of.placement), fmt::arg("sample_every", of.latency_sample_every),
        fmt::arg("answer_ms", of.limits.answer_ms), fmt::arg("mute_ms", of.limits.mute_ms),
        fmt::arg("silence_ms", of.limits.silence_ms),
        fmt::arg("lifetime_ms", of.limits.lifetime_ms), fmt::arg("cpu", cpu),
        fmt::arg("idle", cpu < 0 ? "blocking" : "busy_poll"));
    return path;
}

std::unique_ptr<tools::TradingEngine> make_engine(const std::string& config_path) {
    require(tools::init_command(config_path) == 0, "the engine's state is refused");
    auto config = tools::load_config(config_path, tools::cpus_allowed());
    require(config.config.has_value(), config.problems.empty() ? "" : config.problems[0].c_str());
    auto made = tools::TradingEngine::make(std::move(*config.config));
    require(made.ok(), made ? "" : made.error().c_str());
    return std::move(made).value();
}

/// Ticks until the engine has reconciled, has its book and quotes both sides.
void await_quotes(TickLine& line, WireServer& server) {
    line.serve_until([&] { return server.find("/stream") != nullptr; }, "no market connection");
    WireLink& market = *server.find("/stream");
    line.serve_until(
        [&] {
            line.serve_for(20'000'000);
            server.send(market, line.exchange().next_ticker());
            server.send(market, line.exchange().depth_of_it());
            return line.exchange().orders >= 2;
        },
        "the engine places no orders");
}

}  // namespace

WireSamples wire_engine(std::size_t count, const WireEngine& of) {
    const Scratch scratch;
    const KeepAffinity keep_affinity;
    const Processors cpus = of.pinned ? processors() : Processors{};
    make_key(scratch.path + "/key.pem");
    const auto files = tools::venue::make_certificates(scratch.path);
    require(files.ok(), "no certificates");
    WireServer server(files.value());
    const auto engine =
        make_engine(write_config(scratch.path, server, files.value(), of, cpus.engine));
    const auto started = engine->start();
    require(started.ok(), started ? "" : started.error().c_str());
    TickLine line(server);
    WireSamples samples(count);
    {
        const Worker control(-1, [&engine] {
            (void)engine->do_control_work();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        });
        pin(cpus.venue);
        await_quotes(line, server);
        WireLink& market = *server.find("/stream");
        WireLink& orders = *server.find("/ws-api");
        for (std::uint64_t& taken : samples) {
            line.serve_for(settle_ns);
            taken = line.tick(market, orders);
            server.send(market, line.exchange().depth_of_it());
        }
        line.serve_for(settle_ns);
        require(line.exchange().orders >= count, "fewer orders than ticks that caused one");
    }
    server.end();
    std::atomic<bool> down{false};
    std::thread end([&] {
        require(engine->shut_down(engine::milliseconds(10'000)), "the engine did not shut down");
        down = true;
    });
    while (!down) {
        line.serve_for(1'000'000);
    }
    end.join();
    if (of.at_end) {
        of.at_end(*engine, line.exchange());
    }
    return samples;
}

}  // namespace portcullis::bench
