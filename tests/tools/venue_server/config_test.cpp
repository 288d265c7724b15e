// The venue's config file, and the folder that the replay command makes.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tools/venue/server/certificates.hpp"
#include "tools/venue/server/config.hpp"
#include "tools/venue/server/run_folder.hpp"

namespace portcullis::tools::venue {
namespace {

engine::Result<VenueConfig> load(const std::string& text) {
    const std::string path = testing::TempDir() + "venue_config_test.toml";
    EXPECT_TRUE(write_file(path, text, 0600));
    return load_config(path);
}

TEST(VenueConfig, names_every_problem_with_its_line) {
    const auto config = load(
        "[listen]\nport = 70000\nself_signed_dir = \".\"\ncolour = 1\n[[account]]\nname = "
        "\"a\"\nmaker_fee = 0.001\n[[key]]\naccount = \"b\"\napi_key = \"k\"\nkind = \"dsa\"\n"
        "permissions = [\"fly\"]\n");
    ASSERT_FALSE(config);
    for (const char* part :
         {":2: [listen] port: expected an integer from 0 to 65535",
          ":4: [listen] colour: unknown key", ":7: [account] maker_fee: expected a decimal",
          "expected hmac, ed25519 or rsa, found 'dsa'", "no account named 'b'", "found 'fly'"}) {
        EXPECT_NE(config.error().find(part), std::string::npos) << part << "\n" << config.error();
    }
    EXPECT_FALSE(load("[listen"));
    EXPECT_FALSE(load("[listen]\nport = 0\n")) << "no certificate";
    EXPECT_FALSE(load_config("/nowhere/venue.toml"));
}

TEST(VenueConfig, has_binances_limits_by_default_and_reads_others) {
    const auto config = load(
        "[listen]\nself_signed_dir = \"d\"\n[limits]\norders_per_10_seconds = 7\n[replay]\nfiles "
        "= []\nspeed = \"2.5\"\n");
    ASSERT_TRUE(config) << config.error();
    EXPECT_EQ(config.value().limits.request_weight_per_minute, 6000);
    EXPECT_EQ(config.value().limits.orders_per_10_seconds, 7);
    EXPECT_EQ(config.value().limits.orders_per_day, 200'000);
    EXPECT_EQ(config.value().speed_milli, 2500);
}

TEST(VenueConfig, reads_fee_tiers_masters_and_ip_lists_and_refuses_impossible_ones) {
    const std::string head = "[listen]\nself_signed_dir = \"d\"\n[[account]]\nname = \"a\"\n";
    const auto config =
        load(head +
             "fee_asset = \"BNB\"\nfee_asset_price = \"500\"\nfee_discount = \"0.25\"\n"
             "[[account.fee_tier]]\nvolume = \"1000000\"\nmaker = \"0.0009\"\n"
             "[[account.fee_tier]]\nvolume = \"5000000\"\nmaker = \"0.0008\"\ntaker = \"0.0009\"\n"
             "[[account]]\nname = \"b\"\nmaster = \"a\"\n"
             "[[key]]\naccount = \"b\"\napi_key = \"k\"\nkind = \"hmac\"\nsecret = \"s\"\n"
             "permissions = [\"read\"]\nips = [\"127.0.0.1\", \"10.0.0.0/8\"]\n");
    ASSERT_TRUE(config) << config.error();
    const AccountSetup& account = config.value().accounts.at(0);
    EXPECT_EQ(account.fee_discount_e8, 25'000'000);
    ASSERT_EQ(account.fee_tiers.size(), 2U);
    EXPECT_EQ(account.fee_tiers[0].maker_e8, 90'000);
    EXPECT_EQ(account.fee_tiers[0].taker_e8, 100'000) << "not given: the account's";
    EXPECT_EQ(account.fee_tiers[1].volume_min, AmountAtoms{500'000'000'000'000});
    EXPECT_EQ(config.value().accounts.at(1).master, "a");
    EXPECT_EQ(config.value().keys.at(0).key.ips.size(), 2U);
    const struct {
        const char* text;
        const char* error;
    } rows[] = {
        {"[[account.fee_tier]]\nvolume = \"5\"\n[[account.fee_tier]]\nvolume = \"5\"\n",
         "volumes that ascend"},
        {"[[account.fee_tier]]\nmaker = \"0.1\"\n", "volumes that ascend"},
        {"[[account.fee_tier]]\nvolume = \"5\"\ntaker = \"1\"\n", "rates below 1"},
        {"fee_discount = \"1\"\n", "below 1"},
        {"fee_asset = \"BNB\"\n", "needs a fee_asset_price above 0"},
        {"fee_asset = \"BNB\"\nfee_asset_price = \"0\"\n", "needs a fee_asset_price above 0"},
        {"master = \"a\"\n", "no sub-account, found 'a'"},
        {"master = \"nobody\"\n", "found 'nobody'"},
        {"[[key]]\naccount = \"a\"\napi_key = \"k\"\nkind = \"hmac\"\nips = [\"10.0.0.1/8\"]\n",
         "found '10.0.0.1/8'"},
    };
    for (const auto& row : rows) {
        const auto refused = load(head + row.text);
        ASSERT_FALSE(refused) << row.text;
        EXPECT_NE(refused.error().find(row.error), std::string::npos) << refused.error();
    }
}

TEST(VenueConfig, synthetic_markets_are_named_by_preset_seed_script_and_base) {
    const std::string listen = "[listen]\nself_signed_dir = \"d\"\n";
    const auto config = load(listen +
                             "[replay]\nspeed = \"10\"\n"
                             "[[synthetic]]\npreset = \"thin\"\nseed = 9\nscript = \"news\"\n"
                             "[[synthetic]]\npreset = \"thin\"\nbase = \"ABC\"\n");
    ASSERT_TRUE(config) << config.error();
    const auto& markets = config.value().synthetic;
    ASSERT_EQ(markets.size(), 2U);
    EXPECT_EQ(markets[0].parameters.symbol.name, "NEXOUSDT");
    EXPECT_EQ(markets[0].seed, 9U);
    EXPECT_EQ(markets[0].script, "news");
    EXPECT_EQ(markets[1].parameters.symbol.name, "ABCUSDT");
    EXPECT_EQ(markets[1].parameters.symbol.base, "ABC");
    EXPECT_EQ(config.value().speed_milli, 10'000);
}

TEST(VenueConfig, refuses_impossible_markets_and_clocks_with_their_line) {
    const std::string listen = "[listen]\nself_signed_dir = \"d\"\n";
    const std::string thin = "[[synthetic]]\npreset = \"thin\"\n";
    const struct {
        std::string text, error;
    } rows[] = {
        {"[[synthetic]]\npreset = \"fat\"\n",
         ":4: [synthetic] preset: preset 'fat': expected btc-like, thin, wide, or a file"},
        {"[[synthetic]]\nseed = 1\n", ":3: [synthetic] preset: missing"},
        {thin + "script = \"war\"\n", ":5: [synthetic] script: expected flash-crash, news"},
        {thin + "base = \"no\"\n", ":5: [synthetic] base: expected capital letters"},
        {thin + "speed = \"2\"\n", ":5: [synthetic] speed: unknown key"},
        {thin + thin, ":6: [synthetic] preset: a second NEXOUSDT; expected another base"},
        {"[synthetic]\npreset = \"thin\"\n", "synthetic: expected [[synthetic]] tables"},
        {thin + "[replay]\nspeed = \"max\"\n", ":6: [replay] speed: expected at most \"1000\""},
        {thin + "[replay]\nspeed = \"1001\"\n", ":6: [replay] speed: expected at most \"1000\""},
        {"[replay]\nspeed = \"-1\"\n", ":4: [replay] speed: expected a number from 0.001 up"},
        {"[replay]\nloop = true\n", ":4: [replay] loop: expected files to loop"},
    };
    for (const auto& row : rows) {
        const auto refused = load(listen + row.text);
        ASSERT_FALSE(refused) << row.text;
        EXPECT_NE(refused.error().find(row.error), std::string::npos) << refused.error();
    }
    EXPECT_TRUE(load(listen + thin + "[replay]\nspeed = \"1000\"\n"));
}

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
    for (const char* wrong : {"thin,seed=x", "thin,seed=", "thin,seed=-1", "thin,colour=1",
                              "thin,,base=A", "thin,seed=99999999999999999999"}) {
        const auto refused = parse_synthetic_choice(wrong, otherwise);
        ASSERT_FALSE(refused) << wrong;
        EXPECT_NE(refused.error().find(wrong), std::string::npos) << refused.error();
    }
}

TEST(RunFolder, plays_synthetic_markets_beside_recordings) {
    RunFolder folder;
    folder.dir = testing::TempDir() + "venue_run_folder_synthetic";
    folder.recordings = {"/nowhere/x.tsjsonl.gz"};
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
