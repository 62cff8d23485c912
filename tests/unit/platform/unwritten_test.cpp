#include "platform/unwritten.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "platform/file.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using platform::explain_unwritten;

std::string words_of(int number) {
    return explain_unwritten("/srv/x", Error(number, boost::system::system_category()));
}

TEST(Unwritten, NamesTheFileTheCauseAndWhatToDo) {
    EXPECT_EQ(words_of(ENOSPC),
              "/srv/x cannot be written (No space left on device): make room there (df -h /srv/x; df -i /srv/x)");
    EXPECT_NE(words_of(EDQUOT).find("quota -s"), std::string::npos) << words_of(EDQUOT);
    EXPECT_NE(words_of(EROFS).find("mount its file system for writing"), std::string::npos);
    EXPECT_NE(words_of(EFBIG).find("LimitFSIZE="), std::string::npos);
    EXPECT_NE(words_of(EACCES).find("let user "), std::string::npos);
    EXPECT_NE(words_of(EMFILE).find("LimitNOFILE="), std::string::npos);
    EXPECT_NE(words_of(EIO).find("journalctl -k"), std::string::npos);
    EXPECT_NE(words_of(ENOENT).find("make the folder"), std::string::npos);
    EXPECT_EQ(words_of(ENOTDIR), "/srv/x cannot be written (Not a directory)");
}

TEST(Unwritten, WhatCannotBeReadEitherIsNoErrorOfWritingAlone) {
    for (const int number : {ENOSPC, EDQUOT, EFBIG, EROFS}) {
        EXPECT_TRUE(platform::is_of_writing(Error(number, boost::system::generic_category()))) << number;
    }
    for (const int number : {0, EACCES, ENOENT, EIO, EMFILE}) {
        EXPECT_FALSE(platform::is_of_writing(Error(number, boost::system::generic_category()))) << number;
    }
}

TEST(Unwritten, NamesTheCommandWhereOthersCouldWrite) {
    const tests::TempFolder folder;
    std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
    const auto words = explain_unwritten(folder.path(), platform::FileErrc::loose_mode);
    EXPECT_NE(words.find("chmod 0700"), std::string::npos) << words;
}

}  // namespace
