#include "platform/trust.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/file.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

namespace fs = std::filesystem;
using platform::Sharing;
using platform::why_not_trusted;

constexpr uid_t stranger = 64009;

bool names(const std::string& sentence, const fs::path& path, std::string_view remedy) {
    return sentence.find(path.string()) != std::string::npos && sentence.find(remedy) != std::string::npos;
}

struct Trust : testing::Test {
    tests::TempFolder folder;
    fs::path file = folder / "a" / "b" / "file";

    void SetUp() override {
        fs::create_directories(file.parent_path());
        folder.put("a/b/file", "x");
    }
    void loosen(const fs::path& path, mode_t mode) { ASSERT_EQ(::chmod(path.c_str(), mode), 0); }
};

TEST_F(Trust, WhatOnlyWeMayWriteIsTrusted) {
    EXPECT_EQ(why_not_trusted(file), "");
    loosen(file, 0644);
    EXPECT_EQ(why_not_trusted(file), "");
    EXPECT_EQ(why_not_trusted(folder / "a" / ".." / "a" / "b"), "");
    EXPECT_EQ(why_not_trusted("/dev/null"), "") << "a device takes what it is given";
    EXPECT_EQ(why_not_trusted(folder / "a" / "nothing"), "");
}

TEST_F(Trust, AFileThatOthersMayWriteIsNamedWithTheCommandThatMendsIt) {
    for (const mode_t mode : {0620U, 0602U, 0666U}) {
        loosen(file, mode);
        EXPECT_TRUE(names(why_not_trusted(file), file, "chmod go-w " + file.string())) << why_not_trusted(file);
    }
}

TEST_F(Trust, AFolderOnTheWayThatOthersMayWriteIsRefused) {
    loosen(folder / "a", 0777);
    EXPECT_TRUE(names(why_not_trusted(file), folder / "a", "chmod go-w")) << why_not_trusted(file);
    EXPECT_NE(why_not_trusted(folder / "a" / "nothing"), "") << "anybody could make it";
    loosen(folder / "a", 01777);
    EXPECT_EQ(why_not_trusted(file), "") << "what is ours there stays ours";
    loosen(folder / "a" / "b", 01777);
    EXPECT_NE(why_not_trusted(folder / "a" / "b"), "") << "others may add files";
    EXPECT_EQ(why_not_trusted(folder / "a" / "b", Sharing::sticky), "");
    loosen(folder / "a" / "b", 0777);
    EXPECT_NE(why_not_trusted(folder / "a" / "b", Sharing::sticky), "");
}

TEST_F(Trust, LinksAreFollowedAndJudgedOnTheirWay) {
    fs::create_symlink(folder / "a", folder / "link");
    fs::create_symlink("../a/b/file", folder / "a" / "relative");
    EXPECT_EQ(why_not_trusted(folder / "link" / "b" / "file"), "");
    EXPECT_EQ(why_not_trusted(folder / "a" / "relative"), "");
    loosen(file, 0666);
    EXPECT_TRUE(names(why_not_trusted(folder / "link" / "b" / "file"), file, "chmod"));
    EXPECT_TRUE(names(why_not_trusted(folder / "a" / "relative"), file, "chmod"));
    fs::create_symlink("loop", folder / "loop");
    EXPECT_NE(why_not_trusted(folder / "loop"), "");
}

TEST_F(Trust, APrivateFolderIsCheckedAfterItIsMade) {
    EXPECT_FALSE(platform::make_private_folder(folder / "new" / "one"));
    loosen(folder / "a" / "b", 0755);
    EXPECT_EQ(platform::make_private_folder(folder / "a" / "b"), platform::FileErrc::loose_mode);
    EXPECT_FALSE(platform::make_private_folder(folder / "a" / "b", 0055));
    loosen(folder / "a" / "b", 0770);
    EXPECT_EQ(platform::make_private_folder(folder / "a" / "b", 0077), platform::FileErrc::loose_mode)
        << "never to write";
    loosen(folder / "a" / "b", 0700);
    loosen(folder / "a", 0777);
    EXPECT_EQ(platform::make_private_folder(folder / "a" / "b"), platform::FileErrc::open_way);
    EXPECT_TRUE(names(platform::mode_complaint(folder / "a" / "b"), folder / "a", "chmod go-w"));
    EXPECT_EQ(platform::make_private_folder(folder / "a" / "b" / "file"), platform::FileErrc::not_a_file);
    loosen(file, 0600);
    EXPECT_EQ(platform::read_private_file(file, 99).error(), platform::FileErrc::open_way);
}

TEST_F(Trust, WhoListensOnASocket) {
    const auto socket = file.parent_path() / "socket";
    EXPECT_TRUE(platform::may_serve(socket, ::geteuid()));
    EXPECT_TRUE(platform::may_serve(socket, 0));
    EXPECT_FALSE(platform::may_serve(socket, stranger));
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    EXPECT_EQ(platform::peer_of(ends[0])->uid, ::geteuid());
    ::close(ends[0]);
    EXPECT_FALSE(platform::peer_of(ends[0]));
    ::close(ends[1]);
}

TEST_F(Trust, RootRefusesWhatIsSomebodyElses) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    ASSERT_EQ(::chown(file.c_str(), stranger, stranger), 0);
    EXPECT_TRUE(names(why_not_trusted(file), file, "chown 0 "));
    ASSERT_EQ(::chown(file.c_str(), 0, 0), 0);
    ASSERT_EQ(::chown((folder / "a").c_str(), stranger, stranger), 0);
    EXPECT_TRUE(names(why_not_trusted(file), folder / "a", "chown 0 "));
    // A link of somebody else's in a folder such as /tmp may lead elsewhere tomorrow.
    ASSERT_EQ(::chown((folder / "a").c_str(), 0, 0), 0);
    loosen(folder / "a", 01777);
    fs::create_symlink(file, folder / "a" / "link");
    EXPECT_EQ(why_not_trusted(folder / "a" / "link"), "");
    ASSERT_EQ(::lchown((folder / "a" / "link").c_str(), stranger, stranger), 0);
    EXPECT_TRUE(names(why_not_trusted(folder / "a" / "link"), folder / "a" / "link", "remove that link"));
}

TEST_F(Trust, RootTrustsNoUserForAFolderOfItsOwn) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
    const auto given = folder / "a" / "b";
    ASSERT_EQ(::chown(given.c_str(), stranger, stranger), 0);
    EXPECT_FALSE(platform::may_serve(given / "socket", stranger)) << "a service's user alone (service_users)";
}

}  // namespace
