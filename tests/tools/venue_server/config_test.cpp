// The venue's config file: what is read from it, and each way of being refused with its line.
#include <gtest/gtest.h>

#include <filesystem>

#include "tools/venue/server/certificates.hpp"
#include "tools/venue/server/config.hpp"
#include "tools/venue/server/server.hpp"

namespace portcullis::tools::venue {
namespace {

engine::Result<VenueConfig> load(const std::string& text) {
    const std::string path = testing::TempDir() + "venue_config_test.toml";
    EXPECT_TRUE(write_file(path, text, 0600));
    return load_config(path);
}

const std::string recording =
    PORTCULLIS_SOURCE_DIR "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz";
const std::string listen = "[listen]\nself_signed_dir = \"d\"\n";
const std::string thin = "[[synthetic]]\npreset = \"thin\"\n";

struct Row {
    std::string text, error;
};

/// Each is refused with these words, behind what comes before it.
template <std::size_t count>
void expect_refused(const std::string& before, const Row (&rows)[count]) {
    for (const Row& row : rows) {
        const auto refused = load(before + row.text);
        ASSERT_FALSE(refused) << row.text;
        EXPECT_NE(refused.error().find(row.error), std::string::npos)
            << row.text << refused.error();
        EXPECT_NE(refused.error().find("venue_config_test.toml:"), std::string::npos) << row.text;
    }
}

TEST(VenueConfig, names_every_problem_with_its_line) {
    const auto config = load(
        "[listen]\nport = 70000\nself_signed_dir = \".\"\ncolour = 1\n[[account]]\nname = "
        "\"a\"\nmaker_fee = 0.001\n[[key]]\naccount = \"b\"\napi_key = \"k\"\nkind = \"dsa\"\n"
        "permissions = [\"fly\"]\n");
    ASSERT_FALSE(config);
    for (const char* part :
         {":2: [listen] port: expected an integer from 0 to 65535, found 70000",
          ":4: [listen] colour: unknown key", ":7: [account] maker_fee: expected a decimal",
          ":9: [key] account: no account named 'b'",
          ":11: [key] kind: expected hmac, ed25519 or rsa, found 'dsa'",
          ":12: [key] permissions: expected read, trade or withdraw, found 'fly'"}) {
        EXPECT_NE(config.error().find(part), std::string::npos) << part << "\n" << config.error();
    }
    EXPECT_FALSE(load("[listen"));
    EXPECT_FALSE(load("[listen]\nport = 0\n")) << "no certificate";
    EXPECT_FALSE(load_config("/nowhere/venue.toml"));
}

TEST(VenueConfig, has_binances_limits_by_default_and_reads_others) {
    const auto config = load(listen + "[limits]\norders_per_10_seconds = 7\n[replay]\nfiles = [\"" +
                             recording + "\"]\nspeed = \"2.5\"\n");
    ASSERT_TRUE(config) << config.error();
    EXPECT_EQ(config.value().limits.request_weight_per_minute, 6000);
    EXPECT_EQ(config.value().limits.orders_per_10_seconds, 7);
    EXPECT_EQ(config.value().limits.orders_per_day, 200'000);
    EXPECT_EQ(config.value().speed_milli, 2500);
}

TEST(VenueConfig, reads_what_bounds_accounts_on_all_symbols) {
    const std::string head = listen + thin;
    const auto config =
        load(head +
             "[exchange_filters]\nmax_num_orders = 7\nmax_num_algo_orders = 2\n"
             "max_num_iceberg_orders = 1\n[[account]]\nname = \"a\"\n[account.max_asset]\n"
             "BTC = \"1.5\"\n");
    ASSERT_TRUE(config) << config.error();
    EXPECT_EQ(config.value().filters.orders_max, 7U);
    EXPECT_EQ(config.value().filters.algo_orders_max, 2U);
    EXPECT_EQ(config.value().filters.iceberg_orders_max, 1U);
    EXPECT_EQ(config.value().accounts.at(0).asset_max.at("BTC").value, 150'000'000);
    const auto wrong = load(head +
                            "[exchange_filters]\nmax_num_orders = -1\nmax_orders = 1\n"
                            "[[account]]\nname = \"a\"\n[account.max_asset]\nBTC = 1\n");
    ASSERT_FALSE(wrong);
    for (const char* part : {"max_num_orders: expected an integer from 0", "max_orders: unknown",
                             "BTC: expected a decimal"}) {
        EXPECT_NE(wrong.error().find(part), std::string::npos) << part << "\n" << wrong.error();
    }
}

TEST(VenueConfig, reads_fee_tiers_masters_and_ip_lists_and_refuses_impossible_ones) {
    const std::string head = listen + thin + "[[account]]\nname = \"a\"\n";
    const auto config =
        load(head +
             "fee_asset = \"BNB\"\nfee_discount = \"0.25\"\n"
             "[account.fee_asset_price]\nUSDT = \"500\"\nBTC = \"0.005\"\n"
             "[[account.fee_tier]]\nvolume = \"1000000\"\nmaker = \"0.0009\"\n"
             "[[account.fee_tier]]\nvolume = \"5000000\"\nmaker = \"0.0008\"\ntaker = \"0.0009\"\n"
             "[[account]]\nname = \"b\"\nmaster = \"a\"\n"
             "[[key]]\naccount = \"b\"\napi_key = \"k\"\nkind = \"hmac\"\nsecret = \"s\"\n"
             "permissions = [\"read\"]\nips = [\"127.0.0.1\", \"10.0.0.0/8\"]\n");
    ASSERT_TRUE(config) << config.error();
    const AccountSetup& account = config.value().accounts.at(0);
    EXPECT_EQ(account.fee_discount_e8, 25'000'000);
    EXPECT_EQ(account.fee_asset_prices.at("USDT"), PriceAtoms{50'000'000'000});
    EXPECT_EQ(account.fee_asset_prices.at("BTC"), PriceAtoms{500'000});
    ASSERT_EQ(account.fee_tiers.size(), 2U);
    EXPECT_EQ(account.fee_tiers[0].maker_e8, 90'000);
    EXPECT_EQ(account.fee_tiers[0].taker_e8, 100'000) << "not given: the account's";
    EXPECT_EQ(account.fee_tiers[1].volume_min, AmountAtoms{500'000'000'000'000});
    EXPECT_EQ(config.value().accounts.at(1).master, "a");
    EXPECT_EQ(config.value().keys.at(0).key.ips.size(), 2U);
    const std::string bnb = "fee_asset = \"BNB\"\n";
    const std::string sub = "[[account]]\nname = \"b\"\nmaster = \"a\"\n";
    const Row rows[] = {
        {"[[account.fee_tier]]\nvolume = \"5\"\nmaker = \"0\"\n"
         "[[account.fee_tier]]\nvolume = \"5\"\nmaker = \"0\"\n",
         ":11: [account.fee_tier] volume: expected volumes that ascend"},
        {"[[account.fee_tier]]\nmaker = \"0.1\"\n", ":7: [account.fee_tier] volume: missing"},
        {"[[account.fee_tier]]\nvolume = \"5\"\n", ":8: [account.fee_tier] volume: a tier without"},
        {"[[account.fee_tier]]\nvolume = \"5\"\ntaker = \"1\"\n",
         ":9: [account.fee_tier] taker: expected a rate below 1, as \"0.001\", found '1'"},
        {"fee_discount = \"1\"\n", ":7: [account] fee_discount: expected a rate below 1"},
        {"fee_discount = \"0.5\"\n",
         ":7: [account] fee_discount: does nothing without a fee_asset"},
        {"fee_asset_price = {USDT = \"5\"}\n", "fee_asset_price: does nothing without a fee_asset"},
        {bnb, ":7: [account] fee_asset: BNB needs [account.fee_asset_price], of one in each quote"},
        {bnb + "fee_asset_price = {USDT = \"0\"}\n", "expected prices above 0, found none in USDT"},
        {bnb + "fee_asset_price = {usdt = \"5\"}\n", "usdt: expected an asset of capital"},
        {bnb + "fee_asset_price = \"5\"\n", ":8: [account] fee_asset_price: expected a table"},
        {"fee_asset = \"bnb\"\nfee_asset_price = {USDT = \"5\"}\n",
         "fee_asset: expected capital letters"},
        {"fee_volume_asset = \"US DT\"\n", ":7: [account] fee_volume_asset: expected capital"},
        {"[account.balances]\nbtc = \"1\"\n", ":8: [account.balances] btc: expected an asset of"},
        {"[account.balances]\nBTC = \"92233720368.54775808\"\n",
         "BTC: expected a decimal from 0 to 92233720368.54775807 in quotes"},
        {"[[account]]\nname = \"a\"\n", ":8: [account] name: a second account 'a'"},
        {"[[account]]\nname = \"a b\"\n", ":8: [account] name: expected a name without spaces"},
        {"[[account]]\nname = \"\"\n", "name: expected a name without spaces, found ''"},
        {"master = \"a\"\n", "no sub-account, found 'a'"},
        {"master = \"nobody\"\n", ":7: [account] master: expected an account above it"},
        {sub + "maker_fee = \"0.5\"\n",
         ":10: [account] maker_fee: does nothing: a sub-account has"},
        {sub + "taker_fee = \"0\"\n", ":10: [account] taker_fee: does nothing"},
        {sub + "fee_volume_asset = \"USDT\"\n", ":10: [account] fee_volume_asset: does nothing"},
        {sub + "[[account.fee_tier]]\nvolume = \"5\"\nmaker = \"0\"\n", "fee_tier: does nothing"},
    };
    expect_refused(head, rows);
}

TEST(VenueConfig, a_key_has_one_material_that_is_there_and_addresses_that_are_some) {
    const std::string head = listen + thin +
                             "[[account]]\nname = \"a\"\n[[key]]\naccount = \"a\"\n" +
                             "api_key = \"k\"\nkind = ";
    const std::string file = testing::TempDir() + "venue_config_test.secret";
    ASSERT_TRUE(write_file(file, "\n", 0600));
    const Row rows[] = {
        {"\"hmac\"\n", ":7: [key] secret: missing; expected it or secret_file"},
        {"\"rsa\"\n", ":7: [key] public_key: missing; expected it or public_key_file"},
        {"\"hmac\"\nsecret = \"s\"\nsecret_file = \"f\"\n",
         ":12: [key] secret_file: expected it or secret, found both"},
        {"\"hmac\"\nsecret = \"\"\n", ":11: [key] secret: expected a secret, found nothing in it"},
        {"\"hmac\"\nsecret_file = \"" + file + "\"\n", ":11: [key] secret_file: expected a secret"},
        {"\"hmac\"\nsecret_file = \"nofile\"\n", "nofile: cannot be read"},
        {"\"hmac\"\nsecret_file = \".\"\n", "cannot be read"},
        {"\"hmac\"\nsecret = \"s\"\nips = [\"10.0.0.1/8\"]\n",
         ":12: [key] ips: expected addresses or CIDR blocks, found '10.0.0.1/8'"},
    };
    expect_refused(head, rows);
}

TEST(VenueConfig, has_a_certificate_a_market_and_bans_that_can_be) {
    const Row rows[] = {
        {thin, ":1: [listen]: missing"},
        {"[listen]\n" + thin,
         ":1: [listen] certificate_file: missing; expected self_signed_dir, or"},
        {"[listen]\ncertificate_file = \"c\"\n" + thin, "[listen] key_file: missing"},
        {"[listen]\nkey_file = \"k\"\n" + thin, "[listen] certificate_file: missing"},
        {listen + "certificate_file = \"c\"\n" + thin,
         ":3: [listen] certificate_file: expected it or self_signed_dir, found both"},
        {listen + "key_file = \"c\"\n" + thin,
         ":3: [listen] key_file: expected it or self_signed_dir, found both"},
        {"[listen]\nself_signed_dir = \"\"\n" + thin, "self_signed_dir: expected a path, found"},
        {listen, "no market; expected recordings, or [[synthetic]] tables"},
        {listen + "[replay]\nfiles = []\n", "[replay] files: no market; expected recordings"},
        {listen + "[replay]\nfiles = [\"nofile\"]\n",
         ":4: [replay] files: expected recordings, found no file '"},
        {listen + "[replay]\nfiles = [\".\"]\n", "[replay] files: expected recordings, found no"},
        {listen + "[replay]\nfiles = [\"venue_config_test.toml\"]\n",
         "[replay] files: expected the filters of '"},
        {listen + thin + "[replay]\noverlay = true\n", ":6: [replay] overlay: expected files to"},
        {listen + thin + "[limits]\nfirst_ban_ms = 5\nlongest_ban_ms = 4\n",
         ":6: [limits] first_ban_ms: expected no more than longest_ban_ms, 4, found 5"},
        {listen + thin + "[limits]\norders_per_day = 0\n",
         ":6: [limits] orders_per_day: expected an integer from 1 to 2147483647, found 0"},
    };
    expect_refused("", rows);
}

TEST(VenueConfig, limits_are_the_table_of_the_readme) {
    const auto readme = read_file(PORTCULLIS_SOURCE_DIR "/tools/venue/README.md");
    ASSERT_TRUE(readme) << readme.error();
    EXPECT_NE(readme.value().find(limits_markdown()), std::string::npos)
        << "put this into tools/venue/README.md:\n"
        << limits_markdown();
}

TEST(VenueConfig, synthetic_markets_are_named_by_preset_seed_script_and_base) {
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
    const Row rows[] = {
        {"[[synthetic]]\npreset = \"fat\"\n",
         ":4: [synthetic] preset: preset 'fat': expected btc-like, thin, wide, or a file"},
        {"[[synthetic]]\nseed = 1\n", ":3: [synthetic] preset: missing"},
        {thin + "script = \"war\"\n", ":5: [synthetic] script: expected flash-crash, news"},
        {thin + "base = \"no\"\n", ":5: [synthetic] base: expected capital letters"},
        {thin + "base = \"USDT\"\n", ":5: [synthetic] base: expected another asset than the quote"},
        {"[[synthetic]]\npreset = \"\"\n", ":4: [synthetic] preset: expected btc-like, thin, wide"},
        {thin + "speed = \"2\"\n", ":5: [synthetic] speed: unknown key"},
        {thin + thin, ":6: [synthetic] preset: a second NEXOUSDT; expected another base"},
        {"[synthetic]\npreset = \"thin\"\n", "synthetic: expected [[synthetic]] tables"},
        {thin + "[replay]\nspeed = \"max\"\n", ":6: [replay] speed: expected at most \"1000\""},
        {thin + "[replay]\nspeed = \"1001\"\n", ":6: [replay] speed: expected at most \"1000\""},
        {"[replay]\nspeed = \"-1\"\n",
         ":4: [replay] speed: expected a number from 0.001 to 1000000000 with"},
        {"[replay]\nspeed = \"0.0015\"\n", "at most three decimals, or max, in quotes as"},
        {"[replay]\nloop = true\n", ":4: [replay] loop: expected files to loop"},
    };
    expect_refused(listen, rows);
    EXPECT_TRUE(load(listen + thin + "[replay]\nspeed = \"1000\"\n"));
}

TEST(Server, refuses_a_config_that_only_the_started_venue_can_judge) {
    const std::string dir = testing::TempDir() + "venue_judged";
    std::filesystem::create_directories(dir + "/other");
    const auto mine = make_certificates(dir);
    const auto others = make_certificates(dir + "/other");
    ASSERT_TRUE(mine && others);
    ASSERT_TRUE(write_file(dir + "/file", "precious", 0600));
    const std::string files = "[listen]\ncertificate_file = \"" + mine.value().certificate + "\"\n";
    const std::string key = "[[account]]\nname = \"a\"\n[[key]]\naccount = \"a\"\n";
    const Row rows[] = {
        {files + "key_file = \"" + others.value().key + "\"\n" + thin,
         "other/server.key: expected the private key of the certificate in " +
             mine.value().certificate + ", found another"},
        {files + "key_file = \"" + mine.value().certificate + "\"\n" + thin,
         "server.pem: expected a private key in PEM, without a passphrase"},
        {files + "key_file = \"nofile\"\n" + thin, "nofile: cannot be read"},
        {"[listen]\ncertificate_file = \"" + mine.value().key + "\"\nkey_file = \"" +
             mine.value().key + "\"\n" + thin,
         "server.key: no PEM certificate in it"},
        {listen + "control_socket = \"" + dir + "/file\"\n" + thin,
         "/file: a file that is no socket; expected a path of its own"},
        {listen + thin + key + "api_key = \"k\"\nkind = \"hmac\"\nsecret = \"s\"\n",
         "venue_config_test.toml:7: [key] api_key 'k': expected 64 letters and digits"},
        {listen + thin + "[[account]]\nname = \"a\"\nfee_volume_asset = \"EUR\"\n",
         "[[account]] a: fee_volume_asset: expected the quote asset of a market here, found 'EUR'"},
    };
    for (const Row& row : rows) {
        const auto config = load(row.text);
        ASSERT_TRUE(config) << config.error();
        const auto refused = Server::make(config.value());
        ASSERT_FALSE(refused) << row.text;
        EXPECT_NE(refused.error().find(row.error), std::string::npos) << refused.error();
    }
    EXPECT_EQ(read_file(dir + "/file").value(), "precious");
}

}  // namespace
}  // namespace portcullis::tools::venue
