// The first exchange with a browser, and with what is none.
#include "cdp/first_exchange.hpp"

#include "cdp/error.hpp"
#include "link_fixture.hpp"

namespace cdp {
namespace {

struct FirstExchangeTest : test::LinkFixture, FirstExchangeOwner {
    FirstExchangeTest() {
        own = [this](Own what, Fate fate, std::string_view body) {
            EXPECT_TRUE(FirstExchange::is_step(what));
            exchange.on_own(what, fate, body);
        };
    }
    void before_discovery() override { discovers_after = far.written.size(); }
    void on_exchanged(const BrowserVersion& its) override {
        ++done;
        version = its;
    }
    const test::json no_such = {{"code", -32601}, {"message", "no such command"}};

    FirstExchange exchange{*link, settings, *this};
    std::size_t discovers_after = 0;  // commands
    int done = 0;
    BrowserVersion version;
};

TEST_F(FirstExchangeTest, AsksForWhatIsNeededAndNoMore) {
    exchange.start();
    EXPECT_EQ(last()["method"], "Browser.getVersion");
    answer({{"product", "Chrome/1"}, {"protocolVersion", "1.3"}, {"userAgent", "UA"}});
    EXPECT_EQ(last()["method"], "Target.attachToBrowserTarget");
    answer({{"sessionId", "OWN"}});
    EXPECT_EQ(discovers_after, 2u);
    EXPECT_EQ(last()["method"], "Target.setDiscoverTargets");
    EXPECT_EQ(last()["sessionId"], "OWN");
    EXPECT_EQ(link->own_session(), "OWN");
    EXPECT_TRUE(last()["params"].contains("filter"));
    EXPECT_EQ(done, 0);
    answer(test::json::object());
    EXPECT_EQ(done, 1);
    EXPECT_EQ(version.product, "Chrome/1");
    EXPECT_EQ(version.protocol_version, "1.3");
    EXPECT_EQ(version.user_agent, "UA");
    EXPECT_EQ(count(), 3u);
    EXPECT_EQ(exchange.problem(), "");
}

TEST_F(FirstExchangeTest, DiscoversWithoutAFilterWhereNoneIsKnown) {
    exchange.start();
    answer({{"product", "Other/1"}});
    answer({{"sessionId", "OWN"}});
    refuse(no_such);
    EXPECT_EQ(last()["method"], "Target.setDiscoverTargets");
    EXPECT_FALSE(last()["params"].contains("filter"));
    answer(test::json::object());
    EXPECT_EQ(done, 1);
}

TEST_F(FirstExchangeTest, GoesOnWithoutACommandThatIsNotThere) {
    exchange.start();
    refuse(no_such);
    EXPECT_NE(exchange.problem().find("Browser.getVersion was answered with"), std::string::npos);
    answer({{"sessionId", "OWN"}});
    answer(test::json::object());
    EXPECT_EQ(done, 1);
    EXPECT_EQ(version.product, "");
    EXPECT_EQ(exchange.problem(), "") << "it serves all the same";
}

TEST_F(FirstExchangeTest, TakesNoSessionThatIsNone) {
    exchange.start();
    answer({{"product", "Other/1"}});
    answer({{"sessionId", "a\"b"}});
    EXPECT_EQ(link->own_session(), "");
    EXPECT_EQ(last()["method"], "Target.setDiscoverTargets");
    EXPECT_FALSE(last().contains("sessionId"));
}

TEST_F(FirstExchangeTest, EndsWithWhatIsNoBrowser) {
    exchange.start();
    for (int i = 0; i < 4; ++i) refuse(no_such);
    EXPECT_EQ(done, 0);
    ASSERT_TRUE(ended);
    EXPECT_EQ(*ended, Errc::unexpected_answer);
    EXPECT_TRUE(exchange.problem().starts_with("What answers there is no browser")) << exchange.problem();
}

TEST_F(FirstExchangeTest, EndsWithABrowserThatDoesNotAnswer) {
    settings.start_limit = Duration::zero();
    exchange.start();
    EXPECT_TRUE(until([&] { return ended.has_value(); }));
    EXPECT_EQ(*ended, Errc::start_timeout);
    EXPECT_NE(exchange.problem().find("does not answer Browser.getVersion"), std::string::npos);
}

TEST_F(FirstExchangeTest, SaysNothingOfAConnectionThatEnds) {
    exchange.start();
    link->end(Errc::connection_ended);
    settle();
    EXPECT_EQ(exchange.problem(), "");
    EXPECT_EQ(done, 0);
}

}  // namespace
}  // namespace cdp
