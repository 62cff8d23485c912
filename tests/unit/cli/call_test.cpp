// `agent --call`: which arguments make sense, and by which code it ends.
#include "agent/cli/call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/bridge/core/far_text.hpp"

namespace {

using cli::arguments::Call;
using cli::call_command::exit_of;
using cli::call_command::what_is_wrong;
using control::Exit;
using ::testing::HasSubstr;

Call reload_of_lab() {
    Call call;
    call.device = "lab";
    call.method = "Page.reload";
    return call;
}

TEST(CallArguments, AMethodOrOneOfTheOthersIsNeededAndNotBoth) {
    EXPECT_EQ(what_is_wrong(reload_of_lab()), "");
    Call call;
    EXPECT_THAT(what_is_wrong(call), HasSubstr("needs a device"));
    call.device = "lab";
    EXPECT_THAT(what_is_wrong(call), HasSubstr("needs a METHOD"));
    call.screenshot = "page.png";
    EXPECT_EQ(what_is_wrong(call), "");
    call.method = "Page.reload";
    EXPECT_THAT(what_is_wrong(call), HasSubstr("in a METHOD's place"));
}

TEST(CallArguments, AMethodIsADomainAndAName) {
    for (const char* method : {"reload", ".reload", "Page.", "Page.a.b", "Page.re load", "Page.x1"}) {
        Call call = reload_of_lab();
        call.method = method;
        EXPECT_THAT(what_is_wrong(call), HasSubstr("Domain.name")) << method;
    }
    Call call = reload_of_lab();
    call.method = "Page." + std::string(123, 'a');
    EXPECT_EQ(what_is_wrong(call), "");
    call.method += 'a';
    EXPECT_NE(what_is_wrong(call), "");
}

TEST(CallArguments, ParametersAreAnObjectOrOnStandardInput) {
    Call call = reload_of_lab();
    for (const char* params : {"{", "[]", "7", "{} x"}) {
        call.params = params;
        EXPECT_THAT(what_is_wrong(call), HasSubstr("JSON object")) << params;
    }
    call.params = R"( {"a": 1} )";
    EXPECT_EQ(what_is_wrong(call), "");
    call.params = "-";
    EXPECT_EQ(what_is_wrong(call), "");
    call.token.standard_input = true;
    EXPECT_THAT(what_is_wrong(call), HasSubstr("cannot both"));
}

TEST(CallExit, SaysWhoseWordItWas) {
    const auto of_agent = [](const std::string& reason) {
        return exit_of(R"({"code":-32010,"message":"m","data":{"source":"agent","reason":")" + reason + R"("}})",
                       Exit::refused);
    };
    EXPECT_EQ(exit_of(R"({"code":-32000,"message":"No"})", Exit::refused), Exit::failure);
    EXPECT_EQ(of_agent("denied"), Exit::policy_refuses);
    EXPECT_EQ(of_agent("timeout"), Exit::unanswered);
    EXPECT_EQ(of_agent("browser_unavailable"), Exit::no_browser);
    EXPECT_EQ(of_agent("browser_lost"), Exit::no_browser);
    for (const char* reason : {"busy", "overloaded", "stopping", "stale"}) EXPECT_EQ(of_agent(reason), Exit::temporary);
    EXPECT_EQ(of_agent("bad_request"), Exit::failure);
    const auto of_bridge = [](std::string_view reason) {
        return exit_of(bridge::write_bridge_error(reason, "m"), Exit::refused);
    };
    EXPECT_EQ(of_bridge("barred"), Exit::refused);
    EXPECT_EQ(of_bridge("unreachable"), Exit::unavailable);
    EXPECT_EQ(of_bridge("unanswered"), Exit::unanswered);
    EXPECT_EQ(of_bridge("too_large"), Exit::failure);
}

}  // namespace
