// The soak: visitors that open pages and close them, renderers that crash and hang, dialogs, screenshots of 8 MB, and a
// browser that is killed at random. In the end every command has had one answer, nothing is left and memory is flat.

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "tests/soak/visitor.hpp"

namespace {

using namespace soak;
using support::World;

constexpr int visitors = 4;
constexpr int kill_least_s = 6, kill_most_s = 18;
/// Answers may come this long after a command's own limit: what one turn of a loaded machine takes.
constexpr auto latest_answer = 5s;
/// Between the thirds of the run before and the last: results of 8 MB come and go in the allocator.
constexpr double flat_mb = 16;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : otherwise;
}

double resident_mb(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/statm"};
    double pages = 0;
    file >> pages >> pages;
    return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

bool is_child(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary};
    const std::string line{std::istreambuf_iterator<char>{file}, {}};
    return line.find("--type=") != std::string::npos;
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

class Soak : public testing::Test {
  protected:
    void SetUp() override {
        seed = setting("BMC_SOAK_SEED", std::random_device{}());
        length = std::chrono::seconds{setting("BMC_SOAK_SECONDS", BMC_SOAK_SECONDS)};
        std::cout << "seed " << seed << ", " << length.count() << " s; again: BMC_SOAK_SEED=" << seed << std::endl;
        agent = world.joined_agent(
            {.config = "budget_max = 0\n[browser]\nidle_check_every = \"2s\"\nidle_check_limit = \"4s\"\n"});
        ASSERT_NE(agent, nullptr);
        line = std::make_unique<Line>(world);
    }

    // Runs visitors, the killer and the meter; then waits for the last visitor.
    void run() {
        int at_work = visitors + 2;
        const auto done = [&at_work] { --at_work; };
        for (int number = 0; number < visitors; ++number) {
            guests.push_back(std::make_unique<Visitor>(*line, seed + static_cast<unsigned>(number) + 1, over));
            Visitor& guest = *guests.back();
            const auto visit = [&guest, done]() -> awaitable<void> {
                co_await guest.visit();
                done();
            };
            net::co_spawn(world.io(), visit, rethrow);
        }
        const auto kill = [this, done]() -> awaitable<void> {
            co_await kill_browsers();
            done();
        };
        const auto measure = [this, done]() -> awaitable<void> {
            co_await measure_memory();
            done();
        };
        net::co_spawn(world.io(), kill, rethrow);
        net::co_spawn(world.io(), measure, rethrow);
        world.until([] { return false; }, length);
        over = true;
        killer.cancel();
        meter.cancel();
        ASSERT_TRUE(world.until([&] { return at_work == 0; }, 90s)) << at_work << " do not end";
    }

    awaitable<void> kill_browsers() {
        std::mt19937_64 random{seed};
        while (!over) {
            killer.expires_after(std::chrono::seconds{kill_least_s} +
                                 std::chrono::milliseconds{random() % ((kill_most_s - kill_least_s) * 1000)});
            co_await killer.async_wait(no_throw);
            if (!over) strike(random);
        }
    }

    void strike(std::mt19937_64& random) {
        const auto processes = world.browsers();
        std::vector<pid_t> parents;
        std::vector<pid_t> children;
        for (const auto pid : processes) (is_child(pid) ? children : parents).push_back(pid);
        const auto draw = random() % 6;
        if (draw == 0 && !children.empty()) {
            ++line->figures.deeds["browser's children killed"];
            ::kill(children[random() % children.size()], SIGKILL);
        } else if (draw == 1 && !parents.empty()) {
            ++line->figures.deeds["browsers stopped"];
            for (const auto pid : parents) ::kill(pid, SIGSTOP);
        } else if (!parents.empty()) {
            ++line->figures.deeds["browsers killed"];
            for (const auto pid : parents) ::kill(pid, SIGKILL);
        }
    }

    awaitable<void> measure_memory() {
        while (!over) {
            memory.push_back(resident_mb(agent->pid()));
            meter.expires_after(1s);
            co_await meter.async_wait(no_throw);
        }
    }

    json status() {
        auto asked = world.agent({.arguments = {"--status", "--json"}});
        asked->wait();
        return json::parse(asked->output());
    }

    void print(const json& at_the_end) const {
        const auto& figures = line->figures;
        std::cout << figures.sent << " commands:";
        for (const auto& [outcome, count] : figures.outcomes) std::cout << ' ' << outcome << ' ' << count;
        std::cout << "\nlatest answer after its limit: "
                  << std::chrono::duration_cast<std::chrono::milliseconds>(figures.latest).count() << " ms\n";
        for (const auto& [deed, count] : figures.deeds) std::cout << deed << ": " << count << '\n';
        std::cout << "read from streams: " << figures.stream_bytes / 1'000'000 << " MB\n"
                  << "browser restarts: " << at_the_end["browser"]["restarts"] << '\n'
                  << "agent's memory: first third " << third(0) << " MB, second " << third(1) << " MB, last "
                  << third(2) << " MB, greatest " << *std::max_element(memory.begin(), memory.end()) << " MB"
                  << std::endl;
    }

    // The median of a third of the run.
    double third(std::size_t number) const {
        const auto step = static_cast<std::ptrdiff_t>(memory.size() / 3);
        const auto from = memory.begin() + step * static_cast<std::ptrdiff_t>(number);
        return median({from, from + step});
    }

    World world;
    std::unique_ptr<support::Child> agent;
    std::unique_ptr<Line> line;
    std::vector<std::unique_ptr<Visitor>> guests;
    platform::Timer killer{world.io()};
    platform::Timer meter{world.io()};
    std::vector<double> memory;
    std::uint64_t seed = 0;
    std::chrono::seconds length{};
    bool over = false;
};

TEST_F(Soak, EveryCommandIsAnsweredOnceAndNothingIsLeft) {
    run();
    ASSERT_TRUE(agent->running()) << agent->output();
    json at_the_end;
    EXPECT_TRUE(world.until(
        [&] {
            at_the_end = status();
            return at_the_end["commands"]["in_flight"] == 0 && at_the_end["browser"]["in_flight"] == 0;
        },
        20s))
        << at_the_end;
    print(at_the_end);

    EXPECT_TRUE(line->not_once().empty()) << line->not_once().size() << " commands, the first " << line->not_once()[0];
    EXPECT_LT(line->figures.latest, latest_answer);
    for (const auto& [outcome, count] : line->figures.outcomes) {
        for (const char* wrong : {"bad_request", "denied", "stopping", "busy", "stale", "none"})
            EXPECT_NE(outcome, wrong);
    }
    for (const char* deed :
         {"pages opened", "renderers crashed", "renderers hung", "dialogs", "screenshots of 8 MB", "browsers killed"}) {
        EXPECT_GT(line->figures.deeds[deed], 0U) << deed;
    }
    EXPECT_EQ(at_the_end["commands"]["streams"], 0);
    EXPECT_LE(at_the_end["browser"]["sessions"], 2) << "our own and the default page's";
#ifndef __SANITIZE_ADDRESS__
    // The allocator may give back in the middle what it held before, and take it again: that is no growth.
    EXPECT_LT(third(2), std::max(third(0), third(1)) + flat_mb) << "memory grows";
#endif

    agent->signal(SIGTERM);
    const auto ended = agent->wait(15s);
    ASSERT_TRUE(ended);
    EXPECT_TRUE(ended->success()) << ended->describe();
    EXPECT_TRUE(world.browsers().empty());
    EXPECT_EQ(world.profiles(), 0U);
}

}  // namespace
