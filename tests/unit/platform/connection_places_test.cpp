#include "platform/http/connection_places.hpp"

#include <gtest/gtest.h>

namespace {

using platform::ConnectionPlaces;

constexpr ConnectionPlaces::Limits limits{.reserved = 2, .others = 4, .one = 3};
constexpr unsigned owner = 1, ann = 2, bob = 3;

TEST(ConnectionPlaces, OneUserLosesTheOldestOfItsOwn) {
    ConnectionPlaces places{limits};
    const auto first = places.admit(ann, false).admitted;
    places.admit(ann, false);
    EXPECT_FALSE(places.admit(ann, false).leaves) << "the last one that it may have";
    const auto fourth = places.admit(ann, false);
    EXPECT_EQ(fourth.leaves, first);
    EXPECT_TRUE(fourth.admitted);
    EXPECT_EQ(places.size(), limits.one);
}

TEST(ConnectionPlaces, WhoHasMostMakesRoomForAnotherUser) {
    ConnectionPlaces places{limits};
    const auto of_bob = places.admit(bob, false).admitted;
    const auto first = places.admit(ann, false).admitted;
    places.admit(ann, false);
    places.admit(ann, false);
    EXPECT_EQ(places.admit(4U, false).leaves, first);
    places.busy(*of_bob);
    EXPECT_EQ(places.size(), limits.others);
}

TEST(ConnectionPlaces, NobodyTakesThePlacesOfTheOwner) {
    ConnectionPlaces places{limits};
    for (unsigned user = 10; user < 100; ++user) places.admit(user, false);
    EXPECT_EQ(places.size(), limits.others);
    const auto one = places.admit(owner, true);
    EXPECT_TRUE(one.admitted);
    EXPECT_FALSE(one.leaves);
    const auto two = places.admit(0U, true);
    EXPECT_EQ(places.admit(owner, true).leaves, one.admitted) << "the owner's own oldest";
    EXPECT_NE(two.admitted, one.admitted);
}

TEST(ConnectionPlaces, WhatIsBeingAnsweredStays) {
    ConnectionPlaces places{limits};
    const auto one = places.admit(owner, true).admitted;
    const auto two = places.admit(owner, true).admitted;
    places.busy(*one);
    places.busy(*two);
    const auto third = places.admit(owner, true);
    EXPECT_FALSE(third.admitted);
    EXPECT_FALSE(third.leaves);
    places.waiting(*two);
    EXPECT_EQ(places.all_waiting(), std::vector{*two});
    EXPECT_EQ(places.admit(owner, true).leaves, two);
    places.leave(*one);
    EXPECT_EQ(places.size(), 1U);
}

TEST(ConnectionPlaces, WaitingAnewIsNotOld) {
    ConnectionPlaces places{limits};
    const auto one = places.admit(owner, true).admitted;
    const auto two = places.admit(owner, true).admitted;
    places.busy(*one);
    places.waiting(*one);
    EXPECT_EQ(places.admit(owner, true).leaves, two);
}

TEST(ConnectionPlaces, WithoutAUserAllShareOneLimit) {
    ConnectionPlaces places{{.others = 3, .one = 3}};
    const auto first = places.admit(std::nullopt, false).admitted;
    for (int i = 0; i < 2; ++i) EXPECT_FALSE(places.admit(std::nullopt, false).leaves);
    EXPECT_EQ(places.admit(std::nullopt, false).leaves, first);
    EXPECT_EQ(places.size(), 3U);
}

}  // namespace
