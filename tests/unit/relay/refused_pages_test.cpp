// Pages that the policy lets nobody read.
#include "agent/relay/core/refused_pages.hpp"

#include <gtest/gtest.h>

namespace {

using relay::RefusedPages;

TEST(RefusedPages, AreThoseOfTheHostAndOfTheBrowserItself) {
    const RefusedPages pages{{}};
    for (const char* url : {"file:///etc/passwd", "chrome://settings/", "view-source:https://a.test/"}) {
        EXPECT_TRUE(pages.refuses(url)) << url;
    }
    for (const char* url : {"https://a.test/", "about:blank", "data:text/html,x"}) {
        EXPECT_FALSE(pages.refuses(url)) << url;
    }
}

TEST(RefusedPages, AreReadWhereTheOwnerLetsThem) {
    relay::PolicySettings settings;
    settings.allow_urls = {"file:///srv/pages/*"};
    const RefusedPages pages{settings};
    EXPECT_FALSE(pages.refuses("file:///srv/pages/a.html"));
    EXPECT_TRUE(pages.refuses("file:///srv/other"));
}

}  // namespace
