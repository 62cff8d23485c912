#include "agent/config/config.hpp"

#include <gtest/gtest.h>

#include "agent/config/option.hpp"
#include "agent/config/values.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace config;
using namespace hooks;
using namespace std::chrono_literals;

class ConfigTest : public testing::Test {
  protected:
    tests::TempFolder home;
    ConfigInput input;

    void SetUp() override {
        input.paths.uid = 1000;
        input.paths.environment = [this](const char* name) -> std::optional<std::string> {
            if (std::string_view(name) == "HOME") return home.path().string();
            return std::nullopt;
        };
    }
    void file(std::string_view text) { home.put(".config/bmc-agent/agent.toml", text); }
    void dropin(std::string_view name, std::string_view text) {
        home.put(".config/bmc-agent/agent.toml.d/" + std::string(name), text);
    }
    std::string errors() {
        std::string all;
        for (const auto& [where, what] : load_config(input).errors) all += where + ": " + what + "\n";
        return all;
    }
    std::string config_path() const { return (home / ".config/bmc-agent/agent.toml").string(); }
};

TEST_F(ConfigTest, WithoutAnythingAllIsAtItsDefault) {
    const auto loaded = load_config(input);
    EXPECT_TRUE(loaded.errors.empty());
    EXPECT_TRUE(loaded.origins.empty());
    EXPECT_EQ(loaded.config.realtime.url, "https://api.busymate.net/realtime/v1");
    EXPECT_EQ(loaded.config.pairing.rest_url, "https://api.busymate.net/rest/v1");
}

TEST_F(ConfigTest, LaterWinsAndEachValueKnowsItsOrigin) {
    file("[realtime]\nheartbeat = \"5s\"\nsilence = \"50s\"\nbudget_max = 7\n[log]\nlevel = \"debug\"\n");
    dropin("20-b.toml", "[realtime]\nheartbeat = \"7s\"\n");
    dropin("10-a.toml", "[realtime]\nheartbeat = \"6s\"\njoin_timeout = \"33s\"\n");
    dropin("ignored.txt", "nonsense");
    input.environment = {"BMC_AGENT_REALTIME_JOIN_TIMEOUT=34s", "BMC_AGENT_LOG_LEVEL=warning", "HOME=/x"};
    input.flags = {{"log.level", {"error"}, "--log-level"}};
    const auto loaded = load_config(input);
    ASSERT_TRUE(loaded.errors.empty()) << errors();
    EXPECT_EQ(loaded.config.realtime.heartbeat, 7s);
    EXPECT_EQ(loaded.config.realtime.silence, 50s);
    EXPECT_EQ(loaded.config.realtime.join_timeout, 34s);
    EXPECT_EQ(loaded.config.realtime.budget_max, 7);
    EXPECT_EQ(loaded.config.log.level, platform::log::Level::error);
    EXPECT_EQ(loaded.origins.at("realtime.silence"), config_path() + ":3");
    EXPECT_TRUE(loaded.origins.at("realtime.heartbeat").ends_with("20-b.toml:2"));
    EXPECT_EQ(loaded.origins.at("realtime.join_timeout"), "BMC_AGENT_REALTIME_JOIN_TIMEOUT");
    EXPECT_EQ(loaded.origins.at("log.level"), "--log-level");
}

TEST_F(ConfigTest, AnAuditTrailInTheJournalIsNotLostToTheLogsLevel) {
    file("[audit]\njournal = true\n");
    EXPECT_EQ(errors(), "");
    EXPECT_TRUE(load_config(input).config.relay.audit.journal);
    file("[audit]\njournal = true\n[log]\nlevel = \"debug\"\n");
    EXPECT_EQ(errors(), "");
    file("[audit]\njournal = true\n[log]\nlevel = \"warning\"\n");
    EXPECT_EQ(errors(), config_path() +
                            ":2: audit.journal writes at the level info, which log.level leaves out: set log.level = "
                            "\"info\", or audit.file\n");
    file("[log]\nlevel = \"warning\"\n");
    EXPECT_EQ(errors(), "");
}

