// What Chrome itself is told.
#include "agent/relay/core/browser_policy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;
using relay::browser_policy;
using relay::Policy;

json told(relay::PolicySettings settings) {
    return json::parse(browser_policy(Policy{std::move(settings)}));
}

bool holds(const json& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

TEST(BrowserPolicy, BlocksWhatThePolicyRefuses) {
    const json policy = told({});
    for (const char* url : {"file://*", "chrome://*", "chrome-untrusted://*", "devtools://*", "view-source:*",
                            "169.254.169.254", ".metadata.google.internal", "[fd00:ec2::254]", "100.100.100.200"}) {
        EXPECT_TRUE(holds(policy["URLBlocklist"], url)) << url << policy;
    }
    EXPECT_EQ(policy["ExtensionInstallBlocklist"], json::array({"*"}));
    EXPECT_FALSE(policy.contains("URLAllowlist"));
}

TEST(BrowserPolicy, LetsPassWhatTheOwnerLets) {
    const json policy = told({.allow_urls = {"file:///srv/pages/*", "chrome://gpu", "http://x/*"}});
    EXPECT_EQ(policy["URLAllowlist"], json::array({"file:///srv/pages/", "chrome://gpu"}));
    EXPECT_TRUE(holds(policy["URLBlocklist"], "file://*"));
    const json files = told({.allow_urls = {"file:*"}});
    EXPECT_FALSE(holds(files["URLBlocklist"], "file://*"));
    EXPECT_TRUE(holds(files["URLBlocklist"], "chrome://*"));
    EXPECT_FALSE(holds(told({.allow_urls = {"*"}})["URLBlocklist"], "chrome://*"));
    EXPECT_FALSE(holds(told({.hosts_allow = {"100.100.100.200"}})["URLBlocklist"], "100.100.100.200"));
    EXPECT_TRUE(holds(told({.hosts_deny = {"bad.example"}})["URLBlocklist"], ".bad.example"));
}

TEST(BrowserPolicy, TellsNothingWhereTheOwnerTrustsTheSenders) {
    EXPECT_EQ(browser_policy(Policy{{.profile = relay::Profile::full}}), "");
    EXPECT_NE(browser_policy(Policy{{.profile = relay::Profile::observe}}), "");
}

}  // namespace
