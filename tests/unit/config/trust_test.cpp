// Who may drive the machine, as the configuration says it.
#include <sys/stat.h>

#include "agent/config/option.hpp"
#include "refused_config.hpp"

namespace {

using relay::Require;

const std::string alice = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE84NgCNpcDHmN6TdjBMWW4P0V/83rldXAT64aaaCvXZ";

class TrustConfig : public config::test::RefusedConfig {
  protected:
    void SetUp() override {
        RefusedConfig::SetUp();
        home.put("people", "# who\n" + alice + " alice\n");
    }
    relay::TrustSettings trust_of(const std::string& text) {
        EXPECT_EQ(errors_of(text), "");
        return config::load_config(input).config.relay.trust;
    }
};

TEST_F(TrustConfig, KeysStandInASettingOrInAFile) {
    const auto lines = trust_of("[trust]\nrequire = \"all\"\ncontrollers = [\"" + alice + " alice\"]\n");
    EXPECT_EQ(lines.require, Require::all);
    EXPECT_EQ(relay::Trust{lines}.keys().at(0).name, "alice");
    const auto file = trust_of("[trust]\nrequire = \"clients\"\ncontrollers_file = \"~/people\"\n");
    EXPECT_EQ(file.require, Require::clients);
    EXPECT_EQ(relay::Trust{file}.keys().size(), 1u);
    EXPECT_EQ(trust_of("").require, Require::off);
}

TEST_F(TrustConfig, APolicyOfAKeyIsATableInAFileAndAListElsewhere) {
    const std::string file = "[trust]\ncontrollers_file = \"~/people\"\n";
    EXPECT_EQ(trust_of(file + "[trust.policy]\nalice = \"observe\"\n").policy,
              std::vector<std::string>{"alice=observe"});
    EXPECT_EQ(trust_of(file + "policy.alice = \"full\"\n").policy, std::vector<std::string>{"alice=full"});
    EXPECT_EQ(trust_of(file + "policy = [\"alice=test\"]\n").policy, std::vector<std::string>{"alice=test"});
    input.flags = {{"trust.policy", {"alice=observe"}, "--trust-policy"}};
    EXPECT_EQ(trust_of(file + "policy.alice = \"full\"\n").policy, std::vector<std::string>{"alice=observe"});
}

TEST_F(TrustConfig, WhatIsPrintedCanBeReadAgain) {
    const auto trust = trust_of("[trust]\ncontrollers_file = \"~/people\"\npolicy.alice = \"observe\"\n");
    config::Config one;
    one.relay.trust = trust;
    EXPECT_EQ(config::find_option("trust.policy")->get(one), R"(["alice=observe"])");
}

TEST_F(TrustConfig, SaysWhatIsWrong) {
    home.put("bad", alice + " alice\nrestrict " + alice + " bob\n");
    expect_all({
        {"[trust]\nrequire = \"all\"\n",
         "2: trust.require = \"all\" shuts everybody out: list the keys of controllers in trust.controllers (agent "
         "--key prints one)"},
        {"[trust]\nrequire = \"some\"\n", "2: trust.require = some: must be one of off, clients, all"},
        {"[trust]\ncontrollers = [\"ssh-rsa AAAA bob\"]\n",
         "2: trust.controllers line 1 has a key of the type ssh-rsa: only ssh-ed25519 is taken"},
        {"[trust]\ncontrollers_file = \"~/bad\"\n",
         "2: trust.controllers_file line 2 has options (restrict): they are not supported, so take them away"},
        {"[trust]\ncontrollers_file = \"people\"\n",
         "2: trust.controllers_file names people, which depends on the folder where the agent is started: write the "
         "whole "
         "path, one that begins with /"},
        {"[trust]\ncontrollers_file = \"~/people\"\npolicy.bob = \"observe\"\n",
         "3: trust.policy names a key that is not listed (bob)"},
        {"[trust]\ncontrollers_file = \"~/people\"\npolicy.alice = \"none\"\n",
         "3: trust.policy must give each name a profile: observe, test or full"},
        {"[trust]\ncontrollers_file = \"~/people\"\npolicy.alice = 7\n", "3: trust.policy: the values must be strings"},
    });
}

TEST_F(TrustConfig, AFileThatOthersMayChangeIsNotTaken) {
    ::chmod((home / "people").c_str(), 0666);
    EXPECT_NE(errors_of("[trust]\ncontrollers_file = \"~/people\"\n"), "");
    EXPECT_NE(errors_of("[trust]\ncontrollers_file = \"~/nobody\"\n"), "");
}

}  // namespace
