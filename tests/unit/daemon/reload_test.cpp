#include "agent/daemon/reload.hpp"

#include <sys/stat.h>

#include <future>

#include "platform/log/log.hpp"
#include "tests/support/notify_socket.hpp"
#include "tests/unit/daemon/parts.hpp"

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;

class ReloadTest : public parts::Parts, protected ReloadListener {
  protected:
    ReloadTest() {
        input.paths.environment = [this](const char* name) -> std::optional<std::string> {
            if (std::string_view{name} == "HOME") return home.path().string();
            return std::nullopt;
        };
        input.paths.user_scope = true;
        input.file = home / "agent.toml";
        write("");
        auto loaded = config::load_config(input);
        EXPECT_TRUE(loaded.errors.empty()) << loaded.errors.front().where << loaded.errors.front().what;
        in_force = std::move(loaded.config);
    }
    ~ReloadTest() override { platform::log::set_level(platform::log::Level::info); }

    void write(const std::string& text) {
        home.put("agent.toml", text);
        ::chmod((home / "agent.toml").c_str(), 0600);
    }
    control::Answer reload() {
        Reload one{files, in_force, input, state, *this};
        return result_of(one.run());
    }

    void on_trust() override { ++trusts; }

    int trusts = 0;  // times that it was read again
    tests::NotifySocket manager;
    config::ConfigInput input;
    config::Config in_force;
};

TEST_F(ReloadTest, WhatDidNotChangeIsNamedAsNothing) {
    const auto answer = reload();
    EXPECT_TRUE(answer.ok);
    EXPECT_EQ(answer.text, "Applied: nothing. Needs a restart: nothing.");
}

TEST_F(ReloadTest, TakesOverWhatItCanAndNamesTheRest) {
    write("[log]\nlevel = \"debug\"\n[service]\nstop_grace = \"7s\"\n[realtime]\nheartbeat = \"11s\"\n");
    const auto before = in_force.realtime.heartbeat;
    const auto answer = reload();
    ASSERT_TRUE(answer.ok) << answer.text;
    EXPECT_EQ(in_force.stop_grace, std::chrono::seconds{7});
    EXPECT_EQ(platform::log::level(), platform::log::Level::debug);
    EXPECT_EQ(in_force.realtime.heartbeat, before);
    const auto rest = answer.text.find("Needs a restart: ");
    ASSERT_NE(rest, std::string::npos);
    EXPECT_LT(answer.text.find("log.level"), rest);
    EXPECT_GT(answer.text.find("realtime.heartbeat"), rest);
}

TEST_F(ReloadTest, WhoMayDriveTheMachineIsReadAgainWithItsFile) {
    const std::string key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFEgTbZuF7FmkB0KZIQVGjPxtKcfJSO7HDpGKKmMFmjA";
    home.put("controllers", "# nobody\n");
    ::chmod((home / "controllers").c_str(), 0600);
    write("[trust]\nrequire = \"all\"\ncontrollers_file = \"" + (home / "controllers").string() + "\"\n");
    const auto answer = reload();
    ASSERT_TRUE(answer.ok) << answer.text;
    EXPECT_EQ(in_force.relay.trust.require, relay::Require::all);
    EXPECT_LT(answer.text.find("trust.require"), answer.text.find("Needs a restart: "));
    EXPECT_EQ(trusts, 1);
    home.put("controllers", key + " alice\n");
    EXPECT_EQ(reload().text.find("Applied: trust.controllers_file. "), 0u)
        << "its name is the same, its content is not";
    EXPECT_EQ(relay::Trust{in_force.relay.trust}.keys().size(), 1u);
    home.put("controllers", "command=\"ls\" " + key + "\n");
    EXPECT_NE(reload().text.find("has options"), std::string::npos);
    EXPECT_EQ(relay::Trust{in_force.relay.trust}.keys().size(), 1u) << "an error changes nothing";
    EXPECT_EQ(trusts, 2);
}

TEST_F(ReloadTest, WithAnErrorNothingIsChanged) {
    write("[log]\nlevel = \"warning\"\n[realtime]\nheartbeat = \"often\"\n");
    platform::log::set_level(platform::log::Level::debug);
    const auto answer = reload();
    EXPECT_FALSE(answer.ok);
    EXPECT_EQ(answer.text.find("nothing was changed: " + (home / "agent.toml").string() + ":4: "), 0u) << answer.text;
    EXPECT_EQ(in_force.log.level, platform::log::Level::info);
    EXPECT_EQ(platform::log::level(), platform::log::Level::debug) << "as SIGUSR1 has set it";
}

TEST_F(ReloadTest, WhileTheFilesCannotBeReadTheLoopGoesOn) {
    std::promise<void> disk;
    files.post([answers = disk.get_future().share()](std::stop_token) { answers.wait(); });
    Reload one{files, in_force, input, state, *this};
    start([&]() -> awaitable<void> { co_await one.run(); });
    EXPECT_FALSE(until([this] { return ended == 1; }, 100ms));
    disk.set_value();
    EXPECT_TRUE(until([this] { return ended == 1; }));
}

TEST_F(ReloadTest, TheServiceManagerHearsItsBeginAndItsEndWithTheLineThatIsTrue) {
    state.show("joined");
    manager.next();
    reload();
    EXPECT_EQ(manager.next().find("RELOADING=1\nMONOTONIC_USEC="), 0u);
    EXPECT_EQ(manager.next(), "READY=1\nSTATUS=joined");
    EXPECT_EQ(manager.next(), "");
}

}  // namespace
}  // namespace agent::daemon
