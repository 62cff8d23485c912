// The folders of one launched browser.
#include "cdp/browser_folders.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace cdp {
namespace {

namespace fs = std::filesystem;

struct BrowserFoldersTest : testing::Test {
    BrowserFoldersTest() : outer{*TemporaryFolder::create(temporary_base({}))} {
        settings.runtime_folder = outer.path().string();
    }

    TemporaryFolder outer;
    Settings settings;
    BrowserFolders folders{settings};
};

TEST_F(BrowserFoldersTest, HoldATemporaryProfileAndGoWithTheBrowser) {
    ASSERT_EQ(folders.prepare(false), "");
    const fs::path path = folders.temporary();
    EXPECT_EQ(path.parent_path(), outer.path());
    EXPECT_EQ(folders.profile(), (path / "profile").string());
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    fs::create_directories(folders.profile());
    folders.forget();
    EXPECT_FALSE(fs::exists(path));
    ASSERT_EQ(folders.prepare(false), "") << "the next browser has others";
    EXPECT_NE(folders.temporary(), path);
}

TEST_F(BrowserFoldersTest, MayBeRemovedBeforeTheyAreForgotten) {
    ASSERT_EQ(folders.prepare(false), "");
    std::ofstream{folders.temporary() / "left"} << "x";
    const fs::path path = folders.temporary();
    EXPECT_TRUE(folders.remove());
    EXPECT_FALSE(fs::exists(path));
    EXPECT_TRUE(folders.remove()) << "again, since a process may have written into it meanwhile";
}

TEST_F(BrowserFoldersTest, LeaveTheOwnersProfileAlone) {
    settings.profile_folder = (outer.path() / "mine").string();
    ASSERT_EQ(folders.prepare(false), "");
    EXPECT_EQ(folders.profile(), settings.profile_folder);
    EXPECT_TRUE(fs::is_directory(settings.profile_folder));
    folders.forget();
    EXPECT_TRUE(fs::is_directory(settings.profile_folder));
}

TEST_F(BrowserFoldersTest, SayWhyAProfileCannotBeUsed) {
    settings.profile_folder = (outer.path() / "open").string();
    fs::create_directory(settings.profile_folder);
    fs::permissions(settings.profile_folder, fs::perms::all);
    const std::string problem = folders.prepare(false);
    EXPECT_NE(problem.find("profile folder cannot be used"), std::string::npos) << problem;
    EXPECT_NE(problem.find(settings.profile_folder), std::string::npos) << problem;
}

TEST_F(BrowserFoldersTest, NameTheSettingWhereNoTemporaryFolderCanBeMade) {
    settings.runtime_folder = "/proc/nowhere";
    const std::string problem = folders.prepare(false);
    EXPECT_NE(problem.find("browser.runtime_folder"), std::string::npos) << problem;
}

TEST_F(BrowserFoldersTest, PutSocketsWhereTheirPathIsShortEnough) {
    settings.runtime_folder = (outer.path() / std::string(80, 'x')).string();
    ASSERT_EQ(folders.prepare(false), "");
    const fs::path sockets = folders.sockets();
    EXPECT_EQ(sockets.parent_path(), short_base);
    EXPECT_LE(sockets.string().size(), 50u);
    folders.forget();
    EXPECT_FALSE(fs::exists(sockets));
    settings.runtime_folder = short_base;
    ASSERT_EQ(folders.prepare(false), "");
    EXPECT_EQ(fs::path{folders.sockets()}, folders.temporary() / "tmp") << "else with all the rest";
}

TEST_F(BrowserFoldersTest, SweepOnceWhatKilledOwnersLeft) {
    const auto dead = outer.path() / "bmc-browser-1073741823-5-abcdef";
    fs::create_directory(dead);
    ASSERT_EQ(folders.prepare(false), "");
    EXPECT_FALSE(fs::exists(dead));
    fs::create_directory(dead);
    ASSERT_EQ(folders.prepare(false), "");
    EXPECT_TRUE(fs::exists(dead)) << "not before each browser";
}

}  // namespace
}  // namespace cdp
