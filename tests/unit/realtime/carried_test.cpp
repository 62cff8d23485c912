// What the server's JSON parser refuses, and so drops with vsn 1.0.0.
#include "agent/realtime/core/carried.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using realtime::uncarried;
using realtime::Vsn;

std::string_view by_text(std::string_view json) {
    return uncarried(Vsn::v1, json);
}

TEST(Carried, HalfOfASurrogatePairIsNot) {
    for (const char* json :
         {R"("\ud800")", R"("\udfff")", R"("x\uD83Dx")", R"("\ud83d\ud83d")", R"("\ude00\ud83d")", R"("\ud83d\n")",
          R"("\ud83d\\ude00")", R"({"\udc00":1})", R"([{"a":["\udbff"]}])", R"("\ud83d\ude00\ude00")", R"("\\\ud800")"})
        EXPECT_EQ(by_text(json), "an unpaired surrogate") << json;
}

TEST(Carried, WholePairsAndWhatOnlyLooksLikeThemAre) {
    for (const char* json : {R"("\ud83d\ude00")", R"("\uD83D\uDE00\uD83D\uDE00")", R"("\\ud800")", R"("\\\\ud800")",
                             R"("\ud7ff\ue000\uffff\u0000")", R"("ud800")", R"("\"\\")", "\"\U0001F600\"", R"("")", ""})
        EXPECT_EQ(by_text(json), "") << json;
}

TEST(Carried, NumbersAreWithinTheRangeOfADouble) {
    for (const char* json : {"1e400", "-1E400", R"([1,2.5,1e309])", R"({"a":-1.8e308})", "1e99999999999999999999"})
        EXPECT_EQ(by_text(json), "a number beyond the range of a double") << json;
    for (const char* json : {"1.7976931348623157e308", "-0.0", "5e-324", "12345678901234567890123456789", R"("1e400")",
                             R"({"1e400":"-1e400"})", "[1,2,3]"})
        EXPECT_EQ(by_text(json), "") << json;
    const std::string whole(400, '9');
    EXPECT_EQ(by_text(whole), "");
    EXPECT_EQ(by_text(whole + ".5"), "a number beyond the range of a double");
}

TEST(Carried, TextIsUtf8) {
    EXPECT_EQ(by_text("\"\xED\xA0\x80\""), "text that is not UTF-8");
    EXPECT_EQ(by_text("\"\xFF\""), "text that is not UTF-8");
}

TEST(Carried, BinaryBroadcastsPassAsBytes) {
    for (const char* json : {R"("\ud800")", "1e400", "\"\xFF\""}) EXPECT_EQ(uncarried(Vsn::v2, json), "") << json;
}

}  // namespace
