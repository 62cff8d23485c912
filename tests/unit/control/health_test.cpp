#include "agent/control/core/health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace control {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct HealthCase {
    Trouble what;
    void (*make)(Vitals&);
    const char* sentence;
    const char* remedy;
};

Vitals well() {
    Vitals vitals;
    vitals.browser_known = vitals.browser_answers = true;
    vitals.token_left = 14 * 24h;
    vitals.token_left_words = "14 d";
    return vitals;
}

const HealthCase cases[] = {
    {Trouble::unpaired,
     [](Vitals& v) { v.paired = false, v.gate_reason = "not paired", v.gate_remedy = "run `agent --pair`"; },
     "at the activation gate: not paired", "run `agent --pair`"},
    {Trouble::not_joined, [](Vitals& v) { v.link = realtime::State::waiting, v.link_reason = "no network"; },
     "the device's channel is not joined (waiting): no network", "agent --doctor finds out why"},
    {Trouble::paused, [](Vitals& v) { v.paused = "for 10 min"; }, "paused for 10 min", "agent --resume"},
    {Trouble::yielding, [](Vitals& v) { v.yielding = true; }, "this one relays nothing", "stop one of them"},
    {Trouble::no_browser,
     [](Vitals& v) { v.browser_answers = false, v.browser_reason = "It ended.", v.browser_remedy = "start it"; },
     "no browser answers: It ended.", "start it"},
    {Trouble::audit_refuses, [](Vitals& v) { v.audit = "No space left", v.audit_refuses = true; },
     "no audit line can be written: No space left", "make room at audit.file"},
    {Trouble::not_accepted, [](Vitals& v) { v.not_accepted = "no right to write"; },
     "does not accept the results: no right to write", "insert into realtime.messages"},
    {Trouble::disputed, [](Vitals& v) { v.disputed = true; }, "claims to be this device", "who may track presence"},
    {Trouble::token_ends,
     [](Vitals& v) { v.token_left = 3h, v.token_left_words = "3 h", v.token_remedy = "agent --pair --rotate"; },
     "the device's token runs out in 3 h and cannot be refreshed", "--rotate"},
    {Trouble::audit_stopped, [](Vitals& v) { v.audit = "No space left"; }, "the audit trail stopped: No space left",
     "make room at audit.file"},
    {Trouble::spool_full, [](Vitals& v) { v.spool = "100 of 100 bytes"; }, "the spool has no room", "spool.quota"},
};

TEST(Health, NothingIsWrongWithAnAgentThatServes) {
    EXPECT_TRUE(examine(well()).empty());
    EXPECT_TRUE(examine(Vitals{}).empty()) << "what is not known is not wrong";
}

TEST(Health, EachTroubleHasItsNameItsSentenceAndItsRemedy) {
    ASSERT_EQ(std::size(cases), troubles);
    for (std::size_t i = 0; i < troubles; ++i) {
        const HealthCase& one = cases[i];
        ASSERT_EQ(one.what, static_cast<Trouble>(i)) << "the table has a row a trouble";
        EXPECT_EQ(trouble_named(to_string(one.what)), one.what);
        Vitals vitals = well();
        one.make(vitals);
        const auto found = examine(vitals);
        ASSERT_EQ(found.size(), 1u) << to_string(one.what);
        EXPECT_EQ(found[0].what, one.what);
        EXPECT_THAT(found[0].sentence, HasSubstr(one.sentence));
        EXPECT_THAT(found[0].remedy, HasSubstr(one.remedy));
    }
    EXPECT_EQ(trouble_named("nothing"), std::nullopt);
}

TEST(Health, TheWorstIsFirstAndNoneHidesAnother) {
    Vitals vitals = well();
    for (const HealthCase& one : cases) {
        if (one.what != Trouble::unpaired && one.what != Trouble::audit_refuses) one.make(vitals);
    }
    vitals.audit_refuses = false;
    auto found = examine(vitals);
    std::vector<Trouble> seen;
    for (const auto& one : found) seen.push_back(one.what);
    EXPECT_THAT(seen, ElementsAre(Trouble::not_joined, Trouble::paused, Trouble::yielding, Trouble::no_browser,
                                  Trouble::not_accepted, Trouble::disputed, Trouble::token_ends, Trouble::audit_stopped,
                                  Trouble::spool_full));
    vitals.paired = false;
    found = examine(vitals);
    ASSERT_EQ(found.size(), 1u) << "at the gate there is nothing else to look at";
    EXPECT_EQ(found[0].what, Trouble::unpaired);
}

TEST(Health, SaysWhetherCommandsAreServedAllTheSame) {
    for (const auto what : {Trouble::unpaired, Trouble::not_joined, Trouble::paused, Trouble::yielding,
                            Trouble::no_browser, Trouble::audit_refuses, Trouble::not_accepted})
        EXPECT_FALSE(serves(what)) << to_string(what);
    for (const auto what : {Trouble::disputed, Trouble::token_ends, Trouble::audit_stopped, Trouble::spool_full})
        EXPECT_TRUE(serves(what)) << to_string(what);
}

TEST(Health, ATokenIsATroubleFromItsEdgeOn) {
    Vitals vitals = well();
    const auto wrong = [&] { return !examine(vitals).empty(); };
    vitals.token_left = token_ends_ahead + 1s;
    EXPECT_FALSE(wrong());
    EXPECT_EQ(token_holds(vitals), 1s);
    vitals.token_left = token_ends_ahead;
    EXPECT_TRUE(wrong());
    EXPECT_EQ(token_holds(vitals), token_ends_ahead);
    vitals.token_given = true;
    EXPECT_FALSE(wrong()) << "a job's token is short";
    vitals.token_left = given_token_ends_ahead;
    EXPECT_TRUE(wrong());
    vitals.token_left = 0s;
    EXPECT_THAT(examine(vitals)[0].sentence, HasSubstr("has run out"));
    EXPECT_EQ(token_holds(vitals), std::nullopt);
    vitals.token_left.reset();
    EXPECT_FALSE(wrong());
    EXPECT_EQ(token_holds(vitals), std::nullopt);
}

TEST(Health, ATokenThatIsRefreshedIsATroubleWhenThatFails) {
    Vitals vitals = well();
    vitals.token_refreshed = true;
    vitals.token_left = 60s;
    vitals.token_left_words = "1 min";
    EXPECT_TRUE(examine(vitals).empty());
    EXPECT_EQ(token_holds(vitals), 60s);
    vitals.token_trouble = "the server refused it";
    const auto found = examine(vitals);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].sentence, "the device's token runs out in 1 min: the server refused it");
    vitals.token_trouble.clear();
    vitals.token_left = -1s;
    EXPECT_EQ(examine(vitals).size(), 1u);
}

}  // namespace
}  // namespace control
