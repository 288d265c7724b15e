// The signing vectors of Binance's documents, and what a signature covers on each door.
#include "tests/tools/venue_server/venue_fixture.hpp"
#include "tools/venue/server/certificates.hpp"

namespace portcullis::tools::venue {
namespace {

ApiKey made_key(ApiKeyKind kind, const std::string& material) {
    KeyRing ring;
    ApiKey key;
    key.api_key = std::string(64, 'K');
    key.kind = kind;
    EXPECT_TRUE(ring.add(key, material));
    return *ring.find(key.api_key);
}

std::string api_key_text(const char* key, const std::string& rest) {
    return "apiKey=" + std::string(key) + "&" + rest;
}

TEST(Signatures, documented_hmac_vectors_hold) {
    const ApiKey key = made_key(ApiKeyKind::hmac, hmac_secret);
    const struct {
        std::string text;
        const char* signature;
    } rows[] = {
        {"symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&"
         "timestamp=1499827319559",
         "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"},
        {"symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY&type=LIMIT&"
         "timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
         "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"},
        {"symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=0.1&recvWindow=5000&"
         "timestamp=1499827319559",
         "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"},
        {api_key_text(hmac_key,
                      "price=52000.00&quantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT&"
                      "timeInForce=GTC&timestamp=1645423376532&type=LIMIT"),
         "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"},
        {api_key_text(hmac_key,
                      "price=0.10000000&quantity=1.00000000&recvWindow=5000&side=BUY&"
                      "symbol=\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x93\xEF\xBC\x94\xEF\xBC\x95\xEF\xBC"
                      "\x96&timeInForce=GTC&timestamp=1645423376532&type=LIMIT"),
         "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd"},
    };
    for (const auto& row : rows) {
        EXPECT_TRUE(KeyRing::verify_signature(key, row.text, row.signature)) << row.text;
        std::string upper = row.signature;
        for (char& c : upper) {
            c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        }
        EXPECT_TRUE(KeyRing::verify_signature(key, row.text, upper)) << "hex is case-insensitive";
        upper[5] = upper[5] == '0' ? '1' : '0';
        EXPECT_FALSE(KeyRing::verify_signature(key, row.text, upper));
        EXPECT_FALSE(KeyRing::verify_signature(key, row.text + "0", row.signature));
    }
}

TEST(Signatures, documented_ed25519_vectors_hold) {
    const ApiKey key = made_key(ApiKeyKind::ed25519, ed25519_public);
    const std::string logon = api_key_text(ed25519_key, "timestamp=1649729878532");
    const std::string logon_signature =
        "cGkloHLHGGNbrduoWDYBlzIPwRHyDVYVfCE0rDkPwKdKedurBgm2JNWRkwloQDBFG6Mcloavo1siYfEtZbV/Ag==";
    EXPECT_TRUE(KeyRing::verify_signature(key, logon, logon_signature));
    EXPECT_TRUE(KeyRing::verify_signature(
        key,
        api_key_text(ed25519_key,
                     "price=52000.00&quantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT&"
                     "timeInForce=GTC&timestamp=1645423376532&type=LIMIT"),
        "82wlF5RobwT7JZehRQgOaupNEm5GrAqJj5tqZeCCE6ZxkhlUbWBThOx00q3FVnCKn882P+9p85phztjk4bOMAQ="
        "="));
    EXPECT_TRUE(KeyRing::verify_signature(key,
                                          "A\x01"
                                          "EXAMPLE\x01SPOT\x01"
                                          "1\x01"
                                          "20240627-11:17:25.223",
                                          "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+"
                                          "5UdlGPrQHrgtS3CvsRURC1oj73j8gCA=="));
    EXPECT_FALSE(KeyRing::verify_signature(key, logon + "1", logon_signature));
    EXPECT_FALSE(KeyRing::verify_signature(key, logon, "c" + logon_signature));
    EXPECT_FALSE(KeyRing::verify_signature(key, logon, ""));
    EXPECT_FALSE(KeyRing::verify_signature(key, logon, "not base64!!"));
}

TEST(Signatures, an_rsa_signature_verifies_and_another_text_does_not) {
    EVP_PKEY* pair = EVP_RSA_gen(2048);
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, pair);
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio, &data);
    const ApiKey key =
        made_key(ApiKeyKind::rsa, std::string(data, static_cast<std::size_t>(length)));
    BIO_free(bio);
    const std::string text = "timestamp=1645423376532";
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, pair);
    unsigned char raw[256];
    std::size_t size = sizeof raw;
    ASSERT_EQ(EVP_DigestSign(context, raw, &size,
                             reinterpret_cast<const unsigned char*>(text.data()), text.size()),
              1);
    unsigned char base64[400];
    EVP_EncodeBlock(base64, raw, static_cast<int>(size));
    const std::string signature(reinterpret_cast<char*>(base64));
    EXPECT_TRUE(KeyRing::verify_signature(key, text, signature));
    EXPECT_FALSE(KeyRing::verify_signature(key, "timestamp=1645423376533", signature));
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pair);
}

