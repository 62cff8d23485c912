// The command line as a shell hands it over: which command it makes, what of it is configuration, what is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/cli/arguments.hpp"

namespace {

using namespace cli::arguments;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// What parse() makes of the words; what it prints is in `out` and `err`.
struct CommandLine : ::testing::Test {
    Parsed line(std::vector<std::string> words) {
        words.insert(words.begin(), "agent");
        std::vector<char*> pointers;
        for (auto& word : words) pointers.push_back(word.data());
        pointers.push_back(nullptr);
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        Parsed parsed = parse(static_cast<int>(words.size()), pointers.data());
        out = ::testing::internal::GetCapturedStdout();
        err = ::testing::internal::GetCapturedStderr();
        return parsed;
    }
    template <class T>
    T made(const std::vector<std::string>& words) {
        Parsed parsed = line(words);
        EXPECT_TRUE(is<T>(parsed.command)) << err;
        EXPECT_EQ(err, "");
        auto* const found = std::get_if<T>(&parsed.command);
        return found != nullptr ? std::move(*found) : T{};
    }
    void expect_wrong(const std::vector<std::string>& words, const std::string& sentence) {
        EXPECT_TRUE(is<Wrong>(line(words).command)) << ::testing::PrintToString(words);
        EXPECT_THAT(err, HasSubstr(sentence));
        EXPECT_EQ(out, "") << "standard output belongs to what a command prints";
    }
    /// The flags of settings as the configuration gets them.
    static std::vector<std::string> settings_of(const Parsed& parsed) {
        std::vector<std::string> all;
        for (const auto& flag : parsed.config.flags) {
            std::string text = flag.key;
            for (const auto& word : flag.words) text += "|" + word;
            all.push_back(text);
        }
        return all;
    }
    std::string out;
    std::string err;
};

TEST_F(CommandLine, WithoutWordsItIsTheDaemon) {
    const auto run = made<cli::arguments::Run>({});
    EXPECT_FALSE(run.ephemeral);
    EXPECT_EQ(run.join_timeout, 60s);
    EXPECT_THAT(run.exec, IsEmpty());
}

TEST_F(CommandLine, EachCommandIsItsFlag) {
    made<Status>({"--status"});
    made<Metrics>({"--metrics"});
    made<Resume>({"--resume"});
    made<Reload>({"--reload"});
    made<Doctor>({"--doctor"});
    made<Adopt>({"--adopt"});
    made<Profiles>({"--profiles"});
    made<ConfigCheck>({"--config-check"});
    made<BrowserHost>({"--browser-host"});
    made<Devices>({"--devices"});
    made<Logout>({"--logout"});
    EXPECT_EQ(made<cli::arguments::Key>({"--key", "--key-file", "id"}).key_file, "id");
    EXPECT_EQ(made<cli::arguments::ForgetDevice>({"--forget-device", "lab"}).device, "lab");
    EXPECT_TRUE(made<Login>({"--login", "--no-browser"}).no_browser);
    EXPECT_TRUE(made<Unpair>({"--unpair", "--delete-device"}).delete_device);
    EXPECT_EQ(made<SupportBundle>({"--support-bundle", "f"}).file, "f");
    EXPECT_EQ(made<Generate>({"--generate", "man"}).what, "man");
    EXPECT_EQ(made<HandOver>({"--hand-to", "/s"}).socket, "/s");
    EXPECT_EQ(made<Watch>({"--watch", "lab"}).device, "lab");
    EXPECT_EQ(made<Listen>({"--listen", "settings:global", "--count", "2"}).count, 2u);
}

TEST_F(CommandLine, APauseHasATimeOrNone) {
    EXPECT_FALSE(made<Pause>({"--pause"}).time);
    EXPECT_EQ(made<Pause>({"--pause", "30m"}).time, 30min);
    EXPECT_EQ(made<Pause>({"--pause=2h"}).time, 2h);
    expect_wrong({"--pause", "soon"}, "--pause: a time such as");
    expect_wrong({"--pause", "31d"}, "--pause: a time such as");
    EXPECT_EQ(made<Pause>({"--pause", "30d"}).time, 30 * 24h);
}

TEST_F(CommandLine, ACallTakesADeviceAMethodAndParameters) {
    const auto call =
        made<Call>({"--call", "lab", "Page.navigate", R"({"url":"x"})", "--session", "S", "--timeout", "2s"});
    EXPECT_EQ(call.device, "lab");
    EXPECT_EQ(call.method, "Page.navigate");
    EXPECT_EQ(call.params, R"({"url":"x"})");
    EXPECT_EQ(call.session, "S");
    EXPECT_EQ(call.timeout, 2s);
    EXPECT_EQ(made<Call>({"--call", "lab", "--open", "https://a.example"}).open, "https://a.example");
    expect_wrong({"--call", "lab", "Page.reload", "{}", "more"}, "At Most 3 required but received 4");
    expect_wrong({"--call", "lab", "Page.reload", "--timeout", "0s"}, "--timeout must be a time");
    expect_wrong({"--call", "lab", "Page.reload", "--timeout", "soon"}, "--timeout must be a time");
    expect_wrong({"--call"}, "--call");
}

TEST_F(CommandLine, BehindExecAllWordsAreTheCommands) {
    const auto run =
        made<cli::arguments::Run>({"--ephemeral", "--token-file", "/t", "--exec", "npm", "test", "--json", "--pause"});
    EXPECT_THAT(run.exec, ElementsAre("npm", "test", "--json", "--pause"));
    ASSERT_TRUE(run.ephemeral);
    EXPECT_EQ(run.ephemeral->token.file, "/t");
    const auto bridge = made<Bridge>({"--bridge", "lab", "--bridge", "desk", "--exec", "node", "--listen"});
    EXPECT_THAT(bridge.devices, ElementsAre("lab", "desk"));
    EXPECT_THAT(bridge.exec, ElementsAre("node", "--listen"));
    EXPECT_THAT(bridge.listen, IsEmpty());
    expect_wrong({"--exec"}, "--exec needs a command behind it");
    expect_wrong({"--status", "--exec", "true"}, "--exec belongs to no other command");
}

TEST_F(CommandLine, ListenIsAChannelOrTheAddressesOfABridge) {
    EXPECT_THAT(made<Bridge>({"--bridge", "lab", "--listen", "127.0.0.1:1"}).listen, ElementsAre("127.0.0.1:1"));
    EXPECT_EQ(made<Listen>({"--listen", "ws:42"}).topic, "ws:42");
    expect_wrong({"--listen", "a", "--listen", "b"}, "--listen: one channel");
    expect_wrong({"--listen", ""}, "--listen needs the name of a channel");
}

TEST_F(CommandLine, ABridgeWithoutADeviceOffersAll) {
    for (const std::vector<std::string>& words : {std::vector<std::string>{"--bridge"},
                                                  {"--bridge", "--listen", "127.0.0.1:1"},
                                                  {"--print-url", "--bridge", "--json"}}) {
        const auto bridge = made<Bridge>(words);
        EXPECT_TRUE(bridge.all);
        EXPECT_THAT(bridge.devices, IsEmpty());
    }
    EXPECT_FALSE(made<Bridge>({"--bridge", "lab"}).all);
    EXPECT_FALSE(made<Bridge>({"--bridge=lab", "--bridge", "desk"}).all);
    expect_wrong({"--bridge", ""}, "--bridge needs a device");
    expect_wrong({"--bridge="}, "--bridge needs a device");
    expect_wrong({"--bridge", "lab", "--bridge"}, "without a device offers all");
    expect_wrong({"--bridge", "lab", "desk"}, "there is no argument desk");
    expect_wrong({"--bridge", "--exec", "true"}, "--exec with --bridge needs a device");
}

TEST_F(CommandLine, MoreThanOneCommandIsRefused) {
    for (const std::vector<std::string>& words : {std::vector<std::string>{"--status", "--metrics"},
                                                  {"--watch", "lab", "--devices"},
                                                  {"--pause", "--resume"},
                                                  {"--call", "lab", "Page.reload", "--bridge", "lab"},
                                                  {"--listen", "a", "--pair"}}) {
        expect_wrong(words, "more than one command");
    }
}

TEST_F(CommandLine, SettingsAreFlagsOfTheirSections) {
    const Parsed parsed = line({"--status", "--realtime-heartbeat", "20s", "--relay-timeout=5s", "--browser-headless",
                                "--policy-deny", "Page.*", "--policy-deny", "DOM.*"});
    EXPECT_TRUE(is<Status>(parsed.command)) << err;
    EXPECT_THAT(settings_of(parsed),
                ::testing::UnorderedElementsAre("realtime.heartbeat|20s", "relay.timeout|5s", "browser.headless|true",
                                                "policy.deny|Page.*|DOM.*"));
    EXPECT_THAT(settings_of(line({"--browser-headless=false"})), ElementsAre("browser.headless|false"));
    EXPECT_THAT(settings_of(line({"--relay-timeout", "1s", "--relay-timeout", "2s"})), ElementsAre("relay.timeout|2s"))
        << "the last one counts";
}

TEST_F(CommandLine, WhatIsWrongWithASettingIsSaidWithItsFlag) {
    expect_wrong({"--policy-profile", "everything"}, "agent: --policy-profile: everything not in {observe,test,full}");
    expect_wrong({"--relay-timeout"}, "agent: --relay-timeout: 1 required");
    expect_wrong({"--callback-port"}, "agent: --callback-port: 1 required");
}

TEST_F(CommandLine, SomeArgumentsAreSettingsTheyStandFor) {
    EXPECT_THAT(settings_of(line({"--pair", "--callback-port", "8765"})), ElementsAre("pairing.callback_port|8765"));
    EXPECT_THAT(settings_of(line({"--token-file", "/t"})), ElementsAre("credentials.token_file|/t"));
    EXPECT_THAT(settings_of(line({"--pair", "--token-file", "/t"})), IsEmpty()) << "a pairing reads it once";
    EXPECT_THAT(settings_of(line({"--ephemeral", "--token-file", "/t"})), IsEmpty());
}

TEST_F(CommandLine, WhereTheConfigurationComesFrom) {
    const Parsed parsed = line({"--status", "--config", "/c.toml", "--profile", "two", "--user", "--json"});
    EXPECT_EQ(parsed.config.file, "/c.toml");
    EXPECT_EQ(parsed.config.paths.profile, "two");
    EXPECT_TRUE(parsed.config.paths.user_scope && parsed.json);
    EXPECT_FALSE(line({"--status"}).config.file);
    expect_wrong({"--status", "--profile", "../two"}, "--profile: letters");
}

TEST_F(CommandLine, AWordThatNoArgumentTakesIsNamedWithoutItsValue) {
    expect_wrong({"--no-such"}, "there is no argument --no-such");
    expect_wrong({"--api-kye=sb_secret_abc", "more"}, "there is no argument --api-kye");
    EXPECT_THAT(err, Not(HasSubstr("sb_secret")));
    expect_wrong({"start"}, "there is no argument start");
    EXPECT_THAT(err, HasSubstr("agent --help lists the arguments."));
}

TEST_F(CommandLine, HelpAndVersionArePrintedAndDone) {
    EXPECT_TRUE(is<Done>(line({"--help"}).command));
    EXPECT_THAT(out, HasSubstr("Usage: agent [COMMAND]"));
    EXPECT_THAT(out, Not(HasSubstr("--realtime-heartbeat")));
    EXPECT_TRUE(is<Done>(line({"-h"}).command));
    EXPECT_TRUE(is<Done>(line({"--help-all"}).command));
    for (const char* word : {"--realtime-heartbeat", "--watch", "Exit codes:", "Far browsers"}) {
        EXPECT_THAT(out, HasSubstr(word));
    }
    EXPECT_TRUE(is<Done>(line({"--version"}).command));
    EXPECT_EQ(out, "agent " BMC_VERSION "\n");
}

TEST_F(CommandLine, JsonIsSeenAmongWrongWordsAndNotBehindExec) {
    const auto asks = [](std::vector<std::string> words) {
        std::vector<char*> pointers;
        for (auto& word : words) pointers.push_back(word.data());
        return asks_for_json(static_cast<int>(pointers.size()), pointers.data());
    };
    EXPECT_TRUE(asks({"agent", "--no-such", "--json"}));
    EXPECT_FALSE(asks({"agent", "--exec", "tool", "--json"}));
    EXPECT_TRUE(asks({"agent", "--json", "--exec", "tool"}));
    EXPECT_FALSE(asks({"--json"})) << "the program's own name";
    EXPECT_FALSE(asks({"agent", "--json=1"}));
}

}  // namespace
