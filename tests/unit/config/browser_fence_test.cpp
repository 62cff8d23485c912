// What a browser that the agent starts is kept from: folders with secrets are hidden, those that it needs are not.
#include "agent/config/browser_fence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/support/temp_folder.hpp"

namespace config {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class BrowserFence : public testing::Test {
  protected:
    BrowserFence() {
        for (const auto* name : {"HOME", "CREDENTIALS_DIRECTORY"}) {
            if (const char* value = std::getenv(name)) before[name] = value;
        }
        ::setenv("HOME", home.path().c_str(), 1);
        ::unsetenv("CREDENTIALS_DIRECTORY");
        config.paths.state = "/srv/agent/state";
        config.paths.runtime = "/srv/agent/runtime";
        config.paths.config_file = "/srv/agent/etc/agent.toml";
    }
    ~BrowserFence() override {
        for (const auto* name : {"HOME", "CREDENTIALS_DIRECTORY"}) {
            if (before.contains(name)) ::setenv(name, before[name].c_str(), 1);
            if (!before.contains(name)) ::unsetenv(name);
        }
    }
    cdp::Settings settings(const std::string& spool = {}) const {
        return settings_of(config, relay::Policy{config.relay.policy}, spool);
    }

    tests::TempFolder home;
    std::map<std::string, std::string> before;
    Config config;
};

TEST_F(BrowserFence, HidesWhatThisProfileKeeps) {
    config.credentials.key_file = "/srv/secret/key";
    config.credentials.token_file = "/srv/secret/token";
    const auto hidden = settings().hidden_paths;
    for (const auto* path :
         {"/srv/agent/state", "/srv/agent/runtime", "/srv/agent/etc", "/srv/secret/key", "/srv/secret/token"}) {
        EXPECT_THAT(hidden, Contains(path));
    }
}

TEST_F(BrowserFence, HidesWhatTheServiceManagerHandsOver) {
    ::setenv("CREDENTIALS_DIRECTORY", "/run/credentials/bmc-agent.service", 1);
    EXPECT_THAT(settings().hidden_paths, Contains("/run/credentials/bmc-agent.service"));
}

TEST_F(BrowserFence, NeverHidesAFolderThatIsNotOursAlone) {
    config.paths.config_file = home / "agent.toml";  // in the home folder itself
    config.credentials.key_file = "key";             // not absolute
    config.paths.runtime = "/";
    const auto hidden = settings().hidden_paths;
    EXPECT_THAT(hidden, Not(Contains(home.path().string()))) << "the browser's own files are there as well";
    EXPECT_THAT(hidden, Not(Contains(home.path().parent_path().string())));
    EXPECT_THAT(hidden, Not(Contains("key")));
    EXPECT_THAT(hidden, Not(Contains("/")));
    EXPECT_THAT(hidden, Contains("/srv/agent/state"));
}

TEST_F(BrowserFence, AFolderBelowHomeIsOurs) {
    config.paths.state = home / ".local/state/bmc-agent";
    EXPECT_THAT(settings().hidden_paths, Contains((home / ".local/state/bmc-agent").string()));
}

TEST_F(BrowserFence, ShowsTheFoldersThatTheBrowserNeeds) {
    EXPECT_THAT(settings().visible_paths, IsEmpty());
    config.browser.runtime_folder = "/srv/agent/state/tmp";
    config.browser.profile_folder = "/srv/agent/state/profile";
    EXPECT_THAT(settings("/srv/agent/runtime/spool").visible_paths,
                ElementsAre("/srv/agent/runtime/spool", "/srv/agent/state/tmp", "/srv/agent/state/profile"));
}

TEST_F(BrowserFence, ThePolicyIsHandedOnAsChromesOwn) {
    const auto strict = nlohmann::json::parse(settings().managed_policy, nullptr, false);
    ASSERT_TRUE(strict.is_object());
    EXPECT_THAT(strict.dump(), HasSubstr("file://"));
    EXPECT_NE(settings().resolver_rules, "") << "the cloud's metadata addresses";
}

TEST_F(BrowserFence, TheFullProfileReachesEveryHost) {
    config.relay.policy.profile = relay::Profile::full;
    EXPECT_EQ(settings().resolver_rules, "");
}

TEST_F(BrowserFence, AllElseIsTheOwnersSetting) {
    config.browser.headless = false;
    config.browser.extra_arguments = {"--lang=de"};
    const auto made = settings();
    EXPECT_FALSE(made.headless);
    EXPECT_THAT(made.extra_arguments, ElementsAre("--lang=de"));
}

}  // namespace
}  // namespace config
