// Where targets stand, and which requests a session may settle.
#include "cdp/core/place.hpp"

#include <gtest/gtest.h>

#include "cdp/core/paused_requests.hpp"

namespace {

using cdp::may_be_read;
using cdp::Removal;
using cdp::removal_of;

struct WebAlone final : cdp::PlaceRules {
    bool refuses(std::string_view url) const override { return !url.starts_with("http"); }
};
const WebAlone web_alone{};
constexpr const cdp::PlaceRules* refused = &web_alone;

cdp::TargetInfo at(std::string url, std::string type) {
    cdp::TargetInfo target;
    target.id = "T";
    target.url = std::move(url);
    target.type = std::move(type);
    return target;
}

TEST(Place, WhatIsNotKnownMayNotBeRead) {
    EXPECT_FALSE(may_be_read(nullptr, refused));
    EXPECT_TRUE(may_be_read(nullptr, nullptr)) << "nobody refuses anything";
    for (const char* type : {"page", "tab", "browser"}) {
        const auto fresh = at("", type);
        EXPECT_TRUE(may_be_read(&fresh, refused)) << type;
    }
    for (const char* type : {"iframe", "worker", "service_worker", "browser_ui", "other"}) {
        const auto unknown = at("", type);
        EXPECT_FALSE(may_be_read(&unknown, refused)) << type;
    }
    const auto page = at("http://a/", "page");
    const auto file = at("file:///x", "page");
    const auto interface = at("http://a/", "browser_ui");
    EXPECT_TRUE(may_be_read(&page, refused));
    EXPECT_FALSE(may_be_read(&file, refused));
    EXPECT_FALSE(may_be_read(&interface, refused));
}

TEST(Place, PagesAndFramesAreSentAwayAndPartsOfTheBrowserAreLeft) {
    EXPECT_EQ(removal_of(at("file:///x", "page"), refused), Removal::page);
    EXPECT_EQ(removal_of(at("chrome-extension://x/", "page"), refused), Removal::page);
    EXPECT_EQ(removal_of(at("file:///x", "iframe"), refused), Removal::frame);
    EXPECT_EQ(removal_of(at("chrome-extension://x/", "iframe"), refused), Removal::leave) << "PDF files are shown so";
    EXPECT_EQ(removal_of(at("chrome://x/", "browser_ui"), refused), Removal::leave);
    EXPECT_EQ(removal_of(at("file:///x", "tab"), refused), Removal::leave) << "its page is sent away";
    EXPECT_EQ(removal_of(at("", "page"), refused), Removal::leave);
    EXPECT_EQ(removal_of(at("http://a/", "page"), refused), Removal::leave);
    EXPECT_EQ(removal_of(at("file:///x", "page"), nullptr), Removal::leave);
}

TEST(PausedRequests, BelongToTheSessionThatWasToldOfThem) {
    cdp::PausedRequests paused;
    paused.add("S", "job-1.0");
    paused.add("S", "job-1.0");  // it comes again at another stage
    EXPECT_TRUE(paused.holds("S", "job-1.0"));
    EXPECT_FALSE(paused.holds("S", "job-2.0"));
    EXPECT_FALSE(paused.holds("T", "job-1.0"));
    paused.forget_session("S");
    EXPECT_FALSE(paused.holds("S", "job-1.0"));
}

TEST(PausedRequests, ForgetTheOldestBeyondTheLimit) {
    cdp::PausedRequests paused;
    for (std::size_t i = 0; i < cdp::max_paused_requests; ++i) paused.add("S", std::to_string(i));
    EXPECT_TRUE(paused.holds("S", "0"));
    paused.add("S", "one more");
    EXPECT_FALSE(paused.holds("S", "0"));
    for (std::size_t i = 1; i < cdp::max_paused_requests; ++i) EXPECT_TRUE(paused.holds("S", std::to_string(i)));
}

TEST(PausedRequests, KnowWhatSettles) {
    for (const char* method : {"Fetch.fulfillRequest", "Fetch.continueRequest", "Fetch.getResponseBody"}) {
        EXPECT_TRUE(cdp::settles_request(method)) << method;
    }
    for (const char* method : {"Fetch.enable", "Fetch.disable", "Page.enable"}) {
        EXPECT_FALSE(cdp::settles_request(method)) << method;
    }
}

}  // namespace
