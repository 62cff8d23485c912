// What opens a client, and the texts that go to it.
#include "agent/relay/core/client_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using relay::read_open;

TEST(ClientText, TellsWhatIsWaitedForFromNews) {
    EXPECT_TRUE(relay::waits_for_client("Fetch.requestPaused"));
    EXPECT_TRUE(relay::waits_for_client("Target.attachedToTarget"));
    EXPECT_FALSE(relay::waits_for_client("Network.dataReceived"));
    EXPECT_FALSE(relay::waits_for_client("Target.targetInfoChanged"));
    EXPECT_TRUE(relay::is_acknowledgement("Page.screencastFrameAck"));
    EXPECT_FALSE(relay::is_acknowledgement("Page.startScreencast"));
    EXPECT_TRUE(relay::is_progress_event("Network.dataReceived", "{}"));
    EXPECT_FALSE(relay::is_progress_event("Network.loadingFinished", "{}"));
    EXPECT_TRUE(relay::is_progress_event("Page.lifecycleEvent", R"({"frameId":"F","name":"firstPaint"})"));
    EXPECT_FALSE(relay::is_progress_event("Page.lifecycleEvent", R"({"frameId":"F","name":"load"})"));
}

TEST(OpenRequest, HasDefaultsForAllThatItDoesNotSay) {
    for (const std::string_view params : {"", "{}", R"({"later":[1,{"x":2}]})"}) {
        const auto request = read_open(params);
        EXPECT_EQ(request.wrong, "") << params;
        EXPECT_EQ(request.lease, relay::default_lease);
        EXPECT_EQ(request.target, "");
        EXPECT_EQ(request.label, "");
        EXPECT_FALSE(request.exclusive);
    }
}

TEST(OpenRequest, KeepsTheLeaseWithinItsBounds) {
    EXPECT_EQ(read_open(R"({"leaseMs":1})").lease, relay::least_lease);
    EXPECT_EQ(read_open(R"({"leaseMs":1000})").lease, 1s);
    EXPECT_EQ(read_open(R"({"leaseMs":1001})").lease, 1001ms);
    EXPECT_EQ(read_open(R"({"leaseMs":600000})").lease, 10min);
    EXPECT_EQ(read_open(R"({"leaseMs":600001})").lease, 10min);
    EXPECT_EQ(read_open(R"({"leaseMs":9007199254740991})").lease, 10min);
    for (const std::string_view wrong : {"0", "-1", "1.5", "\"9\"", "null", "18446744073709551616"}) {
        EXPECT_NE(read_open(R"({"leaseMs":)" + std::string(wrong) + "}").wrong, "") << wrong;
    }
}

TEST(OpenRequest, NamesAPageByLettersDigitsAndDashesAlone) {
    EXPECT_EQ(read_open(R"({"target":"A-9z"})").target, "A-9z");
    EXPECT_EQ(read_open(R"({"target":"\u0041"})").target, "A");
    EXPECT_EQ(read_open(R"({"target":")" + std::string(64, 'a') + "\"}").wrong, "");
    for (const std::string& wrong : {std::string{}, std::string{"a b"}, std::string{"a\\\""}, std::string(65, 'a')}) {
        EXPECT_EQ(read_open(R"({"target":")" + wrong + "\"}").wrong, "No target with given id found") << wrong;
    }
}

TEST(OpenRequest, CutsALabelAndRefusesOneThatIsNoText) {
    EXPECT_EQ(read_open(R"({"label":")" + std::string(65, 'x') + "\"}").label, std::string(64, 'x'));
    EXPECT_NE(read_open(R"({"label":7})").wrong, "");
}

TEST(OpenRequest, IsExclusiveByTrueAlone) {
    EXPECT_TRUE(read_open(R"({"exclusive":true})").exclusive);
    EXPECT_FALSE(read_open(R"({"exclusive":false})").exclusive);
    EXPECT_NE(read_open(R"({"exclusive":"true"})").wrong, "");
}

/// Whether the agent takes sealed clients is not asked here: one that wants to be sealed is never taken for a plain
/// one.
TEST(OpenRequest, IsSealedByTrueAlone) {
    EXPECT_FALSE(read_open("{}").tls);
    EXPECT_FALSE(read_open(R"({"tls":false})").tls);
    EXPECT_EQ(read_open(R"({"tls":false})").wrong, "");
    EXPECT_TRUE(read_open(R"({"tls":true})").tls);
    EXPECT_NE(read_open(R"({"tls":"true"})").wrong, "");
    EXPECT_EQ(read_open(R"({"tls":true,"data":"AAEC"})").hello, std::string("\0\1\2", 3));
    EXPECT_EQ(read_open(R"({"tls":true,"data":"!"})").hello, "");
}