TEST(Signatures, a_websocket_request_signs_its_sorted_params_with_numbers_as_printed) {
    Params params;
    ASSERT_FALSE(params_from_json(
        R"({"symbol":"BTCUSDT","timestamp":1645423376532,"signature":"x","recvWindow": 100.50 ,"apiKey":"k","a":true})",
        params));
    EXPECT_EQ(params.signing_text(),
              "a=true&apiKey=k&recvWindow=100.50&symbol=BTCUSDT&timestamp=1645423376532");
}

TEST(Signatures, a_rest_payload_is_query_then_body_without_the_signature) {
    const struct {
        const char* in;
        const char* out;
    } rows[] = {{"a=1&signature=x", "a=1"},         {"signature=x&a=1", "a=1"},
                {"a=1&signature=x&b=2", "a=1&b=2"}, {"signature=x", ""},
                {"asignature=x", "asignature=x"},   {"", ""}};
    for (const auto& row : rows) {
        EXPECT_EQ(without_signature(row.in), row.out) << row.in;
    }
}

class RestSignature : public VenueTest {};

TEST_F(RestSignature, covers_query_and_body_joined_without_a_separator) {
    HttpRequest request;
    request.verb = "POST";
    request.ip = "127.0.0.1";
    request.api_key = hmac_key;
    const std::string query = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC";
    const std::string body = "quantity=0.1&price=90&timestamp=" + std::to_string(now_ms());
    request.target = "/api/v3/order?" + query;
    request.content_type = "application/x-www-form-urlencoded";
    request.body = body + "&signature=" + hmac_hex(hmac_secret, query + body);
    EXPECT_EQ(venue.http(request).status, 200);
    request.body = body + "&signature=" + hmac_hex(hmac_secret, query + "&" + body);
    EXPECT_EQ(member(venue.http(request).body, "/code"), "-1022");
}

TEST_F(RestSignature, of_a_payload_that_is_not_percent_encoded_is_refused) {
    const std::string raw = "symbol=\xEF\xBC\x91&timestamp=" + std::to_string(now_ms());
    const HttpReply reply = rest("GET", "/api/v3/openOrders", raw);
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(member(reply.body, "/code"), "-1022");
    EXPECT_EQ(member(rest("GET", "/api/v3/openOrders", "symbol=%EF%BC%91").body, "/code"), "-1121");
}

TEST(Certificates, of_a_folder_are_kept_and_their_pins_written) {
    const std::string dir = testing::TempDir() + "venue_certificates";
    const auto first = make_certificates(dir);
    ASSERT_TRUE(first) << first.error();
    const auto leaf = spki_pin(first.value().certificate);
    const auto ca = spki_pin(first.value().ca);
    ASSERT_TRUE(leaf && ca);
    EXPECT_NE(leaf.value(), ca.value());
    EXPECT_EQ(leaf.value().size(), 44U);
    ASSERT_TRUE(make_certificates(dir));
    EXPECT_EQ(spki_pin(first.value().certificate).value(), leaf.value());
    EXPECT_EQ(read_file(first.value().pins).value(),
              "leaf sha256/" + leaf.value() + "\nca sha256/" + ca.value() + "\n");
}

}  // namespace
}  // namespace portcullis::tools::venue
