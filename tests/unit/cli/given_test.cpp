// Arguments that are right one by one: which command they make, and which are wrong together.
#include "agent/cli/given.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace cli::arguments;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct GivenTest : testing::Test {
    template <class T>
    T made(Name name) {
        std::string problem;
        auto command = command_of(given, name, problem);
        EXPECT_EQ(problem, "");
        EXPECT_TRUE(std::holds_alternative<T>(command));
        auto* found = std::get_if<T>(&command);
        return found != nullptr ? std::move(*found) : T{};
    }
    std::string problem(Name name) {
        std::string why;
        EXPECT_TRUE(is<Wrong>(command_of(given, name, why)));
        return why;
    }

    Given given;
};

TEST_F(GivenTest, NoneIsTheDaemon) {
    EXPECT_THAT(commands_in(given), IsEmpty());
    const auto run = made<cli::arguments::Run>(Name::run);
    EXPECT_FALSE(run.ephemeral);
    EXPECT_THAT(run.exec, IsEmpty());
    EXPECT_EQ(run.join_timeout, 60s);
}

TEST_F(GivenTest, EachWayToNameACommandIsSeen) {
    given.flags = {{Name::pair, true}, {Name::unpair, false}};
    EXPECT_THAT(commands_in(given), ElementsAre(Name::pair));
    given.call = {"lab"};
    given.topic.given = true;  // an empty topic is wrong, and a command all the same
    given.pause.given = true;  // without a time
    given.bundle_file = "f";
    given.generate_what = "man";
    given.policy_check = {"Page.reload"};
    given.hand_to = "/s";
    EXPECT_THAT(commands_in(given), ElementsAre(Name::pair, Name::listen, Name::call, Name::pause, Name::support_bundle,
                                                Name::generate, Name::policy_check, Name::hand_over));
}

TEST_F(GivenTest, APairingHasAllThatItWasGiven) {
    given.token.file = "/t";
    given.device = "uuid";
    given.name = {true, "lab"};
    given.force = given.no_browser = true;
    given.expect_account = "ada";
    const auto pair = made<Pair>(Name::pair);
    EXPECT_EQ(pair.token.file, "/t");
    EXPECT_EQ(pair.device, "uuid");
    EXPECT_EQ(pair.name, "lab");
    EXPECT_TRUE(pair.force && pair.no_browser);
    EXPECT_FALSE(pair.rotate || pair.if_unpaired || pair.renew_before);
    EXPECT_EQ(pair.expect_account, "ada");
}

TEST_F(GivenTest, AnEphemeralRunPairsInMemoryAndRunsItsStep) {
    given.ephemeral = true;
    given.token.standard_input = true;
    given.device = "uuid";
    given.exec = {"npm", "test"};
    given.join_timeout = "5s";
    const auto run = made<cli::arguments::Run>(Name::run);
    ASSERT_TRUE(run.ephemeral);
    EXPECT_TRUE(run.ephemeral->token.standard_input);
    EXPECT_EQ(run.ephemeral->device, "uuid");
    EXPECT_EQ(run.device, "uuid");
    EXPECT_THAT(run.exec, ElementsAre("npm", "test"));
    EXPECT_EQ(run.join_timeout, 5s);
}

TEST_F(GivenTest, RenewBeforeIsIfUnpairedWithATime) {
    given.renew_before = {true, "30d"};
    const auto pair = made<Pair>(Name::pair);
    EXPECT_EQ(pair.renew_before, 30 * 24h);
    EXPECT_TRUE(pair.if_unpaired);
}

TEST_F(GivenTest, RenewBeforeThatIsNoTimeOrNotOfAPairing) {
    for (const auto* time : {"", "0s", "soon", "3651d", "-1d"}) {
        given.renew_before = {true, time};
        EXPECT_THAT(problem(Name::pair), HasSubstr("--renew-before must be a time")) << time;
    }
    given.renew_before = {true, "1d"};
    EXPECT_THAT(problem(Name::run), HasSubstr("belongs to --pair"));
    given.force = true;
    EXPECT_THAT(problem(Name::pair), HasSubstr("leave --rotate and --force out"));
}

