#include "cdp/core/hint.hpp"

#include <gtest/gtest.h>

#include "cdp/core/waiting_queue.hpp"

namespace cdp {
namespace {

using namespace std::chrono_literals;

bool says(const Unanswered& facts, std::string_view words) {
    return timeout_hint(facts).find(words) != std::string::npos;
}

TEST(TimeoutHint, names_the_likely_cause) {
    Unanswered facts{"Runtime.evaluate", 30s};
    facts.page_session = true;
    EXPECT_TRUE(says(facts, "No answer within 30 s."));
    EXPECT_TRUE(says(facts, "promise"));
    facts.dialog = true;
    EXPECT_TRUE(says(facts, "Page.handleJavaScriptDialog"));
    facts.dialog = false;
    facts.paused = true;
    EXPECT_TRUE(says(facts, "Debugger.resume"));
    facts.crashed = true;
    EXPECT_TRUE(says(facts, "crashed"));
    facts.session_known = false;
    EXPECT_TRUE(says(facts, "not known any more"));
    facts.waits_for_page = true;
    EXPECT_TRUE(says(facts, "never sent"));
    EXPECT_TRUE(says({"Page.captureScreenshot", 1s, true}, "bringToFront"));
    EXPECT_TRUE(says({"Page.navigate", 1s, true}, "response headers"));
    Unanswered held{"DOM.getDocument", 1500ms, true};
    held.navigating = true;
    EXPECT_TRUE(says(held, "1.5 s"));
    EXPECT_TRUE(says(held, "navigation"));
    Unanswered stopped{"Browser.getVersion", 10s};
    stopped.browser_silent = 10s;
    EXPECT_TRUE(says(stopped, "does not answer at all"));
}

TEST(TimeoutHint, names_a_way_out_that_works_for_every_page) {
    constexpr std::size_t longest = 512;  // a longer message is cut on its way to the sender
    for (const char* method : {"Runtime.evaluate", "Page.navigate", "DOM.getDocument", "Page.captureScreenshot"}) {
        Unanswered facts{method, 30s, true};
        EXPECT_TRUE(says(facts, "Target.closeTarget ends the page")) << method;
        facts.default_page = true;
        facts.page_answer_limit = 5s;
        EXPECT_TRUE(says(facts, "for another 5 s, the agent replaces it")) << method;
        EXPECT_TRUE(says(facts, "Target.closeTarget")) << method;
        EXPECT_LE(timeout_hint(facts).size(), longest) << method;
    }
    EXPECT_FALSE(says({"Browser.getVersion", 30s}, "Target.closeTarget"));
    EXPECT_NE(hint_replaced(5s).find("nothing for 5 s"), std::string::npos);
}

TEST(ForPeople, keeps_it_short) {
    EXPECT_EQ(for_people(250ms), "250 ms");
    EXPECT_EQ(for_people(999999us), "999 ms");
    EXPECT_EQ(for_people(1s), "1 s");
    EXPECT_EQ(for_people(90s), "90 s");
}

TEST(WaitingQueue, keeps_order_and_counts_bytes) {
    WaitingQueue queue;
    for (std::uint64_t i = 0; i < 6; ++i) {
        WaitingCommand kept;
        kept.ticket = i;
        kept.kind = static_cast<std::uint8_t>(i % 2);
        kept.params = "{}";
        kept.arrived = TimePoint{std::chrono::seconds{i}};
        kept.deadline = TimePoint{30s};
        queue.add(std::move(kept));
    }
    EXPECT_EQ(queue.bytes(), 12U);
    EXPECT_EQ(*queue.next(5s), TimePoint{5s});
    const auto taken = queue.take([](const WaitingCommand& kept) { return kept.kind == 0; });
    ASSERT_EQ(taken.size(), 3U);
    EXPECT_EQ(taken[0].ticket, 0U);
    EXPECT_EQ(taken[2].ticket, 4U);
    EXPECT_EQ(queue.bytes(), 6U);
    EXPECT_EQ(*queue.next(1h), TimePoint{30s});
    queue.take([](const WaitingCommand&) { return true; });
    EXPECT_FALSE(queue.next(5s));
    EXPECT_EQ(queue.bytes(), 0U);
}

}  // namespace
}  // namespace cdp
