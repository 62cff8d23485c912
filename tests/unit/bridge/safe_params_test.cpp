// What of parameters may stand in a recording.
#include "agent/bridge/core/safe_params.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace {

using bridge::Author;
using bridge::safe_address;
using bridge::safe_params;
using bridge::types_text;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct SafeParamsRow {
    std::string_view method;
    std::string_view params;
    std::string_view kept;
};

/// Each holds the word SECRET where Chrome's protocol puts a cookie, a password, or what somebody typed.
constexpr SafeParamsRow secret_rows[] = {
    {"Input.insertText", R"({"text":"SECRET"})", "{}"},
    {"Input.imeSetComposition", R"({"text":"SECRET","selectionStart":6,"selectionEnd":6})", "{}"},
    {"Input.dispatchKeyEvent",
     R"({"type":"keyDown","key":"SECRET","code":"SECRET","text":"SECRET","windowsVirtualKeyCode":83,"location":1})",
     R"({"type":"keyDown"})"},
    {"Input.aMethodOfALaterChrome", R"({"type":"x","keyCode":83,"held":true})", R"({"type":"x"})"},
    {"Network.setCookie", R"({"name":"SECRET","value":"SECRET","url":"https://a.example/"})",
     R"({"url":"https://a.example/"})"},
    {"Network.setCookies", R"({"cookies":[{"name":"sid","value":"SECRET"}]})", "{}"},
    {"Storage.setCookies", R"({"cookies":[{"name":"sid","value":"SECRET"}],"browserContextId":"B"})",
     R"({"browserContextId":"B"})"},
    {"Network.setExtraHTTPHeaders", R"({"headers":{"Cookie":"SECRET","Authorization":"SECRET"}})", "{}"},
    {"Fetch.continueRequest", R"({"requestId":"R","headers":[{"name":"Cookie","value":"SECRET"}],"postData":"SECRET"})",
     R"({"requestId":"R"})"},
    {"Fetch.continueWithAuth", R"({"requestId":"R","authChallengeResponse":{"username":"SECRET","password":"SECRET"}})",
     R"({"requestId":"R"})"},
    {"Fetch.fulfillRequest",
     R"({"requestId":"R","responseCode":200,"responseHeaders":[{"name":"Set-Cookie"}],"body":"SECRET"})",
     R"({"requestId":"R","responseCode":200})"},
    {"DOMStorage.setDOMStorageItem", R"({"storageId":{"origin":"SECRET"},"key":"SECRET","value":"SECRET"})", "{}"},
    {"Runtime.evaluate", R"({"expression":"login = 'SECRET'","returnByValue":true,"contextId":3})",
     R"({"returnByValue":true,"contextId":3})"},
    {"Runtime.callFunctionOn",
     R"({"functionDeclaration":"SECRET","arguments":[{"value":"SECRET"},{"value":83}],"objectId":"1.2.3"})",
     R"({"objectId":"1.2.3"})"},
    {"Page.addScriptToEvaluateOnNewDocument", R"({"source":"SECRET","worldName":"utility"})",
     R"({"worldName":"utility"})"},
    {"Page.handleJavaScriptDialog", R"({"accept":true,"promptText":"SECRET"})", R"({"accept":true})"},
    {"DOM.setAttributeValue", R"({"nodeId":4,"name":"value","value":"SECRET"})", R"({"nodeId":4})"},
    {"DOM.setFileInputFiles", R"({"files":["/home/SECRET"],"nodeId":4})", R"({"nodeId":4})"},
    {"Autofill.trigger", R"({"fieldId":1,"card":{"number":"SECRET"}})", R"({"fieldId":1})"},
    {"Page.navigate",
     R"({"url":"https://me:SECRET@a.example:8443/page;jsessionid=SECRET?q=SECRET#SECRET","transitionType":"typed"})",
     R"({"url":"https://a.example:8443/page","transitionType":"typed"})"},
    {"Page.navigate", R"({"url":"data:text/html,SECRET"})", R"({"url":"data:"})"},
};

constexpr SafeParamsRow secret_events[] = {
    {"Network.requestWillBeSent",
     R"({"requestId":"R","documentURL":"https://a.example/SECRET","type":"XHR","timestamp":1.5,"request":{"url":"https://a.example/search/SECRET","method":"POST","headers":{"Cookie":"SECRET"},"postData":"SECRET","hasPostData":true}})",
     R"({"requestId":"R","documentURL":"https://a.example","type":"XHR","timestamp":1.5,"request":{"url":"https://a.example","method":"POST","hasPostData":true}})"},
    {"Network.requestWillBeSentExtraInfo",
     R"({"requestId":"R","associatedCookies":[{"cookie":"SECRET"}],"headers":{"cookie":"SECRET"}})",
     R"({"requestId":"R"})"},
    {"Network.responseReceived",
     R"({"response":{"url":"https://a.example/","status":200,"mimeType":"text/html","headers":{"set-cookie":"SECRET"}}})",
     R"({"response":{"url":"https://a.example","status":200,"mimeType":"text/html"}})"},
    {"Network.webSocketFrameSent", R"({"requestId":"R","response":{"opcode":1,"payloadData":"SECRET"}})",
     R"({"requestId":"R","response":{"opcode":1}})"},
    {"Runtime.consoleAPICalled", R"({"type":"log","args":[{"type":"string","value":"SECRET"}]})", R"({"type":"log"})"},
    {"Runtime.bindingCalled", R"({"name":"tell","payload":"SECRET","executionContextId":2})",
     R"({"executionContextId":2})"},
    {"Page.javascriptDialogClosed", R"({"result":true,"userInput":"SECRET"})", R"({"result":true})"},
    {"DOM.attributeModified", R"({"nodeId":3,"name":"value","value":"SECRET"})", R"({"nodeId":3})"},
    {"Target.targetInfoChanged",
     R"({"targetInfo":{"targetId":"T","type":"page","title":"SECRET","url":"https://a.example/?q=SECRET"}})",
     R"({"targetInfo":{"targetId":"T","type":"page","url":"https://a.example"}})"},
    {"Page.frameNavigated",
     R"({"frame":{"id":"F","url":"https://a.example/","urlFragment":"#SECRET","name":"SECRET"}})",
     R"({"frame":{"id":"F","url":"https://a.example"}})"},
};

TEST(SafeParams, NoCookieAndNothingTypedPasses) {
    for (const auto& [method, params, kept] : secret_rows) {
        const auto safe = safe_params(method, params, Author::controller);
        EXPECT_EQ(json::parse(safe.kept), json::parse(kept)) << method;
        EXPECT_THAT(safe.kept, Not(HasSubstr("SECRET"))) << method;
    }
    for (const auto& [method, params, kept] : secret_events) {
        const auto safe = safe_params(method, params, Author::browser);
        EXPECT_EQ(json::parse(safe.kept), json::parse(kept)) << method;
        EXPECT_THAT(safe.kept, Not(HasSubstr("SECRET"))) << method;
    }
}

TEST(SafeParams, TheStageOfAPagesLifeIsNamed) {
    constexpr std::string_view loaded = R"({"frameId":"F","name":"load"})";
    EXPECT_EQ(safe_params("Page.lifecycleEvent", loaded, Author::browser).kept, loaded);
    EXPECT_EQ(safe_params("Runtime.addBinding", loaded, Author::controller).kept, R"({"frameId":"F"})");
}

TEST(SafeParams, SaysWhatIsLeftOut) {
    const auto safe =
        safe_params("Page.navigate", R"({"url":"https://a.example/","referrer":"https://b.example/?q","frameId":"F"})",
                    Author::controller);
    EXPECT_EQ(safe.kept, R"({"url":"https://a.example/","frameId":"F"})");
    EXPECT_THAT(safe.left_out, ElementsAre("referrer"));
    EXPECT_THAT(safe_params("Fetch.requestPaused", R"({"request":{"url":"https://a.example","headers":{}},"x":[1]})",
                            Author::browser)
                    .left_out,
                ElementsAre("request.headers", "x"));
    EXPECT_THAT(safe_params("Page.enable", "{}", Author::controller).left_out, IsEmpty());
}

TEST(SafeParams, NamesAndValuesAreBounded) {
    const std::string longer(200, 'x');
    EXPECT_EQ(safe_params("A.b", R"({"frameId":")" + longer + R"("})", Author::controller).kept, "{}");
    EXPECT_EQ(safe_params("A.b", R"({")" + longer + R"(":1})", Author::controller).kept, "{}");
    EXPECT_EQ(safe_params("A.b", R"({"n":)" + std::string(200, '1') + "}", Author::controller).kept, "{}");
    std::string many = "{";
    for (int i = 0; i < 100; ++i) many += (i > 0 ? ",\"" : "\"") + std::string(1, 'a') + std::to_string(i) + "\":[]";
    EXPECT_EQ(safe_params("A.b", many + "}", Author::controller).left_out.size(), 32U);
}

TEST(SafeParams, WhatIsNoObjectLeavesNothing) {
    for (const auto* text : {"", "[]", "7", R"({"url":)", R"({"url":"https://a.example/"}x)"}) {
        EXPECT_EQ(safe_params("A.b", text, Author::controller).kept, "{}") << text;
    }
}

TEST(SafeParams, ObjectsInsideOfObjectsAreLeftOut) {
    EXPECT_EQ(
        safe_params("A.b", R"({"request":{"request":{"url":"https://a.example"},"id":"R"}})", Author::browser).kept,
        R"({"request":{"id":"R"}})");
    EXPECT_EQ(safe_params("A.b", R"({"id":"R","method":"typed"})", Author::browser).kept, "{}")
        << "only inside of them";
}

TEST(SafeAddress, HasHostAndAControllersPath) {
    EXPECT_EQ(safe_address("https://a.example/p/q?x=1", Author::controller), "https://a.example/p/q");
    EXPECT_EQ(safe_address("https://a.example/p/q?x=1", Author::browser), "https://a.example");
    EXPECT_EQ(safe_address("ws://[::1]:9/x", Author::controller), "ws://[::1]:9/x");
    EXPECT_EQ(safe_address("about:blank", Author::browser), "about:blank");
    EXPECT_EQ(safe_address("about:typed", Author::browser), "about:");
    EXPECT_EQ(safe_address("file:///home/me", Author::controller), "file:");
    EXPECT_EQ(safe_address("blob:https://a.example/uuid", Author::controller), "blob:");
    EXPECT_EQ(safe_address("", Author::controller), "");
    EXPECT_EQ(safe_address("what somebody typed: this", Author::controller), "");
    EXPECT_EQ(safe_address("no address", Author::controller), "");
}

TEST(SafeAddress, APasswordHidesInNoSpelling) {
    for (const std::string url :
         {"https:///me:SECRET@a.example/", "https:\\\\me:SECRET@a.example/", "https://\tme:SECRET@a.example/",
          "https://me:SECRET@a.example\\x", "https://me:SEC@RET@a.example/", "https:////me:SECRET@a.example",
          "https://me:SECRET@@a.example/"}) {
        EXPECT_THAT(safe_address(url, Author::controller), Not(HasSubstr("SEC"))) << url;
    }
}

TEST(TypesText, IsOfAllInputButPointing) {
    EXPECT_TRUE(types_text("Input.insertText"));
    EXPECT_TRUE(types_text("Input.dispatchKeyEvent"));
    EXPECT_TRUE(types_text("Input.whateverComes"));
    EXPECT_FALSE(types_text("Input.dispatchMouseEvent"));
    EXPECT_FALSE(types_text("Page.navigate"));
}

}  // namespace
