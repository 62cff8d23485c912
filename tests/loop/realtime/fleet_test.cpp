// A fleet that shares one tenant's limit: forty budgets against the stand-in's own rate counter, on a clock of their
// own.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "agent/core/backoff.hpp"
#include "agent/realtime/core/budget.hpp"
#include "tests/hub/rate.hpp"

namespace {

using namespace std::chrono_literals;
using realtime::Budget;
using realtime::Lane;

struct Member {
    Budget budget{20, 100};
    TimePoint away_until{};  // backing off after a closure
    std::uint64_t sent = 0;
};

/// Each agent has more to do than it may send: a command and a result cost an event each, and one each to be delivered.
struct Fleet {
    static constexpr int agents = 40;
    static constexpr std::uint64_t events_a_command = 4;
    hub::RateCounter counter{5s, 100};
    std::vector<Member> members{agents};
    TimePoint now{1h};
    std::mt19937 random{7};
    int closures = 0;

    double draw() { return std::uniform_real_distribution<double>{0, 1}(random); }

    void run(Duration how_long) {
        constexpr Duration step = 50ms;
        for (const TimePoint end = now + how_long; now < end; now += step) {
            for (Member& member : members) serve(member);
        }
    }

    void serve(Member& member) {
        if (now < member.away_until || !member.budget.take(Lane::answer, now)) return;
        ++member.sent;
        counter.add(now, events_a_command);
        if (!counter.exceeded(now)) return;
        // Whoever receives is closed; all receive commands. (The one that is served next would be closed next.)
        member.budget.closed_for_rate(now);
        member.away_until = now + core::spread(30s, 60s, draw());
        ++closures;
    }
};

TEST(Fleet, FortyAgentsComeToRestBelowTheTenantsLimit) {
    Fleet fleet;
    fleet.run(15min);
    EXPECT_GT(fleet.closures, 0) << "else the test proves nothing";
    const int before = fleet.closures;
    for (auto& member : fleet.members) member.sent = 0;
    fleet.run(30min);
    EXPECT_EQ(fleet.closures, before);
    std::uint64_t all = 0;
    for (const auto& member : fleet.members) {
        EXPECT_GT(member.sent, 100u) << "nobody starves";
        all += member.sent;
    }
    // 25 commands a second is all that the limit allows.
    EXPECT_GT(all, 30 * 60 * 25 / 4u);
}

}  // namespace
