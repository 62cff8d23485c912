#include "agent/relay/attached_browser.hpp"

#include <gtest/gtest.h>

#include "tests/unit/relay/scripted.hpp"

namespace {

using cdp::BrowserState;
using relay::AttachedBrowser;
using Change = AttachedBrowser::Change;

TEST(AttachedBrowser, SaysOnceThatABrowserCameAndOnceThatItWent) {
    router_test::ScriptedBrowser port;
    AttachedBrowser browser{port};
    EXPECT_EQ(browser.look(), Change::none);
    port.state.state = BrowserState::launching;
    EXPECT_EQ(browser.look(), Change::none);
    port.state.state = BrowserState::attached;
    EXPECT_EQ(browser.look(), Change::came);
    EXPECT_EQ(browser.look(), Change::none);
    for (const auto gone : {BrowserState::lost, BrowserState::launching}) {
        port.state.state = gone;
        EXPECT_EQ(browser.look(), gone == BrowserState::lost ? Change::went : Change::none);
    }
    port.state.state = BrowserState::attached;
    EXPECT_EQ(browser.look(), Change::came) << "another one";
    EXPECT_EQ(&browser.port(), &port);
}

}  // namespace
