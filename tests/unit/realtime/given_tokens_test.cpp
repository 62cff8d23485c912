#include "agent/realtime/core/given_tokens.hpp"

#include <gtest/gtest.h>

namespace realtime {
namespace {

using namespace std::chrono_literals;

TEST(AfterARefusal, ANewerTokenIsTriedAtOnceWhateverTheOlderOneWasRefusedFor) {
    for (const Class what : {Class::reauthenticate, Class::rights, Class::configuration, Class::unknown}) {
        EXPECT_EQ(after({what, 1, 2, 0}), NextTry::at_once) << to_string(what);
        EXPECT_EQ(after({what, 1, 2, 1}), NextTry::at_once) << to_string(what);
        EXPECT_EQ(after({what, 2, 2, 2}), NextTry::wait) << to_string(what);
    }
}

TEST(AfterARefusal, ANewerTokenDoesNotHelpWhereNoTokenIsTheReason) {
    for (const Class what : {Class::limit, Class::transient, Class::restart, Class::switched_off}) {
        EXPECT_EQ(after({what, 1, 2, 0}), NextTry::wait) << to_string(what);
    }
    EXPECT_EQ(after({Class::reauthenticate, 0, 2, 0}), NextTry::wait) << "no token was used";
}

TEST(AfterARefusal, AFreshTokenIsAskedForOnceForEach) {
    EXPECT_EQ(after({Class::reauthenticate, 1, 1, 0}), NextTry::fresh);
    EXPECT_EQ(after({Class::reauthenticate, 2, 2, 1}), NextTry::fresh);
    EXPECT_EQ(after({Class::reauthenticate, 2, 2, 2}), NextTry::wait);
    EXPECT_EQ(after({Class::rights, 1, 1, 0}), NextTry::wait);
}

TEST(GivenTokensTest, AClosureShortlyAfterAPushSpeaksOfTheTokenBefore) {
    GivenTokens given;
    TimePoint now{1h};
    given.joined_with(3);
    EXPECT_EQ(given.judged(now), 3u);
    given.pushed(4, now);
    EXPECT_EQ(given.newest(), 4u);
    EXPECT_EQ(given.judged(now + GivenTokens::settled_after - 1ns), 3u);
    EXPECT_EQ(given.judged(now + GivenTokens::settled_after), 4u);
    given.pushed(5, now + 5s);
    EXPECT_EQ(given.judged(now + 6s), 3u) << "of none but the join's it is known that it was looked at";
    given.joined_with(5);
    EXPECT_EQ(given.judged(now + 6s), 5u);
}

}  // namespace
}  // namespace realtime
