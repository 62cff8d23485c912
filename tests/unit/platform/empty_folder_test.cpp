#include "platform/empty_folder.hpp"

#include <gtest/gtest.h>

#include "tests/support/temp_folder.hpp"

namespace {

namespace fs = std::filesystem;
using platform::empty_folder;

TEST(EmptyFolder, KeepsTheFolderAndThoseInIt) {
    const tests::TempFolder folder;
    folder.put("a", "x");
    folder.put(".hidden", "x");
    folder.put("sub/b", "x");
    EXPECT_FALSE(empty_folder(folder.path()));
    EXPECT_FALSE(fs::exists(folder / "a"));
    EXPECT_FALSE(fs::exists(folder / ".hidden"));
    EXPECT_TRUE(fs::exists(folder / "sub/b"));
}

TEST(EmptyFolder, NeverFollowsLinks) {
    const tests::TempFolder folder;
    folder.put("precious/file", "x");
    fs::create_directory(folder / "spool");
    fs::create_symlink(folder / "precious/file", folder / "spool/link");
    EXPECT_FALSE(empty_folder(folder / "spool"));
    EXPECT_TRUE(fs::is_empty(folder / "spool"));
    fs::create_directory_symlink(folder / "precious", folder / "way");
    EXPECT_TRUE(empty_folder(folder / "way"));
    EXPECT_TRUE(fs::exists(folder / "precious/file"));
}

TEST(EmptyFolder, HasNothingToDoWhereNothingIs) {
    const tests::TempFolder folder;
    EXPECT_FALSE(empty_folder(folder / "nowhere"));
    EXPECT_FALSE(empty_folder(folder.path()));
}

}  // namespace
