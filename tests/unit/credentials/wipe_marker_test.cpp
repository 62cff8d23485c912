// The marker of a wipe, and what it says of tokens from outside.
#include "agent/credentials/wipe_marker.hpp"

#include <gtest/gtest.h>

#include "agent/credentials/store_files.hpp"
#include "platform/file.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using credentials::Secret;
using credentials::WipeMarker;

struct WipeMarkerTest : testing::Test {
    WipeMarker made(WipeMarker::Outside outside = {}) const { return WipeMarker(home.path(), std::move(outside)); }
    /// The same kind of failure as a kill within the write: the marker is there and says nothing.
    void cut_off() const { home.put(credentials::files::marker, "{\"format\""); }

    tests::TempFolder home;
};

TEST_F(WipeMarkerTest, IsThereFromItsFirstByteOn) {
    const auto marker = made();
    EXPECT_FALSE(marker.is_there());
    home.put(platform::temporary_of(home / credentials::files::marker).filename().string(), "");
    EXPECT_TRUE(marker.is_there()) << "a kill may have left this alone";
    EXPECT_FALSE(marker.set({}));
    EXPECT_TRUE(marker.is_there());
    EXPECT_FALSE(marker.remove());
    EXPECT_FALSE(marker.is_there());
    EXPECT_FALSE(marker.remove()) << "none: no error";
}

TEST_F(WipeMarkerTest, RefusesItsTokensBeforeAndAfterItIsGone) {
    const auto marker = made();
    EXPECT_FALSE(marker.refuses("token-1"));
    ASSERT_FALSE(marker.set(marker.hashes_of({"token-1"})));
    EXPECT_TRUE(marker.refuses("token-1"));
    EXPECT_FALSE(marker.refuses("token-2"));
    ASSERT_FALSE(marker.remember());
    ASSERT_FALSE(marker.remove());
    EXPECT_TRUE(marker.refuses("token-1"));
    EXPECT_FALSE(marker.refuses("token-2"));
    EXPECT_TRUE(made().refuses("token-1")) << "also after a restart";
}

TEST_F(WipeMarkerTest, KeepsNoTokenInClearText) {
    const auto marker = made();
    ASSERT_FALSE(marker.set(marker.hashes_of({"token-1"})));
    ASSERT_FALSE(marker.remember());
    for (const auto& entry : std::filesystem::directory_iterator(home.path())) {
        const auto text = platform::read_file(entry.path(), 10000);
        ASSERT_TRUE(text);
        EXPECT_EQ(text->find("token-1"), std::string::npos) << entry.path();
    }
}

TEST_F(WipeMarkerTest, ASecondWipeKeepsTheTokensOfTheFirst) {
    const auto marker = made();
    ASSERT_FALSE(marker.set(marker.hashes_of({"token-1"})));
    ASSERT_FALSE(marker.set(marker.hashes_of({"token-2"})));
    EXPECT_TRUE(marker.refuses("token-1"));
    EXPECT_TRUE(marker.refuses("token-2"));
}

TEST_F(WipeMarkerTest, OneThatWasCutOffIsAboutAllThatIsThere) {
    const auto marker = made([] {
        std::vector<Secret> tokens;
        tokens.emplace_back(std::string_view("token-1"));
        tokens.emplace_back(std::string_view("token-2"));
        return tokens;
    });
    EXPECT_FALSE(marker.refuses("token-1")) << "no wipe went on";
    cut_off();
    EXPECT_TRUE(marker.refuses("token-1"));
    EXPECT_TRUE(marker.refuses("token-2"));
    EXPECT_FALSE(marker.refuses("token-3"));
    ASSERT_FALSE(marker.remember());
    ASSERT_FALSE(marker.remove());
    EXPECT_TRUE(marker.refuses("token-2"));
    cut_off();
    EXPECT_FALSE(made().refuses("token-3")) << "nobody put one there";
}

TEST_F(WipeMarkerTest, WhatNoMarkerCouldHoldIsRefusedAllTheSame) {
    const auto marker = made();
    const auto hashes = marker.hashes_of({"token-1"});
    ASSERT_FALSE(marker.refuse(hashes));
    EXPECT_FALSE(marker.is_there());
    EXPECT_TRUE(marker.refuses("token-1"));
}

TEST_F(WipeMarkerTest, TheOldestOfTooManyIsForgotten) {
    const auto marker = made();
    for (std::size_t i = 0; i <= credentials::files::refused_tokens; ++i) {
        ASSERT_FALSE(marker.refuse(marker.hashes_of({"token-" + std::to_string(i)})));
    }
    EXPECT_FALSE(marker.refuses("token-0"));
    EXPECT_TRUE(marker.refuses("token-1"));
    ASSERT_FALSE(marker.refuse(marker.hashes_of({"token-1"})));
    EXPECT_TRUE(marker.refuses("token-2")) << "one that is known takes no room";
}

}  // namespace
