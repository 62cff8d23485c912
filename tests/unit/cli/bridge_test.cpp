// What --bridge takes, and where it listens.
#include "agent/cli/bridge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/cli/given.hpp"

namespace {

using namespace cli::arguments;
using cli::bridge_command::read_listen;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct BridgeArguments : testing::Test {
    std::string problem() {
        std::string why;
        EXPECT_TRUE(is<Wrong>(command_of(given, Name::bridge, why)));
        return why;
    }
    static std::string at(const std::string& text) {
        std::string wrong;
        const auto where = read_listen(text, wrong);
        return wrong.empty() ? where.address().to_string() + " " + std::to_string(where.port()) : wrong;
    }
    Given given;
};

TEST_F(BridgeArguments, MakeOneCommandWithItsAddresses) {
    given.bridge.devices = {"lab", "desk"};
    given.listens = {"127.0.0.1:1", "127.0.0.1:2"};
    given.token.file = "/t";
    given.exec = {"true"};
    EXPECT_THAT(commands_in(given), ElementsAre(Name::bridge));
    EXPECT_EQ(contradiction(given, Name::bridge), "");
    std::string why;
    const auto command = command_of(given, Name::bridge, why);
    const auto* bridge = std::get_if<Bridge>(&command);
    ASSERT_NE(bridge, nullptr) << why;
    EXPECT_THAT(bridge->devices, ElementsAre("lab", "desk"));
    EXPECT_THAT(bridge->listen, ElementsAre("127.0.0.1:1", "127.0.0.1:2"));
    EXPECT_THAT(bridge->exec, ElementsAre("true"));
    EXPECT_EQ(bridge->token.file, "/t");
}

TEST_F(BridgeArguments, BelongTogether) {
    given.bridge.print_url = true;
    EXPECT_THAT(contradiction(given, Name::listen), HasSubstr("belong to --bridge"));
    given = {};
    given.listens = {"a", "b"};
    EXPECT_THAT(contradiction(given, Name::listen), HasSubstr("one channel"));
    given = {};
    given.bridge.devices = {""};
    EXPECT_THAT(problem(), HasSubstr("needs a device"));
    given.bridge.devices = {"a", "b", "c"};
    given.listens = {"1", "2"};
    EXPECT_THAT(problem(), HasSubstr("once for all devices"));
}

TEST_F(BridgeArguments, ListenOnLoopbackAlone) {
    EXPECT_EQ(at("127.0.0.1:9333"), "127.0.0.1 9333");
    EXPECT_EQ(at("localhost:0"), "127.0.0.1 0");
    EXPECT_EQ(at("9333"), "127.0.0.1 9333");
    EXPECT_EQ(at("127.0.0.7:1"), "127.0.0.7 1");
    EXPECT_EQ(at("[::1]:65535"), "::1 65535");
    for (const auto* wrong : {"", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:1x", "example.com:1"}) {
        EXPECT_THAT(at(wrong), HasSubstr("takes an address of this machine")) << wrong;
    }
    for (const auto* beyond : {"0.0.0.0:9333", "192.168.0.1:1", "[::]:1"}) {
        EXPECT_THAT(at(beyond), HasSubstr("loopback addresses alone")) << beyond;
    }
}

}  // namespace
