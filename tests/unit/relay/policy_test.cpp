// The owner's judgement: profiles, rules, parameters, pages, downloads; and that the table places every command.
#include "agent/relay/core/policy.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

namespace {

using relay::Judgement;
using relay::Policy;
using relay::PolicySettings;
using relay::Profile;
using relay::Surroundings;
using Kind = Judgement::Kind;

constexpr std::string_view spool = "/var/spool/bmc";

Judgement judge(const PolicySettings& settings, std::string_view method, std::string_view params = {},
                Surroundings around = {{}, {}, spool}) {
    const Policy policy{settings};
    EXPECT_EQ(policy.error(), "");
    Judgement judged = policy.judge({"1", method, params, {}, {}}, around);
    // By these words the bridge's page tells a refusal of the policy from one of the browser.
    if (judged.kind == Kind::deny) {
        EXPECT_NE(judged.message.find("he policy"), std::string::npos) << judged.message;
    }
    judged.rule = {};  // lives only as long as the policy
    return judged;
}

Kind in_test(std::string_view method, std::string_view params = {}, Surroundings around = {{}, {}, spool}) {
    return judge({}, method, params, around).kind;
}

std::set<std::string> known_commands() {
    std::ifstream file{BMC_TEST_DATA "/unit/relay/data/commands-chromium-156.txt"};
    std::set<std::string> names;
    for (std::string line; std::getline(file, line);) names.insert(line);
    return names;
}

TEST(PolicyTable, PlacesEveryCommandOfChromium156Once) {
    const auto known = known_commands();
    ASSERT_EQ(known.size(), 674u);
    for (const auto& method : known) EXPECT_NE(relay::placement_of(method), nullptr) << method << " is placed nowhere";
    std::set<std::string> placed;
    for (const auto& row : relay::policy_table()) {
        std::string word;
        for (const char c : std::string(row.methods) + ' ') {
            if (c != ' ') {
                word += c;
                continue;
            }
            const std::string method = std::string(row.domain) + '.' + word;
            EXPECT_TRUE(placed.insert(method).second) << method << " is placed twice";
            if (row.domain != "Agent") {
                EXPECT_TRUE(known.contains(method)) << method << " is no command";
            }
            word.clear();
        }
    }
}

TEST(Policy, PlacesMethodsByProfile) {
    const PolicySettings observe{.profile = Profile::observe};
    const PolicySettings full{.profile = Profile::full};
    for (const char* method : {"Page.captureScreenshot", "DOM.getDocument", "Page.enable", "Target.attachToTarget",
                               "IO.read", "Agent.getInfo"}) {
        EXPECT_EQ(judge(observe, method).kind, Kind::pass) << method;
        EXPECT_EQ(in_test(method), Kind::pass) << method;
    }
    for (const char* method :
         {"Runtime.evaluate", "Page.navigate", "Input.insertText", "Network.getCookies", "Target.createTarget"}) {
        EXPECT_EQ(judge(observe, method).kind, Kind::deny) << method;
        EXPECT_EQ(in_test(method), Kind::pass) << method;
    }
    for (const char* method :
         {"Browser.crash", "Browser.crashGpuProcess", "Browser.executeBrowserCommand", "Browser.getBrowserCommandLine",
          "SystemInfo.getInfo", "SystemInfo.getProcessInfo", "Tethering.bind", "Extensions.loadUnpacked", "PWA.install",
          "Cast.enable", "DeviceAccess.enable", "BluetoothEmulation.enable", "SmartCardEmulation.enable",
          "Target.sendMessageToTarget", "Target.exposeDevToolsProtocol", "Target.setRemoteLocations",
          "Target.openDevTools", "DOM.getFileInfo", "Brand.new"}) {
        EXPECT_EQ(judge(observe, method).kind, Kind::deny) << method;
        EXPECT_EQ(in_test(method), Kind::deny) << method;
        EXPECT_EQ(judge(full, method).kind, Kind::pass) << method;
    }
    EXPECT_NE(judge({}, "Brand.new").message.find("No rule of the policy places Brand.new"), std::string::npos);
}

TEST(Policy, LetsTheOwnersRulesWin) {
    EXPECT_EQ(judge({.deny = {"Page.navigate"}}, "Page.navigate").kind, Kind::deny);
    EXPECT_EQ(judge({.profile = Profile::full, .deny = {"SystemInfo.*"}}, "SystemInfo.getInfo").kind, Kind::deny);
    EXPECT_EQ(judge({.allow = {"SystemInfo.*"}}, "SystemInfo.getInfo").kind, Kind::pass);
    EXPECT_EQ(judge({.allow = {"*"}, .deny = {"*.enable"}}, "Page.enable").kind, Kind::deny);
    EXPECT_EQ(judge({.allow = {"Brand.*"}}, "Brand.new").kind, Kind::pass);
    // An unconditional permission lifts the profile, not what the parameters may reach.
    EXPECT_EQ(judge({.profile = Profile::observe, .allow = {"Page.*"}}, "Page.navigate", R"({"url":"file:///x"})").kind,
              Kind::deny);
}

TEST(Policy, LooksAtParametersWhereTheOwnerSaysSo) {
    const PolicySettings deny{.deny = {"Page.navigate url=http://10.*"}};
    EXPECT_EQ(judge(deny, "Page.navigate", R"({"url":"http://10.0.0.1/"})").kind, Kind::deny);
    EXPECT_EQ(judge(deny, "Page.navigate", R"({"url":" ht\ntp://10.0.0.1/"})").kind, Kind::deny);
    EXPECT_EQ(judge(deny, "Page.navigate", R"({"\u0075rl":"http://1\u0030.0.0.1/"})").kind, Kind::deny);
    EXPECT_EQ(judge(deny, "Page.navigate", R"({"url":"http://a/"})").kind, Kind::pass);
    EXPECT_EQ(judge(deny, "Page.navigate", R"({"url":"http://a/","url":"http://10.0.0.1/"})").kind, Kind::bad_request);
    const PolicySettings allow{
        .allow = {"Page.navigate url=file:///srv/*", "Browser.grantPermissions permissions=*Capture"}};
    EXPECT_EQ(judge(allow, "Page.navigate", R"({"url":"file:///srv/a.html"})").kind, Kind::pass);
    EXPECT_EQ(judge(allow, "Page.navigate", R"({"url":"file:///srv/../etc/passwd"})").kind, Kind::deny);
    EXPECT_EQ(judge(allow, "Page.navigate", R"({"url":"file:///etc/passwd"})").kind, Kind::deny);
    EXPECT_EQ(judge(allow, "Browser.grantPermissions", R"({"permissions":["videoCapture","audioCapture"]})").kind,
              Kind::pass);
    EXPECT_EQ(judge(allow, "Browser.grantPermissions", R"({"permissions":["videoCapture","nfc"]})").kind, Kind::deny);
}

TEST(Policy, ARuleForANewerChromeIsMarkedAndCountsLikeAnyOther) {
    EXPECT_EQ(judge({}, "Page.later").kind, Kind::deny);
    EXPECT_EQ(judge({.allow = {"new:Page.later"}}, "Page.later").kind, Kind::pass);
    const PolicySettings some{.allow = {"new:Page.later url=https://a.test/*"}};
    EXPECT_EQ(judge(some, "Page.later", R"({"url":"https://a.test/x"})").kind, Kind::pass);
    EXPECT_EQ(judge(some, "Page.later", R"({"url":"https://b.test/x"})").kind, Kind::deny);
    EXPECT_EQ(judge({.profile = Profile::full, .deny = {"new:Later.*"}}, "Later.do").kind, Kind::deny);
    EXPECT_EQ(judge({.profile = Profile::full, .deny = {"new:Later.*"}}, "Page.later").kind, Kind::pass);
}

TEST(Policy, SaysWhichRuleCannotBeRead) {
    EXPECT_NE(Policy({.allow = {"Page.navigate", "Page"}}).error().find("policy.allow[1] \"Page\""), std::string::npos);
    EXPECT_NE(Policy({.deny = {""}}).error().find("policy.deny[0]"), std::string::npos);
    EXPECT_NE(Policy({.deny = {"Page.navigate =x"}}).error().find("name=pattern"), std::string::npos);
    const Policy broken({.deny = {"?"}});
    EXPECT_EQ(broken.judge({"1", "Page.enable", {}, {}, {}}, {}).kind, Kind::deny)
        << "a policy that cannot be read lets nothing pass";
}

TEST(Policy, JudgesUrlsWhereverTheyGoIn) {
    for (const char* method :
         {"Page.navigate", "Target.createTarget", "Network.loadNetworkResource", "Fetch.continueRequest"}) {
        EXPECT_EQ(in_test(method, R"({"url":"https://example.org/"})"), Kind::pass) << method;
        EXPECT_EQ(in_test(method, R"({"url":"file:///etc/passwd"})"), Kind::deny) << method;
        EXPECT_EQ(in_test(method, R"({"url":"fi\nle:///etc/passwd"})"), Kind::deny) << method;
        EXPECT_EQ(in_test(method, R"({"url":"\u0001 FILE:etc"})"), Kind::deny) << method;
        EXPECT_EQ(in_test(method, R"({"\u0075rl":"view-source:http://a"})"), Kind::deny) << method;
        EXPECT_EQ(in_test(method, R"({"url":"https://a/","url":"file:///x"})"), Kind::bad_request) << method;
        EXPECT_EQ(in_test(method, R"({"url":"https://a/","u\u0072l":"https://b/"})"), Kind::bad_request) << method;
        EXPECT_EQ(in_test(method, R"({"url":7})"), Kind::bad_request) << method;
        EXPECT_EQ(in_test(method, R"({"url":"https://a/","brandNew":1})"), Kind::deny) << method;
    }
    EXPECT_EQ(in_test("Page.navigate", R"({"url":"https://a/","frameId":"x","frameId":"y"})"), Kind::pass)
        << "a repeat off the rule's path passes as bytes";
    EXPECT_EQ(judge({.profile = Profile::full}, "Page.navigate", R"({"url":"file:///x"})").kind, Kind::pass);
    EXPECT_EQ(judge({.allow_urls = {"file:///srv/*"}}, "Page.navigate", R"({"url":"file:///srv/x"})").kind, Kind::pass);
    EXPECT_EQ(judge({.allow_urls = {"file:///srv/*"}}, "Page.navigate", R"({"url":"file:///srv/../x"})").kind,
              Kind::deny);
}

TEST(Policy, LetsFilesComeFromTheSpoolAlone) {
    const auto files = [](const std::string& list) {
        return in_test("DOM.setFileInputFiles", R"({"nodeId":1,"files":)" + list + "}");
    };
    EXPECT_EQ(files(R"(["/var/spool/bmc/a.txt","/var/spool/bmc/B_2-c.tar.gz"])"), Kind::pass);
    EXPECT_EQ(files("[]"), Kind::pass);
    for (const char* list :
         {R"(["/etc/passwd"])", R"(["/var/spool/bmc/a.txt","/etc/passwd"])", R"(["/var/spool/bmc/../../etc/passwd"])",
          R"(["/var/spool/bmc/.hidden"])", R"(["/var/spool/bmc/"])", R"(["/var/spool/bmc"])",
          R"(["/var/spool/bmcx/a"])", R"(["/var/spool/bmc/a/b"])", R"(["/var/spool/bmc/a\u0000b"])", R"(["a.txt"])"}) {
        EXPECT_EQ(files(list), Kind::deny) << list;
    }
    EXPECT_EQ(files(R"(["/var/spool/bmc/)" + std::string(128, 'a') + R"("])"), Kind::pass);
    EXPECT_EQ(files(R"(["/var/spool/bmc/)" + std::string(129, 'a') + R"("])"), Kind::deny);
    EXPECT_EQ(files("7"), Kind::bad_request);
    EXPECT_EQ(files("[7]"), Kind::bad_request);
    EXPECT_EQ(in_test("DOM.setFileInputFiles", R"({"files":[],"files":["/etc/passwd"]})"), Kind::bad_request);
    EXPECT_EQ(in_test("DOM.setFileInputFiles", R"({"files":["/a"]})", {}), Kind::deny) << "no spool";
}

TEST(Policy, JudgesWhatIsDragged) {
    const auto drag = [](const std::string& data) {
        return in_test("Input.dispatchDragEvent", R"({"type":"drop","x":1,"y":2,"data":)" + data + "}");
    };
    EXPECT_EQ(drag(R"({"items":[{"mimeType":"text/plain","data":"file:///x"}],"dragOperationsMask":1})"), Kind::pass);
    EXPECT_EQ(drag(R"({"items":[],"files":["/var/spool/bmc/a"],"dragOperationsMask":1})"), Kind::pass);
    EXPECT_EQ(drag(R"({"items":[],"files":["/etc/passwd"],"dragOperationsMask":1})"), Kind::deny);
    EXPECT_EQ(drag(R"({"items":[],"\u0066iles":["/etc/passwd"],"dragOperationsMask":1})"), Kind::deny);
    EXPECT_EQ(drag(R"({"items":[],"files":[],"files":["/etc/passwd"]})"), Kind::bad_request);
    EXPECT_EQ(drag(R"({"items":[{"mimeType":"text/uri-list","data":"https://a/\r\nfile:///etc/passwd"}]})"),
              Kind::deny);
    EXPECT_EQ(drag(R"({"items":[{"mimeType":"text/uri-list","data":"https://a/"}]})"), Kind::pass);
    EXPECT_EQ(drag(R"({"items":[{"mimeType":"text/html","data":"x","baseURL":"file:///etc/"}]})"), Kind::deny);
    EXPECT_EQ(drag(R"({"items":[{"mimeType":"text/plain","mimeType":"text/uri-list","data":"file:///x"}]})"),
              Kind::bad_request);
    EXPECT_EQ(in_test("Input.dispatchDragEvent", R"({"data":{},"data":{"files":["/etc/passwd"]}})"), Kind::bad_request);
}

TEST(Policy, RewritesDownloadsToTheSpool) {
    const auto rewritten = [](std::string_view method, std::string_view params, Surroundings around = {{}, {}, spool}) {
        const Judgement judged = judge({}, method, params, around);
        EXPECT_EQ(judged.kind, Kind::rewrite) << params;
        return judged.params;
    };
    const std::string to_spool = R"({"behavior":"allowAndName","downloadPath":"/var/spool/bmc"})";
    EXPECT_EQ(rewritten("Browser.setDownloadBehavior", R"({"behavior":"allow","downloadPath":"/etc"})"), to_spool);
    EXPECT_EQ(rewritten("Page.setDownloadBehavior", R"({"behavior":"default"})"), to_spool);
    EXPECT_EQ(
        rewritten("Browser.setDownloadBehavior",
                  R"({"eventsEnabled":true,"behavior":"allowAndName","browserContextId":"C"})"),
        R"({"behavior":"allowAndName","downloadPath":"/var/spool/bmc","browserContextId":"C","eventsEnabled":true})");
    EXPECT_EQ(rewritten("Browser.setDownloadBehavior", R"({"behavior":"deny"})"), R"({"behavior":"deny"})");
    EXPECT_EQ(rewritten("Browser.setDownloadBehavior", R"({"behavior":"allow","downloadPath":"/etc"})", {}),
              R"({"behavior":"deny"})")
        << "no spool: downloads go nowhere";
    EXPECT_EQ(in_test("Browser.setDownloadBehavior", R"({"behavior":"new"})"), Kind::bad_request);
    EXPECT_EQ(in_test("Browser.setDownloadBehavior", R"({"behavior":"deny","behavior":"allow"})"), Kind::bad_request);
    EXPECT_EQ(in_test("Browser.setDownloadBehavior", R"({"behavior":"allow","other":1})"), Kind::deny);
}

TEST(Policy, GrantsNothingThatReachesDevices) {
    EXPECT_EQ(in_test("Browser.grantPermissions", R"({"permissions":["geolocation","notifications"]})"), Kind::pass);
    EXPECT_EQ(in_test("Browser.grantPermissions", R"({"permissions":["geolocation","videoCapture"]})"), Kind::deny);
    EXPECT_EQ(in_test("Browser.grantPermissions", R"({"permissions":["audioCapture"]})"), Kind::deny);
    EXPECT_EQ(in_test("Browser.grantPermissions", R"({"permissions":["geolocation notifications"]})"), Kind::deny);
    EXPECT_EQ(in_test("Browser.setPermission", R"({"permission":{"name":"geolocation"},"setting":"granted"})"),
              Kind::pass);
    EXPECT_EQ(in_test("Browser.setPermission", R"({"permission":{"name":"camera"},"setting":"granted"})"), Kind::deny);
    EXPECT_EQ(in_test("Browser.setPermission", R"({"permission":{"name":"camera"},"setting":"denied"})"), Kind::pass);
    EXPECT_EQ(in_test("Browser.setPermission",
                      R"({"permission":{"name":"geolocation","na\u006de":"camera"},"setting":"granted"})"),
              Kind::bad_request);
    EXPECT_EQ(in_test("Target.createBrowserContext", R"({"disposeOnDetach":true})"), Kind::pass);
    EXPECT_EQ(in_test("Target.createBrowserContext", R"({"originsWithUniversalNetworkAccess":["https://a"]})"),
              Kind::deny);
    EXPECT_EQ(in_test("Tracing.start", R"({"traceConfig":{"includedCategories":["*"]}})"), Kind::rewrite);
    EXPECT_EQ(in_test("Tracing.start", R"({"traceConfig":{"enableSystrace":true}})"), Kind::deny);
    EXPECT_EQ(in_test("Tracing.start", R"({"tracingBackend":"system"})"), Kind::deny);
    EXPECT_EQ(in_test("Tracing.start", R"({"perfettoConfig":"AA=="})"), Kind::deny);
}

TEST(Policy, LetsNothingReadAPageThatStandsAtARefusedScheme) {
    const Surroundings at_file{"file:///etc/", "page", spool};
    for (const char* method :
         {"Runtime.evaluate", "DOM.getDocument", "Page.captureScreenshot", "Page.printToPDF", "Page.reload",
          "Accessibility.getFullAXTree", "Page.getResourceContent", "DOMSnapshot.captureSnapshot"}) {
        EXPECT_EQ(in_test(method, {}, at_file), Kind::deny) << method;
        EXPECT_EQ(in_test(method, {}, {"about:blank", "page", spool}), Kind::pass) << method;
        EXPECT_EQ(in_test(method, {}, {"chrome://whatever/", "browser_ui", spool}), Kind::deny) << method;
        EXPECT_EQ(in_test(method, {}, {"https://a/", "browser_ui", spool}), Kind::deny) << method;
        EXPECT_EQ(in_test(method, {}, {"", "iframe", spool}), Kind::deny) << method << " where nobody knows";
        EXPECT_EQ(in_test(method, {}, {"", "page", spool}), Kind::pass) << method << " in a fresh page";
        EXPECT_EQ(in_test(method, {}, {.spool = spool, .page_unknown = true}), Kind::deny)
            << method << " in an unknown target";
    }
    for (const char* method : {"Page.enable", "Runtime.enable", "Network.enable", "Runtime.runIfWaitingForDebugger",
                               "Page.getFrameTree", "Page.setLifecycleEventsEnabled", "Page.close",
                               "Emulation.setDeviceMetricsOverride", "Target.setAutoAttach"}) {
        EXPECT_EQ(in_test(method, {}, at_file), Kind::pass) << method;
    }
    EXPECT_EQ(in_test("Page.navigate", R"({"url":"https://a/"})", at_file), Kind::pass);
    EXPECT_EQ(in_test("Page.addScriptToEvaluateOnNewDocument", R"({"source":"1"})", at_file), Kind::pass);
    EXPECT_EQ(in_test("Page.addScriptToEvaluateOnNewDocument", R"({"source":"1","runImmediately":true})", at_file),
              Kind::deny);
    EXPECT_EQ(judge({.allow_urls = {"file:///etc/*"}}, "Runtime.evaluate", {}, at_file).kind, Kind::pass);
    EXPECT_EQ(judge({.profile = Profile::full}, "Runtime.evaluate", {}, at_file).kind, Kind::pass);
    EXPECT_EQ(judge({.allow = {"Brand.*"}}, "Brand.new", {}, at_file).kind, Kind::deny) << "an unknown method may read";
}

TEST(Policy, LetsNothingDriveAPartOfTheBrowser) {
    const Surroundings in_ui{"chrome://omnibox-popup.top-chrome/", "browser_ui", spool};
    for (const char* method : {"Page.enable", "Runtime.enable", "Debugger.disable", "Fetch.enable",
                               "Runtime.runIfWaitingForDebugger", "Target.setAutoAttach", "Page.getFrameTree"}) {
        EXPECT_EQ(in_test(method, {}, in_ui), Kind::pass) << method;
    }
    for (const char* method : {"Page.navigate", "Page.close", "Page.addScriptToEvaluateOnNewDocument", "Page.crash",
                               "Runtime.addBinding", "Page.navigateToHistoryEntry", "Page.createIsolatedWorld"}) {
        EXPECT_EQ(in_test(method, {}, in_ui), Kind::deny) << method;
        EXPECT_EQ(in_test(method, {}, {"chrome-extension://x/", "background_page", spool}), Kind::deny) << method;
    }
}

TEST(Policy, JudgesATargetThatIsNamedByWhereItStands) {
    const auto named = [](std::string_view method, std::string_view url, std::string_view type) {
        Surroundings around{{}, {}, spool};
        around.named = {url, type};
        return in_test(method, R"({"targetId":"T"})", around);
    };
    for (const char* method : {"Target.attachToTarget", "Target.autoAttachRelated"}) {
        EXPECT_EQ(named(method, "https://a/", "page"), Kind::pass) << method;
        EXPECT_EQ(named(method, "", "page"), Kind::pass) << method;
        EXPECT_EQ(named(method, "", ""), Kind::pass) << method << " of what the browser does not know: it says so";
        EXPECT_EQ(named(method, "chrome://omnibox-popup.top-chrome/", "browser_ui"), Kind::deny) << method;
        EXPECT_EQ(named(method, "file:///x", "page"), Kind::deny) << method;
        EXPECT_EQ(named(method, "chrome://newtab/", "tab"), Kind::deny) << method;
        EXPECT_EQ(named(method, "chrome-extension://x/y.js", "service_worker"), Kind::deny) << method;
        EXPECT_EQ(named(method, "", "iframe"), Kind::deny) << method;
        EXPECT_EQ(in_test(method, R"({"targetId":"T","targetId":"U"})"), Kind::bad_request) << method;
    }
    EXPECT_EQ(named("Target.closeTarget", "file:///x", "page"), Kind::pass);
    EXPECT_EQ(named("Target.closeTarget", "chrome://x", "browser_ui"), Kind::deny);
    EXPECT_EQ(named("Target.activateTarget", "chrome://x", "browser_ui"), Kind::deny);
    EXPECT_EQ(named("Target.detachFromTarget", "", "browser"), Kind::deny);
    EXPECT_EQ(named("Target.detachFromTarget", "", "page"), Kind::pass);
    const PolicySettings lifted{.allow = {"Target.*"}};
    Surroundings around{{}, {}, spool};
    around.named = {"chrome://x", "browser_ui"};
    for (const char* method : {"Target.exposeDevToolsProtocol", "Target.openDevTools", "Target.getDevToolsTarget"}) {
        EXPECT_EQ(judge(lifted, method, R"({"targetId":"T"})", around).kind, Kind::deny) << method;
    }
    EXPECT_EQ(
        judge(lifted, "Target.sendMessageToTarget", R"({"message":"{\"id\":1,\"method\":\"Runtime.evaluate\"}"})").kind,
        Kind::deny)
        << "where the other session stands is not known";
}

TEST(Policy, JudgesWhatActsLaterByWhereItActs) {
    for (const char* method : {"Page.addScriptToEvaluateOnNewDocument", "Page.addScriptToEvaluateOnLoad"}) {
        EXPECT_TRUE(judge({}, method).gated) << method;
        EXPECT_FALSE(judge({.profile = Profile::full}, method).gated) << method;
    }
    EXPECT_EQ(in_test("Page.addScriptToEvaluateOnNewDocument", R"({"source":"1","source":"2"})"), Kind::bad_request);
    EXPECT_EQ(in_test("Page.reload", R"({"ignoreCache":true})"), Kind::pass);
    EXPECT_EQ(in_test("Page.reload", R"({"scriptToEvaluateOnLoad":""})"), Kind::pass);
    EXPECT_EQ(in_test("Page.reload", R"({"scriptToEvaluateOnLoad":"x"})"), Kind::deny);
    const char* const breakpoint = "Debugger.setBreakpointByUrl";
    EXPECT_EQ(in_test(breakpoint, R"({"lineNumber":1,"urlRegex":".*"})"), Kind::pass);
    EXPECT_EQ(in_test(breakpoint, R"({"lineNumber":1,"url":"https://a/x.js","condition":"x"})"), Kind::pass);
    EXPECT_EQ(in_test(breakpoint, R"({"lineNumber":1,"urlRegex":".*","condition":"x"})"), Kind::deny);
    EXPECT_EQ(in_test(breakpoint, R"({"lineNumber":1,"scriptHash":"0","condition":"x"})"), Kind::deny);
    EXPECT_EQ(in_test(breakpoint, R"({"lineNumber":1,"url":"file:///x.js","condition":"x"})"), Kind::deny);
    EXPECT_EQ(in_test(breakpoint, R"({"lineNumber":1,"url":"x.js","condition":"x"})"), Kind::deny);
    EXPECT_EQ(in_test("Page.addCompilationCache"), Kind::deny);
}

TEST(Policy, JudgesCommandsInsideCommands) {
    const PolicySettings settings{.profile = Profile::full, .deny = {"Browser.crash"}};
    const auto carry = [&](std::string_view inner) {
        std::string params = R"({"sessionId":"S","message":)" + std::string(inner) + "}";
        return judge(settings, "Target.sendMessageToTarget", params).kind;
    };
    EXPECT_EQ(carry(R"("{\"id\":1,\"method\":\"Page.enable\"}")"), Kind::pass);
    EXPECT_EQ(carry(R"("{\"id\":1,\"method\":\"Browser.crash\"}")"), Kind::deny);
    EXPECT_EQ(carry(R"("{\"id\":1,\"method\":\"Browser.\\u0063rash\"}")"), Kind::deny);
    EXPECT_EQ(carry(R"("{\"id\":1,\"method\":\"Page.enable\",\"method\":\"Browser.crash\"}")"), Kind::bad_request);
    EXPECT_EQ(carry(R"("nonsense")"), Kind::bad_request);
    EXPECT_EQ(carry(R"("{}","message":"{}")"), Kind::bad_request);
    const PolicySettings lifted{.allow = {"Target.sendMessageToTarget"}};
    EXPECT_EQ(
        judge(lifted, "Target.sendMessageToTarget", R"({"message":"{\"id\":1,\"method\":\"SystemInfo.getInfo\"}"})")
            .kind,
        Kind::deny);
    EXPECT_EQ(judge(lifted, "Target.sendMessageToTarget",
                    R"({"message":"{\"id\":1,\"method\":\"Page.navigate\",\"params\":{\"url\":\"file:///x\"}}"})")
                  .kind,
              Kind::deny);
}

TEST(Policy, RefusesCommandsNestedWithoutEnd) {
    std::string message = R"({"id":1,"method":"Page.enable"})";
    const auto wrap = [](const std::string& inner) {
        std::string quoted;
        for (const char c : inner) quoted += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
        return R"({"id":1,"method":"Target.sendMessageToTarget","params":{"message":")" + quoted + "\"}}";
    };
    for (int i = 0; i < 6; ++i) message = wrap(message);
    relay::CommandReader reader;
    ASSERT_TRUE(reader.read(message));
    EXPECT_EQ(judge({.allow = {"Target.*"}}, reader.command().method, reader.command().params).kind, Kind::deny);
}

TEST(Policy, TellsWhatWouldHappen) {
    const Policy policy{PolicySettings{}};
    EXPECT_EQ(relay::policy_check(policy, "Page.enable", "", spool).text, "allowed\nrule: test\n");
    EXPECT_TRUE(relay::policy_check(policy, "Page.enable", "", spool).passes);
    const auto denied = relay::policy_check(policy, "Page.navigate", R"({"url":"file:///etc"})", spool);
    EXPECT_FALSE(denied.passes);
    EXPECT_EQ(denied.text.find("refused (denied): "), 0u);
    EXPECT_NE(denied.text.find("rule: url\n"), std::string::npos);
    EXPECT_NE(relay::policy_check(policy, "Browser.setDownloadBehavior", R"({"behavior":"allow"})", spool)
                  .text.find("instead: {\"behavior\""),
              std::string::npos);
    EXPECT_NE(relay::policy_check(policy, "Runtime.evaluate", "", spool).text.find("but refused in a session"),
              std::string::npos);
    EXPECT_FALSE(relay::policy_check(policy, "nonsense", "", spool).passes);
    EXPECT_FALSE(relay::policy_check(policy, "Page.enable", "{", spool).passes);
    EXPECT_FALSE(relay::policy_check(policy, "Page.enable", R"({},"method":"Page.disable")", spool).passes);
}

}  // namespace
