// Birth and death: the gate, pairing, unpair, orderly stops, kills; never an orphan, never a credential left.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "agent/control/exit_code.hpp"
#include "tests/support/world.hpp"

namespace {

using nlohmann::json;
using support::World;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

using support::no_orphan_within;
using support::slowness;
constexpr auto gate_within = 1s * slowness;
using support::stopped_within;

// Every file below the folder in which the token stands.
std::vector<std::string> files_with(const std::string& folder, std::string_view secret) {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        std::FILE* file = std::fopen(entry.path().c_str(), "rb");
        if (file == nullptr) continue;
        std::string text(entry.file_size(), '\0');
        text.resize(std::fread(text.data(), 1, text.size(), file));
        std::fclose(file);
        if (text.find(secret) != std::string::npos) found.push_back(entry.path());
    }
    return found;
}

TEST(Life, StandsAtItsGateAndSaysHowToPair) {
    World world;
    auto agent = world.agent();
    ASSERT_TRUE(agent->wait_for("agent --pair"));
    EXPECT_TRUE(agent->running());
    EXPECT_EQ(json::parse(world.get("/admin/sockets")).size(), 0U) << "the gate must not connect";
    agent->signal(SIGTERM);
    const auto status = agent->wait(stopped_within);
    ASSERT_TRUE(status);
    EXPECT_TRUE(status->success()) << status->describe();
}

TEST(Life, PairsIntoAPrivateFileAndIsNoticedAtTheGate) {
    World world;
    auto agent = world.agent();
    ASSERT_TRUE(agent->wait_for("agent --pair"));
    ASSERT_TRUE(world.pair());
    ASSERT_TRUE(agent->wait_for("-> joined")) << "a credential that appears is noticed without a restart";
    struct stat file {};
    struct stat folder {};
    ASSERT_EQ(::stat((world.state() + "/credential.json").c_str(), &file), 0);
    ASSERT_EQ(::stat(world.state().c_str(), &folder), 0);
    EXPECT_EQ(file.st_mode & 0777U, 0600U);
    EXPECT_EQ(folder.st_mode & 0777U, 0700U);
    EXPECT_TRUE(world.controller()->call("1", "Browser.getVersion"));
}

TEST(Life, ATokenThatMayNotJoinIsNotStored) {
    World world;
    const json wanted{{"device", support::device_uuid}, {"ttl", 100 * 3600}, {"claims", {{"role", "guest"}}}};
    const auto token = json::parse(world.admin("mint", wanted.dump()))["token"].get<std::string>();
    auto pairing = world.agent({.arguments = {"--pair", "--token-stdin"}, .input = token});
    const auto status = pairing->wait(20s);
    ASSERT_TRUE(status);
    EXPECT_EQ(status->code, static_cast<int>(control::Exit::refused)) << pairing->output();
    EXPECT_TRUE(pairing->said("was not joined: the token may not join this channel")) << pairing->output();
    EXPECT_FALSE(fs::exists(world.state() + "/credential.json"));
}

TEST(Life, UnpairWipesLeavesAndReturnsToTheGateWithinASecondAndPairsAgain) {
    World world;
    auto agent = world.joined_agent();
    ASSERT_NE(agent, nullptr);
    auto controller = world.controller();
    ASSERT_TRUE(controller->call("1", "Browser.getVersion"));
    ASSERT_FALSE(world.browsers().empty());
    controller->command(
        R"({"id":2,"method":"Runtime.evaluate","params":{"expression":"new Promise(()=>{});","awaitPromise":true
}
})");
    controller->call("3", "Runtime.evaluate", R"({"expression":"1"})");

    const auto asked = std::chrono::steady_clock::now();
    controller->broadcast("unpair", "{}");
    ASSERT_TRUE(agent->wait_for("at the activation gate", 5s));
    EXPECT_LT(std::chrono::steady_clock::now() - asked, gate_within);
    const auto stopped = controller->result("2", 2s);
    ASSERT_TRUE(stopped) << "what was in flight is answered";
    EXPECT_NE(stopped->find("\"stopping\""), std::string::npos) << *stopped;
    EXPECT_TRUE(world.browsers().empty());
    EXPECT_FALSE(fs::exists(world.state() + "/credential.json"));
    EXPECT_TRUE(files_with(world.folder().path(), "eyJ").empty()) << "a token is left on disk";
    EXPECT_TRUE(agent->running());
    controller->command(R"({"id":4,"method":"Browser.getVersion"})");

    const auto said_before = agent->output().size();
    ASSERT_TRUE(world.pair());
    const auto joined_again = [&] { return agent->output().find("-> joined", said_before) != std::string::npos; };
    ASSERT_TRUE(world.until(joined_again, 15s));
    EXPECT_TRUE(controller->call("5", "Browser.getVersion"));
    EXPECT_EQ(controller->copies("4"), 0U) << "nothing was relayed between the unpair and the next pairing";
}