TEST_F(ConfigTest, UnknownKeysAreErrorsWithFileLineAndTheNearestName) {
    file("[realtime]\n\nheartbeet = \"5s\"\n[brwser]\nheadless = true\n");
    const auto text = errors();
    EXPECT_NE(text.find(config_path() + ":3: there is no setting realtime.heartbeet; did you mean realtime.heartbeat?"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find(config_path() + ":5: there is no setting brwser.headless; did you mean browser.headless?"),
              std::string::npos)
        << text;
    file("");
    input.environment = {"BMC_AGENT_LOG_LEVLE=debug", "BMC_AGENT_SOCKET=/x"};
    EXPECT_EQ(errors(), "BMC_AGENT_LOG_LEVLE: no setting has this variable; did you mean BMC_AGENT_LOG_LEVEL?\n");
}

TEST_F(ConfigTest, ASettingOfAnEarlierVersionIsNoticedAndStopsNothing) {
    file("[realtime]\nheld_after = \"5s\"\nheartbeat = \"5s\"\n");
    input.environment = {"BMC_AGENT_BROWSER_STOP_GRACE=1s"};
    const auto loaded = load_config(input);
    EXPECT_TRUE(loaded.errors.empty()) << errors();
    EXPECT_EQ(loaded.config.realtime.heartbeat, 5s);
    EXPECT_EQ(loaded.config.browser.stop_grace, 1500ms);
    ASSERT_EQ(loaded.notices.size(), 2u);
    EXPECT_EQ(loaded.notices[0].where, config_path() + ":2");
    EXPECT_EQ(loaded.notices[0].what, "realtime.held_after is no setting any more and has no effect: remove it");
    EXPECT_EQ(loaded.notices[1].where, "BMC_AGENT_BROWSER_STOP_GRACE");
    EXPECT_EQ(loaded.notices[1].what, "browser.stop_grace is no setting any more and has no effect: remove it");
}

TEST_F(ConfigTest, WrongValuesSayWhatWouldBeRight) {
    const auto error_of = [&](std::string_view text) {
        file(text);
        return errors();
    };
    const auto has = [&](std::string_view text, std::string_view sentence) {
        const auto found = error_of(text);
        EXPECT_NE(found.find(sentence), std::string::npos) << text << " gave: " << found;
    };
    has("[realtime]\nheartbeat = 20", "must be a time with its unit");
    has("[realtime]\nheartbeat = \"6min\"", "must be 1s to 5min");
    has("[realtime]\nheartbeat = \"999ms\"", "must be 1s to 5min");
    has("[realtime]\npayload_limit = \"2KB\"", "must be 4KiB to 1GiB");
    has("[browser]\nheadless = \"maybe\"", "must be true or false");
    has("[browser]\nmode = \"lunch\"", "must be one of launch, attach, hosted");
    has("[browser]\narguments = \"--x\"", "takes a list");
    has("[browser]\narguments = [1]", "elements must be strings");
    has("[browser]\npath = [\"a\"]", "takes one value");
    has("[browser]\npath = 2020-01-01", "takes no date");
    has("[pairing]\ncallback_port = 65536", "must be 0 to 65535");
    has("[pairing]\ncallback_port = 1.5", "whole number");
    has("[log\n", "agent.toml:1: this is no TOML");
    has("[browser]\nmode = \"attach\"", "needs browser.url");
    has("[control]\nmetrics_port = 65536", "must be 0 to 65535");
    has("[control]\nmetrics_port = -1", "must be 0 to 65535");
    has("[realtime]\nsilence = \"3s\"", "longer than realtime.heartbeat");
}

TEST_F(ConfigTest, AFileThatIsNamedMustExist) {
    input.file = home / "none.toml";
    EXPECT_EQ(errors(), (home / "none.toml").string() + ": there is no such file\n");
}

TEST_F(ConfigTest, ABrowserAddressMeansToAttach) {
    input.flags = {{"browser.url", {"http://127.0.0.1:9222"}, "--browser-url"}};
    EXPECT_EQ(load_config(input).config.browser.mode, cdp::BrowserMode::attach);
}

TEST_F(ConfigTest, ListsComeFromFilesFlagsAndTheEnvironment) {
    file("[hooks]\nvpn_on = [\"/bin/sh\", \"up\"]\n");
    input.flags = {{"policy.deny", {"Page.close", "CSS.*"}, "--policy-deny"}};
    input.environment = {"BMC_AGENT_BROWSER_ARGUMENTS=--lang=de\n--mute-audio"};
    const auto config = load_config(input).config;
    EXPECT_EQ(config.hooks.command(HookEvent::vpn_on), (std::vector<std::string>{"/bin/sh", "up"}));
    EXPECT_EQ(config.relay.policy.deny, (std::vector<std::string>{"Page.close", "CSS.*"}));
    EXPECT_EQ(config.browser.extra_arguments, (std::vector<std::string>{"--lang=de", "--mute-audio"}));
}

TEST_F(ConfigTest, TheBackendsAddressLeadsTheOthers) {
    file("[api]\nurl = \"http://127.0.0.1:5/\"\n");
    EXPECT_EQ(load_config(input).config.realtime.url, "http://127.0.0.1:5/realtime/v1");
    file("[api]\nurl = \"http://127.0.0.1:5\"\n[realtime]\nurl = \"http://127.0.0.1:6\"\n");
    EXPECT_EQ(load_config(input).config.realtime.url, "http://127.0.0.1:6");
    EXPECT_EQ(load_config(input).config.pairing.rest_url, "http://127.0.0.1:5/rest/v1");
}

TEST_F(ConfigTest, TheDefaultFileIsValidAndChangesNothing) {
    const auto text = default_file();
    file(text);
    EXPECT_EQ(errors(), "");
    // With every line taken in, all values are the defaults still.
    std::string all;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const bool setting = line.starts_with("#") && !line.starts_with("# ") && line.find(" = ") != std::string::npos;
        all += (setting ? line.substr(1) : line) + "\n";
    }
    file(all);
    EXPECT_EQ(errors(), "");
    const auto loaded = load_config(input);
    const auto changed = difference(Config{}, loaded.config);
    EXPECT_TRUE(changed.live.empty() && changed.restart.empty());
    EXPECT_EQ(loaded.origins.size(), options().size());
    for (const auto& option : options()) EXPECT_NE(text.find(option.help), std::string::npos) << option.key;
}

