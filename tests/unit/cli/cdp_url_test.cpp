#include "agent/cli/cdp_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using cli::with_cdp_urls;
using ::testing::ElementsAre;

TEST(CdpUrlTest, TheFirstHasNoNumberAndTheOthersCountFromTwo) {
    EXPECT_THAT(with_cdp_urls({"PATH=/bin"}, {"ws://a", "ws://b", "ws://c"}),
                ElementsAre("PATH=/bin", "BMC_CDP_URL=ws://a", "BMC_CDP_URL_2=ws://b", "BMC_CDP_URL_3=ws://c"));
}

TEST(CdpUrlTest, ThoseOfABridgeAroundThisOneAreReplaced) {
    EXPECT_THAT(with_cdp_urls({"BMC_CDP_URL=ws://old", "BMC_CDP_URL_2=ws://older", "HOME=/h"}, {"ws://a"}),
                ElementsAre("HOME=/h", "BMC_CDP_URL=ws://a"));
}

}  // namespace
