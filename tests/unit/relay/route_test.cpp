// Where commands go.
#include "agent/relay/core/route.hpp"

#include <gtest/gtest.h>

namespace {

using relay::Place;

Place place(std::string_view method, std::string_view session = {}, std::string_view params = {}) {
    return relay::route({"1", method, params, session, {}});
}

TEST(Route, SendsBrowserLevelDomainsToTheBrowserTarget) {
    for (const char* method : {"Browser.getVersion", "Target.getTargets", "SystemInfo.getInfo", "Tracing.start",
                               "Tethering.bind", "Extensions.getExtensions", "BluetoothEmulation.enable",
                               "Storage.getCookies", "Storage.setCookies", "Storage.clearCookies"}) {
        EXPECT_EQ(place(method), Place::browser) << method;
        EXPECT_EQ(place(method, "S"), Place::session) << method;
    }
}

TEST(Route, SendsEverythingElseToTheDefaultPage) {
    for (const char* method :
         {"Page.navigate", "Runtime.evaluate", "Fetch.enable", "Security.enable", "Emulation.canEmulate",
          "Memory.getDOMCounters", "Storage.getUsageAndQuota", "Browserx.getVersion", "Nonsense.method"}) {
        EXPECT_EQ(place(method), Place::default_page) << method;
        EXPECT_EQ(place(method, "S"), Place::session) << method;
    }
}

TEST(Route, KeepsItsOwnStreamsAndDomain) {
    EXPECT_EQ(place("IO.read", {}, R"({"handle":"1"})"), Place::browser_then_page);
    EXPECT_EQ(place("IO.read", {}, R"({"handle":"agent:00"})"), Place::agent);
    EXPECT_EQ(place("IO.close", {}, R"({"handle":"\u0061gent:00"})"), Place::agent);
    EXPECT_EQ(place("IO.read", {}, R"({"handle":7})"), Place::browser_then_page);
    EXPECT_EQ(place("IO.read", {}, R"({"handle":"agent:0","handle":"1"})"), Place::browser_then_page);
    EXPECT_EQ(place("IO.read"), Place::browser_then_page);
    EXPECT_EQ(place("IO.read", "S", R"({"handle":"1"})"), Place::session);
    EXPECT_EQ(place("IO.read", "S", R"({"handle":"agent:00"})"), Place::agent);
    EXPECT_EQ(place("Agent.getInfo"), Place::agent);
    EXPECT_EQ(place("Agent.getInfo", "S"), Place::agent);
}

}  // namespace
