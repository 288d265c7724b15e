// portcullis-instructions PATH: runs one path a fixed number of times from fixed inputs inside
// counted_path(), for callgrind, which counts the instructions in there (check.py). Prints the
// number of operations. Exit code: 0; 1 where an answer was wrong; 2 for a path that is none.
//
// No clock, no socket, no thread: the same inputs take the same instructions on every machine.
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else  // no valgrind, no count
#define CALLGRIND_TOGGLE_COLLECT
#endif

#include <cstdio>
#include <cstring>
#include <functional>
#include <string_view>

#include "bench/encoder_rig.hpp"
#include "bench/gate_rig.hpp"
#include "bench/harness.hpp"
#include "bench/latency_rig.hpp"
#include "bench/recorded.hpp"
#include "bench/recorded_book.hpp"
#include "bench/report_frames.hpp"
#include "bench/scratch.hpp"
#include "bench/tick_rig.hpp"
#include "engine/book/l2_book.hpp"
#include "gateways/binance/account.hpp"
#include "gateways/binance/market_data.hpp"
#include "gateways/net/websocket/reader.hpp"

/// What is counted. A name that callgrind finds, in a function that no compiler merges or splits.
extern "C" [[gnu::noipa]] void counted_path(const std::function<void()>& run) {
    run();
}

