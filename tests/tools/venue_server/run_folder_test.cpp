// The folder of a run: what the short form of a start writes, refuses and keeps to itself.
#include "tools/venue/server/run_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "tools/venue/server/certificates.hpp"
#include "tools/venue/server/config.hpp"
#include "tools/venue/server/server.hpp"

namespace portcullis::tools::venue {
namespace {

const std::string recording =
    PORTCULLIS_SOURCE_DIR "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz";

TEST(RunFolder, reads_synthetic_markets_as_words_with_the_rest_as_it_was) {
    const SyntheticChoice otherwise{"", "news", "", 7};
    const auto whole = parse_synthetic_choice("thin,seed=3,script=flash-crash,base=ABC", otherwise);
    ASSERT_TRUE(whole) << whole.error();
    EXPECT_EQ(whole.value().preset, "thin");
    EXPECT_EQ(whole.value().seed, 3U);
    EXPECT_EQ(whole.value().script, "flash-crash");
    EXPECT_EQ(whole.value().base, "ABC");
    const auto bare = parse_synthetic_choice("wide", otherwise);
    ASSERT_TRUE(bare) << bare.error();
    EXPECT_EQ(bare.value().seed, 7U);
    EXPECT_EQ(bare.value().script, "news");
    const struct {
        std::string text, error;
    } rows[] = {
        {"thin,seed=x", "expected seed=NUMBER, from 0 to 9223372036854775807, found 'seed=x'"},
        {"thin,seed=", "found 'seed='"},
        {"thin,seed", "found 'seed'"},
        {"thin,seed=-1", "found 'seed=-1'"},
        {"thin,seed=9223372036854775808", "from 0 to 9223372036854775807"},
        {"thin,seed=99999999999999999999", "from 0 to 9223372036854775807"},
        {"thin,seed=1,seed=2", "expected each key once, found 'seed=2' after another"},
        {"thin,colour=1", "expected PRESET[,seed=NUMBER][,script=NAME][,base=COIN], found 'colour"},
        {"thin,,base=A", "found ''"},
        {"thin,", "found ''"},
        {"", "preset: expected btc-like, thin, wide, or a file, found nothing"},
        {",seed=1", "preset: expected btc-like, thin, wide, or a file, found nothing"},
        {"fat", "preset: preset 'fat': expected btc-like, thin, wide, or a file"},
        {"thin,script=war", "script: expected flash-crash, news, found 'war'"},
        {"thin,base=abc",
         "base: expected capital letters and digits, 1 to 10 of them, found 'abc'"},
        {"thin,base=USDT", "base: expected another asset than the quote asset, found 'USDT'"},
    };
    for (const auto& row : rows) {
        const auto refused = parse_synthetic_choice(row.text, otherwise);
        ASSERT_FALSE(refused) << row.text;
        EXPECT_EQ(refused.error().find("'" + row.text + "': "), 0U) << refused.error();
        EXPECT_NE(refused.error().find(row.error), std::string::npos) << refused.error();
    }
}

TEST(RunFolder, names_the_option_that_is_wrong_and_writes_nothing) {
    const std::string dir = testing::TempDir() + "venue_run_folder_refused";
    std::filesystem::remove_all(dir);
    RunFolder good;
    good.dir = dir;
    good.recordings = {recording};
    good.balances = {{"BTC", "1"}};
    const struct {
        void (*spoil)(RunFolder&);
        const char* error;
    } rows[] = {
        {[](RunFolder& f) { f.dir = ""; }, "--dir '': expected the path of a folder"},
        {[](RunFolder& f) { f.maker_fee = "1"; },
         "--maker-fee '1': expected a rate from 0 to 0.99999999, as 0.001"},
        {[](RunFolder& f) { f.taker_fee = "-1"; }, "--taker-fee '-1': expected a rate from 0"},
        {[](RunFolder& f) { f.fee_asset = "BNB"; },
         "--fee-asset 'BNB': expected --fee-asset-price beside it, as USDT=500"},
        {[](RunFolder& f) {
             f.fee_asset_prices = {{"USDT", "5"}};
         },
         "--fee-asset-price 'USDT=5': expected --fee-asset beside it"},
        {[](RunFolder& f) {
             f.fee_asset = "BNB";
             f.fee_asset_prices = {{"USDT", "0"}};
         },
         "--fee-asset-price 'USDT=0': expected QUOTE=PRICE with a price above 0"},
        {[](RunFolder& f) {
             f.fee_asset = "BNB";
             f.fee_asset_prices = {{"500", ""}};
         },
         "--fee-asset-price '500=': expected QUOTE=PRICE with a price above 0"},
        {[](RunFolder& f) { f.fee_asset = "B-B"; }, "--fee-asset 'B-B': expected capital letters"},
        {[](RunFolder& f) { f.speed = "fast"; },
         "--speed 'fast': expected a number from 0.001 to 1000000000"},
        {[](RunFolder& f) {
             f.balances = {{"btc", "1"}};
         },
         "--balance 'btc=1': expected ASSET=AMOUNT with an asset of capital letters"},
        {[](RunFolder& f) {
             f.balances = {{"", "1"}};
         },
         "--balance '=1': expected ASSET=AMOUNT"},
        {[](RunFolder& f) {
             f.balances = {{"BTC", ""}};
         },
         "--balance 'BTC=': expected ASSET=AMOUNT with an amount from 0 to 92233720368.54775807"},
        {[](RunFolder& f) {
             f.balances = {{"BTC", "92233720368.54775808"}};
         },
         "with an amount from 0 to 92233720368.54775807"},
        {[](RunFolder& f) {
             f.balances.push_back({"BTC", "2"});
         },
         "--balance 'BTC=2': expected each asset once, found another BTC"},
        {[](RunFolder& f) {
             f.synthetic = {{"thin", "", "", 1}, {"thin", "", "", 2}};
         },
         "market thin: a second NEXOUSDT; expected another coin, as thin,base=NEW"},
        {[](RunFolder& f) {
             f.synthetic = {{"thin", "", "", 1}};
             f.speed = "1001";
         },
         "--speed '1001': expected at most 1000 beside a synthetic market"},
    };
    for (const auto& row : rows) {
        RunFolder folder = good;
        row.spoil(folder);
        const auto refused = make_run_folder(folder);
        ASSERT_FALSE(refused) << row.error;
        EXPECT_NE(refused.error().find(row.error), std::string::npos) << refused.error();
    }
    EXPECT_FALSE(std::filesystem::exists(dir));
    EXPECT_FALSE(lock_run_folder(""));
    good.balances = {{"BTC", "92233720368.54775807"}, {"1000SATS", "0"}};
    EXPECT_TRUE(make_run_folder(good));
}

TEST(RunFolder, has_one_venue_at_a_time_and_the_config_of_the_last_that_listened) {
    RunFolder folder;
    folder.dir = testing::TempDir() + "venue_run_folder_twice/";
    std::filesystem::remove_all(folder.dir);
    folder.synthetic = {{"thin", "", "", 3}};
    auto lock = lock_run_folder(folder.dir);
    ASSERT_TRUE(lock) << lock.error();
    const auto made = make_run_folder(folder);
    ASSERT_TRUE(made) << made.error();
    EXPECT_FALSE(std::filesystem::exists(folder.dir + "venue.toml")) << "nothing listens yet";
    auto first = Server::make(load_config(made.value()).value(), std::move(lock).value());
    ASSERT_TRUE(first) << first.error();
    ASSERT_TRUE(keep_run_config(made.value()));
    ASSERT_TRUE(tell_where("", "nowhere"));
    ASSERT_TRUE(tell_where(folder.dir + "ctl.sock", first.value()->announcement()));
    EXPECT_EQ(read_file(folder.dir + "venue.json").value(), first.value()->announcement() + "\n");
    const std::string kept = read_file(folder.dir + "venue.toml").value();
    const std::string told = first.value()->announcement();
    EXPECT_EQ(told.substr(0, told.find("\"pins\"")).find("//"), std::string::npos) << told;

    const auto second = lock_run_folder(folder.dir);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().find("ctl.sock.lock: held by process " + std::to_string(::getpid()) +
                                  "; expected no other venue at"),
              std::string::npos)
        << second.error();
    const auto by_config = Server::make(load_config(folder.dir + "venue.toml").value());
    ASSERT_FALSE(by_config) << "the same socket by way of --config";
    EXPECT_NE(by_config.error().find("held by process"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(folder.dir + "ctl.sock")) << "the first one's, still";

    // A restart that is too quick waits for the end of the old one and has its own socket then.
    std::thread end([&first] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        std::move(first).value().reset();
    });
    const auto third = Server::make(load_config(folder.dir + "venue.toml").value());
    end.join();
    ASSERT_TRUE(third) << third.error();
    EXPECT_TRUE(std::filesystem::exists(folder.dir + "ctl.sock"));
    EXPECT_EQ(read_file(folder.dir + "venue.toml").value(), kept);
}

TEST(RunFolder, is_not_locked_by_a_venue_that_was_killed) {
    const std::string path = testing::TempDir() + "venue_killed.lock";
    const pid_t child = ::fork();
    if (child == 0) {
        const auto held = FileLock::take(path, std::chrono::milliseconds(0));
        ::raise(held ? SIGKILL : SIGTERM);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(WTERMSIG(status), SIGKILL) << "the child had the lock";
    EXPECT_EQ(read_file(path).value(), std::to_string(child));
    const auto lock = FileLock::take(path, std::chrono::milliseconds(0));
    EXPECT_TRUE(lock) << lock.error();
}

TEST(RunFolder, plays_synthetic_markets_beside_recordings) {
    RunFolder folder;
    folder.dir = testing::TempDir() + "venue_run_folder_synthetic";
    folder.recordings = {recording};
    folder.synthetic = {{"thin", "", "", 3}, {"wide", "news", "ABC", 4}};
    const auto made = make_run_folder(folder);
    ASSERT_TRUE(made) << made.error();
    const auto config = load_config(made.value());
    ASSERT_TRUE(config) << config.error();
    EXPECT_EQ(config.value().recordings.size(), 1U);
    ASSERT_EQ(config.value().synthetic.size(), 2U);
    EXPECT_EQ(config.value().synthetic[0].parameters.symbol.name, "NEXOUSDT");
    EXPECT_EQ(config.value().synthetic[0].seed, 3U);
    EXPECT_EQ(config.value().synthetic[1].parameters.symbol.name, "ABCUSDT");
    EXPECT_EQ(config.value().synthetic[1].script, "news");
}

TEST(RunFolder, is_made_whole_private_and_kept) {
    RunFolder folder;
    folder.dir = testing::TempDir() + "venue_run_folder";
    folder.balances = {{"BTC", "1.5"}, {"USDT", "100"}};
    folder.recordings = {recording};
    folder.speed = "10";
    const auto made = make_run_folder(folder);
    ASSERT_TRUE(made) << made.error();
    const auto config = load_config(made.value());
    ASSERT_TRUE(config) << config.error();
    EXPECT_EQ(config.value().keys.size(), 3U);
    EXPECT_EQ(config.value().accounts.at(0).balances.at("BTC").free.value, 150'000'000);
    EXPECT_EQ(config.value().speed_milli, 10'000);
    EXPECT_FALSE(config.value().overlay);
    for (const char* secret : {"/ed25519.pem", "/reader.pem", "/hmac.secret", "/keys.toml"}) {
        struct stat info {};
        ASSERT_EQ(::stat((folder.dir + secret).c_str(), &info), 0) << secret;
        EXPECT_EQ(info.st_mode & 0777U, 0600U) << secret;
    }
    folder.overlay = true;
    ASSERT_TRUE(make_run_folder(folder));
    const auto again = load_config(made.value());
    ASSERT_TRUE(again);
    EXPECT_TRUE(again.value().overlay);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(again.value().keys[i].key.api_key, config.value().keys[i].key.api_key);
        EXPECT_EQ(again.value().keys[i].material, config.value().keys[i].material);
    }
}

}  // namespace
}  // namespace portcullis::tools::venue
