// The backend's limits: 100 events a second for the whole tenant, and the payload's size.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/world.hpp"

namespace {

using nlohmann::json;
using support::World;
using namespace std::chrono_literals;
using namespace std::string_literals;

TEST(Limits, NothingIsLostOfTwoHundredAndFiftyCommandsAtTheBackendsRate) {
    World world{{"--events-per-second", "100"}};
    auto agent = world.joined_agent();
    ASSERT_NE(agent, nullptr);
    auto controller = world.controller();
    constexpr int all = 250;
    // Each command costs two events (sent, delivered), each result as many: twenty commands a second stay below 100.
    int sent = 0;
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(world.until(
        [&] {
            const auto due = (std::chrono::steady_clock::now() - begun) / 50ms;
            while (sent < all && sent < due) {
                controller->command(R"({"id":)" + std::to_string(++sent) + R"(,"method":"Browser.getVersion"})");
            }
            return static_cast<int>(controller->results()) >= all;
        },
        60s))
        << controller->results() << " of " << sent;
    for (int id = 1; id <= all; ++id) EXPECT_GE(controller->copies(std::to_string(id)), 1U) << id;
}

TEST(Limits, StringsOfTwentyMegabytesPassWhereTheLimitsAreRaised) {
    World world{{"--payload-kb", "90000", "--message-bytes", "100000000"}};
    auto agent = world.joined_agent({.config = "payload_limit = \"80MB\"\nread_limit = \"100MB\"\n"});
    ASSERT_NE(agent, nullptr);
    auto controller = world.controller();
    constexpr std::size_t size = 20'000'000;
    const std::string text(size, 'y');
    const auto there = controller->call("1", "Runtime.evaluate", R"({"expression":"')" + text + R"('.length"})");
    ASSERT_TRUE(there);
    EXPECT_NE(there->find("\"value\":20000000"), std::string::npos) << there->substr(0, 300);
    const auto back = controller->call("2", "Runtime.evaluate", R"({"expression":"'y'.repeat(20000000);"
})");
    ASSERT_TRUE(back);
    EXPECT_NE(back->find(text), std::string::npos) << back->substr(0, 300);
}

TEST(Limits, ACommandBeyondTheReadLimitIsAnsweredAndSpokenOfOnce) {
    World world;
    auto agent = world.joined_agent({.config = "read_limit = 65536\n"});
    ASSERT_NE(agent, nullptr);
    auto controller = world.controller();
    const std::string large = R"({"expression":")" + std::string(100'000, 'y') + R"("})";
    for (const std::string& id : {"1"s, "2"s}) {
        const auto refused = controller->call(id, "Runtime.evaluate", large);
        ASSERT_TRUE(refused);
        EXPECT_NE(refused->find(R"("reason":"too_large")"), std::string::npos) << *refused;
    }
    const auto next = controller->call("3", "Runtime.evaluate", R"({"expression":"6*7"})");
    ASSERT_TRUE(next);
    EXPECT_NE(next->find("\"value\":42"), std::string::npos) << *next;
    constexpr std::string_view words = "is beyond realtime.read_limit";
    const auto output = agent->output();
    const auto first = output.find(words);
    ASSERT_NE(first, std::string::npos);
    EXPECT_EQ(output.find(words, first + 1), std::string::npos) << output;
}

}  // namespace
