// The default page, as the browser is asked for it, and what becomes of one that is silent.
#include "cdp/default_page_keeper.hpp"

#include "cdp/silence_watch.hpp"
#include "link_fixture.hpp"

namespace cdp {
namespace {

using namespace std::chrono_literals;

struct DefaultPageKeeperTest : test::LinkFixture, DefaultPageOwner, PlaceRules {
    DefaultPageKeeperTest() {
        open_own_session();
        own = [this](Own what, Fate fate, std::string_view body) {
            if (DefaultPageKeeper::is_step(what)) keeper.on_own(what, fate, body);
        };
        gone = [this](std::string_view session, bool crashed) { keeper.on_session_gone(session, crashed); };
        step = [this](const Pending& check, Fate fate, std::string_view) {
            if (static_cast<Own>(check.own) == Own::page_check) silence.on_check(check, fate);
        };
    }
    void on_page_ready() override { ++served; }
    void on_page_failed(std::string_view why) override { failure = why; }
    bool refuses(std::string_view url) const override { return url.starts_with("file:"); }

    static test::json list(std::vector<test::json> targets) {
        test::json all = test::json::array();
        for (auto& target : targets) all.push_back(target["targetInfo"]);
        return {{"targetInfos", all}};
    }
    void attached(const std::string& session, const std::string& id) {
        auto params = target(id);
        params["sessionId"] = session;
        tell("Target.attachedToTarget", params);
    }
    void detached(const std::string& session) { tell("Target.detachedFromTarget", {{"sessionId", session}}); }
    /// A page stands in with that session.
    void stand(const std::string& id, const std::string& session) {
        tell_of(id);
        keeper.need();
        answer(list({target(id)}));
        const auto attach = last();
        attached(session, id);
        answer_to(attach, "result", {{"sessionId", session}});
    }

