// What reaches beyond pages: the clipboard and desktop of a person, disk space, traces, pages of others.
#include <gtest/gtest.h>

#include <string>

#include "agent/relay/core/policy.hpp"

namespace {

using relay::Judgement;
using relay::Policy;
using relay::Surroundings;
using Kind = Judgement::Kind;

constexpr Surroundings headless{};
constexpr Surroundings with_window{.has_window = true};
constexpr Surroundings at_browser{.browser_target = true};

Judgement judge_reach(std::string_view method, std::string_view params, Surroundings around = headless) {
    static const Policy policy{{}};
    Judgement judged = policy.judge({"1", method, params, {}, {}}, around);
    if (judged.kind == Judgement::Kind::deny) {
        EXPECT_NE(judged.message.find("he policy"), std::string::npos) << judged.message;
    }
    return judged;
}

Kind kind(std::string_view method, std::string_view params, Surroundings around = headless) {
    return judge_reach(method, params, around).kind;
}

Kind grant(const std::string& name, Surroundings around = headless) {
    const Kind by_type = kind("Browser.grantPermissions", R"({"permissions":[")" + name + R"("]})", around);
    const Kind by_name =
        kind("Browser.setPermission", R"({"permission":{"name":")" + name + R"("},"setting":"granted"})", around);
    EXPECT_EQ(by_type, by_name) << name;
    return by_type;
}

TEST(PolicyReach, LetsNoPageHaveADevice) {
    for (const char* name : {"ar",
                             "audioCapture",
                             "bluetooth",
                             "camera",
                             "cameraPanTiltZoom",
                             "capturedSurfaceControl",
                             "displayCapture",
                             "display-capture",
                             "file-system",
                             "handTracking",
                             "hid",
                             "idle-detection",
                             "idleDetection",
                             "local-fonts",
                             "localFonts",
                             "localNetwork",
                             "localNetworkAccess",
                             "local-network-access",
                             "loopbackNetwork",
                             "microphone",
                             "midi",
                             "midiSysex",
                             "nfc",
                             "protectedMediaIdentifier",
                             "sensors",
                             "serial",
                             "smartCard",
                             "speakerSelection",
                             "usb",
                             "videoCapture",
                             "vr",
                             "wakeLockSystem",
                             "webAppInstallation",
                             "webPrinting",
                             "not yet invented",
                             ""}) {
        EXPECT_EQ(grant(name), Kind::deny) << name;
    }
}

TEST(PolicyReach, KeepsTheDesktopOfAPersonToThePerson) {
    for (const char* name : {"clipboardReadWrite", "clipboard-read", "clipboardSanitizedWrite", "clipboard-write",
                             "notifications", "windowManagement", "window-management", "keyboardLock"}) {
        EXPECT_EQ(grant(name), Kind::pass) << name;
        EXPECT_EQ(grant(name, with_window), Kind::deny) << name;
    }
    for (const char* name : {"geolocation", "persistent-storage", "storageAccess", "push"}) {
        EXPECT_EQ(grant(name, with_window), Kind::pass) << name;
    }
}

TEST(PolicyReach, PastesNothingOfAPerson) {
    const std::string key = "Input.dispatchKeyEvent";
    for (const char* params : {
             R"({"type":"keyDown","commands":["paste"]})",
             R"({"type":"keyDown","commands":["selectAll","Paste"]})",
             R"({"type":"keyDown","commands":["pasteAndMatchStyle"]})",
             R"({"type":"keyDown","commands":["copy"]})",
             R"({"type":"keyDown","commands":["cut"]})",
             R"({"type":"rawKeyDown","modifiers":2,"windowsVirtualKeyCode":86})",
             R"({"type":"rawKeyDown","modifiers":10.0,"windowsVirtualKeyCode":8.6e1})",
             R"({"type":"keyDown","modifiers":4,"key":"v","windowsVirtualKeyCode":86})",
             R"({"type":"keyDown","modifiers":2,"windowsVirtualKeyCode":67})",
             R"({"type":"keyDown","modifiers":2,"windowsVirtualKeyCode":45})",
             R"({"type":"keyDown","modifiers":8,"windowsVirtualKeyCode":45})",
             R"({"type":"keyDown","modifiers":8,"windowsVirtualKeyCode":46})",
         }) {
        EXPECT_EQ(kind(key, params, with_window), Kind::deny) << params;
        EXPECT_EQ(kind(key, params), Kind::pass) << params;
    }
    for (const char* params : {R"({"type":"keyDown","key":"v","windowsVirtualKeyCode":86})",
                               R"({"type":"keyDown","modifiers":2,"windowsVirtualKeyCode":65})",
                               R"({"type":"keyDown","commands":["selectAll"]})", R"({"type":"char","text":"v"})"}) {
        EXPECT_EQ(kind(key, params, with_window), Kind::pass) << params;
    }
    EXPECT_EQ(kind(key, R"({"type":"keyDown","commands":[],"commands":["paste"]})", with_window), Kind::bad_request);
    EXPECT_EQ(kind(key, R"({"type":"keyDown","modifiers":0,"modifiers":2})", with_window), Kind::bad_request);
    EXPECT_EQ(kind(key, R"({"type":"keyDown","newEdit":"paste"})"), Kind::deny) << "unknown parameters";
    EXPECT_EQ(kind("Input.dispatchMouseEvent", R"({"type":"mousePressed","button":"middle"})", with_window),
              Kind::deny);
    EXPECT_EQ(kind("Input.dispatchMouseEvent", R"({"type":"mousePressed","button":"middle"})"), Kind::pass);
    EXPECT_EQ(kind("Input.dispatchMouseEvent", R"({"type":"mousePressed","button":"left"})", with_window), Kind::pass);
}

TEST(PolicyReach, LetsNoOriginFillTheDisk) {
    const std::string method = "Storage.overrideQuotaForOrigin";
    EXPECT_EQ(kind(method, R"({"origin":"https://a"})"), Kind::pass);
    EXPECT_EQ(kind(method, R"({"origin":"https://a","quotaSize":1048576})"), Kind::pass);
    EXPECT_EQ(kind(method, R"({"origin":"https://a","quotaSize":268435456})"), Kind::pass);
    EXPECT_EQ(kind(method, R"({"origin":"https://a","quotaSize":268435457})"), Kind::deny);
    EXPECT_EQ(kind(method, R"({"origin":"https://a","quotaSize":1e300})"), Kind::deny);
    EXPECT_EQ(kind(method, R"({"origin":"https://a","quotaSize":1,"quotaSize":1e12})"), Kind::bad_request);
    EXPECT_EQ(kind(method, R"({"origin":"https://a","quotaSize":"1e12"})"), Kind::bad_request);
}

TEST(PolicyReach, KeepsACommandToItsPage) {
    for (const char* method : {"Fetch.enable", "Fetch.continueRequest", "Network.setBlockedURLs",
                               "Network.setExtraHTTPHeaders", "Security.setIgnoreCertificateErrors",
                               "Emulation.setVirtualTimePolicy", "Emulation.addScreen", "Memory.getDOMCounters"}) {
        EXPECT_EQ(kind(method, R"({})"), Kind::pass) << method;
        EXPECT_EQ(kind(method, R"({})", at_browser), Kind::deny) << method;
    }
    for (const char* method : {"Browser.getVersion", "Target.getTargets", "Target.setAutoAttach", "Storage.getCookies",
                               "Emulation.getScreenInfos", "Page.enable", "IO.read"}) {
        EXPECT_EQ(kind(method, R"({})", at_browser), Kind::pass) << method;
    }
    const Policy full{{.profile = relay::Profile::full}};
    EXPECT_EQ(full.judge({"1", "Fetch.enable", "{}", {}, {}}, at_browser).kind, Kind::pass);
}

std::string traced(std::string_view params) {
    const Judgement judged = judge_reach("Tracing.start", params);
    if (judged.kind != Kind::rewrite) return "refused: " + judged.message;
    return judged.params;
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST(PolicyTracing, PassesTheListsOfKnownControllers) {
    const std::string puppeteer = traced(
        R"({"transferMode":"ReturnAsStream","traceConfig":{"excludedCategories":["*"],"includedCategories":[)"
        R"("devtools.timeline","v8.execute","disabled-by-default-devtools.timeline",)"
        R"("disabled-by-default-devtools.timeline.frame","toplevel","blink.console","blink.user_timing","latencyInfo",)"
        R"("disabled-by-default-devtools.timeline.stack","disabled-by-default-v8.cpu_profiler"]}})");
    for (const char* category :
         {"\"devtools.timeline\"", "\"v8.execute\"", "\"disabled-by-default-devtools.timeline.frame\"", "\"toplevel\"",
          "\"blink.console\"", "\"latencyInfo\"", "\"disabled-by-default-v8.cpu_profiler\""}) {
        EXPECT_TRUE(holds(puppeteer, category)) << category << " in " << puppeteer;
    }
    EXPECT_FALSE(holds(puppeteer, "\"loading\"")) << "nothing that was not asked for";
    EXPECT_TRUE(holds(puppeteer, R"("transferMode":"ReturnAsStream")"));
    EXPECT_TRUE(holds(puppeteer, R"("excludedCategories":["*"])"));
    const std::string playwright =
        traced(R"({"transferMode":"ReturnAsStream","categories":"-*,devtools.timeline,v8.execute,)"
               R"(disabled-by-default-devtools.timeline,toplevel,disabled-by-default-devtools.screenshot"})");
    EXPECT_EQ(playwright,
              R"({"traceConfig":{"excludedCategories":["*"],"includedCategories":["devtools.timeline","toplevel",)"
              R"("v8.execute","disabled-by-default-devtools.screenshot","disabled-by-default-devtools.timeline"]},)"
              R"("transferMode":"ReturnAsStream"})");
}

TEST(PolicyTracing, TracesNothingOfTheHost) {
    for (const char* params : {
             "",
             "{}",
             R"({"categories":""})",
             R"({"categories":"*"})",
             R"({"categories":"*,disabled-by-default-*"})",
             R"({"categories":"devtools.timeline,netlog,disabled-by-default-file"})",
             R"({"traceConfig":{"includedCategories":["*","disabled-by-default-*","net","netlog","file","download"]}})",
             R"({"traceConfig":{"includedCategories":["devtools.timeline,netlog","toplevel"]}})",
             R"({"traceConfig":{"includedCategories":["\u006eetlog","toplevel"]}})",
             R"({"traceConfig":{"excludedCategories":["toplevel"]}})",
         }) {
        const std::string text = traced(params);
        ASSERT_EQ(text.find("{\"traceConfig\":{\"excludedCategories\":[\"*\"],\"includedCategories\":[\""), 0u)
            << params << ": " << text;
        for (const char* bad : {"netlog", "\"net\"", "\"file", "-file", "download", "memory-infra", "network", "system",
                                "\"*", "default-*", "browser", "startup"}) {
            EXPECT_FALSE(holds(text.substr(40), bad)) << bad << " in " << text;
        }
    }
    EXPECT_FALSE(holds(traced(R"({"traceConfig":{"excludedCategories":["toplevel"]}})"), "\"toplevel\""));
    EXPECT_FALSE(holds(traced("{}"), "disabled-by-default")) << "only where it is named";
    for (const char* params :
         {R"({"categories":"netlog"})", R"({"categories":"disabled-by-default-file,download"})",
          R"({"traceConfig":{"includedCategories":["disabled-by-default-netlog*"]}})", R"({"perfettoConfig":"AA=="})",
          R"({"perfettoConfig":null})", R"({"tracingBackend":"system"})", R"({"tracingBackend":"auto"})",
          R"({"streamFormat":"proto"})", R"({"options":"trace-to-console"})", R"({"options":"enable-systrace"})",
          R"({"traceConfig":{"enableSystrace":true}})", R"({"traceConfig":{"recordMode":"echoToConsole"}})",
          R"({"traceConfig":{"memoryDumpConfig":{"triggers":[]}}})", R"({"traceConfig":{"inventedLater":1}})",
          R"({"inventedLater":1})"}) {
        EXPECT_EQ(kind("Tracing.start", params), Kind::deny) << params;
    }
    for (const char* params :
         {R"({"categories":"toplevel","categories":"netlog"})", R"({"traceConfig":{},"traceConfig":{}})",
          R"({"traceConfig":{"includedCategories":["v8"],"includedCategories":["net"]}})", R"({"traceConfig":[]})"}) {
        EXPECT_EQ(kind("Tracing.start", params), Kind::bad_request) << params;
    }
}

TEST(PolicyTracing, BoundsTheBuffer) {
    EXPECT_TRUE(holds(traced(R"({"traceConfig":{"traceBufferSizeInKb":1e9}})"), R"("traceBufferSizeInKb":204800)"));
    EXPECT_TRUE(holds(traced(R"({"traceConfig":{"traceBufferSizeInKb":4096}})"), R"("traceBufferSizeInKb":4096)"));
    EXPECT_TRUE(holds(traced(R"({"options":"record-continuously,enable-sampling"})"),
                      R"("recordMode":"recordContinuously","enableSampling":true)"));
}

}  // namespace
