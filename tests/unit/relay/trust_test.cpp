#include "agent/relay/core/trust.hpp"

#include <gtest/gtest.h>

#include "agent/relay/policies.hpp"

namespace {

using relay::Held;
using relay::Place;
using relay::Policies;
using relay::Profile;
using relay::Require;
using relay::Trust;
using relay::TrustSettings;

const std::string key_of_alice = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE84NgCNpcDHmN6TdjBMWW4P0V/83rldXAT64aaaCvXZ";

TEST(Trust, TakesNobodyByItself) {
    const Trust trust{TrustSettings{}};
    EXPECT_FALSE(trust.offers());
    EXPECT_FALSE(trust.wrong());
    EXPECT_EQ(trust.require(), Require::off);
    EXPECT_EQ(trust.plain_refusal("Page.navigate"), "");
    EXPECT_EQ(trust.plain_client_refusal(), "");
}

TEST(Trust, JoinsTheSettingsLinesWithTheFiles) {
    const Trust trust{
        {.controllers = {key_of_alice + " alice"}, .controllers_text = "# the same one\n" + key_of_alice + " bob\n"}};
    ASSERT_EQ(trust.keys().size(), 1u);
    EXPECT_EQ(trust.keys()[0].name, "alice");
}

TEST(Trust, NamesTheSettingThatIsWrongAndTrustsNobody) {
    EXPECT_EQ(Trust({.controllers = {"ssh-rsa AAAA x"}}).wrong()->setting, "trust.controllers");
    EXPECT_EQ(Trust({.controllers_text = "ssh-rsa AAAA x"}).wrong()->setting, "trust.controllers_file");
    for (const std::string word : {"bob=observe", "alice", "alice=none", "=test"}) {
        const Trust trust{{.controllers = {key_of_alice + " alice"}, .policy = {word}}};
        ASSERT_TRUE(trust.wrong()) << word;
        EXPECT_EQ(trust.wrong()->setting, "trust.policy");
        EXPECT_FALSE(trust.offers());
    }
    EXPECT_TRUE(Trust({.controllers = {key_of_alice + " alice"}, .policy = {"alice=test", "alice=full"}}).wrong());
}

TEST(Trust, LeavesToPlainCommandsWhatTheOwnerLeavesThem) {
    const Trust all{{.require = Require::all}};
    for (const char* method : {"Agent.open", "Agent.close", "Agent.getInfo"}) EXPECT_EQ(all.plain_refusal(method), "");
    for (const char* method : {"Agent.fileRead", "Agent.filePut", "Browser.getVersion", "IO.read", "Page.navigate"}) {
        EXPECT_NE(all.plain_refusal(method).find("trust.require"), std::string_view::npos) << method;
    }
    EXPECT_NE(all.plain_client_refusal(), "");
    const Trust clients{{.require = Require::clients}};
    EXPECT_EQ(clients.plain_refusal("Page.navigate"), "") << "the profile observe says";
    EXPECT_NE(clients.plain_client_refusal(), "");
}

class PoliciesTest : public testing::Test {
  protected:
    Profile profile_of(const Held& held, Place place = Place::session) {
        const Policies policies{machine, trust};
        return policies.of(held, place).settings().profile;
    }
    relay::PolicySettings machine{
        .profile = Profile::test, .allow = {"SystemInfo.*"}, .deny = {"Page.captureScreenshot"}};
    TrustSettings trust{.controllers = {key_of_alice + " alice"}};
};

TEST_F(PoliciesTest, TheMachinesIsEverybodysByItself) {
    EXPECT_EQ(profile_of({}), Profile::test);
    EXPECT_EQ(profile_of({.sealed = true, .key = "alice"}), Profile::test);
}

TEST_F(PoliciesTest, AKeyMayHaveItsOwn) {
    trust.policy = {"alice=full"};
    EXPECT_EQ(profile_of({.sealed = true, .key = "alice"}), Profile::full);
    EXPECT_EQ(profile_of({.sealed = true, .key = "bob"}), Profile::test);
    EXPECT_EQ(profile_of({.key = "alice"}), Profile::test) << "a name without a seal is nobody's";
}

TEST_F(PoliciesTest, PlainCommandsLookAloneWhereTheOwnerWantsKeys) {
    trust.require = Require::clients;
    EXPECT_EQ(profile_of({}), Profile::observe);
    EXPECT_EQ(profile_of({}, Place::browser), Profile::observe);
    EXPECT_EQ(profile_of({}, Place::agent), Profile::test) << "a client comes by one of these";
    EXPECT_EQ(profile_of({.sealed = true, .key = "alice"}), Profile::test);
}

TEST_F(PoliciesTest, PlainCommandsGetWhatTheProfileAllowsAndNoMore) {
    trust.require = Require::clients;
    machine.profile = Profile::observe;
    machine.allow = {"Runtime.evaluate"};
    machine.allow_urls = {"file:///srv/*"};
    const Policies policies{machine, trust};
    const auto& plain = policies.of({}, Place::session).settings();
    EXPECT_TRUE(plain.allow.empty());
    EXPECT_TRUE(plain.allow_urls.empty());
    EXPECT_EQ(plain.deny, machine.deny);
    const auto& sealed = policies.of({.sealed = true, .key = "alice"}, Place::session).settings();
    EXPECT_EQ(sealed.allow, machine.allow) << "it has the machine's";
}

TEST_F(PoliciesTest, OneAsWideAsTheMachinesKeepsWhatTheOwnerAllowsTheMachine) {
    for (const char* policy : {"alice=test", "alice=full"}) {
        trust.policy = {policy};
        const Policies policies{machine, trust};
        const auto& own = policies.of({.sealed = true, .key = "alice"}, Place::session).settings();
        EXPECT_EQ(own.allow, machine.allow) << policy;
        EXPECT_EQ(own.deny, machine.deny) << policy;
    }
}

TEST_F(PoliciesTest, ANarrowerOneIsNotWidenedByWhatTheOwnerAllowsTheMachine) {
    trust.policy = {"alice=observe"};
    const Policies policies{machine, trust};
    const auto& observe = policies.of({.sealed = true, .key = "alice"}, Place::session).settings();
    EXPECT_TRUE(observe.allow.empty());
    EXPECT_EQ(observe.deny, machine.deny) << "what is refused stays refused";
}

}  // namespace
