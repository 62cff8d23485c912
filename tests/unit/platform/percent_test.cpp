// Percent coding of addresses and forms.
#include "platform/percent.hpp"

#include <gtest/gtest.h>

namespace {

using platform::percent_decode;
using platform::percent_encode;

TEST(Percent, UnreservedCharactersStayAsTheyAre) {
    const std::string plain = "abcxyzABCXYZ0189-._~";
    EXPECT_EQ(percent_encode(plain), plain);
    EXPECT_EQ(percent_encode(""), "");
}

TEST(Percent, AllOthersAreEscapedByteByByte) {
    EXPECT_EQ(percent_encode("a b&c=d/e?f+g%h"), "a%20b%26c%3Dd%2Fe%3Ff%2Bg%25h");
    EXPECT_EQ(percent_encode("\xc3\xa4"), "%C3%A4");
    EXPECT_EQ(percent_encode(std::string("\0\n", 2)), "%00%0A");
}

TEST(Percent, APlusIsASpaceAndWhatIsNoEscapeStays) {
    EXPECT_EQ(percent_decode("a+b%20c"), "a b c");
    EXPECT_EQ(percent_decode("%c3%A4"), "\xc3\xa4");
    for (const std::string text : {"%", "%4", "%zz", "100%", "%g1x"}) EXPECT_EQ(percent_decode(text), text);
}

TEST(Percent, EveryByteGoesBothWays) {
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    EXPECT_EQ(percent_decode(percent_encode(all)), all);
}

}  // namespace