TEST(OpenRequest, TakesRawBroadcastsByTrueAlone) {
    EXPECT_FALSE(read_open(R"({"tls":true})").binary);
    EXPECT_TRUE(read_open(R"({"tls":true,"binary":true})").binary);
    for (const char* other : {"false", "1", "\"true\"", "null", "{}"}) {
        const auto request = read_open(R"({"tls":true,"binary":)" + std::string{other} + "}");
        EXPECT_FALSE(request.binary) << other;
        EXPECT_EQ(request.wrong, "") << "an agent of an earlier release does not know the word";
    }
}

TEST(ClientName, IsTheOneMemberOfThatName) {
    EXPECT_EQ(relay::client_named(R"({"seq":1,"client":"c-1"})"), "c-1");
    EXPECT_EQ(relay::client_named(R"({"client":"a","client":"b"})"), "") << "nobody knows which";
    EXPECT_EQ(relay::client_named("{}"), "");
    EXPECT_EQ(relay::client_named(""), "");
}

TEST(ClientText, SaysWhatAClientMayRelyOn) {
    const auto opened = json::parse(relay::write_opened("c-1", "i", {100, 400, 5000, 2min, 6.5}));
    EXPECT_EQ(opened, json::parse(R"({"client":"c-1","instance":"i","limits":
        {"payloadBytes":100,"windowBytes":400,"messageBytes":5000,"leaseMs":120000,"broadcastsPerSecond":6.5}})"));
}

TEST(ClientText, SaysWhatASealedClientIsToldBesides) {
    const relay::ClientLimits limits{100, 400, 5000, 2min, 6.5};
    const auto opened = [&limits](const relay::SealedAnswer& sealed) {
        return json::parse(relay::write_opened("c-1", "i", limits, sealed));
    };
    EXPECT_EQ(opened({"abc"})["data"], "YWJj");
    EXPECT_FALSE(opened({"abc"}).contains("binary")) << "as an agent of an earlier release answers";
    EXPECT_EQ(opened({"abc", true})["binary"], true);
}

TEST(ClientText, AddsNoMoreThanItsEnvelopeToAStreamsMembers) {
    const std::string members = R"("seq":1,"items":[])";
    const std::string text = relay::write_client_broadcast("c-1", "inst", members);
    EXPECT_EQ(json::parse(text), json::parse(R"({"client":"c-1","instance":"inst","seq":1,"items":[]})"));
    EXPECT_LE(text.size() - members.size(), relay::client_envelope + 3 + 4);
    constexpr double large_pace = 99999.9994;
    const std::string paced = relay::write_client_broadcast("c-1", "inst", members, large_pace);
    EXPECT_EQ(json::parse(paced), json::parse(R"({"client":"c-1","instance":"inst",
        "limits":{"broadcastsPerSecond":99999.999},"seq":1,"items":[]})"));
    EXPECT_LE(paced.size() - members.size(), relay::client_envelope + 3 + 4);
    EXPECT_EQ(json::parse(relay::write_client_ended("c", "i", "lease")),
              json::parse(R"({"client":"c","instance":"i","ended":{"reason":"lease"}})"));
}

TEST(ClientText, RepliesAndEventsReadAsTheBrowsersOwn) {
    EXPECT_EQ(relay::write_client_reply("7", "result", R"({"a":1})", ""), R"({"id":7,"result":{"a":1}})");
    EXPECT_EQ(relay::write_client_reply("7", "error", R"({"code":-1})", "S"),
              R"({"id":7,"error":{"code":-1},"sessionId":"S"})");
    EXPECT_EQ(relay::write_browser_event("Page.loadEventFired", R"({"t":1})", "S"),
              R"({"method":"Page.loadEventFired","params":{"t":1},"sessionId":"S"})");
    EXPECT_EQ(relay::write_browser_event("Page.x", "", ""), R"({"method":"Page.x","params":{}})");
}

TEST(ClientText, AnIdIsAWholeNumberOf32Bits) {
    for (const std::string_view id : {"0", "-1", "2147483647", "-2147483648"}) {
        EXPECT_TRUE(relay::is_browser_id(id)) << id;
    }
    for (const std::string_view id : {"", "2147483648", "1.0", "1e3", "\"1\"", "null", " 1", "1 "}) {
        EXPECT_FALSE(relay::is_browser_id(id)) << id;
    }
}

TEST(ClientText, TheLifeOfATargetIsToldWhereItsContentIsNot) {
    for (const std::string_view method : {"Target.attachedToTarget", "Inspector.targetCrashed", "Page.frameNavigated",
                                          "Page.lifecycleEvent", "Runtime.executionContextCreated"}) {
        EXPECT_TRUE(relay::is_lifecycle_event(method)) << method;
    }
    for (const std::string_view method : {"Runtime.consoleAPICalled", "Network.responseReceived",
                                          "Page.screencastFrame", "DOM.setChildNodes", "Page.frameNavigatedX"}) {
        EXPECT_FALSE(relay::is_lifecycle_event(method)) << method;
    }
}

}  // namespace
