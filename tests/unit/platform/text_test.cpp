#include "platform/text.hpp"

#include <gtest/gtest.h>

namespace {

using platform::clean;

TEST(Clean, RemovesWhatWouldCommandATerminalOrTheServiceManager) {
    EXPECT_EQ(clean("x\nMAINPID=1\nSTOPPING=1"), "xMAINPID=1STOPPING=1");
    EXPECT_EQ(clean("\x1b[31mred\x1b[0m\a\x7f"), "[31mred[0m");
    EXPECT_EQ(clean("a\xC2\x9B"
                    "31mb"),
              "a31mb");  // C1: an 8-bit CSI
    EXPECT_EQ(clean("a\xE2\x80\xAE"
                    "b\xE2\x81\xA6"
                    "c"),
              "abc");  // right-to-left override, isolate
    EXPECT_EQ(clean("a\xE2\x80\xA8"
                    "b\xEF\xBB\xBF"),
              "ab");  // line separator, byte order mark
}

TEST(Clean, KeepsOrdinaryTextOfAllScripts) {
    EXPECT_EQ(clean("Grüße, 世界 🎉"), "Grüße, 世界 🎉");
}

TEST(Clean, MarksWhatIsNotUtf8) {
    EXPECT_EQ(clean("a\xff\xfe\xfd"
                    "b"),
              "a?b");
    EXPECT_EQ(clean("\xC0\xAF"), "?");        // overlong
    EXPECT_EQ(clean("\xED\xA0\x80x"), "?x");  // a surrogate
    EXPECT_EQ(clean("\xF0\x9F\x8E"), "?");    // cut in the middle
}

TEST(Clean, CutsAtACharacterAndSaysSo) {
    EXPECT_EQ(clean("abcdef", 6), "abcdef");
    EXPECT_EQ(clean("abcdefg", 6), "abc…");
    EXPECT_EQ(clean("aäää", 6),
              "a"
              "ä…");
    EXPECT_EQ(clean(std::string(1000, 'x'), 200).size(), 200U);
    EXPECT_EQ(clean("abc", 2), "");
}

TEST(Clean, LinesKeepTheirEnds) {
    EXPECT_EQ(platform::clean_lines("a\x1b[2J\n\xE2\x80\xAE"
                                    "b\n"),
              "a[2J\nb\n");
    EXPECT_EQ(platform::clean_lines(""), "");
}

TEST(EscapeHidden, SaysTheSameToAParserAndNothingToATerminal) {
    EXPECT_EQ(platform::escape_hidden("{\"a\":\"gr\xC3\xBC\xC2\x9B\x7F\xE2\x80\xAE\"}\n"),
              "{\"a\":\"gr\xC3\xBC\\u009b\\u007f\\u202e\"}\n");
    EXPECT_EQ(platform::escape_hidden("\"\xF3\xA0\x80\x81\""), "\"\\udb40\\udc01\"");  // U+E0001: two units
    EXPECT_EQ(platform::escape_hidden("[1,\r\t2]\x1b\xff"), "[1,  2]\\u001b\\ufffd");
    EXPECT_EQ(platform::escape_hidden("\"\\u202e\""), "\"\\u202e\"");
}

TEST(Nearest, FindsTheNameThatWasMeant) {
    const std::vector<std::string> names{"browser.path", "browser.headless", "relay.profile"};
    EXPECT_EQ(platform::nearest("browser.pth", names), "browser.path");
    EXPECT_EQ(platform::nearest("browser.headles", names), "browser.headless");
    EXPECT_FALSE(platform::nearest("zzz", names));
}

TEST(ForPeople, SpeaksOfTimeAsPeopleDo) {
    EXPECT_EQ(platform::for_people(5), "5 s");
    EXPECT_EQ(platform::for_people(65), "1 min 5 s");
    EXPECT_EQ(platform::for_people(7500), "2 h 5 min");
    EXPECT_EQ(platform::for_people(4 * 86400), "4 d");
}

}  // namespace
