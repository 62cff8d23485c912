// Which downloads have to end.
#include "agent/relay/core/downloads.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using relay::DownloadBound;
using relay::DownloadInWork;
using relay::DownloadStep;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class DownloadBoundTest : public testing::Test {
  protected:
    std::vector<std::pair<std::string, DownloadStep>> orders(std::vector<DownloadInWork> in_work) {
        std::vector<std::pair<std::string, DownloadStep>> all;
        for (auto& order : bound.orders(std::move(in_work), now)) all.emplace_back(order.guid, order.step);
        return all;
    }

    DownloadBound bound{{.bytes = 1000, .count = 3, .obey_within = 5s}};
    TimePoint now{};
};

TEST_F(DownloadBoundTest, LeavesWhatIsWithinTheQuota) {
    EXPECT_THAT(orders({{"a", 400}, {"b", 600}}), IsEmpty());
}

TEST_F(DownloadBoundTest, CancelsTheLargestUntilTheRestFits) {
    EXPECT_THAT(orders({{"a", 400}, {"b", 601}}), ElementsAre(Pair("b", DownloadStep::cancel)));
    EXPECT_THAT(orders({{"a", 400}, {"b", 700}}), IsEmpty()) << "it was told once";
    EXPECT_THAT(orders({{"a", 1001}, {"b", 700}}), ElementsAre(Pair("a", DownloadStep::cancel)))
        << "the other one counts no longer";
}

TEST_F(DownloadBoundTest, BoundsTheirNumber) {
    EXPECT_THAT(orders({{"a", 0}, {"b", 0}, {"c", 0}, {"d", 1}}), ElementsAre(Pair("d", DownloadStep::cancel)));
}

TEST_F(DownloadBoundTest, GoesOnToThePageAndToTheFileWhereTheBrowserDoesNotObey) {
    orders({{"a", 2000}});
    now += 5s;
    EXPECT_THAT(orders({{"a", 3000}}), ElementsAre(Pair("a", DownloadStep::close_page)));
    now += 1s;
    EXPECT_THAT(orders({{"a", 3000}}), IsEmpty());
    now += 4s;
    EXPECT_THAT(orders({{"a", 3000}}), ElementsAre(Pair("a", DownloadStep::cut)));
    EXPECT_THAT(orders({{"a", 0}}), IsEmpty());
    EXPECT_THAT(orders({{"a", 10}}), ElementsAre(Pair("a", DownloadStep::cut))) << "again and again";
    EXPECT_THAT(orders({}), IsEmpty());
    EXPECT_THAT(orders({{"a", 10}}), IsEmpty()) << "forgotten when it ended";
}

TEST_F(DownloadBoundTest, OneThatIsNewIsTakenForFast) {
    bound = DownloadBound{{.bytes = DownloadBound::fastest, .count = 3}};
    orders({});
    EXPECT_GE(bound.until_look(), 1min) << "nothing is in work";
    orders({{"a", 0}});
    EXPECT_EQ(bound.until_look(), 500ms) << "half of the second in which it could fill all";
    orders({{"a", 0}, {"b", DownloadBound::fastest / 2}});
    EXPECT_EQ(bound.until_look(), 125ms) << "half of the room for two of them";
}

TEST_F(DownloadBoundTest, TheNextLookIsDueBeforeTheRoomIsUsedAtTheSpeedOfEach) {
    orders({{"a", 100}, {"b", 0}});
    now += 1s;
    orders({{"a", 100}, {"b", 0}});  // the speed of one that rests halves with each look
    for (int i = 0; i < 60; ++i) orders({{"a", 100}, {"b", 0}}), now += 1s;
    orders({{"a", 200}, {"b", 0}});  // 100 bytes a second, of 800 that are left
    EXPECT_NEAR(std::chrono::duration<double>(bound.until_look()).count(), 4, 0.1);
    now += 1s;
    orders({{"a", 300}, {"b", 100}});  // twice that, of 600
    EXPECT_NEAR(std::chrono::duration<double>(bound.until_look()).count(), 1.5, 0.1);
}

TEST_F(DownloadBoundTest, WhatWasToldToEndHasNoSpeed) {
    orders({{"a", 2000}});
    EXPECT_GE(bound.until_look(), 1min);
    now += 1s;
    orders({{"a", 3000}, {"b", 1000}});
    EXPECT_EQ(bound.until_look(), 0s) << "b is at the limit";
}

}  // namespace