TEST_F(ConfigTest, WhatIsPrintedIsReadBackTheSame) {
    file("[browser]\narguments = [\"--a \\\"b\\\\ \\u0007\"]\n[realtime]\nheartbeat = \"1.5s\"\nbudget_max = 0.5\n");
    const auto first = load_config(input);
    ASSERT_TRUE(first.errors.empty()) << errors();
    const auto printed = describe(first);
    file(printed);
    const auto second = load_config(input);
    EXPECT_EQ(errors(), "");
    const auto changed = difference(first.config, second.config);
    EXPECT_TRUE(changed.live.empty() && changed.restart.empty()) << printed;
}

TEST_F(ConfigTest, WhatIsNoUtf8IsPrintedSoThatItCanBeReadBack) {
    input.environment = {"BMC_AGENT_PAIRING_CLIENT_NAME=a\xff\x7f\xc3\xa9"};
    const auto printed = describe(load_config(input));
    EXPECT_NE(printed.find("client_name = \"a\uFFFD\\u007f\xc3\xa9\""), std::string::npos) << printed;
    std::vector<ConfigError> wrong;
    read_toml(printed, "printed.toml", wrong);
    EXPECT_TRUE(wrong.empty()) << wrong.front().what;
}

TEST_F(ConfigTest, AReloadKnowsWhatItCanApply) {
    const auto before = load_config(input).config;
    file("[log]\nlevel = \"debug\"\n[browser]\nheadless = false\n");
    const auto changed = difference(before, load_config(input).config);
    EXPECT_EQ(changed.live, std::vector<std::string>{"log.level"});
    EXPECT_EQ(changed.restart, std::vector<std::string>{"browser.headless"});
}