    OpenPages pages{*link, settings};
    DefaultPageKeeper keeper{{*link, settings, pages, this, *this}};
    SilenceWatch silence{*link, keeper, settings};
    int served = 0;
    std::string failure;
};

TEST_F(DefaultPageKeeperTest, TakesTheFirstPageThereIs) {
    keeper.need();
    EXPECT_EQ(last()["method"], "Target.getTargets");
    EXPECT_EQ(last()["sessionId"], "OWN");
    answer(list({target("F", "page", "file:///x"), target("A"), target("B")}));
    EXPECT_EQ(last()["method"], "Target.attachToTarget");
    EXPECT_EQ(last()["params"], (test::json{{"targetId", "A"}, {"flatten", true}})) << "the other is refused";
    EXPECT_FALSE(keeper.ready());
    answer({{"sessionId", "S"}});
    EXPECT_TRUE(keeper.ready());
    EXPECT_TRUE(keeper.stands_in("S"));
    EXPECT_FALSE(keeper.stands_in("T"));
    EXPECT_EQ(served, 1);
}

TEST_F(DefaultPageKeeperTest, OpensOneWhereThereIsNone) {
    keeper.need();
    answer(list({target("F", "page", "file:///x")}));
    EXPECT_EQ(last()["method"], "Target.createTarget");
    answer({{"targetId", "N"}});
    EXPECT_EQ(last()["params"]["targetId"], "N");
    answer({{"sessionId", "S"}});
    EXPECT_EQ(served, 1);
    EXPECT_TRUE(keeper.page().made());
}

TEST_F(DefaultPageKeeperTest, OpensNoneBeyondTheBound) {
    settings.max_pages = 1;
    tell_of("F", "page", "file:///x");
    keeper.need();
    answer(list({target("F", "page", "file:///x")}));
    EXPECT_NE(failure.find("browser.max_targets"), std::string::npos) << failure;
    EXPECT_EQ(count("Target.createTarget"), 0u);
    keeper.need();
    EXPECT_EQ(count("Target.getTargets"), 2u) << "the next need begins anew";
}

TEST_F(DefaultPageKeeperTest, SaysWhatTheBrowserSaid) {
    keeper.need();
    for (int i = 0; i < 10 && failure.empty(); ++i) refuse({{"code", -1}, {"message", "I have no pages"}});
    EXPECT_NE(failure.find("I have no pages"), std::string::npos) << failure;
    EXPECT_EQ(served, 0);
}

TEST_F(DefaultPageKeeperTest, PassesOverAPageThatWasAskedToClose) {
    pages.remember_closing("A");
    keeper.need();
    answer(list({target("A"), target("B")}));
    EXPECT_EQ(last()["params"]["targetId"], "B");
    pages.remember_closing("B");
    answer({{"sessionId", "S"}});
    EXPECT_FALSE(keeper.ready()) << "asked to close while the attach was on its way";
    EXPECT_EQ(count("Target.detachFromTarget"), 1u);
    EXPECT_EQ(last()["method"], "Target.getTargets");
}

TEST_F(DefaultPageKeeperTest, TakesNoSessionThatEndedMeanwhile) {
    tell_of("A");
    keeper.need();
    answer(list({target("A")}));
    const auto attach = last();
    attached("S", "A");
    detached("S");
    answer_to(attach, "result", {{"sessionId", "S"}});
    EXPECT_FALSE(keeper.ready());
    EXPECT_EQ(count("Target.detachFromTarget"), 0u) << "it is detached already";
    EXPECT_EQ(count("Target.getTargets"), 2u);
}

TEST_F(DefaultPageKeeperTest, StandsInNoMoreWhenItCloses) {
    stand("A", "S");
    ASSERT_TRUE(keeper.ready());
    keeper.on_closing("B");
    EXPECT_TRUE(keeper.ready());
    keeper.on_closing("A");
    EXPECT_FALSE(keeper.ready());
}

TEST_F(DefaultPageKeeperTest, LeavesACrashedPagesSession) {
    stand("A", "S");
    far.say(R"({"method":"Inspector.targetCrashed","params":{},"sessionId":"S"})");
    settle();
    EXPECT_FALSE(keeper.ready());
    EXPECT_EQ(last()["method"], "Target.detachFromTarget");
    EXPECT_EQ(last()["params"]["sessionId"], "S");
}

TEST_F(DefaultPageKeeperTest, ReplacesASilentPage) {
    settings.page_answer_limit = 1ms;
    stand("A", "S");
    silence.on_timed_out("T");
    EXPECT_EQ(count("Runtime.evaluate"), 0u) << "another session";
    silence.on_timed_out("S");
    silence.on_timed_out("S");
    EXPECT_EQ(count("Runtime.evaluate"), 1u) << "asked once";
    ASSERT_TRUE(until([&] { return count("Target.closeTarget") == 1; }));
    EXPECT_EQ(last()["params"]["targetId"], "A");
    EXPECT_EQ(count("Target.createTarget"), 1u) << "the new one is asked for first";
    EXPECT_FALSE(keeper.ready());
}

TEST_F(DefaultPageKeeperTest, LeavesAPageOpenThatIsSomebodyElses) {
    settings.mode = BrowserMode::attach;
    stand("A", "S");
    keeper.replace(5s);
    EXPECT_EQ(count("Target.closeTarget"), 0u);
    EXPECT_EQ(last()["method"], "Target.detachFromTarget");
}

TEST_F(DefaultPageKeeperTest, KeepsAPageThatGivesASignOfLife) {
    stand("A", "S");
    silence.on_timed_out("S");
    answer({{"result", {{"type", "number"}, {"value", 0}}}});
    EXPECT_TRUE(keeper.stands_in("S"));
    silence.on_timed_out("S");
    EXPECT_EQ(count("Runtime.evaluate"), 2u) << "the next time it is asked again";
}

TEST_F(DefaultPageKeeperTest, GivesANavigationItsTime) {
    stand("A", "S");
    Request navigation;
    navigation.ticket = 1;
    navigation.method = "Page.navigate";
    navigation.deadline = platform::BootClock::now() + 1h;
    link->submit(navigation, "S");
    Pending check;
    check.session = "S";
    silence.on_check(check, Fate::timed_out);
    EXPECT_TRUE(keeper.stands_in("S"));
    silence.on_check(check, Fate::lost);
    EXPECT_TRUE(keeper.stands_in("S"));
}

}  // namespace
}  // namespace cdp
