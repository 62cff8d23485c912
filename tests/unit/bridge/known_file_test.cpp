// known_devices on disk.
#include "agent/bridge/known_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_folder.hpp"

namespace {

using bridge::KnownFile;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

const std::string filed_uuid = "6f1c2a3b-0000-4000-8000-000000000001";
const auto filed_key = *platform::public_key_of(std::string(32, 'x'));

class KnownFileTest : public ::testing::Test {
  protected:
    tests::TempFolder folder;
    KnownFile file{fs::path{folder.path()} / "state" / "controller"};
};

TEST_F(KnownFileTest, WithoutAFileNothingIsKnown) {
    EXPECT_EQ(file.read().wrong, "");
    EXPECT_TRUE(file.read().devices.empty());
    EXPECT_FALSE(file.forget(filed_uuid).was_known);
    EXPECT_FALSE(fs::exists(file.path())) << "looking makes nothing";
}

TEST_F(KnownFileTest, WhatIsRememberedIsPrivateUntilItIsForgotten) {
    EXPECT_EQ(file.remember({filed_uuid, filed_key, "lab"}), "");
    struct stat about {};
    ASSERT_EQ(::stat(file.path().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777u, 0600u);
    const auto known = file.read();
    ASSERT_NE(known.find(filed_uuid), nullptr);
    EXPECT_EQ(known.find(filed_uuid)->key, filed_key);
    const auto forgotten = file.forget(filed_uuid);
    EXPECT_TRUE(forgotten.was_known);
    EXPECT_EQ(forgotten.problem, "");
    EXPECT_TRUE(file.read().devices.empty());
}

TEST_F(KnownFileTest, OneThatOthersMayChangeOrThatIsDamagedIsNotUsed) {
    ASSERT_EQ(file.remember({filed_uuid, filed_key, "lab"}), "");
    fs::permissions(file.path(), fs::perms::group_write, fs::perm_options::add);
    EXPECT_THAT(file.read().wrong, HasSubstr("chmod"));
    EXPECT_THAT(file.remember({filed_uuid, filed_key, "lab"}), HasSubstr("chmod"));
    EXPECT_THAT(file.forget(filed_uuid).problem, HasSubstr("chmod"));
    fs::permissions(file.path(), fs::perms::owner_read | fs::perms::owner_write);
    std::ofstream{file.path()} << "lab\n";
    EXPECT_THAT(file.read().wrong, HasSubstr("known_devices, line 1: "));
}

}  // namespace
