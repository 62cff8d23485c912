#include "platform/crypto.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace platform;

TEST(Crypto, HashesAsThePublishedVectors) {
    EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    // RFC 4231, test case 2
    EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Crypto, Base64IsPadded) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("\xff\xfe\xfd?"), "//79Pw==");
    EXPECT_EQ(base64(std::string(3000, '\0')), std::string(4000, 'A')) << "in one line";
}

TEST(Crypto, Base64IsReadWithAndWithoutPadding) {
    EXPECT_EQ(from_base64("//79Pw=="), "\xff\xfe\xfd?");
    EXPECT_EQ(from_base64("Zm8"), "fo");
    EXPECT_EQ(from_base64(""), "");
    for (const std::string text :
         {"Zm8-", "Zm_8", "Z", "Zm 8", "Zm=v", " Zm8", "Zm8 ", "Zm9v\n", "\tZm9v", "-Zm8", "=Zm8", "Zm9v\xc3\xa4"})
        EXPECT_FALSE(from_base64(text)) << text;
}

TEST(Crypto, Base64UrlTakesNothingElse) {
    const std::vector<std::string> wrong{"Zm 8", "Zm9v\n", " Zm9v", "Zm/v", "Zm=v", "Zm9v\xc3", {"Zm9\0", 4}};
    for (const auto& text : wrong) {
        EXPECT_FALSE(from_base64url(text)) << text;
    }
    EXPECT_EQ(from_base64url("Zg"), "f");
    EXPECT_EQ(from_base64url("===="), "");
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        EXPECT_EQ(from_base64url(base64url(bytes.substr(0, size))), bytes.substr(0, size)) << size;
    }
}

TEST(Crypto, Base64UrlGoesBothWays) {
    EXPECT_EQ(base64url("\xff\xfe\xfd?"), "__79Pw");
    for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
        EXPECT_EQ(from_base64url(base64url(text)), text);
    }
    EXPECT_EQ(from_base64url("Zm8="), "fo");
    EXPECT_FALSE(from_base64url("Zm8+"));
    EXPECT_FALSE(from_base64url("Z"));
}

TEST(Crypto, HexGoesBothWays) {
    EXPECT_EQ(from_hex("00fFa0"), std::string("\x00\xff\xa0", 3));
    EXPECT_FALSE(from_hex("0"));
    EXPECT_FALSE(from_hex("0g"));
}

TEST(Crypto, SealedTextOpensWithItsKeyAlone) {
    const auto key = random_bytes(seal_key_bytes);
    auto sealed = seal(key, "a token", "v1");
    EXPECT_EQ(sealed.find("a token"), std::string::npos);
    const auto opened = unseal(key, sealed, "v1");
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->reveal(), "a token");
    EXPECT_NE(sealed, seal(key, "a token", "v1"));  // another nonce every time
    EXPECT_FALSE(unseal(random_bytes(seal_key_bytes), sealed, "v1"));
    EXPECT_FALSE(unseal(key, sealed, "v2"));
    sealed[15] = static_cast<char>(sealed[15] ^ 1);
    EXPECT_FALSE(unseal(key, sealed, "v1"));
    EXPECT_FALSE(unseal(key, "short", "v1"));
}

}  // namespace
