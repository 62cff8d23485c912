// The soak: visitors that open pages and close them, renderers that crash and hang, dialogs, screenshots of 8 MB, and a
// browser that is killed at random. In the end every command has had one answer, nothing is left and memory is flat.

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "platform/kept_memory.hpp"
#include "tests/soak/visitor.hpp"

namespace {

using namespace soak;
using support::World;

constexpr int visitors = 4;
constexpr int kill_least_s = 6, kill_most_s = 18;
/// What becomes of the browser, of six draws: the rest are as the last.
constexpr std::uint64_t kill_child = 0, stop_it = 1, kill_it = 2;
/// Answers may come this long after a command's own limit: what one turn of a loaded machine takes.
constexpr auto latest_answer = 5s;
/// Between two looks at the memory, in which nobody does anything.
constexpr auto rest_every = 5s;
/// The last visitor's last command, and a browser that is started anew.
constexpr auto rest_limit = 90s;
/// Small answers, one after another, before each look: what large messages have left in the agent's queues is gone.
constexpr int quiet_commands = 100;
/// The memory of large messages is kept for the next ones, for two periods at most after the last one. And a moment.
constexpr auto memory_kept =
    std::chrono::duration_cast<std::chrono::milliseconds>(2 * platform::KeptMemory::period) + 1s;
/// What the agent may have allocated more in the run's last third than in its middle one, at rest, and so much for each
/// command in between.
constexpr double kept_bytes = 256.0 * 1024;
constexpr double bytes_a_command = 50;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : otherwise;
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
        agent = world.joined_agent({.config = "budget_max = 0\n"});
        ASSERT_NE(agent, nullptr);
        line = std::make_unique<Line>(world);
    }

    // Runs visitors and the killer, looks at the memory in between; then waits for the last visitor.
    void run() {
        int at_work = visitors + 1;
        const auto done = [&at_work] { --at_work; };
        for (int number = 0; number < visitors; ++number) {
            guests.push_back(std::make_unique<Visitor>(*line, seed + static_cast<unsigned>(number) + 1, over, rest));
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
        net::co_spawn(world.io(), kill, rethrow);
        const auto end = platform::BootClock::now() + length;
        while (platform::BootClock::now() < end && !HasFatalFailure()) {
            world.until([] { return false; }, rest_every);
            look_at_memory();
        }
        over = true;
        killer.cancel();
        ASSERT_TRUE(world.until([&] { return at_work == 0; }, 90s)) << at_work << " do not end";
    }

    awaitable<void> kill_browsers() {
        std::mt19937_64 random{seed};
        while (!over) {
            killer.expires_after(std::chrono::seconds{kill_least_s} +
                                 std::chrono::milliseconds{random() % ((kill_most_s - kill_least_s) * 1000)});
            co_await killer.async_wait(no_throw);
            while (rest.wanted) co_await rest.over.async_wait(no_throw);
            if (!over) strike(random);
        }
    }

    void strike(std::mt19937_64& random) {
        const auto processes = world.browsers();
        std::vector<pid_t> parents;
        std::vector<pid_t> children;
        for (const auto pid : processes) (is_child(pid) ? children : parents).push_back(pid);
        auto& killed = line->figures.deeds["browsers killed"];
        const auto draw = killed == 0 ? kill_it : random() % 6;  // a short soak kills one, too
        if (draw == kill_child && !children.empty()) {
            ++line->figures.deeds["browser's children killed"];
            ::kill(children[random() % children.size()], SIGKILL);
        } else if (draw == stop_it && !parents.empty()) {
            ++line->figures.deeds["browsers stopped"];
            for (const auto pid : parents) ::kill(pid, SIGSTOP);
        } else if (!parents.empty()) {
            ++killed;
            for (const auto pid : parents) ::kill(pid, SIGKILL);
        }
    }

    // Nothing is in flight, and the browser stands: what is allocated now is what is kept.
    void look_at_memory() {
        rest.wanted = true;
        EXPECT_TRUE(world.until([&] { return rest.at_rest == visitors; }, rest_limit))
            << rest.at_rest << " are at rest";
        const int rounds = quiet_rounds + 1;
        const auto ask = [this]() -> awaitable<void> { return ask_quietly(); };
        net::co_spawn(world.io(), ask, rethrow);
        EXPECT_TRUE(world.until([&] { return quiet_rounds == rounds; }, rest_limit));
        json seen;
        EXPECT_TRUE(world.until(
            [&] {
                seen = status();
                return at_rest(seen);
            },
            rest_limit))
            << seen;
        // Where there is more than at the look with the least, what is kept is waited for; where there is still more
        // then, that is what is seen. The first look waits in any case.
        if (at_rest(seen)) {
            world.until([&] { return allocated(seen = status()) < least_bytes + kept_bytes; }, memory_kept);
        }
        if (at_rest(seen)) {
            memory.push_back({allocated(seen), line->figures.sent});
            least_bytes = memory.size() == 1 ? allocated(seen) : std::min(least_bytes, allocated(seen));
        }
        rest.wanted = false;
        rest.over.cancel();
    }

    awaitable<void> ask_quietly() {
        for (int i = 0; i < quiet_commands; ++i) {
            json none = json::object();
            co_await line->ask("Browser.getVersion", std::move(none));
        }
        ++quiet_rounds;
    }

    static bool at_rest(const json& seen) {
        return seen["browser"]["state"] == "attached" && seen["browser"]["in_flight"] == 0 &&
               seen["commands"]["in_flight"] == 0 && seen["commands"]["streams"] == 0;
    }

    static double allocated(const json& seen) { return seen["allocated_bytes"].get<double>(); }

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
                  << "allocated at rest, " << memory.size() << " looks: first third " << bytes(0) / 1024
                  << " KiB, second " << bytes(1) / 1024 << " KiB, last " << bytes(2) / 1024 << " KiB; "
                  << (bytes(2) - bytes(1)) / (commands(2) - commands(1)) << " bytes a command between the last two, of "
                  << commands(2) - commands(1) << " commands\nKiB at each look:";
        for (const auto& look : memory) std::cout << ' ' << static_cast<std::uint64_t>(look.bytes) / 1024;
        std::cout << std::endl;
    }

    struct Look {
        double bytes = 0;
        std::uint64_t commands = 0;  // sent before
    };
    // The median of a third of the looks.
    double bytes(std::size_t number) const {
        return of_third(number, [](const Look& look) { return look.bytes; });
    }
    double commands(std::size_t number) const {
        return of_third(number, [](const Look& look) { return static_cast<double>(look.commands); });
    }
    template <class Value>
    double of_third(std::size_t number, Value value) const {
        const auto size = memory.size() / 3;
        std::vector<double> values;
        for (auto at = size * number; at < size * (number + 1); ++at) values.push_back(value(memory[at]));
        return median(std::move(values));
    }

    World world;
    std::unique_ptr<support::Child> agent;
    std::unique_ptr<Line> line;
    std::vector<std::unique_ptr<Visitor>> guests;
    platform::Timer killer{world.io()};
    Rest rest{world.io()};
    int quiet_rounds = 0;
    std::vector<Look> memory;
    double least_bytes = 0;  // of the looks
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
            // A session goes a moment after its page. Two stay: our own and the default page's.
            return at_the_end["commands"]["in_flight"] == 0 && at_the_end["browser"]["in_flight"] == 0 &&
                   at_the_end["browser"]["sessions"] <= 2;
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
#ifndef __SANITIZE_ADDRESS__
    ASSERT_GE(memory.size(), 3U);
    EXPECT_GT(bytes(1), 0) << "the allocator does not tell";
    EXPECT_LT(bytes(2) - bytes(1), kept_bytes + bytes_a_command * (commands(2) - commands(1))) << "memory grows";
#endif

    agent->signal(SIGTERM);
    const auto ended = agent->wait(15s);
    ASSERT_TRUE(ended);
    EXPECT_TRUE(ended->success()) << ended->describe();
    EXPECT_TRUE(world.browsers().empty());
    EXPECT_EQ(world.profiles(), 0U);
}

}  // namespace
