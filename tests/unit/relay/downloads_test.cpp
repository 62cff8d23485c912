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

}  // namespace
