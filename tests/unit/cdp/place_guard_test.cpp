// A page that comes to stand where nobody may read it, and how it is sent away.
#include "cdp/place_guard.hpp"

#include "link_fixture.hpp"

namespace cdp {
namespace {

using test::json;

const char* const elsewhere[] = {"chrome://version/", "chrome://settings/", "chrome://history/"};

struct PlaceGuardTest : test::LinkFixture, PlaceRules {
    PlaceGuardTest() {
        open_own_session();
        settings.guard_places = true;
        step = [this](const Pending& command, Fate fate, std::string_view body) { guard.on_step(command, fate, body); };
    }
    bool refuses(std::string_view url) const override {
        return url.starts_with("chrome:") || (url.starts_with("file:") && !url.starts_with("file:///srv/pages/"));
    }

    bool refuses_origin(std::string_view origin) const override { return origin.starts_with("chrome:"); }

    using Asker::on_event;
    void on_event(const Message& told) override { guard.on_event(told); }

    void stands_at(const std::string& url) { tell("Target.targetInfoChanged", target("A", "page", url)); }
    /// The page at that place, the guard's session in it, and its first try.
    void is_found_at(const std::string& url) {
        tell_of("A");
        stands_at(url);
        answer({{"sessionId", "S"}});
    }
    std::size_t tries() { return count("Page.navigate"); }
    bool is_closed() { return count("Target.closeTarget") == 1; }
    void try_is_aborted() { answer({{"frameId", "A"}, {"errorText", "net::ERR_ABORTED"}}); }
    void try_succeeds() { answer({{"frameId", "A"}}); }

