// The fourth part of render.hpp: deposits and withdrawals, as Binance's wallet documents show them
// (developers.binance.com, "Deposit History", "Withdraw History").
//
// The venue has no chain: the network is the made-up one of capital/config/getall, which knows no
// address but the empty one, and ids are drawn from the transfer's number, so that they are
// different for each and the same in every run.
#include <array>
#include <chrono>
#include <cstdio>

#include "tools/venue/server/json.hpp"
#include "tools/venue/server/render.hpp"
#include "tools/venue/synthetic/random.hpp"

namespace portcullis::tools::venue::render {
namespace {

constexpr std::int64_t deposit_ids_from = 760'000'000'000'000'000;
constexpr int credited = 1;
constexpr int completed = 6;

std::string hex_id(const Transfer& transfer, std::uint64_t stream, std::size_t digits) {
    Dice dice(static_cast<std::uint64_t>(transfer.id), stream);
    std::string text;
    while (text.size() < digits) {
        std::array<char, 17> word{};
        std::snprintf(word.data(), word.size(), "%016llx",
                      static_cast<unsigned long long>(dice.next()));
        text += word.data();
    }
    return text;
}

/// "2019-10-12 11:12:02", UTC.
std::string second_text(std::int64_t time_ms) {
    using namespace std::chrono;
    const sys_time<milliseconds> time{milliseconds{time_ms}};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<seconds>(time - day)};
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    return text.data();
}

}  // namespace

std::string transaction_id(const Transfer& transfer) {
    return hex_id(transfer, 1, 64);
}

std::string withdrawal_id(const Transfer& transfer) {
    return hex_id(transfer, 2, 32);
}

std::string deposit(const Transfer& transfer, bool with_source) {
    JsonWriter out;
    out.begin_object().text("id", std::to_string(deposit_ids_from + transfer.id));
    out.decimal("amount", transfer.delta.value).text("coin", transfer.asset);
    out.text("network", "SIM").integer("status", credited).text("address", "");
    out.text("addressTag", "").text("txId", transaction_id(transfer));
    out.integer("insertTime", transfer.time_ms).integer("transferType", 0);
    out.text("confirmTimes", "1/1").integer("unlockConfirm", 0).integer("walletType", 0);
    if (with_source) {
        out.text("sourceAddress", "");
    }
    return out.end_object().take();
}

std::string withdrawal(const Transfer& transfer) {
    const std::string time = second_text(transfer.time_ms);
    JsonWriter out;
    out.begin_object().text("id", withdrawal_id(transfer)).decimal("amount", -transfer.delta.value);
    out.text("transactionFee", "0").text("coin", transfer.asset).integer("status", completed);
    out.text("address", "").text("txId", transaction_id(transfer)).text("applyTime", time);
    out.text("network", "SIM").integer("transferType", 0).text("info", "").integer("confirmNo", 1);
    out.integer("walletType", 0).text("txKey", "").text("completeTime", time);
    return out.end_object().take();
}

}  // namespace portcullis::tools::venue::render
