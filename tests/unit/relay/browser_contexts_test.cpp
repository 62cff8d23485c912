// How many browser contexts there may be, and what is known of them.
#include "agent/relay/browser_contexts.hpp"

#include <gtest/gtest.h>

#include "scripted.hpp"

namespace {

using cdp::Fate;
using relay::create_context;
using relay::dispose_context;

struct BrowserContextsTest : testing::Test {
    BrowserContextsTest() {
        settings.max_contexts = 2;
        settings.spool.folder = "/spool";
    }
    void made(std::string_view id) {
        contexts.on_answer(create_context, {},
                           {1, Fate::result, R"({"browserContextId":")" + std::string{id} + "\"}", ""});
    }
    /// The browser answers the last command of ours.
    bool answer(Fate fate, std::string_view text) {
        return contexts.on_own_answer({browser.asked.back().ticket, fate, text, ""});
    }
    std::size_t asked(std::string_view method) const {
        return static_cast<std::size_t>(std::count_if(browser.asked.begin(), browser.asked.end(),
                                                      [&](const auto& one) { return one.method == method; }));
    }

    relay::Settings settings;
    relay::Policy policy{{}};
    router_test::ScriptedBrowser browser;
    relay::Tickets tickets;
    relay::DownloadPlaces downloads{settings, policy, browser, tickets};
    relay::BrowserContexts contexts{settings, browser, tickets, downloads};
};

TEST_F(BrowserContextsTest, SendTheDownloadsOfANewOneToTheSpool) {
    made("C1");
    ASSERT_EQ(browser.asked.size(), 1u);
    EXPECT_EQ(browser.asked[0].params,
              R"({"behavior":"allowAndName","downloadPath":"/spool","browserContextId":"C1"})");
    contexts.on_answer(create_context, {}, {1, Fate::error, R"({"code":-1})", ""});
    contexts.on_answer("Page.enable", {}, {1, Fate::result, R"({"browserContextId":"C2"})", ""});
    EXPECT_EQ(browser.asked.size(), 1u);
    EXPECT_EQ(contexts.size(), 1u);
}

TEST_F(BrowserContextsTest, AreBoundedWithThoseOnTheirWay) {
    EXPECT_TRUE(contexts.admits(1));
    EXPECT_EQ(asked("Target.getBrowserContexts"), 0u);
    made("C1");
    EXPECT_TRUE(contexts.admits(0));
    EXPECT_FALSE(contexts.admits(1));
    EXPECT_EQ(contexts.refusal().reason, relay::Reason::overloaded);
    EXPECT_NE(contexts.refusal().message.find("browser.max_targets is 2"), std::string::npos);
}

TEST_F(BrowserContextsTest, AreLookedForOnceWhenTheBoundIsReached) {
    made("C1");
    made("C2");
    EXPECT_FALSE(contexts.admits(0));
    EXPECT_FALSE(contexts.admits(0));
    EXPECT_EQ(asked("Target.getBrowserContexts"), 1u) << "the answer is awaited";
    EXPECT_TRUE(answer(Fate::result, R"({"browserContextIds":["C2"]})"));
    EXPECT_EQ(contexts.size(), 1u) << "the other one went with its session";
    EXPECT_TRUE(contexts.admits(0));
}

TEST_F(BrowserContextsTest, AreGoneWhenTheyAreDisposedOf) {
    made("C1");
    made("C2");
    const std::string params = R"({"browserContextId":"\u00431"})";
    contexts.on_answer(dispose_context, params, {1, Fate::error, R"({"code":-1})", ""});
    EXPECT_EQ(contexts.size(), 2u);
    contexts.on_answer(dispose_context, params, {1, Fate::result, "{}", ""});
    EXPECT_EQ(contexts.size(), 1u) << "however its id is written";
    contexts.on_answer(dispose_context, R"({"browserContextId":"C9"})", {1, Fate::result, "{}", ""});
    contexts.on_answer(dispose_context, "{}", {1, Fate::result, "{}", ""});
    EXPECT_EQ(contexts.size(), 1u);
}

TEST_F(BrowserContextsTest, AreFoundWhereTheirMakingWasNotAnswered) {
    for (const Fate fate : {Fate::timed_out, Fate::lost}) {
        browser.asked.clear();
        contexts.on_new_browser();
        contexts.on_answer(create_context, {}, {1, fate, "", ""});
        ASSERT_EQ(asked("Target.getBrowserContexts"), 1u);
        EXPECT_TRUE(answer(Fate::timed_out, ""));
        EXPECT_EQ(asked("Target.getBrowserContexts"), 2u) << "asked again";
        EXPECT_TRUE(answer(Fate::result, R"({"browserContextIds":["C1","C2"]})"));
        EXPECT_EQ(contexts.size(), 2u);
        EXPECT_EQ(asked("Browser.setDownloadBehavior"), 2u);
    }
    contexts.on_answer(create_context, {}, {1, Fate::lost, "", ""});
    EXPECT_TRUE(answer(Fate::lost, ""));
    EXPECT_EQ(asked("Target.getBrowserContexts"), 3u) << "with the browser all its contexts go";
}

TEST_F(BrowserContextsTest, TakeNoOthersAnswerForTheirs) {
    EXPECT_FALSE(contexts.on_own_answer({0, Fate::result, R"({"browserContextIds":["C1"]})", ""}));
    EXPECT_FALSE(contexts.on_own_answer({5, Fate::result, R"({"browserContextIds":["C1"]})", ""}));
    EXPECT_EQ(contexts.size(), 0u);
}

}  // namespace