TEST_F(GivenTest, APauseHasItsTimeOrNone) {
    given.pause.given = true;
    EXPECT_FALSE(made<Pause>(Name::pause).time);
    given.pause.value = "2h";
    EXPECT_EQ(made<Pause>(Name::pause).time, 2h);
    given.pause.value = "31d";
    EXPECT_THAT(problem(Name::pause), HasSubstr("30 days at most"));
}

TEST_F(GivenTest, ListeningHasItsTopicAndItsToken) {
    given.topic = {true, "settings:global"};
    given.token.file = "/t";
    given.listen.count = 3;
    given.listen.public_channel = true;
    const auto listen = made<Listen>(Name::listen);
    EXPECT_EQ(listen.topic, "settings:global");
    EXPECT_EQ(listen.token.file, "/t");
    EXPECT_EQ(listen.count, 3U);
    EXPECT_TRUE(listen.public_channel);
    given.topic.value.clear();
    EXPECT_THAT(problem(Name::listen), HasSubstr("needs the name of a channel"));
}

TEST_F(GivenTest, ACallHasItsDeviceMethodAndParameters) {
    given.call = {"lab", "Page.navigate", R"({"url":"about:blank"})"};
    given.calling.session = "S1";
    given.call_timeout = "5s";
    given.token.file = "/t";
    const auto call = made<cli::arguments::Call>(Name::call);
    EXPECT_EQ(call.device, "lab");
    EXPECT_EQ(call.method, "Page.navigate");
    EXPECT_EQ(call.params, R"({"url":"about:blank"})");
    EXPECT_EQ(call.session, "S1");
    EXPECT_EQ(call.timeout, 5s);
    EXPECT_EQ(call.token.file, "/t");
    given.call_timeout = "0s";
    EXPECT_THAT(problem(Name::call), HasSubstr("--timeout must be a time"));
    given.call = {"lab"};
    given.call_timeout = "5s";
    EXPECT_THAT(problem(Name::call), HasSubstr("needs a METHOD"));
    given.calling.open = "about:blank";
    EXPECT_EQ(made<cli::arguments::Call>(Name::call).open, "about:blank");
}

TEST_F(GivenTest, ALoginHasItsAccount) {
    given.no_browser = true;
    given.expect_account = "ada";
    const auto login = made<Login>(Name::login);
    EXPECT_TRUE(login.no_browser);
    EXPECT_EQ(login.expect_account, "ada");
    made<Logout>(Name::logout);
    given.token.file = "/t";
    EXPECT_EQ(made<Devices>(Name::devices).token.file, "/t");
}

TEST_F(GivenTest, AWatchHasADeviceAndAToken) {
    given.watch = {true, "lab"};
    given.token.file = "/t";
    EXPECT_THAT(commands_in(given), ElementsAre(Name::watch));
    const auto watch = made<Watch>(Name::watch);
    EXPECT_EQ(watch.device, "lab");
    EXPECT_EQ(watch.token.file, "/t");
    given.watch.value.clear();
    EXPECT_THAT(problem(Name::watch), HasSubstr("--watch needs a device"));
    given.calling.session = "S";
    EXPECT_THAT(contradiction(given, Name::watch), HasSubstr("belong to --call"));
}

TEST_F(GivenTest, AWatchAndABridgeMayRecord) {
    given.record = {"lab.jsonl", true};
    given.watch = {true, "lab"};
    EXPECT_EQ(made<Watch>(Name::watch).record.file, "lab.jsonl");
    EXPECT_TRUE(made<Watch>(Name::watch).record.with_params);
    given.bridge.devices = {"lab"};
    EXPECT_EQ(made<Bridge>(Name::bridge).record.file, "lab.jsonl");
    EXPECT_EQ(contradiction(given, Name::bridge), "");
    given.bridge.devices = {"lab", "shop"};
    EXPECT_THAT(contradiction(given, Name::bridge), HasSubstr("one device at a time"));
    given.bridge.devices.clear();
    EXPECT_THAT(contradiction(given, Name::status), HasSubstr("--record belongs to --watch or --bridge"));
    given.record.file.clear();
    EXPECT_THAT(contradiction(given, Name::bridge), HasSubstr("--with-params belongs to --watch or --record"));
    EXPECT_EQ(contradiction(given, Name::watch), "");
}