namespace portcullis::bench {
namespace {

using namespace engine;

constexpr std::size_t lines = 20'000;
constexpr std::size_t operations_max = 1'000;

std::size_t decode(Stream stream) {
    std::vector<RecordedMessage> chosen;
    for (RecordedMessage& message : load_recording(lines)) {
        if (message.stream == stream && chosen.size() < operations_max) {
            chosen.push_back(std::move(message));
        }
    }
    gateways::binance::MarketDataDecoder decoder({{"BTCUSDT", InstrumentId{0}}});
    std::size_t refused = 0;
    const auto all = [&] {
        for (const RecordedMessage& message : chosen) {
            const auto& decoded = decoder.decode(message.text());
            refused += decoded.kind == gateways::binance::MessageKind::none ? 1U : 0U;
        }
    };
    all();  // the first time memory is taken
    counted_path(all);
    require(refused == 0 && !chosen.empty(), "a recorded message is refused");
    return chosen.size();
}

std::size_t decode(const std::vector<AccountFrame>& frames) {
    const gateways::binance::SymbolTable symbols = account_symbols();
    gateways::binance::AccountDecoder decoder(symbols);
    std::size_t usual = 0;
    counted_path([&] {
        for (const AccountFrame& frame : frames) {
            const auto& decoded = decoder.decode(frame.text());
            usual += decoded.error == gateways::binance::DecodeError::none ? 1U : 0U;
            usual -= decoded.layout_missed ? 1U : 0U;
        }
    });
    require(usual == frames.size(), "a frame is not in the usual layout");
    return usual;
}

std::size_t book() {
    const auto messages = load_book_messages(lines);
    auto book = std::make_unique<L2Book>();
    book->set_tick(PriceAtoms{1'000'000});  // 0.01 USDT
    std::size_t parts = 0;
    bool good = true;
    counted_path([&] {
        for (const BookMessage& message : messages) {
            for (const BookDelta& part : message) {
                good = book->apply(part).outcome != BookOutcome::reset && good;
                ++parts;
            }
            book->recentre();
        }
    });
    require(good && book->valid() && book->self_check(), "the book refuses a recorded message");
    return parts;
}

std::size_t gate() {
    WorkingGate world;
    std::size_t approved = 0;
    counted_path([&] {
        for (std::size_t i = 0; i < operations_max; ++i) {
            world.now = world.now + milliseconds(10);
            const ReviewContext context = context_at(world.now);
            const std::uint64_t sequence = ++world.sequence;
            auto verdict = world.gate->review(
                order_of(sequence, 5, sequence % 2 == 0 ? Side::buy : Side::sell), context);
            approved += verdict.ok() ? 1U : 0U;
            world.gate->on_closed(context.slot);
        }
    });
    require(approved == operations_max && world.gate->exposure().consistent(),
            "the gate denies what it must approve");
    return operations_max;
}

std::size_t encode() {
    const Scratch scratch;
    make_key(scratch.path + "/key.pem");
    auto signer = gateways::make_file_signer(scratch.path + "/key.pem", "bench");
    require(signer.ok(), "the key file is refused");
    EncoderRig rig(*signer.value());
    NewOrderSingle order = EncoderRig::order();
    WallNs when = EncoderRig::at;
    std::size_t bytes = 0;
    counted_path([&] {
        for (std::size_t i = 1; i <= operations_max; ++i) {
            EncoderRig::vary(order, when, i);
            bytes += rig.encoder->place(i, order, when).frame.size();
        }
    });
    require(bytes > 200 * operations_max && rig.ids.missed() == 0, "an order was not encoded");
    return operations_max;
}

/// Orders of which one in sixteen is of a sampled message, on a clock that costs nothing.
std::size_t latency() {
    struct Clock final : gateways::StampClock {
        MonoNs time{1'000};
        MonoNs now() noexcept override { return time = time + DurationNs{37}; }
    } clock;
    LatencyRig rig(clock);
    counted_path([&] {
        for (std::size_t i = 1; i <= operations_max; ++i) {
            rig.order(clock.time, i % 16 == 0);
        }
    });
    require(rig.count(tools::LatencyStage::tick_to_order) == operations_max &&
                rig.count(tools::LatencyStage::send) == operations_max / 16,
            "an order was not timed");
    return operations_max;
}

struct Counting final : gateways::FrameSink {
    std::size_t bytes{};
    void on_frame(const gateways::FrameView& frame) override { bytes += frame.size; }
};

std::size_t framing(std::size_t size) {
    std::string frame = {'\x81', '\x7e', static_cast<char>(size >> 8U), static_cast<char>(size)};
    if (size < 126) {
        frame = {'\x81', static_cast<char>(size)};
    }
    frame.append(size, 'x');
    gateways::FrameReader reader;
    reader.begin(1 << 20);
    Counting sink;
    counted_path([&] {
        for (std::size_t i = 0; i < operations_max; ++i) {
            (void)reader.make_room(true);
            std::memcpy(reader.room(), frame.data(), frame.size());
            reader.came(frame.size());
            const auto found = reader.next();
            gateways::FrameReader::show(sink, found.kind, found.data, found.size);
        }
    });
    require(sink.bytes == size * operations_max, "a text was lost");
    return operations_max;
}

/// Which tickers are counted, and of which only a part.
enum class Tickers : std::uint8_t { acting, no_action, first_order };

/// Ticks that cause requests, or those that cause none, or those that cause an order, up to its
/// frame: which they are a first run tells.
std::size_t tick(Tickers wanted) {
    const Scratch scratch;
    make_key(scratch.path + "/key.pem");
    auto signer = gateways::make_file_signer(scratch.path + "/key.pem", "bench");
    require(signer.ok(), "the key file is refused");
    const auto messages = load_recording(lines);
    const std::size_t warm_up = messages.size() / 4;
    std::vector<bool> acts;
    std::size_t counted = 0;
    const auto stop_or_go_on = [] { CALLGRIND_TOGGLE_COLLECT; };
    for (const bool told : {false, true}) {
        auto line = std::make_unique<TickLine>(*signer.value());
        line->start(messages.front().receive_ns);
        std::size_t ticker = 0;
        for (std::size_t i = 0; i < messages.size(); ++i) {
            line->on_message(messages[i], [&](auto&& run) {
                const std::uint64_t requests = line->venue().requests;
                const bool chosen =
                    told && i >= warm_up && acts[ticker] == (wanted != Tickers::no_action);
                if (chosen && wanted == Tickers::first_order) {
                    line->on_first_order(stop_or_go_on);
                    counted_path([&] {
                        run();
                        stop_or_go_on();
                    });
                    line->on_first_order(nullptr);
                } else if (chosen) {
                    counted_path(run);
                } else {
                    run();
                }
                counted += chosen ? 1U : 0U;
                const bool acted = wanted == Tickers::first_order
                                       ? line->venue().first_order_frame != 0
                                       : line->venue().requests != requests;
                if (told) {
                    require(acts[ticker] == acted, "the second run decides otherwise");
                } else {
                    acts.push_back(acted);
                }
                ++ticker;
            });
        }
        line->check();
    }
    return counted;
}

std::size_t run(std::string_view path) {
    if (path == "tick.acting") {
        return tick(Tickers::acting);
    }
    if (path == "tick.no_action") {
        return tick(Tickers::no_action);
    }
    if (path == "tick.first_order") {
        return tick(Tickers::first_order);
    }
    if (path == "decode.depth") {
        return decode(Stream::depth);
    }
    if (path == "decode.book_ticker") {
        return decode(Stream::book_ticker);
    }
    if (path == "decode.trade") {
        return decode(Stream::trade);
    }
    if (path == "decode.execution_report") {
        return decode(report_frames(operations_max / 3));
    }
    if (path == "decode.balances") {
        return decode(balance_frames(operations_max));
    }
    if (path == "decode.replaced") {
        return decode(replace_frames(operations_max));
    }
    if (path == "book.apply") {
        return book();
    }
    if (path == "gate.review") {
        return gate();
    }
    if (path == "encode.new_order") {
        return encode();
    }
    if (path == "latency.order") {
        return latency();
    }
    if (path == "framing.100") {
        return framing(100);
    }
    return path == "framing.1440" ? framing(1440) : 0;
}

}  // namespace
}  // namespace portcullis::bench

int main(int argc, char** argv) {
    const std::size_t operations = argc == 2 ? portcullis::bench::run(argv[1]) : 0;
    if (operations == 0) {
        std::fprintf(stderr,
                     "usage: portcullis-instructions decode.depth|decode.book_ticker|decode.trade|"
                     "decode.execution_report|decode.balances|decode.replaced|book.apply|gate."
                     "review|encode.new_order|latency.order|framing.100|framing.1440|"
                     "tick.acting|tick.no_action|tick.first_order\n");
        return 2;
    }
    std::printf("%zu\n", operations);
    return 0;
}
