// Somebody in the middle, as a test tells him.
#include "tests/hub/middleman.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "platform/core/base64.hpp"

namespace hub {
namespace {

std::vector<std::string> pass(Middleman& middle, const std::string& payload, const std::string& event = "e") {
    std::vector<std::string> out;
    for (const auto& one : middle.pass({"realtime:t", event, payload})) out.push_back(one.payload);
    return out;
}
using Payloads = std::vector<std::string>;

TEST(MiddlemanTest, FindsATextHoweverItIsWrapped) {
    Middleman middle;
    middle.handle({{"watch", true}});
    const std::string marker = "the-secret-marker";
    EXPECT_TRUE(middle.at_work());
    pass(middle, R"({"a":"nothing of it"})");
    EXPECT_EQ(middle.handle({{"find", marker}})["found"], 0);
    pass(middle, R"({"a":")" + marker + "\"}", "plain");
    EXPECT_EQ(middle.handle({{"find", marker}})["found"], 1);
    middle.handle({{"forget", true}});
    const auto once = platform::base64("..." + marker + "...");
    pass(middle, R"({"data":")" + once + "\"}", "once");
    pass(middle, R"({"data":")" + platform::base64(R"({"data":")" + once + "\"}") + "\"}", "twice");
    EXPECT_EQ(middle.handle({{"find", marker}})["found"], 4) << "in each broadcast, and in what the two streams hold";
    middle.handle({{"forget", true}});
    pass(middle, R"({"data":")" + platform::base64("............the-sec") + "\"}");
    pass(middle, R"({"data":")" + platform::base64("ret-marker..........") + "\"}");
    EXPECT_EQ(middle.handle({{"find", marker}})["found"], 1) << "across two broadcasts";
}

TEST(MiddlemanTest, DropsDoublesChangesAndSwapsWhatFits) {
    Middleman middle;
    middle.handle({{"rules",
                    {{{"do", "drop"}, {"holds", "drop"}},
                     {{"do", "double"}, {"holds", "double"}, {"skip", 1}},
                     {{"do", "change"}, {"event", "c"}},
                     {{"do", "swap"}, {"holds", "swap"}, {"times", 2}}}}});
    EXPECT_EQ(pass(middle, R"("drop")"), Payloads{});
    EXPECT_EQ(pass(middle, R"("drop")"), Payloads{R"("drop")"}) << "once";
    EXPECT_EQ(pass(middle, R"("double")"), Payloads{R"("double")"}) << "the second one alone";
    EXPECT_EQ(pass(middle, R"("double")"), (Payloads{R"("double")", R"("double")"}));
    EXPECT_EQ(pass(middle, R"({"data":"CCCCC","x":1})", "c"), Payloads{R"({"data":"CCACC","x":1})"});
    EXPECT_EQ(pass(middle, R"("swap 1")"), Payloads{});
    EXPECT_EQ(pass(middle, R"("swap 2")"), (Payloads{R"("swap 2")", R"("swap 1")"}));
    EXPECT_EQ(middle.handle(Json::object())["done"], (Json{1, 1, 1, 2}));
    EXPECT_THROW(middle.handle({{"rules", {{{"do", "eat"}}}}}), std::invalid_argument);
}

TEST(MiddlemanTest, SeesIntoWhatIsRaw) {
    using namespace std::string_literals;
    Middleman middle;
    middle.handle({{"watch", true}});
    const auto pass_raw = [&middle](const std::string& payload) {
        std::vector<std::string> out;
        for (const auto& one : middle.pass({"realtime:t", "e", payload, true})) {
            EXPECT_TRUE(one.raw);
            out.push_back(one.payload);
        }
        return out;
    };
    pass_raw("{\"seq\":1}\0\1\2the-sec"s);
    EXPECT_EQ(middle.handle({{"find", "the-sec"}})["found"], 2) << "in the broadcast, and in the stream";
    pass_raw("{\"seq\":2}\0ret-marker\xff"s);
    EXPECT_EQ(middle.handle({{"find", "the-secret-marker"}})["found"], 1) << "across two broadcasts";
    pass_raw("\xff\xfe"s);
    const auto list = middle.handle({{"list", Json::object()}})["list"];
    ASSERT_EQ(list.size(), 3u);
    EXPECT_EQ(list[0]["payload"], R"({"seq":1})");
    EXPECT_EQ(list[0]["bytes"], platform::base64("\1\2the-sec"));
    EXPECT_EQ(list[2]["bytes"], "") << "there is no zero byte";
    dump(list);  // whatever passed
    middle.handle({{"rules", {{{"do", "change"}, {"raw", true}, {"times", 2}}, {{"do", "drop"}, {"raw", false}}}}});
    EXPECT_EQ(pass(middle, R"("text")"), Payloads{});
    EXPECT_EQ(pass_raw("{}\0abc"s), Payloads{"{}\0acc"s});
    EXPECT_EQ(pass_raw("{}\0a"s), Payloads{"{}\0`"s});
    EXPECT_EQ(pass_raw("{}\0a"s), Payloads{"{}\0a"s});
}

TEST(MiddlemanTest, ListsWhatPassed) {
    Middleman middle;
    middle.handle({{"watch", true}});
    pass(middle, "1", "a");
    pass(middle, "2", "b");
    const auto list = middle.handle({{"list", {{"event", "b"}}}})["list"];
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0], (Json{{"number", 1}, {"topic", "realtime:t"}, {"event", "b"}, {"payload", "2"}}));
}

}  // namespace
}  // namespace hub
