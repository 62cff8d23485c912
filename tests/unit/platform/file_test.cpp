#include "platform/file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temp_folder.hpp"

namespace {

namespace fs = std::filesystem;
using namespace platform;

mode_t mode_of(const fs::path& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 07777 : 0;
}

TEST(File, ReplacesAFileAsAWholeWithItsModeFromTheFirstByte) {
    const tests::TempFolder folder;
    const auto file = folder / "secret";
    const auto before = ::umask(0);
    EXPECT_FALSE(write_file(file, "one"));
    EXPECT_EQ(mode_of(file), 0600U);
    ::umask(0777);
    EXPECT_FALSE(write_file(file, "two"));
    ::umask(before);
    EXPECT_EQ(mode_of(file), 0600U);
    EXPECT_EQ(*read_file(file, 100), "two");
    EXPECT_FALSE(fs::exists(temporary_of(file)));
}

TEST(File, AReservationIsWrittenOverAndCut) {
    const tests::TempFolder folder;
    const auto file = folder / "secret";
    ASSERT_FALSE(reserve_file(file, 5000));
    EXPECT_EQ(fs::file_size(temporary_of(file)), 5000U);
    EXPECT_EQ(mode_of(temporary_of(file)), 0600U);
    ASSERT_FALSE(write_file(file, "short"));
    EXPECT_EQ(*read_file(file, 100), "short");
}

TEST(File, FoldersOnTheWayAreNobodyElsesToWriteWhateverTheUmask) {
    const tests::TempFolder folder;
    const auto before = ::umask(0);
    EXPECT_FALSE(make_private_folder(folder / "one/two/three"));
    ::umask(before);
    EXPECT_EQ(mode_of(folder / "one"), 0755U);
    EXPECT_EQ(mode_of(folder / "one/two"), 0755U);
    EXPECT_EQ(mode_of(folder / "one/two/three"), 0700U);
    EXPECT_TRUE(make_folders("/proc/no/such"));
}

TEST(File, AFullDiskIsAnError) {
    // The device that is always full.
    EXPECT_TRUE(reserve_file("/dev/full/x", 10));
    const tests::TempFolder folder;
    fs::create_symlink("/dev/full", temporary_of(folder / "x"));
    EXPECT_TRUE(write_file(folder / "x", "text"));  // and a link in the temporary file's place is not followed
}

TEST(File, ReadsUpToItsBound) {
    const tests::TempFolder folder;
    folder.put("x", std::string(100, 'x'));
    EXPECT_EQ(read_file(folder / "x", 100)->size(), 100U);
    EXPECT_EQ(read_file(folder / "x", 99).error(), FileErrc::too_large);
    EXPECT_EQ(read_file(folder.path(), 99).error(), FileErrc::not_a_file);
    EXPECT_EQ(read_file(folder / "none", 99).error().value(), ENOENT);
    EXPECT_FALSE(read_file("/proc/self/status", 65536)->empty());  // says that it has no bytes
}

TEST(File, RefusesASecretThatOthersMayReadAndNamesTheCommand) {
    const tests::TempFolder folder;
    folder.put("x", "token");
    ::chmod((folder / "x").c_str(), 0640);
    EXPECT_EQ(read_private_file(folder / "x", 99).error(), FileErrc::loose_mode);
    EXPECT_NE(mode_complaint(folder / "x").find("chmod 0600 " + (folder / "x").string()), std::string::npos);
    ::chmod((folder / "x").c_str(), 0600);
    EXPECT_EQ(read_private_file(folder / "x", 99)->reveal(), "token");
    fs::create_symlink(folder / "x", folder / "link");
    EXPECT_EQ(read_private_file(folder / "link", 99).error(), FileErrc::not_a_file);
    ::chmod(folder.path().c_str(), 0755);
    EXPECT_EQ(check_private(folder.path()), FileErrc::loose_mode);
    EXPECT_NE(mode_complaint(folder.path()).find("chmod 0700 "), std::string::npos);
}

TEST(File, RefusesAForeignOwner) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    const tests::TempFolder folder;
    folder.put("x", "token");
    ::chmod((folder / "x").c_str(), 0600);
    ASSERT_EQ(::chown((folder / "x").c_str(), 12345, 12345), 0);
    EXPECT_EQ(read_private_file(folder / "x", 99).error(), FileErrc::foreign_owner);
    EXPECT_NE(mode_complaint(folder / "x").find("chown 0 "), std::string::npos);
}

TEST(File, ErasesTheBytesBeforeTheName) {
    const tests::TempFolder folder;
    folder.put("x", "token");
    fs::create_hard_link(folder / "x", folder / "y");  // keeps the bytes to look at
    EXPECT_FALSE(erase_file(folder / "x"));
    EXPECT_FALSE(fs::exists(folder / "x"));
    EXPECT_EQ(*read_file(folder / "y", 99), std::string(5, '\0'));
    EXPECT_FALSE(erase_file(folder / "x"));
}

TEST(File, MakesAPrivateFolder) {
    const tests::TempFolder folder;
    EXPECT_FALSE(make_private_folder(folder / "a" / "b"));
    EXPECT_EQ(mode_of(folder / "a" / "b"), 0700U);
    EXPECT_FALSE(make_private_folder(folder / "a" / "b"));
}

}  // namespace
