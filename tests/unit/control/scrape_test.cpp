// Which Host headers name this machine's loopback: a page in the browser may not read the metrics by a name that leads
// here.
#include "agent/control/scrape.hpp"

#include <gtest/gtest.h>

namespace control {
namespace {

TEST(ScrapeHost, NamesLoopback) {
    for (const auto* host : {"127.0.0.1", "127.0.0.1:9100", "localhost", "localhost:9100", "[::1]", "[::1]:9100"}) {
        EXPECT_TRUE(is_loopback_host(host)) << host;
    }
}

TEST(ScrapeHost, RefusesANameThatOnlyLeadsHere) {
    for (const auto* host :
         {"", ":9100", "rebound.example", "rebound.example:9100", "127.0.0.1.example", "xlocalhost",
          "localhost.example:9100", "[::1].example", "[::1", "[::2]", "::1", "0.0.0.0", "127.0.0.2"}) {
        EXPECT_FALSE(is_loopback_host(host)) << host;
    }
}

}  // namespace
}  // namespace control
