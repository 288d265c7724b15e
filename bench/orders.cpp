// Order frames, signatures and the journal.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstring>
#include <memory>

#include "bench/encoder_rig.hpp"
#include "bench/harness.hpp"
#include "bench/scratch.hpp"
#include "engine/events/control.hpp"
#include "engine/journal/journal.hpp"
#include "gateways/codec/hmac_sha256.hpp"

namespace portcullis::bench {
namespace {

using namespace engine;
namespace binance = gateways::binance;

void nothing(std::size_t) {}

void bench_encode(Bench& bench, gateways::Signer& signer) {
    EncoderRig rig(signer);
    binance::OrderEncoder& encoder = *rig.encoder;
    gateways::ClOrdIdMint& ids = rig.ids;
    NewOrderSingle order = EncoderRig::order();
    const WallNs at = EncoderRig::at;
    WallNs when = at;
    const std::string_view frame = encoder.place(77, order, at).frame;
    for (const char* part :
         {"\"id\":77,", "order.place", "\"price\":\"52000.00\"", "\"quantity\":\"0.01000\"",
          "\"timestamp\":1645423376532", "LIMIT_MAKER"}) {
        require(frame.find(part) != std::string_view::npos, part);
    }
    std::uint64_t sequence = 1;
    bench.each(
        "encode.new_order", 50'000,
        [&](std::size_t i) {
            if (i % 1000 == 0) {
                (void)ids.fill();  // the control thread's work
            }
            EncoderRig::vary(order, when, ++sequence);
        },
        [&](std::size_t i) { keep(encoder.place(i, order, when)); });
    require(ids.missed() == 0, "order ids were not ready");
}

}  // namespace

void bench_orders(Bench& bench) {
    if (!bench.any("encode.") && !bench.any("sign.")) {
        return;
    }
    const Scratch scratch;
    const std::string path = scratch.path + "/key.pem";
    make_key(path);
    auto opened = gateways::make_file_signer(path, "bench");
    require(opened.ok(), "the key file is refused");
    gateways::Signer& signer = *opened.value();
    bench_encode(bench, signer);

    const std::string text(200, 'q');
    const unsigned char key[32] = {7};
    const gateways::HmacSha256 hmac(key, sizeof key);
    unsigned char reference[32];
    unsigned size = 0;
    // style: no-bytes-near-approval because OpenSSL takes unsigned characters
    require(HMAC(EVP_sha256(), key, sizeof key, reinterpret_cast<const unsigned char*>(text.data()),
                 text.size(), reference, &size) != nullptr &&
                std::memcmp(reference, hmac.tag(text).data(), 32) == 0,
            "HMAC differs from OpenSSL's");
    bench.each("sign.hmac_sha256", 50'000, nothing, [&](std::size_t) { keep(hmac.tag(text)); });
    char out[gateways::Signer::signature_text_max];
    // Base64 of 64 bytes; Ed25519 is deterministic. Vectors are the tests' (codec/signer_test).
    require(signer.sign(text, out) == 88, "no Ed25519 signature");
    const std::string first(out, 88);
    bench.each("sign.ed25519", 2'000, nothing, [&](std::size_t) { keep(signer.sign(text, out)); });
    require(std::string(out, 88) == first, "Ed25519 signatures differ");
}

void bench_journal(Bench& bench) {
    if (!bench.wanted("journal.append")) {
        return;
    }
    const Scratch scratch;
    journal::JournalOptions options;
    options.directory = scratch.path + "/journal";
    options.mode = journal::OpenMode::create;
    options.build_id = "bench";
    options.reserve_records = 1000;
    options.sync_period = milliseconds(1000);
    options.retry_period = milliseconds(100);
    auto opened = journal::Journal::open(options);
    require(opened.ok(), "the journal cannot be made");
    journal::Journal& journal = *opened.value();
    Event event = Event::of(Timer{1}, MonoNs{1}, WallNs{1});
    std::int64_t now = 0;
    const std::uint64_t before = journal.writer().seq().value;
    std::uint64_t appended = 0;
    bool all = true;
    bench.each(
        "journal.append", 100'000,
        [&](std::size_t i) {
            if (i % 1000 == 0) {
                (void)journal.agent().do_work(MonoNs{++now * 10'000'000});
            }
        },
        [&](std::size_t) {
            all = journal.writer().append(event) && all;
            ++appended;
        });
    require(all && journal.writer().seq().value == before + appended, "the journal lost records");
    require(journal.close(MonoNs{now * 10'000'000 + 1}, WallNs{1}).ok(),
            "the journal cannot close");
}

}  // namespace portcullis::bench