TEST_F(GivenTest, AReplayHasItsFile) {
    given.replay = {true, "lab.jsonl"};
    EXPECT_THAT(commands_in(given), ElementsAre(Name::replay));
    EXPECT_EQ(made<Replay>(Name::replay).file, "lab.jsonl");
    given.replay.value.clear();
    EXPECT_THAT(problem(Name::replay), HasSubstr("--replay needs a file"));
}

TEST_F(GivenTest, TheOtherCommandsHaveTheirOneArgumentOrNone) {
    given.delete_device = true;
    given.bundle_file = "bundle";
    given.device = "uuid";
    given.policy_check = {"Page.reload", "{}"};
    given.generate_what = "man";
    given.hand_to = "/s";
    EXPECT_TRUE(made<Unpair>(Name::unpair).delete_device);
    EXPECT_EQ(made<SupportBundle>(Name::support_bundle).file, "bundle");
    EXPECT_EQ(made<ConfigCheck>(Name::config_check).device, "uuid");
    EXPECT_THAT(made<PolicyCheck>(Name::policy_check).words, ElementsAre("Page.reload", "{}"));
    EXPECT_EQ(made<Generate>(Name::generate).what, "man");
    EXPECT_EQ(made<HandOver>(Name::hand_over).socket, "/s");
    made<Status>(Name::status);
    made<Metrics>(Name::metrics);
    made<Resume>(Name::resume);
    made<Reload>(Name::reload);
    made<Doctor>(Name::doctor);
    made<Adopt>(Name::adopt);
    made<Profiles>(Name::profiles);
    made<BrowserHost>(Name::browser_host);
}

TEST_F(GivenTest, ValuesAreLookedAtWhateverTheCommandIs) {
    given.join_timeout = "0s";
    EXPECT_THAT(problem(Name::status), HasSubstr("--join-timeout must be a time"));
    given.join_timeout = "1s";
    given.name = {true, ""};
    EXPECT_THAT(problem(Name::status), HasSubstr("--name: "));
}

TEST_F(GivenTest, WhatBelongsToOneCommandIsRefusedWithAnother) {
    const auto expect = [&](Name name, const std::string& words) {
        EXPECT_THAT(contradiction(given, name), HasSubstr(words));
        given = {};
    };
    given.profile = "a/b";
    expect(Name::run, "--profile: letters");
    given.token = {true, "/t"};
    expect(Name::pair, "one of them");
    given.token.standard_input = true;
    expect(Name::run, "--token-stdin belongs to --pair, --ephemeral, --listen, --call, --devices, --watch or --bridge");
    given.force = true;
    expect(Name::unpair, "belong to --pair");
    given.ephemeral = true;
    expect(Name::pair, "leave --pair out");
    given.delete_device = true;
    expect(Name::pair, "belongs to --unpair");
    given.rotate = given.if_unpaired = true;
    expect(Name::pair, "contradict each other");
    given.exec = {"true"};
    expect(Name::listen, "--exec belongs to no other command");
    given.listen.event = "x";
    expect(Name::run, "belong to --listen");
    given.calling.pdf = "page.pdf";
    expect(Name::devices, "belong to --call");
    given.trust.sealed = true;
    expect(Name::watch, "--sealed, --accept-new and --fingerprint belong to --call and --bridge");
    given.trust.key_file = "id";
    expect(Name::watch, "--key-file belongs to --call, --bridge and --key");
    given.trust.fingerprint = "MD5:1";
    expect(Name::call, "--fingerprint: as agent --status prints it");
}

TEST_F(GivenTest, WhatBelongsToItsCommandIsTaken) {
    given.token.standard_input = true;
    for (const auto name : {Name::pair, Name::listen, Name::call, Name::devices, Name::watch})
        EXPECT_EQ(contradiction(given, name), "");
    given.ephemeral = true;
    EXPECT_EQ(contradiction(given, Name::run), "");
    given = {};
    given.listen.count = 1;
    EXPECT_EQ(contradiction(given, Name::listen), "");
    given = {};
    given.delete_device = true;
    EXPECT_EQ(contradiction(given, Name::unpair), "");
}

TEST_F(GivenTest, AWordThatNoArgumentTakesIsNamedWithoutItsValue) {
    EXPECT_EQ(unexpected({"one", "two"}), "there is no argument one two");
    EXPECT_EQ(unexpected({"--api-kye=secret", "secret"}), "there is no argument --api-kye");
}

}  // namespace
