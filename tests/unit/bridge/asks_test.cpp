// Commands of this end's own inside of a client's stream.
#include "agent/bridge/core/asks.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace {

using bridge::Asks;
using bridge::Replied;
using nlohmann::json;

class AsksTest : public ::testing::Test {
  protected:
    Asks::Sent ask(const Asks::Question& question) {
        return asks.add(question, [this](const Replied& came) { answers.push_back(came); });
    }
    static std::string reply(std::uint64_t number, const std::string& member) {
        return R"({"id":"b-)" + std::to_string(number) + "\"," + member + "}";
    }
    Asks asks;
    std::vector<Replied> answers;
};

TEST_F(AsksTest, AreMessagesOfTheProtocolWithIdsThatNoClientHas) {
    EXPECT_EQ(ask({.method = "Agent.filePut", .params = R"({"a":1.50})"}).message,
              R"({"id":"b-1","method":"Agent.filePut","params":{"a":1.50}})");
    EXPECT_EQ(ask({.method = "Agent.getInfo"}).message, R"({"id":"b-2","method":"Agent.getInfo"})");
}

TEST_F(AsksTest, TheirRepliesAreTakenAndNothingElse) {
    const auto sent = ask({.method = "Agent.getInfo"});
    EXPECT_FALSE(asks.take(R"({"id":1,"result":{}})"));
    EXPECT_FALSE(asks.take(R"({"id":"c-1","result":{}})"));
    EXPECT_FALSE(asks.take(R"({"method":"Page.x","params":{"id":"b-1"}})"));
    EXPECT_TRUE(asks.take(R"({"id":"b-9","result":{}})")) << "of one that was forgotten: no client knows it";
    EXPECT_TRUE(answers.empty());
    const auto other = ask({.method = "Agent.getInfo"});
    EXPECT_TRUE(asks.take(reply(sent.number, R"("result":{"n":1.50})")));
    EXPECT_TRUE(asks.take(reply(other.number, R"("error":{"code":-1,"message":"No"})")));
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_TRUE(answers[0].ok);
    EXPECT_EQ(answers[0].text, R"({"n":1.50})");
    EXPECT_FALSE(answers[1].ok);
    EXPECT_EQ(answers[1].text, R"({"code":-1,"message":"No"})");
}

TEST_F(AsksTest, AllFailAtTheEndButThoseThatAreForgotten) {
    const auto forgotten = ask({.method = "Page.reload"});
    ask({.method = "Page.reload"});
    asks.forget(forgotten.number);
    asks.fail_all("{}");
    asks.fail_all("{}");
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_FALSE(answers[0].ok);
    EXPECT_TRUE(asks.empty());
}

}  // namespace
