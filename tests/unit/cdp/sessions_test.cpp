#include "cdp/core/sessions.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cdp {
namespace {

constexpr std::string_view ours = "OWN";

struct Sessions : testing::Test {
    SessionTable table;

    SessionChange tell(const std::string& text) {
        texts.push_back(text);
        return table.on_event(classify(texts.back()), ours);
    }
    void attach(const std::string& session, const std::string& target, const std::string& parent = {},
                const std::string& type = "page") {
        tell(R"({"method":"Target.attachedToTarget","params":{"sessionId":")" + session +
             R"(","targetInfo":{"targetId":")" + target + R"(","type":")" + type +
             R"(","title":"","url":"about:blank","attached":true},"waitingForDebugger":false})" +
             (parent.empty() ? "" : R"(,"sessionId":")" + parent + '"') + "}");
    }
    void discovered(const std::string& event, const std::string& url, const std::string& session = "OWN") {
        tell(R"({"method":"Target.)" + event + R"(","params":{"targetInfo":{"targetId":"T1","type":"page","title":"x)" +
             R"(","url":")" + url + R"(","openerId":"T0"}},"sessionId":")" + session + R"("})");
    }
    std::vector<std::string> texts;
};

TEST_F(Sessions, knows_parents_and_targets) {
    attach("A", "T1");
    attach("B", "T2", "A", "iframe");
    ASSERT_NE(table.find("B"), nullptr);
    EXPECT_EQ(table.find("B")->parent, "A");
    EXPECT_EQ(table.target_of("B")->type, "iframe");
    EXPECT_EQ(table.target_of("nobody"), nullptr);
}

TEST_F(Sessions, knows_from_which_of_the_connections_own_a_session_descends) {
    attach("A", "T1");
    attach("B", "T2", "A", "iframe");
    attach("C", "T3", "B", "worker");
    attach("D", "T4");
    EXPECT_EQ(table.top_of("A", ""), "A");
    EXPECT_EQ(table.top_of("C", ""), "A");
    EXPECT_EQ(table.top_of("D", ""), "D");
    EXPECT_EQ(table.top_of("nobody", ""), "");
    auto below = table.below("A", "");
    std::sort(below.begin(), below.end());
    EXPECT_EQ(below, (std::vector<std::string>{"A", "B", "C"}));
    EXPECT_TRUE(table.below("B", "").empty()) << "no session of the connection's own";
    // In the browser host a session stands for the connection's own.
    attach("ROOT", "T0", {}, "browser");
    attach("E", "T5", "ROOT");
    attach("F", "T6", "E");
    EXPECT_EQ(table.top_of("F", "ROOT"), "E");
    // Two that name each other as parent come from no browser of ours.
    attach("X", "T7", "Y");
    attach("Y", "T8", "X");
    EXPECT_EQ(table.top_of("X", ""), "");
}

TEST_F(Sessions, follows_the_url_by_our_own_discovery_alone) {
    attach("A", "T1");
    discovered("targetInfoChanged", R"(https:\/\/example.com\/\u00e9)");
    EXPECT_EQ(table.target_of("A")->url, "https://example.com/\xc3\xa9");
    EXPECT_EQ(table.target_of("A")->opener, "T0");
    discovered("targetInfoChanged", "file:///etc/passwd", "CLIENT");
    EXPECT_EQ(table.target_of("A")->url, "https://example.com/\xc3\xa9");
    tell(
        R"({"method":"Target.targetCrashed","params":{"targetId":"T1","status":"crashed","errorCode":5},"sessionId":"OWN"})");
    EXPECT_TRUE(table.target("T1")->crashed);
    discovered("targetInfoChanged", "https://example.com/2");
    EXPECT_TRUE(table.target("T1")->crashed) << "until it is reloaded";
    tell(R"({"method":"Inspector.targetReloadedAfterCrash","params":{},"sessionId":"A"})");
    EXPECT_FALSE(table.target("T1")->crashed);
    tell(R"({"method":"Target.targetDestroyed","params":{"targetId":"T1"},"sessionId":"OWN"})");
    EXPECT_EQ(table.target_of("A"), nullptr);
}

TEST_F(Sessions, a_detached_session_takes_its_children_with_it) {
    attach("A", "T1");
    attach("B", "T2", "A");
    attach("C", "T3", "B");
    attach("D", "T4");
    const auto change = tell(R"({"method":"Target.detachedFromTarget","params":{"sessionId":"A","targetId":"T1"}})");
    EXPECT_EQ(change.kind, SessionChange::Kind::detached);
    EXPECT_EQ(change.sessions, (std::vector<std::string>{"A", "B", "C"}));
    EXPECT_EQ(table.find("C"), nullptr);
    EXPECT_NE(table.find("D"), nullptr);
    EXPECT_EQ(table.size(), 1U);
}

TEST_F(Sessions, remembers_crash_dialog_and_pause) {
    attach("A", "T1");
    tell(R"({"method":"Page.javascriptDialogOpening","params":{"message":"hi"},"sessionId":"A"})");
    EXPECT_TRUE(table.find("A")->dialog);
    tell(R"({"method":"Page.javascriptDialogClosed","params":{},"sessionId":"A"})");
    EXPECT_FALSE(table.find("A")->dialog);
    tell(R"({"method":"Debugger.paused","params":{},"sessionId":"A"})");
    EXPECT_TRUE(table.find("A")->paused);
    tell(R"({"method":"Debugger.resumed","params":{},"sessionId":"A"})");
    EXPECT_FALSE(table.find("A")->paused);
    const auto change = tell(R"({"method":"Inspector.targetCrashed","params":{},"sessionId":"A"})");
    EXPECT_EQ(change.kind, SessionChange::Kind::crashed);
    EXPECT_EQ(change.sessions, std::vector<std::string>{"A"});
    EXPECT_TRUE(table.find("A")->crashed);
}

TEST_F(Sessions, forgets_targets_that_no_discovery_tells_the_end_of) {
    for (int i = 0; i < 50; ++i) {
        const auto name = std::to_string(i);
        attach("S" + name, "B" + name, "", "browser");
        tell(R"({"method":"Target.detachedFromTarget","params":{"sessionId":"S)" + name + R"("}})");
    }
    EXPECT_EQ(table.targets(), 0U);
}

TEST_F(Sessions, cuts_long_urls) {
    discovered("targetCreated", "data:text/html," + std::string(1 << 20, 'x'));
    EXPECT_EQ(table.target("T1")->url.size(), 4096U);
}

TEST_F(Sessions, ignores_what_it_cannot_read) {
    tell(R"({"method":"Target.attachedToTarget","params":{}})");
    tell(R"({"method":"Target.targetCreated","params":{"targetInfo":{}},"sessionId":"OWN"})");
    tell(R"({"method":"Target.detachedFromTarget","params":{}})");
    tell(R"({"method":"Inspector.targetCrashed","params":{},"sessionId":"nobody"})");
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(table.targets(), 0U);
}

}  // namespace
}  // namespace cdp
