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
    bool refuses(std::string_view url) const override { return url.starts_with("chrome:"); }

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

}  // namespace
}  // namespace cdp
