// The bridge's page: what it may do by its headers, and what its files must not hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "agent/bridge/core/page_headers.hpp"
#include "agent/bridge/page_files.hpp"

namespace bridge {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

TEST(PageHeaders, LoadNothingButThePagesOwnFiles) {
    const auto policy = content_policy("127.0.0.1:9333");
    EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
    EXPECT_THAT(policy, HasSubstr("script-src 'self';"));
    EXPECT_THAT(policy, HasSubstr("style-src 'self';"));
    EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(policy, HasSubstr("connect-src 'self' ws://127.0.0.1:9333"));
    EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
}

TEST(PageHeaders, NoHostWritesTheirPolicy) {
    for (const auto* host : {"127.0.0.1:1; script-src *", "127.0.0.1:1 *", "", "127.0.0.1:1\r\nX: y", "a,b"}) {
        EXPECT_THAT(content_policy(host), Not(HasSubstr("ws://"))) << host;
        EXPECT_THAT(content_policy(host), Not(HasSubstr("*"))) << host;
    }
    EXPECT_THAT(content_policy("[::1]:9333"), HasSubstr("ws://[::1]:9333"));
}

TEST(PageHeaders, TellNobodyTheAddressAndLetNobodyFrameThePage) {
    const auto headers = page_headers("localhost:1");
    EXPECT_THAT(headers, Contains(Pair("Referrer-Policy", "no-referrer")));
    EXPECT_THAT(headers, Contains(Pair("X-Content-Type-Options", "nosniff")));
    EXPECT_THAT(headers, Contains(Pair("X-Frame-Options", "DENY")));
    EXPECT_THAT(headers, Contains(Pair("Content-Security-Policy", content_policy("localhost:1"))));
}

std::string_view text_of_file(std::string_view path) {
    const auto files = page_files();
    const auto found = std::ranges::find_if(files, [path](const PageFile& file) { return file.path == path; });
    return found != files.end() ? found->text : std::string_view{};
}

TEST(PageFiles, AreThereWithTheirTypes) {
    for (const auto& [path, type] : {std::pair{"/", "text/html; charset=utf-8"},
                                     {"/page.css", "text/css; charset=utf-8"},
                                     {"/app.js", "text/javascript; charset=utf-8"},
                                     {"/icon.svg", "image/svg+xml; charset=utf-8"}}) {
        const auto files = page_files();
        const auto found = std::ranges::find_if(files, [path](const PageFile& file) { return file.path == path; });
        ASSERT_NE(found, files.end()) << path;
        EXPECT_EQ(found->type, type);
        EXPECT_FALSE(found->text.empty());
    }
    EXPECT_TRUE(text_of_file("/").starts_with("<!doctype html>"));
    EXPECT_TRUE(text_of_file("/").ends_with("</html>\n"));
}

TEST(PageFiles, HoldNothingThatThePolicyForbids) {
    const std::string html{text_of_file("/")};
    for (const auto* forbidden : {"<style", "style=", "onclick", "onload", "javascript:", "http://", "https://"}) {
        EXPECT_THAT(html, Not(HasSubstr(forbidden)));
    }
    EXPECT_FALSE(std::regex_search(html, std::regex("<script[^>]*>[^<]"))) << "a script in the page";
}

TEST(PageFiles, WriteTextOfOthersAsTextAlone) {
    for (const auto& file : page_files()) {
        const std::string text{file.text};
        for (const auto* forbidden : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("}) {
            EXPECT_THAT(text, Not(HasSubstr(forbidden))) << file.path;
        }
    }
}

TEST(PageFiles, ImportOnlyWhatIsThere) {
    const std::regex import("from '\\./([a-z]+\\.js)'");
    for (const auto& file : page_files()) {
        const std::string text{file.text};
        for (std::sregex_iterator found{text.begin(), text.end(), import}, end; found != end; ++found) {
            EXPECT_FALSE(text_of_file("/" + (*found)[1].str()).empty()) << file.path << " imports " << (*found)[1];
        }
    }
}

}  // namespace
}  // namespace bridge
