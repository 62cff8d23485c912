// How many pages may be open.
#include "cdp/open_pages.hpp"

#include "link_fixture.hpp"

namespace cdp {
namespace {

using namespace std::chrono_literals;

struct OpenPagesTest : test::LinkFixture {
    OpenPagesTest() {
        settings.max_pages = 2;
        open_own_session();
        event = [this](std::string_view method, std::string_view params) {
            if (method == "Target.targetCreated") pages.on_target_created(params);
        };
    }

    OpenPages pages{*link, settings};
};

TEST_F(OpenPagesTest, RefuseOneMoreThanMayBe) {
    pages.begin();
    EXPECT_EQ(pages.refusal(), "");
    tell_of("A");
    tell_of("B", "iframe");
    EXPECT_EQ(pages.refusal(), "") << "only pages count";
    tell_of("C");
    EXPECT_NE(pages.refusal().find("browser.max_targets is 2"), std::string::npos) << pages.refusal();
    tell_gone("A");
    EXPECT_EQ(pages.refusal(), "");
}

TEST_F(OpenPagesTest, CountThoseThatAreBeingMade) {
    pages.begin();
    tell_of("A");
    link->ask(Own::create_page, "OWN", "Target.createTarget", "{}", 10s);
    EXPECT_NE(pages.refusal(), "");
    answer({{"targetId", "B"}});
    EXPECT_EQ(pages.refusal(), "") << "it is told of by discovery";
}

TEST_F(OpenPagesTest, CloseWhatNobodyAskedFor) {
    pages.begin();
    tell_of("A");
    tell_of("B");
    EXPECT_EQ(count("Target.closeTarget"), 0u);
    tell_of("C");
    EXPECT_EQ(last()["method"], "Target.closeTarget");
    EXPECT_EQ(last()["params"]["targetId"], "C");
    EXPECT_EQ(last()["sessionId"], "OWN");
    tell_of("W", "worker");
    EXPECT_EQ(count("Target.closeTarget"), 1u);
}

TEST_F(OpenPagesTest, AreNotClosedInABrowserOfSomebodyElses) {
    settings.mode = BrowserMode::attach;
    tell_of("A");
    tell_of("B");
    tell_of("C");
    pages.begin();
    EXPECT_EQ(pages.refusal(), "") << "those that were open before do not count";
    tell_of("D");
    tell_of("E");
    EXPECT_NE(pages.refusal(), "");
    tell_of("F");
    EXPECT_EQ(count("Target.closeTarget"), 0u);
}

TEST_F(OpenPagesTest, DoNotCountWhatWasAskedToClose) {
    pages.begin();
    tell_of("A");
    tell_of("B");
    pages.close("A");
    EXPECT_EQ(last()["params"]["targetId"], "A");
    EXPECT_TRUE(pages.closes("A"));
    EXPECT_FALSE(pages.closes("B"));
    EXPECT_EQ(pages.refusal(), "");
    tell_gone("A");
    EXPECT_EQ(pages.refusal(), "");
    tell_of("C");
    EXPECT_NE(pages.refusal(), "") << "what has gone counts once";
}

TEST_F(OpenPagesTest, AskAgainWhereAPageStays) {
    tell_of("A");
    pages.close("A");
    Pending look;
    look.method = "A";
    look.since = TimePoint{1h};
    look.deadline = look.since + 1s;
    pages.on_close_look(look, Fate::lost);
    EXPECT_EQ(count("Target.closeTarget"), 1u) << "the connection has ended";
    pages.on_close_look(look, Fate::timed_out);
    EXPECT_EQ(count("Target.closeTarget"), 2u);
    tell_gone("A");
    pages.on_close_look(look, Fate::timed_out);
    EXPECT_EQ(count("Target.closeTarget"), 2u) << "it has gone";
}

TEST_F(OpenPagesTest, TakeNoOtherTextForATarget) {
    pages.close("A\"");
    pages.close("");
    EXPECT_EQ(count(), 0u);
    pages.remember_closing("x\"y");
    EXPECT_FALSE(pages.closes("x\"y"));
}

TEST_F(OpenPagesTest, ForgetTheOldestThatWereAskedToClose) {
    for (int i = 0; i < 257; ++i) pages.remember_closing("T" + std::to_string(i));
    EXPECT_FALSE(pages.closes("T0"));
    EXPECT_TRUE(pages.closes("T1"));
    EXPECT_TRUE(pages.closes("T256"));
}

}  // namespace
}  // namespace cdp
