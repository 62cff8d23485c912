// Who may ask what through the bridge's port.
#include "agent/bridge/core/access.hpp"

#include <gtest/gtest.h>

namespace bridge {
namespace {

const std::string one = "00112233-4455-6677-8899-aabbccddeeff";
const std::string two = "ffeeddcc-bbaa-9988-7766-554433221100";

AccessRules guarded() {
    return {.devices = {{one, "lab"}, {two, "desk"}}};
}
AccessRules open_port() {
    auto rules = guarded();
    rules.open_to_local_users = true;
    return rules;
}

Visit visit(std::string_view path) {
    return {.path = path, .host = "127.0.0.1:9333"};
}
int status(const Visit& asked, const AccessRules& rules) {
    const auto judged = judge(asked, rules);
    const auto* denial = std::get_if<Denial>(&judged);
    return denial != nullptr ? denial->status : 200;
}
Pass pass(const Visit& asked, const AccessRules& rules) {
    auto judged = judge(asked, rules);
    const auto* found = std::get_if<Pass>(&judged);
    EXPECT_NE(found, nullptr) << asked.path;
    return found != nullptr ? *found : Pass{99, "", ""};
}

TEST(BridgeAccess, HostIsAnAddressOrLocalhost) {
    for (const auto* host : {"", "localhost", "LocalHost:9333", "a.b.localhost:1", "127.0.0.1", "10.0.0.7:80", "[::1]",
                             "[::1]:9333", "[fe80::1]", ":9333"}) {
        EXPECT_TRUE(host_passes(host)) << host;
    }
    for (const auto* host : {"example.com", "localhost.example.com", "xlocalhost", "127.0.0.1.example.com", "[::1",
                             "[::1]x", "[example]", "host.docker.internal:9333", "1.2.3"}) {
        EXPECT_FALSE(host_passes(host)) << host;
    }
}

TEST(BridgeAccess, AForeignHostIsRefusedAsChromeDoesEvenWithTheSecret) {
    const auto path = "/" + one + "/json";
    Visit asked = visit(path);
    asked.host = "evil.example";
    EXPECT_EQ(status(asked, guarded()), 500);
}

TEST(BridgeAccess, NothingPassesWithoutASecret) {
    for (const auto* path : {"/json", "/json/version", "/json/new", "/devtools/page/X", "/devtools/browser/", "/",
                             "/lab/json", "/devtools/browser/00112233-4455-6677-8899-aabbccddeefe", ""}) {
        EXPECT_EQ(status(visit(path), guarded()), 403) << path;
    }
    Visit asked = visit("/json");
    for (const auto* header : {"Bearer", "Bearer ", "Bearer 0", "Basic 00112233-4455-6677-8899-aabbccddeeff"}) {
        asked.authorization = header;
        EXPECT_EQ(status(asked, guarded()), 403) << header;
    }
}

TEST(BridgeAccess, TheProtocolIsNoSecret) {
    EXPECT_EQ(pass(visit("/json/protocol"), guarded()).path, "/json/protocol");
    Visit asked = visit("/json/protocol");
    asked.upgrade = true;
    EXPECT_EQ(status(asked, guarded()), 403);
}

TEST(BridgeAccess, ThePrefixNamesTheDevice) {
    const auto path = "/" + two + "/json/version/";
    const auto passed = pass(visit(path), guarded());
    EXPECT_EQ(passed.device, 1u);
    EXPECT_EQ(passed.prefix, "/" + two);
    EXPECT_EQ(passed.path, "/json/version/");
    const auto bare = "/" + one;
    EXPECT_EQ(pass(visit(bare), guarded()).path, "/");
}

TEST(BridgeAccess, SoDoesTheBrowserId) {
    const auto path = "/devtools/browser/" + two;
    const auto passed = pass(visit(path), guarded());
    EXPECT_EQ(passed.device, 1u);
    EXPECT_EQ(passed.path, path);
}

TEST(BridgeAccess, SoDoesTheHeader) {
    Visit asked = visit("/json/list");
    const auto header = "bearer " + two;
    asked.authorization = header;
    const auto passed = pass(asked, guarded());
    EXPECT_EQ(passed.device, 1u);
    EXPECT_EQ(passed.prefix, "/" + two);
    EXPECT_EQ(passed.path, "/json/list");
}

TEST(BridgeAccess, AnOpenPortWantsTheDeviceAlone) {
    EXPECT_EQ(pass(visit("/desk/json"), open_port()).device, 1u);
    EXPECT_EQ(pass(visit("/desk/json"), open_port()).prefix, "/desk");
    EXPECT_EQ(status(visit("/json"), open_port()), 404);
    auto single = open_port();
    single.devices.pop_back();
    EXPECT_EQ(pass(visit("/json"), single).prefix, "");
    EXPECT_EQ(pass(visit("/devtools/page/X"), single).path, "/devtools/page/X");
}

TEST(BridgeAccess, ThePageThatShowsAllHasASecretOfItsOwn) {
    auto rules = guarded();
    rules.page_secret = "01234567-4455-6677-8899-aabbccddeeff";
    const auto path = "/" + rules.page_secret + "/devices.json";
    const auto passed = pass(visit(path), rules);
    EXPECT_FALSE(passed.device);
    EXPECT_EQ(passed.prefix, "/" + rules.page_secret);
    EXPECT_EQ(passed.path, "/devices.json");
    for (const auto* guess : {"/", "/devices.json", "/01234567-4455-6677-8899-aabbccddeefe/", "//"}) {
        EXPECT_EQ(status(visit(guess), rules), 403) << guess;
    }
    const auto browser = "/devtools/browser/" + rules.page_secret;
    EXPECT_EQ(status(visit(browser), rules), 403) << "it is no browser's";
}

TEST(BridgeAccess, AnOpenPortShowsThePageToEverybody) {
    auto rules = open_port();
    rules.page_secret = "01234567-4455-6677-8899-aabbccddeeff";
    for (const auto* path : {"/", "/page.css", "/devices.json"}) {
        EXPECT_FALSE(pass(visit(path), rules).device) << path;
        EXPECT_EQ(pass(visit(path), rules).path, path);
    }
    EXPECT_EQ(status(visit("/json"), rules), 404) << "which device's";
    rules.devices.pop_back();
    EXPECT_EQ(pass(visit("/json"), rules).device, 0u);
    EXPECT_EQ(pass(visit("/devtools/page/X"), rules).device, 0u);
    rules.devices.clear();
    EXPECT_EQ(status(visit("/json/protocol"), rules), 404);
    EXPECT_EQ(status(visit("/json"), rules), 404);
}

TEST(BridgeAccess, AnOriginIsJudgedAtAnUpgradeAlone) {
    const auto path = "/devtools/browser/" + one;
    Visit asked = visit(path);
    asked.origin = "http://example.com";
    EXPECT_EQ(status(asked, guarded()), 200);
    asked.upgrade = true;
    for (const auto* origin : {"http://example.com", "null", "", "http://localhost:9333", "https://127.0.0.1:9333",
                               "chrome-extension://abc", "devtools://other"}) {
        asked.origin = origin;
        EXPECT_EQ(status(asked, guarded()), 403) << origin;
    }
    for (const auto* origin : {"http://127.0.0.1:9333", "devtools://devtools"}) {
        asked.origin = origin;
        EXPECT_EQ(status(asked, guarded()), 200) << origin;
    }
    auto rules = guarded();
    rules.allowed_origins = {"https://tools.example"};
    asked.origin = "https://tools.example";
    EXPECT_EQ(status(asked, rules), 200);
    asked.origin = "https://others.example";
    EXPECT_EQ(status(asked, rules), 403);
    rules.allowed_origins = {"*"};
    EXPECT_EQ(status(asked, rules), 200);
}

}  // namespace
}  // namespace bridge