TEST(Options, NamesAreUniqueAndHelpIsASentence) {
    std::set<std::string> keys, flags, variables;
    for (const auto& option : options()) {
        EXPECT_TRUE(keys.insert(option.key).second) << option.key;
        EXPECT_TRUE(flags.insert(option.flag()).second) << option.flag();
        EXPECT_TRUE(variables.insert(option.environment()).second) << option.environment();
        EXPECT_FALSE(option.help.empty()) << option.key;
        EXPECT_FALSE(option.help.ends_with('.')) << option.key;
    }
}

TEST(Values, TimesAndSizesGoBothWays) {
    for (const auto* text : {"0", "1ms", "1500ms", "20s", "90s", "5min", "2h", "7d"}) {
        EXPECT_EQ(to_text(*parse_duration(text)), text);
    }
    EXPECT_EQ(parse_duration("1.5s"), 1500ms);
    for (const auto* bad : {"", "5", "5 m", "-5s", "s", "1e30d", "5s5s", "nan s"}) {
        EXPECT_FALSE(parse_duration(bad)) << bad;
    }
    EXPECT_EQ(parse_bytes("3MB"), 3000000U);
    EXPECT_EQ(parse_bytes("64KiB"), 65536U);
    EXPECT_EQ(parse_bytes("4096"), 4096U);
    for (const auto* bad : {"", "5 X", "-1", "1.5", "0.3KB x"}) EXPECT_FALSE(parse_bytes(bad)) << bad;
    EXPECT_EQ(bytes_text(3000000), "3MB");
    EXPECT_EQ(bytes_text(65536), "64KiB");
    EXPECT_EQ(bytes_text(65537), "65537");
}

TEST_F(ConfigTest, OneAddressOfABackendLeadsToTheOthers) {
    file("[realtime]\nurl = \"wss://mine.test/realtime/v1/\"\n");
    auto loaded = load_config(input);
    EXPECT_EQ(loaded.config.api.url, "https://mine.test");
    EXPECT_EQ(loaded.config.pairing.rest_url, "https://mine.test/rest/v1") << "and not the default's";
    EXPECT_EQ(loaded.config.named.realtime_url, config_path() + ":2");
    EXPECT_EQ(loaded.config.named.api_url, "");
    file("[pairing]\nrest_url = \"http://127.0.0.1:3000\"\n");
    loaded = load_config(input);
    EXPECT_EQ(loaded.config.realtime.url, "http://127.0.0.1:3000/realtime/v1");
}

TEST_F(ConfigTest, ASecretKeyIsNoApiKeyWhereverItComesFrom) {
    const std::string service = "e30.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.sig";
    file("[api]\nkey = \"" + service + "\"\n");
    EXPECT_NE(errors().find(config_path() + ":2: api.key is a secret key of the project (role service_role)"),
              std::string::npos)
        << errors();
    EXPECT_EQ(errors().find("eyJ"), std::string::npos) << "the key is not repeated";
    file("");
    input.environment = {"BMC_AGENT_API_KEY=sb_secret_abc"};
    EXPECT_TRUE(errors().starts_with("BMC_AGENT_API_KEY: api.key is a secret key")) << errors();
    input.environment = {};
    input.flags = {{"api.key", {"e30.eyJyb2xlIjoiYXV0aGVudGljYXRlZCIsInN1YiI6IngifQ.sig"}, "--api-key"}};
    EXPECT_TRUE(errors().starts_with("--api-key: api.key is a token of a person")) << errors();
    input.flags = {{"api.key", {"sb_publishable_abc"}, "--api-key"}};
    EXPECT_EQ(errors(), "");
}

}  // namespace
