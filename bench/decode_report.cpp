// executionReport -> OrderRow: by its layout, walked, and by plain simdjson. The plain one uses our
// exact decimals too, so that all three must agree to the last atom.
#include <simdjson.h>

#include "bench/harness.hpp"
#include "bench/report_frames.hpp"
#include "engine/types/decimal.hpp"
#include "gateways/binance/account.hpp"

// As in decode.cpp.
static_assert(std::string_view(SIMDJSON_STRINGIFY(SIMDJSON_BUILTIN_IMPLEMENTATION)) == "haswell");

namespace portcullis::bench {
namespace {

namespace binance = gateways::binance;
using simdjson::ondemand::value;

/// The fields that the production decoder brings, nothing validated that is not asked for; numbers
/// and texts are taken where they lie. Keys are looked for in the order in which they come, which
/// is the cheapest way through On-Demand.
class PlainReports {
public:
    explicit PlainReports(const binance::SymbolTable& symbols) : symbols_(symbols) {}

    void read(const AccountFrame& frame, binance::OrderRow& row) {
        auto document = parser_.iterate(frame.bytes.data(), frame.size, frame.bytes.size());
        simdjson::ondemand::object event = document.find_field("event").get_object();
        require(bare(event.find_field("e")) == "executionReport", "another event");
        row = {};
        row.symbol = bare(event.find_field("s"));
        row.instrument = symbols_.instrument(row.symbol);
        row.client_id = bare(event.find_field("c"));
        row.side = bare(event.find_field("S")) == "SELL" ? engine::Side::sell : engine::Side::buy;
        row.qty.value = atoms(event.find_field("q"));
        row.price.value = atoms(event.find_field("p"));
        row.orig_client_id = bare(event.find_field("C"));
        const std::string_view type = bare(event.find_field("x"));
        row.exec_type = type == "NEW"     ? engine::ExecType::new_
                        : type == "TRADE" ? engine::ExecType::trade
                                          : engine::ExecType::canceled;
        const std::string_view status = bare(event.find_field("X"));
        row.status = status == "NEW"      ? engine::OrdStatus::new_
                     : status == "FILLED" ? engine::OrdStatus::filled
                                          : engine::OrdStatus::canceled;
        require(bare(event.find_field("r")) == "NONE", "a refused order");
        row.order_id.value = event.find_field("i").get_uint64();
        row.last_qty.value = atoms(event.find_field("l"));
        row.cum_qty.value = atoms(event.find_field("z"));
        row.last_price.value = atoms(event.find_field("L"));
        row.fee_atoms = atoms(event.find_field("n"));
        simdjson::simdjson_result<value> asset = event.find_field("N");
        const std::string_view raw = asset.raw_json_token();
        row.fee_asset = raw.front() == 'n' ? engine::no_asset : symbols_.asset(inner(raw));
        row.time.value = std::int64_t{event.find_field("T").get_int64()} * 1'000'000;
        row.trade.value = event.find_field("t").get_int64();
        row.exec_id.value = event.find_field("I").get_uint64();
        row.maker = event.find_field("m").get_bool();
    }

private:
    static std::string_view bare(simdjson::simdjson_result<value> text) {
        return inner(text.raw_json_token());
    }
    static std::string_view inner(std::string_view raw) {
        return raw.substr(1, raw.find('"', 1) - 1);
    }
    static std::int64_t atoms(simdjson::simdjson_result<value> text) {
        return engine::parse_decimal(bare(text)).atoms;
    }

    const binance::SymbolTable& symbols_;
    simdjson::ondemand::parser parser_;
};

}  // namespace

void bench_decode_report(Bench& bench) {
    const std::string name = "decode.execution_report";
    if (!bench.any(name)) {
        return;
    }
    const binance::SymbolTable symbols = account_symbols();
    const std::vector<AccountFrame> frames = report_frames(100);
    std::vector<AccountFrame> blank;  // no layout begins with a blank: these are walked
    binance::AccountDecoder decoder(symbols), walker(symbols);
    PlainReports plain(symbols);
    binance::OrderRow row;
    for (const AccountFrame& frame : frames) {
        blank.emplace_back(" " + std::string(frame.text()));
        const binance::Decoded& ours = decoder.decode(frame.text());
        const binance::Decoded& walked = walker.decode(blank.back().text());
        require(ours.event.kind == binance::UserEvent::execution && !ours.layout_missed,
                "not in the usual layout");
        require(walked.layout_missed && walked.event.order == ours.event.order,
                "walked it is decoded otherwise");
        plain.read(frame, row);
        row.fields = ours.event.order.fields;  // what was there, the plain reader does not tell
        require(row == ours.event.order, "simdjson decodes otherwise");
    }
    const auto nothing = [](std::size_t) {};
    bench.each(name, 20'000, nothing,
               [&](std::size_t i) { keep(decoder.decode(frames[i % frames.size()].text())); });
    bench.each(name + ".walked", 20'000, nothing,
               [&](std::size_t i) { keep(walker.decode(blank[i % blank.size()].text())); });
    bench.each(name + ".simdjson", 20'000, nothing,
               [&](std::size_t i) { plain.read(frames[i % frames.size()], row); });
}

}  // namespace portcullis::bench
