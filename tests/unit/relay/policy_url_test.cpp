// URLs are judged as the browser's parser will read them.
#include "agent/relay/core/policy_url.hpp"

#include <gtest/gtest.h>

#include "agent/relay/core/policy.hpp"
#include "agent/relay/core/refused_pages.hpp"

namespace {

using relay::is_refused_page;
using relay::is_refused_url;

TEST(PolicyUrl, RefusesWhatReachesTheHostHoweverItIsWritten) {
    for (const char* url : {"file:///etc/passwd",
                            "file:etc",
                            "FILE:/etc/hostname",
                            "fi\nle:///etc/passwd",
                            "\x01 file:///etc/passwd",
                            "\tf\ri\tl\ne:\n/etc",
                            " \x1f\x1e file:x",
                            "view-source:file:///etc/hostname",
                            "view-source:http://a/",
                            "View-Source:about:blank",
                            "chrome://version",
                            "CHROME:version",
                            "devtools://devtools/bundled/x",
                            "chrome-untrusted://x",
                            "chrome-extension://abc/page.html",
                            "filesystem:file:///temporary/x",
                            "blob:file:///etc/hostname",
                            "blob:blob:file:///x",
                            "blob: \nfile:///x",
                            "about:version",
                            "about:about",
                            "mailto:a@b",
                            "ssh:host",
                            "intent:#x",
                            "jar:file:///x",
                            "x+y.z-1:a"}) {
        EXPECT_TRUE(is_refused_url(url)) << url;
    }
}

TEST(PolicyUrl, PassesTheWebAndWhatIsNoUrl) {
    for (const char* url : {"",
                            "http://a/",
                            "https://a/?u=file:///etc",
                            "HTTP://a",
                            "ht\ntp://a",
                            "data:text/html,<b>file:</b>",
                            "javascript:1",
                            "about:blank",
                            "about:blank?x",
                            "about:blank#y",
                            "about:srcdoc",
                            "blob:http://a/1",
                            "blob:null/abc",
                            "/etc/passwd",
                            "etc",
                            "//etc/passwd",
                            "1file:x",
                            "ws://a",
                            "wss://a",
                            ":file:",
                            "fi le:///x",
                            "%66ile:///x"}) {
        EXPECT_FALSE(is_refused_url(url)) << url;
    }
}

TEST(PolicyUrl, LetsPagesStandWherePagesBegin) {
    for (const char* url : {"", "about:blank", "about:blank#blocked", "about:srcdoc", "chrome-error://chromewebdata/",
                            "https://a/", "ws://a/", "data:text/html,x", "blob:null/1"}) {
        EXPECT_FALSE(is_refused_page(url, "page")) << url;
        EXPECT_FALSE(is_refused_page(url, "tab")) << url;
    }
    for (const char* url :
         {"chrome://version/", "chrome://newtab/", "chrome://new-tab-page/", "chrome-search://local-ntp/",
          "file:///etc/", "view-source:about:blank", "devtools://devtools/x", "chrome-extension://x/", "about:version",
          "chrome-untrusted://x/", "nonsense", "javascript:1"}) {
        for (const char* type :
             {"page", "tab", "iframe", "worker", "service_worker", "background_page", "other", "new"}) {
            EXPECT_TRUE(is_refused_page(url, type)) << url << ' ' << type;
        }
    }
}

TEST(PolicyUrl, ExemptsNothingByItsType) {
    for (const char* url : {"chrome://omnibox-popup.top-chrome/", "https://a/", "about:blank", ""}) {
        EXPECT_TRUE(is_refused_page(url, "browser_ui")) << url;
    }
    // What is not known yet counts as refused; a fresh page stands nowhere, and the browser target is no page.
    for (const char* type : {"iframe", "worker", "service_worker", "shared_worker", "other", ""}) {
        EXPECT_TRUE(is_refused_page("", type)) << type;
    }
    EXPECT_FALSE(is_refused_page("", "browser"));
    EXPECT_TRUE(is_refused_page("file:///x", "browser"));
    for (const char* type : {"browser_ui", "background_page", "app", "other", "new"}) {
        EXPECT_TRUE(relay::is_browsers_own(type)) << type;
    }
    for (const char* type : {"page", "tab", "iframe", "worker", "shared_worker", "service_worker", "browser"}) {
        EXPECT_FALSE(relay::is_browsers_own(type)) << type;
    }
}

TEST(PolicyUrl, MatchesGlobs) {
    EXPECT_TRUE(relay::matches_glob("*", ""));
    EXPECT_TRUE(relay::matches_glob("", ""));
    EXPECT_TRUE(relay::matches_glob("a*b*c", "axxbxxbc"));
    EXPECT_TRUE(relay::matches_glob("*.enable", "Page.enable"));
    EXPECT_FALSE(relay::matches_glob("a*b", "axxbx"));
    EXPECT_FALSE(relay::matches_glob("", "a"));
    EXPECT_FALSE(relay::matches_glob("Page.*", "page.enable"));
}

TEST(PolicyUrl, LetsAllowedUrlsNotClimb) {
    const std::vector<std::string> globs = {"file:///srv/pages/*"};
    EXPECT_TRUE(relay::is_allowed_url(globs, "file:///srv/pages/a.html"));
    EXPECT_TRUE(relay::is_allowed_url(globs, " FI\nLE:///srv/pages/a.html"));
    for (const char* url :
         {"file:///srv/pages/../../etc/passwd", "file:///srv/pages/%2e%2E/x", "file:///srv/pages/.%2e/x",
          "file:///srv/pages/..\\x", "file:///srv/pages/%2f%5Cx", "file:///srv/other"}) {
        EXPECT_FALSE(relay::is_allowed_url(globs, url)) << url;
    }
}

TEST(PolicyUrl, KeepsOriginsAndNothingElse) {
    EXPECT_EQ(relay::origin_of("https://user:secret@host:8443/path?token=1#x"), "https://host:8443");
    EXPECT_EQ(relay::origin_of("HTTP://Host?x"), "http://Host");
    EXPECT_EQ(relay::origin_of("data:text/html,secret"), "data:");
    EXPECT_EQ(relay::origin_of("file:///etc/passwd"), "file://");
    EXPECT_EQ(relay::origin_of("nothing"), "");
}

TEST(PolicyUrl, ThePageThatWasJudgedLastStandsForNoOther) {
    relay::PolicySettings settings;
    settings.allow_urls = {"file:///srv/pages/*"};
    const relay::Policy policy{settings};
    const std::string long_path(10'000, 'x');
    for (int round = 0; round < 2; ++round) {
        for (int again = 0; again < 2; ++again) EXPECT_FALSE(policy.refuses_page("https://example.com/", "page"));
        for (int again = 0; again < 2; ++again) EXPECT_TRUE(policy.refuses_page("https://example.com/", "browser_ui"));
        for (int again = 0; again < 2; ++again) EXPECT_TRUE(policy.refuses_page("file:///etc/passwd", "page"));
        for (int again = 0; again < 2; ++again) EXPECT_FALSE(policy.refuses_page("file:///srv/pages/a", "page"));
        EXPECT_FALSE(policy.refuses_page("https://example.com/" + long_path, "page"));
        EXPECT_TRUE(policy.refuses_page("file:///" + long_path, "page"));
        EXPECT_FALSE(policy.refuses_page("", "page"));
        EXPECT_TRUE(policy.refuses_page("", "iframe"));
    }
}

// An origin has no path: where the owner lets some files be read, the origin of all files says nothing.
TEST(PolicyUrl, AnOriginIsRefusedOnlyWhereNothingOfItsSchemeIsAllowed) {
    const auto refuses = [](const std::vector<std::string>& allowed, std::string_view origin) {
        relay::PolicySettings settings;
        settings.allow_urls = allowed;
        return relay::RefusedPages{settings}.refuses_origin(origin);
    };
    EXPECT_TRUE(refuses({}, "file:///"));
    EXPECT_TRUE(refuses({}, "chrome://version/"));
    EXPECT_FALSE(refuses({}, "https://example.com/"));
    EXPECT_FALSE(refuses({"file:///srv/pages/*"}, "file:///"));
    EXPECT_TRUE(refuses({"file:///srv/pages/*"}, "chrome://version/"));
    EXPECT_FALSE(refuses({"chrome://newtab/"}, "chrome://new-tab-page/"));
    EXPECT_TRUE(refuses({"chrome-extension://a/*"}, "chrome://version/"));
    EXPECT_FALSE(refuses({"*://version/"}, "chrome://version/"));
}

}  // namespace
