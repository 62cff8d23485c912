// A fleet that shares one tenant's limit: budgets against the stand-in's own rate counter, on a clock of their own.
// The server closes whoever receives while the limit is passed (trace 07): a controller at the result that it waited
// for, and so mostly before its agent, which is told of nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "agent/realtime/core/budget.hpp"
#include "agent/realtime/settings.hpp"
#include "platform/core/backoff.hpp"
#include "tests/hub/rate.hpp"

namespace {

using namespace std::chrono_literals;
using realtime::Budget;
using realtime::Lane;

constexpr std::uint32_t tenant_limit = 100;  // events a second of the tenant
constexpr int best_pace =
    tenant_limit / 4;  // commands a second: each costs an event, its delivery, and its result both
constexpr Duration round_trip = 100ms;
constexpr Duration given_up_after = 180s;  // a command that its controller waits for no longer

struct Member {
    Budget budget{realtime::Settings{}.budget_start, realtime::Settings{}.budget_max};
    TimePoint agent_away_until{};  // backing off after a closure
    TimePoint controller_away_until{};
    TimePoint given_up_at{};
    int waiting_for = 0;  // results, at the controller
    int queue = 0;        // commands, at the agent
    std::uint64_t answered = 0;
};

/// Each controller keeps `in_flight` commands going for as long as its channel stands.
struct Fleet {
    Fleet(std::size_t agents, int in_flight_each) : members{agents}, in_flight{in_flight_each} {}

    std::vector<Member> members;
    int in_flight;
    hub::RateCounter counter{5s, tenant_limit};
    TimePoint now{1h};
    std::mt19937 random{7};
    int agents_closed = 0;
    int controllers_closed = 0;

    double draw() { return std::uniform_real_distribution<double>{0, 1}(random); }
    TimePoint back_at() { return now + platform::spread(30s, 60s, draw()); }
    int closures() const { return agents_closed + controllers_closed; }

    void run(Duration how_long) {
        for (const TimePoint end = now + how_long; now < end; now += round_trip) {
            for (Member& member : members) {
                command(member);
                answer(member);
            }
        }
    }

    /// One event more for a receiver; false: it is closed for it.
    bool deliver() {
        counter.add(now);
        return !counter.exceeded(now);
    }

    void command(Member& member) {
        if (now < member.controller_away_until) return;
        if (now >= member.given_up_at) member.waiting_for = 0;
        for (; member.waiting_for < in_flight; ++member.waiting_for) {
            member.given_up_at = now + given_up_after;
            counter.add(now);
            if (now < member.agent_away_until) continue;  // nobody hears it
            ++member.queue;
            if (deliver()) continue;
            ++agents_closed;
            member.agent_away_until = back_at();
            member.budget.closed_for_rate(now);
        }
    }

    void answer(Member& member) {
        while (member.queue > 0 && now >= member.agent_away_until && member.budget.take(Lane::answer, now)) {
            --member.queue;
            counter.add(now);
            if (now < member.controller_away_until) continue;
            if (!deliver()) {
                ++controllers_closed;
                member.controller_away_until = back_at();
                member.waiting_for = 0;
            } else if (member.waiting_for > 0) {
                --member.waiting_for;
                ++member.answered;
            }
        }
    }

    std::uint64_t least_answered() const {
        const auto by_answers = [](const Member& a, const Member& b) { return a.answered < b.answered; };
        return std::min_element(members.begin(), members.end(), by_answers)->answered;
    }

    /// Commands a second, of all; counted from here on again.
    double answered_a_second(Duration in) {
        std::uint64_t all = 0;
        for (Member& member : members) all += std::exchange(member.answered, 0);
        return static_cast<double>(all) / std::chrono::duration<double>(in).count();
    }
};

// Growth is in minutes, so a fleet whose agents always want more goes on to look for it: it is at rest when that closes
// ever fewer, and the limit is used.
TEST(Fleet, FortyAgentsComeToRestBelowTheTenantsLimit) {
    for (const int in_flight : {1, 4, 16}) {
        SCOPED_TRACE(in_flight);
        Fleet fleet{40, in_flight};
        fleet.run(1h);
        EXPECT_GT(fleet.agents_closed, 0) << "else the test proves nothing";
        EXPECT_GT(fleet.controllers_closed, fleet.agents_closed) << "the server tells agents of few closures";
        const int while_settling = fleet.closures();
        fleet.answered_a_second(1h);
        fleet.run(2h);
        EXPECT_LT(fleet.closures() - while_settling, while_settling) << "in two hours less than in the first";
        EXPECT_GT(fleet.least_answered(), 300u) << "nobody starves";
        EXPECT_GT(fleet.answered_a_second(2h), best_pace * 0.7) << "and what may be used is used";
        const int before = fleet.closures();
        fleet.run(2h);
        EXPECT_LT(fleet.closures() - before, while_settling / 2);
    }
}

TEST(Fleet, LooksForMoreRarelyAndGently) {
    Fleet fleet{40, 4};
    fleet.run(1h);
    const int while_settling = fleet.closures();
    fleet.run(5h);
    const int before = fleet.closures();
    fleet.run(6h);
    EXPECT_LT(fleet.closures() - before, while_settling) << "in six hours less than in the first";
}

TEST(Fleet, AMachineAloneIsNeverClosed) {
    for (const int in_flight : {2, 4, 16}) {
        SCOPED_TRACE(in_flight);
        Fleet fleet{1, in_flight};
        fleet.run(3h);
        EXPECT_EQ(fleet.closures(), 0);
        EXPECT_GT(fleet.answered_a_second(3h), best_pace * 0.7);
    }
}

TEST(Fleet, AFewMachinesFindTheirShareWithinMinutes) {
    for (const std::size_t agents : {2u, 3u, 5u}) {
        SCOPED_TRACE(agents);
        Fleet fleet{agents, 16};
        fleet.run(5min);
        const int while_settling = fleet.closures();
        fleet.answered_a_second(5min);
        fleet.run(20min);
        EXPECT_LE(fleet.closures() - while_settling, static_cast<int>(2 * agents)) << "a try or two was too much";
        EXPECT_GT(fleet.answered_a_second(20min), best_pace * 0.5);
    }
}

}  // namespace
