#include "agent/bridge/core/file_names.hpp"

#include <gtest/gtest.h>

namespace bridge {
namespace {

TEST(FileNames, NamesLeadNowhereElse) {
    EXPECT_EQ(spool_name("/a/b c\xc3\xa9.txt"), "b_c__.txt");
    EXPECT_EQ(spool_name("/a/.hidden"), "_.hidden");
    EXPECT_EQ(spool_name("/a/"), "_");
    EXPECT_EQ(spool_name("/" + std::string(130, 'x') + ".pdf").size(), 128U);
    EXPECT_EQ(download_name("../../etc/passwd"), "passwd");
    EXPECT_EQ(download_name(".."), "_.");
    EXPECT_EQ(download_name(""), "download");
    EXPECT_EQ(download_name(".npmrc"), "_npmrc") << "no program may be set up by a page";
    EXPECT_EQ(download_name(std::string_view{"a\0b\n\x7f", 5}), "a_b__");
}

TEST(FileNames, ATakenNameGetsANumberBeforeItsEnding) {
    EXPECT_EQ(numbered_name("report.pdf", 0), "report.pdf");
    EXPECT_EQ(numbered_name("report.pdf", 1), "report (1).pdf");
    EXPECT_EQ(numbered_name("report.tar.gz", 12), "report.tar (12).gz");
    EXPECT_EQ(numbered_name("report", 2), "report (2)");
    EXPECT_EQ(numbered_name(".hidden", 1), ".hidden (1)");
}

}  // namespace
}  // namespace bridge