    PlaceGuard guard{*link, settings, this};
};

TEST_F(PlaceGuardTest, APageThatCannotBeMovedIsClosedAfterThreeTries) {
    is_found_at("chrome://version/");
    for (std::size_t tried = 1; tried <= 3; ++tried) {
        EXPECT_EQ(tries(), tried);
        EXPECT_FALSE(is_closed());
        try_is_aborted();
    }
    EXPECT_EQ(tries(), 3u);
    EXPECT_TRUE(is_closed());
}

// The guard's navigation fails if somebody else moves the page meanwhile. That is no reason to close the page.
TEST_F(PlaceGuardTest, APageThatIsMovedOnMeanwhileIsFollowedAndNotClosed) {
    is_found_at("chrome://newtab/");
    for (const std::string url : elsewhere) {
        try_is_aborted();
        stands_at(url);
        try_succeeds();  // and is answered before it stands there
    }
    try_is_aborted();
    EXPECT_FALSE(is_closed());
    stands_at("about:blank");
    try_succeeds();
    stands_at("about:blank");
    EXPECT_FALSE(is_closed());
}

// Whoever moves it sees the guard's about:blank, which discovery tells of before the page stands there, and goes on
// from there: what overtakes the guard's try is none of the page's own.
TEST_F(PlaceGuardTest, ATryThatAnotherNavigationOvertakesDoesNotCountAsOneFromThere) {
    is_found_at("chrome://version/");
    for (std::size_t tried = 1; tried <= 12; ++tried) {
        EXPECT_EQ(tries(), tried);
        EXPECT_FALSE(is_closed());
        stands_at("about:blank");
        try_is_aborted();
    }
    EXPECT_EQ(tries(), 12u);
    EXPECT_TRUE(is_closed()) << "but it is not followed for ever";
}

TEST_F(PlaceGuardTest, APageThatIsLedFromOneRefusedPlaceToTheNextIsClosedAfterTwelveTries) {
    is_found_at("chrome://newtab/");
    for (std::size_t tried = 1; tried <= 12; ++tried) {
        EXPECT_EQ(tries(), tried);
        EXPECT_FALSE(is_closed());
        stands_at(elsewhere[tried % std::size(elsewhere)]);
        try_is_aborted();
    }
    EXPECT_EQ(tries(), 12u);
    EXPECT_TRUE(is_closed());
}

TEST_F(PlaceGuardTest, TriesAreCountedAnewOnceThePageStoodAtAHarmlessPlace) {
    is_found_at("chrome://version/");
    for (int round = 0; round < 10; ++round) {
        try_is_aborted();
        stands_at("about:blank");
        stands_at("chrome://version/");
        try_succeeds();
        stands_at("about:blank");
        stands_at("chrome://version/");
    }
    EXPECT_FALSE(is_closed());
}

// Discovery tells of a page that is on its way to a silent server as if it stood there already.
struct BoundForElsewhere : PlaceGuardTest {
    void is_bound_for(const std::string& url) { stands_at(url); }
    /// Somebody has a session in the page.
    void has_session(const std::string& id) {
        json told = target("A");
        told["sessionId"] = id;
        far.say(json{{"method", "Target.attachedToTarget"}, {"params", told}}.dump());
        settle();
    }
    std::vector<json> questions(std::string_view method = "Storage.getStorageKeyForFrame") {
        settle();
        std::vector<json> found;
        for (const auto& one : far.written) {
            json command = json::parse(one);
            if (command["method"] == method) found.push_back(std::move(command));
        }
        return found;
    }
    void says_it_stands_at(const std::string& key) { answer_to(questions().back(), "result", {{"storageKey", key}}); }
    void says_it_has_no_origin() {
        answer_to(questions().back(), "error",
                  {{"code", -32000}, {"message", "Frame corresponds to an opaque origin"}});
    }
    bool may_be_read() { return cdp::may_be_read(link->sessions().target("A"), this); }
};

TEST_F(BoundForElsewhere, APageIsNotReadWhereItReallyStandsAndIsSentAway) {
    tell_of("A");
    has_session("C");
    ASSERT_EQ(questions().size(), 1u);
    EXPECT_EQ(questions()[0]["sessionId"], "C");
    EXPECT_EQ(questions()[0]["params"]["frameId"], "A");
    says_it_has_no_origin();
    EXPECT_TRUE(may_be_read());
    is_bound_for("http://silent/");
    EXPECT_TRUE(may_be_read());
    says_it_stands_at("chrome://version/");
    EXPECT_FALSE(may_be_read());
    EXPECT_EQ(last()["method"], "Target.attachToTarget");
    answer({{"sessionId", "S"}});
    EXPECT_EQ(tries(), 1u);
    EXPECT_EQ(last()["sessionId"], "S");
    try_succeeds();
    EXPECT_EQ(tries(), 1u);
    stands_at("about:blank");
    EXPECT_FALSE(may_be_read());
    says_it_has_no_origin();
    EXPECT_TRUE(may_be_read());
    EXPECT_EQ(last()["method"], "Target.detachFromTarget");
    EXPECT_EQ(tries(), 1u);
}

TEST_F(BoundForElsewhere, APageThatWasBoundForElsewhereWhenSomebodyCameIsAskedTooBeforeTheGuardLeavesIt) {
    is_found_at("chrome://version/");
    has_session("S");  // the guard's own
    is_bound_for("http://silent/");
    answer_to(questions("Page.navigate").back(), "result", {{"frameId", "A"}, {"errorText", "net::ERR_ABORTED"}});
    EXPECT_EQ(tries(), 1u);
    says_it_stands_at("chrome://version/");
    EXPECT_FALSE(may_be_read());
    EXPECT_EQ(tries(), 1u);  // it has been told of since that question
    EXPECT_EQ(count("Target.detachFromTarget"), 0u);
    says_it_stands_at("chrome://version/");
    EXPECT_EQ(tries(), 2u);
    stands_at("http://silent/");
    says_it_stands_at("http://silent/");
    EXPECT_TRUE(may_be_read());
    const json frame = {{"frame", {{"id", "A"}, {"url", "http://silent/"}}}};
    far.say(json{{"method", "Page.frameNavigated"}, {"sessionId", "S"}, {"params", frame}}.dump());
    EXPECT_EQ(count("Target.detachFromTarget"), 1u);
}

TEST_F(BoundForElsewhere, OneQuestionAtATimeAndOneMoreForAllThatCameMeanwhile) {
    tell_of("A");
    has_session("C");
    for (int i = 0; i < 10; ++i) is_bound_for("http://silent/" + std::to_string(i));
    EXPECT_EQ(questions().size(), 1u);
    says_it_has_no_origin();
    EXPECT_EQ(questions().size(), 2u);
    says_it_stands_at("https://example.com/");
    EXPECT_EQ(questions().size(), 2u);
    EXPECT_TRUE(may_be_read());
}

TEST_F(BoundForElsewhere, AnotherSessionIsAskedWhenTheOneThatWasAskedEnds) {
    tell_of("A");
    has_session("C");
    has_session("D");
    far.say(R"({"method":"Target.detachedFromTarget","params":{"sessionId":")" +
            questions()[0]["sessionId"].get<std::string>() + "\"}}");
    ASSERT_EQ(questions().size(), 2u);
    EXPECT_NE(questions()[1]["sessionId"], questions()[0]["sessionId"]);
    says_it_stands_at("chrome://version/");
    EXPECT_FALSE(may_be_read());
    tell_gone("A");
    tell_of("A");
    EXPECT_TRUE(may_be_read());
}

TEST_F(BoundForElsewhere, ThePartsOfAKeyBehindTheOriginSayNothing) {
    tell_of("A");
    has_session("C");
    says_it_stands_at("chrome://version/^0https://example.com");
    EXPECT_FALSE(may_be_read());
}

// The owner allows files by their paths. A storage key has no path.
TEST_F(BoundForElsewhere, AtOneOriginDiscoveryIsBelieved) {
    tell_of("A", "page", "file:///srv/pages/a");
    has_session("C");
    says_it_stands_at("file:///");
    EXPECT_TRUE(may_be_read());
    EXPECT_EQ(count("Target.attachToTarget"), 0u);
    is_bound_for("https://example.com/");
    EXPECT_TRUE(may_be_read());
    says_it_stands_at("file:///");
    EXPECT_TRUE(may_be_read());
    EXPECT_EQ(count("Target.attachToTarget"), 0u);
}

TEST_F(BoundForElsewhere, ARefusedPlaceThatItWasToldAtIsRememberedUntilANewerAnswer) {
    tell_of("A");
    stands_at("chrome://settings/help");  // now the guard attaches to the page
    is_bound_for("http://silent/");
    EXPECT_FALSE(may_be_read());
    has_session("C");
    is_bound_for("http://silent/2");
    says_it_has_no_origin();  // as it was before it was told of again
    EXPECT_FALSE(may_be_read());
    says_it_stands_at("http://silent/");
    EXPECT_TRUE(may_be_read());
}

TEST_F(BoundForElsewhere, ARefusedFileIsRememberedWhereTheKeyIsThatOfAllFiles) {
    tell_of("A");
    has_session("C");
    says_it_has_no_origin();
    stands_at("file:///etc/passwd");
    says_it_stands_at("file:///");
    is_bound_for("http://silent/");
    says_it_stands_at("file:///");
    EXPECT_FALSE(may_be_read());
    is_bound_for("file:///srv/pages/a");
    says_it_stands_at("file:///");
    EXPECT_TRUE(may_be_read());
}

TEST_F(BoundForElsewhere, AnErrorThatSaysNothingAndSilenceLeaveWhatIsKnown) {
    tell_of("A");
    has_session("C");
    is_bound_for("http://silent/");
    says_it_stands_at("chrome://version/");
    says_it_stands_at("chrome://version/");
    EXPECT_FALSE(may_be_read());
    is_bound_for("http://silent/2");
    answer_to(questions().back(), "error", {{"code", -32602}, {"message", "Frame host not found"}});
    EXPECT_FALSE(may_be_read());
}

TEST_F(BoundForElsewhere, APageThatIsToldOfWithoutEndIsSentAwayAllTheSame) {
    tell_of("A");
    has_session("C");
    for (int i = 0; i < 2; ++i) {
        is_bound_for("http://silent/" + std::to_string(i));
        EXPECT_EQ(count("Target.attachToTarget"), 0u);
        says_it_stands_at("chrome://version/");
    }
    is_bound_for("http://silent/3");
    EXPECT_EQ(count("Target.attachToTarget"), 1u);
}

TEST_F(BoundForElsewhere, TheNewerNameIsTriedForEachPageThatWasAskedByTheOlder) {
    for (const char* const page : {"A", "B"}) {
        tell_of(page);
        json told = target(page);
        told["sessionId"] = std::string{"C"} + page;
        far.say(json{{"method", "Target.attachedToTarget"}, {"params", told}}.dump());
    }
    const auto asked = questions();
    ASSERT_EQ(asked.size(), 2u);
    for (const auto& one : asked) answer_to(one, "error", {{"code", -32601}, {"message", "wasn't found"}});
    EXPECT_EQ(questions("Storage.getStorageKey").size(), 2u);
}

TEST_F(BoundForElsewhere, WhatThePageItselfTellsIsNewerThanAnAnswerOnItsWay) {
    is_found_at("chrome://version/");
    has_session("S");
    EXPECT_FALSE(may_be_read());
    stands_at("about:blank");
    const json frame = {{"frame", {{"id", "A"}, {"url", "about:blank"}}}};
    far.say(json{{"method", "Page.frameNavigated"}, {"sessionId", "S"}, {"params", frame}}.dump());
    settle();
    EXPECT_EQ(count("Target.detachFromTarget"), 1u);
    says_it_stands_at("chrome://version/");
    EXPECT_TRUE(may_be_read());
    says_it_has_no_origin();
    EXPECT_TRUE(may_be_read());
    EXPECT_EQ(count("Target.attachToTarget"), 1u);
}

// The crash takes the guard's command with it; the page may be led back to where it was.
TEST_F(BoundForElsewhere, APageThatCrashesWhileItIsSentAwayIsSentAwayAgain) {
    is_found_at("chrome://version/");
    has_session("S");
    far.say(R"({"method":"Inspector.targetCrashed","params":{},"sessionId":"S"})");
    stands_at("chrome://version/");
    EXPECT_EQ(tries(), 2u);
}

TEST_F(BoundForElsewhere, ABrowserThatKnowsTheNewerNameAloneIsAskedByThat) {
    tell_of("A");
    has_session("C");
    answer({{"unread", true}});  // an answer without a key says nothing against the page
    EXPECT_TRUE(may_be_read());
    is_bound_for("http://silent/");
    refuse({{"code", -32601}, {"message", "'Storage.getStorageKeyForFrame' wasn't found"}});
    ASSERT_EQ(questions("Storage.getStorageKey").size(), 1u);
    answer({{"storageKey", "chrome://version/"}});
    EXPECT_FALSE(may_be_read());
}

TEST_F(BoundForElsewhere, ABrowserThatKnowsNeitherNameIsBelieved) {
    tell_of("A");
    has_session("C");
    for (int i = 0; i < 2; ++i) refuse({{"code", -32601}, {"message", "wasn't found"}});
    EXPECT_TRUE(may_be_read());
    EXPECT_EQ(count(), 2u);
}

TEST_F(BoundForElsewhere, APageThatNobodyHasASessionInIsNotAsked) {
    tell_of("A");
    is_bound_for("http://silent/");
    tell_of("W", "service_worker", "https://example.com/w.js");
    EXPECT_EQ(questions().size(), 0u);
}

}  // namespace
}  // namespace cdp
