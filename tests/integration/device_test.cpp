// What the backend keeps about the device beside its channel: settings that change, a name that changes, a row that
// goes.

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/world.hpp"

namespace {

using nlohmann::json;
using support::Child;
using support::World;
using namespace std::chrono_literals;

const std::string uuid{support::device_uuid};

/// Without spread: a test need not wait for a fleet. No browser is needed.
const std::string quiet = "settings_spread = \"0\"\n";
const std::string at_once = quiet + "join_settings_device = true\n";
const std::vector<std::string> no_spread{"--realtime-optional-spread", "0", "--browser-path", "/bin/false"};

json status_of(World& world) {
    auto asking = world.agent({.arguments = {"--status", "--json"}, .config = at_once});
    EXPECT_TRUE(asking->wait());
    const auto at = asking->output().find('{');
    return at == std::string::npos ? json::object() : json::parse(asking->output().substr(at));
}

std::unique_ptr<Child> listening_agent(World& world, const std::string& more = {}) {
    auto agent = world.agent({.arguments = no_spread, .config = at_once + more});
    EXPECT_TRUE(agent->wait_for("joined settings_device:all", 20s)) << agent->output();
    EXPECT_TRUE(agent->wait_for("joined devices:all", 20s)) << agent->output();
    return agent;
}

void register_device(World& world, const std::string& which, const std::string& name) {
    world.rest("POST", "/devices", json{{"uuid", which}, {"name", name}}.dump(), world.mint_device(3600, which));
}

std::size_t count_of(const std::string& text, std::string_view word) {
    std::size_t count = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
    return count;
}

TEST(Device, SettingsAreFetchedLoggedFieldByFieldShownKeptAndHandedToAHook) {
    World world;
    world.admin("settings", json{{"global", {{"theme", "dark"}, {"api_key", "hunter2"}}}}.dump());
    ASSERT_TRUE(world.pair());
    const std::string heard = world.folder() / "heard";
    const std::string hook = "[hooks]\nsettings_changed = [\"/bin/sh\", \"-c\", \"cat >> " + heard + "\"]\n";
    auto agent = listening_agent(world, hook);
    ASSERT_TRUE(agent->wait_for("settings: theme: (none) -> \"dark\""));
    EXPECT_TRUE(agent->wait_for("settings: api_key: (none) -> (hidden)"));
    EXPECT_EQ(status_of(world)["settings"], (json{{"theme", "dark"}, {"api_key", "(hidden)"}}));

    const auto asked_before = json::parse(world.get("/admin/counters"))["rest_requests"].get<int>();
    for (int edit = 0; edit < 20; ++edit) {
        const json global{{"theme", "edit " + std::to_string(edit)}, {"api_key", "hunter2"}};
        world.admin("settings", json{{"global", global}}.dump());
    }
    ASSERT_TRUE(agent->wait_for("settings: theme: \"dark\" -> \"edit 19\"")) << agent->output();
    const auto asked = json::parse(world.get("/admin/counters"))["rest_requests"].get<int>();
    EXPECT_LE(asked - asked_before, 2) << "edits come in bursts, and are fetched once";

    // A device's own settings win; another device's are none of ours.
    const json other{{"device", "0000aaaa-1111-4222-8333-444455556666"}, {"settings", {{"theme", "theirs"}}}};
    world.admin("settings", other.dump());
    world.admin("settings", json{{"device", uuid}, {"settings", {{"theme", "mine"}}}}.dump());
    ASSERT_TRUE(agent->wait_for("settings: theme: \"edit 19\" -> \"mine\"")) << agent->output();
    ASSERT_TRUE(world.until([&] {
        std::ifstream in{heard};
        const std::string text{std::istreambuf_iterator<char>{in}, {}};
        return count_of(text, "settings-changed") >= 2 && text.find("\"mine\"") != std::string::npos;
    }));
    EXPECT_FALSE(agent->said("hunter2")) << "secrets are not logged";

    agent->signal(SIGTERM);
    ASSERT_TRUE(agent->wait());
    EXPECT_TRUE(std::filesystem::exists(world.state() + "/device.json"));
    auto again = listening_agent(world);
    ASSERT_TRUE(world.until([&] { return status_of(world)["settings"].value("theme", "") == "mine"; }));
    EXPECT_FALSE(again->said("settings: ")) << "nothing changed over the restart: " << again->output();
    const auto controller = world.controller();
    controller->broadcast("unpair", "{}");
    ASSERT_TRUE(again->wait_for("at the activation gate"));
    EXPECT_TRUE(world.until([&] { return !std::filesystem::exists(world.state() + "/device.json"); }))
        << "a wipe leaves nothing of the device";
}

TEST(Device, AChangeOfItsOwnSettingsIsSaidOnItsChannel) {
    World world;
    ASSERT_TRUE(world.pair());
    register_device(world, uuid, "lab");
    auto agent = world.agent({.arguments = no_spread, .config = quiet});
    ASSERT_TRUE(agent->wait_for("joined settings:global", 20s)) << agent->output();
    const auto known = [&] { return std::filesystem::exists(world.state() + "/device.json"); };
    ASSERT_TRUE(world.until(known));
    world.admin("settings", json{{"device", uuid}, {"settings", {{"theme", "mine"}}}}.dump());
    ASSERT_TRUE(agent->wait_for("settings: theme: (none) -> \"mine\"")) << agent->output();
    EXPECT_FALSE(agent->said("settings_device:all"));
}

TEST(Device, ARowThatWasNotRemovedIsNotCalledRemoved) {
    World world;
    ASSERT_TRUE(world.pair());  // with a token, for a device that is not registered: there is no row that it may remove
    auto unpair = world.agent({.arguments = {"--unpair", "--delete-device"}});
    const auto status = unpair->wait();
    ASSERT_TRUE(status) << unpair->output();
    EXPECT_EQ(status->code, 8);
    EXPECT_TRUE(unpair->said("was not deleted (it is gone already, or this token may not remove it"))
        << unpair->output();
}

TEST(Device, AnEndlessOrBrokenAnswerChangesNothing) {
    World world;
    world.admin("settings", json{{"global", {{"theme", "dark"}}}}.dump());
    ASSERT_TRUE(world.pair());
    auto agent = listening_agent(world);
    ASSERT_TRUE(agent->wait_for("-> \"dark\""));
    world.admin("settings", json{{"global", {{"theme", std::string(300 * 1024, 'x')}}}}.dump());
    ASSERT_TRUE(agent->wait_for("the effective settings could not be fetched")) << agent->output();
    EXPECT_EQ(status_of(world)["settings"], (json{{"theme", "dark"}}));
    EXPECT_TRUE(agent->running());
}

TEST(Device, ANewNameIsShownAndAnotherDevicesIsNot) {
    World world;
    ASSERT_TRUE(world.pair());
    register_device(world, uuid, "first");
    auto agent = listening_agent(world);
    const std::string row = "/devices?uuid=eq." + uuid;
    const auto token = world.mint_device();
    ASSERT_TRUE(world.until([&] { return status_of(world)["device"].value("name", "") == "first"; }));
    world.rest("PATCH", row, R"({"name":"the lab's\u202e oak"})", token);
    ASSERT_TRUE(agent->wait_for("this device was renamed: the lab's oak")) << agent->output();
    EXPECT_EQ(status_of(world)["device"]["name"], "the lab's oak");
    register_device(world, "0000aaaa-1111-4222-8333-444455556666", "theirs");
    world.rest("PATCH", row, R"({"name":"third"})", token);
    ASSERT_TRUE(agent->wait_for("renamed: third"));
    EXPECT_FALSE(agent->said("theirs"));
}

TEST(Device, ItsRemovalIsSaidOnlyWhenItIsTrueAndWipesNothing) {
    World world;
    ASSERT_TRUE(world.pair());
    register_device(world, uuid, "lab");
    const std::string heard = world.folder() / "heard";
    auto agent = listening_agent(world, "[hooks]\ndevice_removed = [\"/bin/touch\", \"" + heard + "\"]\n");
    ASSERT_TRUE(world.until([&] { return std::filesystem::exists(world.state() + "/device.json"); }));
    // Whoever may broadcast says so, and the row is still there.
    const json lie{{"operation", "DELETE"}, {"record", nullptr}, {"old_record", {{"uuid", uuid}}}};
    const auto counted = [&] { return json::parse(world.get("/admin/counters"))["rest_requests"].get<int>(); };
    const auto before = counted();
    world.admin("broadcast", json{{"topic", "devices:all"}, {"event", "DELETE"}, {"payload", lie}}.dump());
    ASSERT_TRUE(world.until([&] { return counted() > before; }));
    EXPECT_EQ(status_of(world)["notices"].dump().find("removed"), std::string::npos);

    world.rest("DELETE", "/devices?uuid=eq." + uuid, {}, world.mint_device());
    ASSERT_TRUE(agent->wait_for("this device was removed at the backend")) << agent->output();
    EXPECT_NE(status_of(world)["notices"].dump().find("removed at the backend"), std::string::npos);
    ASSERT_TRUE(world.until([&] { return std::filesystem::exists(heard); }));
    EXPECT_TRUE(std::filesystem::exists(world.state() + "/credential.json"));
    auto doctor = world.agent({.arguments = {"--doctor"}});
    ASSERT_TRUE(doctor->wait(60s));
    EXPECT_TRUE(doctor->said("its device was removed")) << doctor->output();
    EXPECT_TRUE(world.controller()->call("1", "Agent.getInfo")) << "it still serves";
}

}  // namespace
