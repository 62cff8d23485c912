// Scripts for new documents: how each is put behind its gate, and which may be taken back.
#include "agent/relay/core/scripts.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "agent/relay/core/script_gate.hpp"

namespace {

using nlohmann::json;
using relay::gate_script;
using relay::RegisteredScripts;
using Outcome = RegisteredScripts::Outcome;

constexpr const char* add = "Page.addScriptToEvaluateOnNewDocument";

TEST(ScriptGate, AddsALineAndPassesTheRestAsItCame) {
    const auto gated = gate_script(
        add, R"js({"worldName":"w","sou\u0072ce":"'use strict';a(\"\ud800\")","runImmediately":true})js", 7, {});
    ASSERT_TRUE(gated);
    EXPECT_EQ(
        gated->params,
        R"js({"worldName":"w","sou\u0072ce":"'use strict';a(\"\ud800\")\n;let __place7;","runImmediately":true})js");
    const json gate = json::parse(gated->gate_params);
    EXPECT_EQ(gate["worldName"], "w");
    EXPECT_EQ(gate["runImmediately"], true);
    EXPECT_NE(gate["source"].get<std::string>().find("globalThis,'__place7'"), std::string::npos);
}

TEST(ScriptGate, KnowsItsElder) {
    const auto gated = gate_script("Page.addScriptToEvaluateOnLoad", R"({"scriptSource":"x"})", 1, {});
    ASSERT_TRUE(gated);
    EXPECT_EQ(gated->params, R"({"scriptSource":"x\n;let __place1;"})");
}

TEST(ScriptGate, LeavesWhatIsNoScriptToTheBrowser) {
    for (const char* params : {"", "{}", R"({"source":1})", R"({"source":"a","source":"b"})"}) {
        EXPECT_FALSE(gate_script(add, params, 1, {})) << params;
    }
}

TEST(ScriptGate, WritesTheOwnersUrlsAsPatterns) {
    const auto gated = gate_script(add, R"({"source":""})", 1, {R"(file:///srv/a.b/*)"});
    ASSERT_TRUE(gated);
    const auto source = json::parse(gated->gate_params)["source"].get<std::string>();
    EXPECT_NE(source.find(R"(new RegExp("^file\\:\\/\\/\\/srv\\/a\\.b\\/.*$",'s'))"), std::string::npos) << source;
}

TEST(RegisteredScripts, LetsAControllerTakeBackWhatItWasGiven) {
    RegisteredScripts scripts;
    scripts.begin(10, 11, "S");
    EXPECT_TRUE(scripts.is_gate(11));
    EXPECT_TRUE(scripts.is_script(10));
    scripts.on_gate(11, "1");
    EXPECT_FALSE(scripts.is_gate(11));
    EXPECT_EQ(scripts.on_script(10, "S", "2").outcome, Outcome::stands);
    EXPECT_FALSE(scripts.take("S", "1")) << "a gate is nobody's";
    EXPECT_FALSE(scripts.take("T", "2"));
    EXPECT_EQ(scripts.take("S", "2"), "1");
    EXPECT_FALSE(scripts.take("S", "2"));
}

TEST(RegisteredScripts, TakesBackTheOneWithoutTheOther) {
    RegisteredScripts scripts;
    scripts.begin(10, 11, "S");
    scripts.on_gate(11, "");
    auto answered = scripts.on_script(10, "S", "2");
    EXPECT_EQ(answered.outcome, Outcome::no_gate);
    EXPECT_EQ(answered.identifier, "2");
    scripts.begin(12, 13, "S");
    scripts.on_gate(13, "3");
    answered = scripts.on_script(12, "S", "");
    EXPECT_EQ(answered.outcome, Outcome::no_script);
    EXPECT_EQ(answered.identifier, "3");
    EXPECT_EQ(scripts.on_script(99, "S", "2").outcome, Outcome::other);
}

TEST(RegisteredScripts, ForgetsTheDefaultPageThatHasGone) {
    RegisteredScripts scripts;
    scripts.begin(10, 11, "");
    EXPECT_EQ(scripts.on_script(10, "A", "2").outcome, Outcome::stands);
    scripts.begin(12, 13, "");
    EXPECT_EQ(scripts.on_script(12, "B", "4").outcome, Outcome::stands);
    EXPECT_FALSE(scripts.take("", "2"));
    EXPECT_TRUE(scripts.take("", "4"));
}

TEST(RegisteredScripts, AreBounded) {
    RegisteredScripts scripts;
    for (std::size_t i = 0; i < relay::max_session_scripts; ++i) {
        EXPECT_FALSE(scripts.full("S"));
        scripts.begin(2 * i, 2 * i + 1, "S");
        scripts.on_script(2 * i, "S", std::to_string(i));
    }
    EXPECT_TRUE(scripts.full("S"));
    for (std::size_t i = 0; i < relay::max_script_sessions; ++i) {
        const std::string session = "N" + std::to_string(i);
        scripts.begin(1, 2, session);
        scripts.on_script(1, session, "1");
    }
    EXPECT_FALSE(scripts.full("S")) << "the oldest session is forgotten";
}

}  // namespace