TEST(Life, StopsInOrderOnSigtermAndLeavesNothing) {
    for (const int number : {SIGTERM, SIGINT}) {
        World world;
        auto agent = world.joined_agent();
        ASSERT_NE(agent, nullptr);
        auto controller = world.controller();
        ASSERT_TRUE(controller->call("1", "Browser.getVersion"));
        controller->command(
            R"({"id":2,"method":"Runtime.evaluate","params":{"expression":"new Promise(()=>{});","awaitPromise":true
    }
})");
        controller->call("3", "Runtime.evaluate", R"({"expression":"1"})");
        agent->signal(number);
        const auto status = agent->wait(stopped_within);
        ASSERT_TRUE(status) << "it did not stop within 3 s";
        EXPECT_TRUE(status->success()) << status->describe();
        EXPECT_TRUE(controller->result("2", 1s)) << "what was in flight is answered";
        EXPECT_TRUE(world.browsers().empty()) << "of signal " << number;
        EXPECT_TRUE(fs::exists(world.state() + "/credential.json")) << "a stop keeps the pairing";
    }
}

TEST(Life, LeavesNoBrowserBehindWhenItIsKilled) {
    World world;
    auto agent = world.joined_agent();
    ASSERT_NE(agent, nullptr);
    ASSERT_TRUE(world.controller()->call("1", "Browser.getVersion"));
    ASSERT_FALSE(world.browsers().empty());
    agent->signal(SIGKILL);
    ASSERT_TRUE(agent->wait(2s));
    EXPECT_TRUE(world.until([&] { return world.browsers().empty(); }, no_orphan_within));
}

TEST(Life, BringsBackABrowserThatDiesAndAnswersWhatWasInFlight) {
    World world;
    auto agent = world.joined_agent();
    ASSERT_NE(agent, nullptr);
    auto controller = world.controller();
    ASSERT_TRUE(controller->call("1", "Runtime.evaluate", R"({"expression":"1"})"));
    controller->command(
        R"({"id":2,"method":"Runtime.evaluate","params":{"expression":"new Promise(()=>{});","awaitPromise":true
}
})");
    ASSERT_TRUE(controller->call("3", "Runtime.evaluate", R"({"expression":"2"})"));
    for (const pid_t pid : world.browsers()) ::kill(pid, SIGKILL);
    const auto lost = controller->result("2");
    ASSERT_TRUE(lost);
    EXPECT_NE(lost->find("\"browser_lost\""), std::string::npos) << *lost;
    const auto back = controller->call("4", "Runtime.evaluate", R"({"expression":"40+2"})");
    ASSERT_TRUE(back);
    EXPECT_NE(back->find("\"value\":42"), std::string::npos) << *back;
}

TEST(Life, ASecondAgentOnTheSameProfileIsRefusedWithThePid) {
    World world;
    auto agent = world.agent();
    ASSERT_TRUE(agent->wait_for("agent --pair"));
    auto second = world.agent();
    const auto status = second->wait(5s);
    ASSERT_TRUE(status);
    EXPECT_EQ(status->code, 75);
    EXPECT_TRUE(second->said(std::to_string(agent->pid()))) << second->output();
}

TEST(Life, SaysWhatThePolicyWouldDoWithACommand) {
    World world;
    const auto check = [&](std::vector<std::string> words, const std::string& policy = {}) {
        std::vector<std::string> arguments{"--policy-check"};
        arguments.insert(arguments.end(), words.begin(), words.end());
        auto command = world.agent({.arguments = std::move(arguments), .config = policy});
        const auto status = command->wait();
        EXPECT_TRUE(status);
        return std::pair{status ? status->code : -1, command->output()};
    };
    EXPECT_EQ(check({"Page.enable"}), (std::pair{0, std::string{"allowed\nrule: test\n"}}));
    const auto denied = check({"Page.navigate", R"({"url":"fi\nle:///etc/hostname"})"});
    EXPECT_EQ(denied.first, static_cast<int>(control::Exit::policy_refuses));
    EXPECT_TRUE(denied.second.starts_with("refused (denied): ")) << denied.second;
    EXPECT_TRUE(denied.second.ends_with("rule: url\n")) << denied.second;
    const std::string own = "[policy]\nprofile = \"observe\"\nallow = [\"Page.navigate url=https://a.test/*\"]\n";
    EXPECT_EQ(check({"Page.navigate", R"({"url":"https://a.test/x"})"}, own).first, 0);
    EXPECT_EQ(check({"Page.navigate", R"({"url":"https://b.test/x"})"}, own).first,
              static_cast<int>(control::Exit::policy_refuses));
    const auto attached = check({"Page.enable"}, "[browser]\nurl = \"127.0.0.1:9222\"\n");
    EXPECT_NE(attached.second.find("go around the policy"), std::string::npos) << attached.second;
}

TEST(Life, SaysWhatIsWrongWithItsArguments) {
    World world;
    auto help = world.agent({.arguments = {"--help"}});
    ASSERT_TRUE(help->wait());
    EXPECT_TRUE(help->said("--pair"));
    EXPECT_TRUE(help->said("--help-all has every argument, setting and exit code"));
    auto all = world.agent({.arguments = {"--help-all"}});
    ASSERT_TRUE(all->wait());
    for (const auto& one : control::exit_meanings) EXPECT_TRUE(all->said(std::string{one.meaning})) << one.meaning;
    auto wrong = world.agent({.arguments = {"--no-such-thing"}});
    const auto status = wrong->wait();
    ASSERT_TRUE(status);
    EXPECT_EQ(status->code, 64);
    auto unknown_key = world.agent({.config = "[browser]\nheadles = true\n"});
    const auto bad = unknown_key->wait();
    ASSERT_TRUE(bad);
    EXPECT_EQ(bad->code, 78);
    EXPECT_TRUE(unknown_key->said("browser.headless")) << unknown_key->output();
}

}  // namespace
