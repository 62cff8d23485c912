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
    EXPECT_EQ(file.remember({filed_uuid, filed_key, "lab"}).problem, "");
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
    ASSERT_EQ(file.remember({filed_uuid, filed_key, "lab"}).problem, "");
    fs::permissions(file.path(), fs::perms::group_write, fs::perm_options::add);
    EXPECT_THAT(file.read().wrong, HasSubstr("chmod"));
    EXPECT_THAT(file.remember({filed_uuid, filed_key, "lab"}).problem, HasSubstr("chmod"));
    EXPECT_THAT(file.forget(filed_uuid).problem, HasSubstr("chmod"));
    fs::permissions(file.path(), fs::perms::owner_read | fs::perms::owner_write);
    std::ofstream{file.path()} << "lab\n";
    EXPECT_THAT(file.read().wrong, HasSubstr("known_devices, line 1: "));
    EXPECT_THAT(file.remember({filed_uuid, filed_key, "lab"}).problem, HasSubstr("known_devices, line 1: "));
}

TEST_F(KnownFileTest, WhatIsWrittenCanBeReadWhateverTheNameIs) {
    for (const std::string& name : {std::string(128, 'n'), std::string(129, 'n'), std::string(200, 'n'),
                                    std::string("\t a \x1b[1m "), std::string("\xff"), std::string(" "),
                                    std::string("\xe2\x80\xae"
                                                "lab"),
                                    std::string("a\nb")}) {
        ASSERT_EQ(file.remember({filed_uuid, filed_key, name}).problem, "");
        const auto known = file.read();
        ASSERT_EQ(known.wrong, "") << name;
        EXPECT_EQ(known.find(filed_uuid)->name, bridge::known_name(name));
    }
    EXPECT_EQ(bridge::known_name(" \tlab "), "lab");
}

TEST_F(KnownFileTest, AKeyThatIsThereIsNeverReplaced) {
    ASSERT_EQ(file.remember({filed_uuid, filed_key, "lab"}).problem, "");
    const auto kept = file.remember({filed_uuid, *platform::public_key_of(std::string(32, 'y')), "lab"});
    EXPECT_EQ(kept.problem, "");
    EXPECT_EQ(kept.other, filed_key);
    EXPECT_EQ(file.read().find(filed_uuid)->key, filed_key);
    EXPECT_EQ(file.remember({filed_uuid, filed_key, "laboratory"}).other, std::nullopt);
    EXPECT_EQ(file.read().find(filed_uuid)->name, "laboratory") << "its newest name";
}

}  // namespace
