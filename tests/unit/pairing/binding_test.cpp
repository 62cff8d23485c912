// Where a credential may go: the decision alone.
#include "agent/pairing/binding.hpp"

#include <gtest/gtest.h>

#include "platform/crypto.hpp"

namespace {

using namespace config;
using namespace hooks;
using namespace pairing;
using credentials::Credential;
using credentials::Secret;

std::string token_with(const std::string& claims) {
    return "e30." + platform::base64url(claims) + ".sig";
}

Config named(const std::string& url, const std::string& by = "agent.toml:3") {
    Config config;
    config.api.url = url;
    config.named.api_url = by;
    config.realtime.url = url + "/realtime/v1";
    config.pairing.rest_url = url + "/rest/v1";
    return config;
}

Credential paired_with(const Config& config, const std::string& token = "token", const std::string& key = {}) {
    Credential credential;
    credential.access_token = Secret(std::string_view(token));
    credential.api_key = Secret(std::string_view(key));
    credential.backend = configured_backend(config);
    credential.backend.issuer.clear();
    return credential;
}

const Config mine = named("https://mine.test");
const Config other = named("https://other.test", "BMC_AGENT_API_URL");

TEST(Binding, ACredentialGoesWhereItWasPairedWhateverIsTheDefault) {
    auto credential = paired_with(mine, "token", "public");
    const auto bound = bind(Config{}, credential, {});
    EXPECT_EQ(bound.problem, "");
    EXPECT_EQ(bound.config.realtime.url, "https://mine.test/realtime/v1");
    EXPECT_EQ(bound.config.pairing.rest_url, "https://mine.test/rest/v1");
    EXPECT_EQ(bound.config.api.key, "public");
    EXPECT_EQ(describe_backend(bound.config), "https://mine.test (from the pairing; public key from the pairing)");
    EXPECT_FALSE(bound.fresh);
}

TEST(Binding, AnotherBackendInTheConfigurationIsAProblemThatNamesBoth) {
    auto credential = paired_with(mine);
    const auto problem = bind(other, credential, {}).problem;
    for (const auto* part :
         {"https://mine.test", "https://other.test", "BMC_AGENT_API_URL", "nothing is sent", "--force"})
        EXPECT_NE(problem.find(part), std::string::npos) << part << " in: " << problem;
    EXPECT_EQ(bind(named("HTTPS://Mine.TEST.:443/"), credential, {}).problem, "")
        << "another spelling is no other place";
    for (auto change :
         {+[](Config& c) { c.realtime.url = "wss://other.test/realtime/v1", c.named.realtime_url = "x"; },
          +[](Config& c) { c.pairing.rest_url = "https://mine.test:444/rest/v1", c.named.rest_url = "x"; },
          +[](Config& c) { c.api.url = "http://mine.test", c.named.api_url = "x"; },
          +[](Config& c) { c.api.url = "not readable", c.named.api_url = "x"; }}) {
        Config config;
        change(config);
        EXPECT_NE(bind(config, credential, {}).problem, "");
    }
    const auto outside = bind(other, credential, {.source = "the token in /run/token"}).problem;
    EXPECT_NE(outside.find("put a token of the other in its place"), std::string::npos) << outside;
}

TEST(Binding, ALoginServerIsBoundToo) {
    auto credential = paired_with(mine);
    credential.backend.issuer = "https://login.test";
    auto config = mine;
    config.named.issuer = "x";
    config.pairing.issuer = "https://login.test/";
    EXPECT_EQ(bind(config, credential, {}).problem, "");
    config.pairing.issuer = "https://evil.test";
    EXPECT_NE(bind(config, credential, {}).problem, "");
}

TEST(Binding, KeysOfOneProjectComeAndGo) {
    auto credential = paired_with(mine, "token", token_with(R"({"role":"anon","ref":"abc"})"));
    auto config = mine;
    config.named.api_key = "agent.toml:4";
    config.api.key = "sb_publishable_new";
    EXPECT_EQ(bind(config, credential, {}).problem, "");
    EXPECT_EQ(credential.api_key, Secret("sb_publishable_new"));
    credential.api_key = Secret(token_with(R"({"role":"anon","ref":"abc"})"));
    config.api.key = token_with(R"({"role":"anon","ref":"xyz"})");
    const auto problem = bind(config, credential, {}).problem;
    EXPECT_NE(problem.find("abc"), std::string::npos) << problem;
    EXPECT_NE(problem.find("xyz"), std::string::npos) << problem;
}

TEST(Binding, AStoreOfAnEarlierReleaseIsBoundWhereNothingSpeaksAgainstIt) {
    Credential old;
    old.access_token = Secret("opaque");
    auto bound = bind(mine, old, {});
    EXPECT_EQ(bound.problem, "") << "the configuration names its backend";
    EXPECT_TRUE(bound.fresh);
    EXPECT_EQ(old.backend.api_url, "https://mine.test");

    old.backend = {};
    bound = bind(Config{}, old, {});
    EXPECT_NE(bound.problem.find("earlier release"), std::string::npos) << "the default is a guess: " << bound.problem;
    EXPECT_FALSE(old.backend.known());
    bound = bind(Config{}, old, {.joined_before = true});
    EXPECT_EQ(bound.problem, "");
    EXPECT_TRUE(old.backend.known());

    old.backend = {};
    old.access_token = Secret(token_with(R"({"iss":"https://mine.test/auth/v1","sub":"x"})"));
    EXPECT_NE(bind(Config{}, old, {}).problem.find("issued by https://mine.test/auth/v1"), std::string::npos);
    EXPECT_EQ(bind(mine, old, {}).problem, "");
    old.backend = {};
    old.access_token = Secret(token_with(R"({"iss":"https://abc.supabase.co/auth/v1","sub":"x"})"));
    EXPECT_NE(bind(named("https://xyz.supabase.co"), old, {}).problem, "") << "another project";
}

TEST(Binding, ATokenFromOutsideIsBoundAtItsFirstUse) {
    const BindingFacts facts{.source = "the token in /run/token"};
    Credential token;
    token.access_token = Secret(token_with(R"({"iss":"https://mine.test/auth/v1","sub":"x"})"));
    EXPECT_NE(bind(Config{}, token, facts).problem.find("issued by"), std::string::npos);
    EXPECT_NE(bind(other, token, facts).problem.find("https://other.test"), std::string::npos);
    auto config = other;
    config.named.issuer = "x";
    config.pairing.issuer = "https://mine.test/auth/v1";
    EXPECT_EQ(bind(config, token, facts).problem, "") << "that login server is this backend's";
    token.backend = {};
    EXPECT_TRUE(bind(mine, token, facts).fresh);
    EXPECT_NE(bind(other, token, facts).problem, "") << "and stays bound";
    Credential opaque;
    opaque.access_token = Secret("opaque");
    EXPECT_EQ(bind(other, opaque, facts).problem, "");
}

TEST(Binding, WhatMustNeverBeSentIsAProblemHere) {
    for (const auto* token : {"sb_secret_x", "sb_publishable_x"}) {
        auto credential = paired_with(mine, token);
        EXPECT_NE(bind(mine, credential, {}).problem, "") << token;
    }
    auto service = paired_with(mine, token_with(R"({"role":"service_role"})"));
    EXPECT_NE(bind(mine, service, {}).problem.find("role service_role"), std::string::npos);
    auto keyed = paired_with(mine, "token", "sb_secret_x");
    EXPECT_NE(bind(mine, keyed, {}).problem.find("public key"), std::string::npos);
}

TEST(Binding, ANewPairingFollowsTheOneBeforeUnlessABackendIsNamed) {
    const auto before = configured_backend(mine);
    EXPECT_EQ(for_pairing(Config{}, before).realtime.url, "https://mine.test/realtime/v1");
    EXPECT_EQ(for_pairing(other, before).realtime.url, "https://other.test/realtime/v1");
    EXPECT_EQ(for_pairing(Config{}, {}).realtime.url, Config{}.realtime.url);
}

TEST(Binding, APairingSendsNoTokenToADefaultThatIsNotItsIssuer) {
    const auto token = token_with(R"({"iss":"https://mine.test/auth/v1","sub":"x"})");
    EXPECT_NE(issuer_problem(Config{}, token).find("--api-url"), std::string::npos);
    EXPECT_EQ(issuer_problem(mine, token), "");
    EXPECT_EQ(issuer_problem(other, token), "") << "somebody named it: a backend may have two names";
    EXPECT_EQ(issuer_problem(Config{}, "opaque"), "");
    EXPECT_NE(
        issuer_problem(named("https://abc.supabase.co"), token_with(R"({"iss":"https://x.supabase.co/auth/v1"})")), "");
}

TEST(Binding, ALoginAndABackendAreOneOperators) {
    EXPECT_EQ(login_problem(Config{}), "");
    EXPECT_NE(login_problem(mine).find("pairing.issuer"), std::string::npos);
    auto both = mine;
    both.named.issuer = "x";
    both.pairing.issuer = "https://login.test";
    EXPECT_EQ(login_problem(both), "");
    Config issuer_alone;
    issuer_alone.named.issuer = "x";
    issuer_alone.pairing.issuer = "https://login.test";
    EXPECT_NE(login_problem(issuer_alone).find("api.url"), std::string::npos);
}

}  // namespace
