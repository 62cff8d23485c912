// The downloads of one browser.
#include "cdp/downloads.hpp"

#include "link_fixture.hpp"

namespace cdp {
namespace {

struct BrowserDownloads : test::LinkFixture {
    BrowserDownloads() {
        open_own_session();
        own = [this](Own what, Fate fate, std::string_view body) {
            if (what == Own::contexts) downloads.on_contexts(fate == Fate::result ? body : std::string_view{});
        };
    }

    OpenPages pages{*link, settings};
    Downloads downloads{*link, pages, settings};
};

TEST_F(BrowserDownloads, AreHeardOfInOurSession) {
    downloads.hear(R"({"behavior":"allowAndName","eventsEnabled":false,"downloadPath":"/spool"})");
    EXPECT_EQ(last()["method"], "Browser.setDownloadBehavior");
    EXPECT_EQ(last()["sessionId"], "OWN");
    EXPECT_EQ(last()["params"],
              (test::json{{"behavior", "allowAndName"}, {"downloadPath", "/spool"}, {"eventsEnabled", true}}));
    downloads.hear("");
    downloads.hear("[]");
    EXPECT_EQ(count(), 1u) << "no parameters, no setting";
}

TEST_F(BrowserDownloads, AreCancelledInEachBrowserContext) {
    downloads.cancel("G1");
    downloads.cancel("G2");
    EXPECT_EQ(count("Browser.cancelDownload"), 2u) << "in the default one at once";
    ASSERT_EQ(count("Target.getBrowserContexts"), 1u) << "asked once for both";
    answer_to(asked(1), "result", {{"browserContextIds", {"C1", "C2"}}});
    EXPECT_EQ(count("Browser.cancelDownload"), 6u);
    EXPECT_EQ(last()["params"], (test::json{{"guid", "G2"}, {"browserContextId", "C2"}}));
    downloads.cancel("G3");
    EXPECT_EQ(count("Target.getBrowserContexts"), 2u);
}

TEST_F(BrowserDownloads, AreCancelledAnewWhereTheContextsWereNotTold) {
    downloads.cancel("G1");
    refuse({{"code", -32000}, {"message", "no"}});
    EXPECT_EQ(count("Browser.cancelDownload"), 1u);
    downloads.cancel("G1");
    EXPECT_EQ(count("Target.getBrowserContexts"), 2u);
}

TEST_F(BrowserDownloads, AreNamedByAGuidAlone) {
    downloads.cancel("G\"1");
    downloads.cancel("");
    EXPECT_EQ(count(), 0u);
}

TEST_F(BrowserDownloads, EndWithThePageThatBeganThem) {
    downloads.on_begin(R"({"guid":"G1","frameId":"P1"})");
    downloads.on_begin(R"({"guid":"G1","frameId":"P2"})");
    downloads.close_page_of("G9");
    EXPECT_EQ(count(), 0u);
    downloads.close_page_of("G1");
    EXPECT_EQ(last()["method"], "Target.closeTarget");
    EXPECT_EQ(last()["params"]["targetId"], "P2") << "the newest of that name";
    EXPECT_TRUE(pages.closes("P2"));
}

TEST_F(BrowserDownloads, RememberSomeOfThem) {
    for (int i = 0; i < 257; ++i) {
        const auto number = std::to_string(i);
        downloads.on_begin(R"({"guid":"G)" + number + R"(","frameId":"P)" + number + "\"}");
    }
    downloads.close_page_of("G0");
    EXPECT_EQ(count(), 0u) << "the oldest is forgotten";
    downloads.close_page_of("G1");
    EXPECT_EQ(count(), 1u);
}

}  // namespace
}  // namespace cdp
