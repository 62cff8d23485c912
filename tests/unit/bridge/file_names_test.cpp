#include "agent/bridge/core/file_names.hpp"

#include <gtest/gtest.h>

#include <climits>
#include <set>

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

TEST(FileNames, ANumberStandsInFrontOfANameThatIsTaken) {
    EXPECT_EQ(spool_name("/a/b.txt", 0), "b.txt");
    EXPECT_EQ(spool_name("/a/b.txt", 1), "1-b.txt");
    EXPECT_EQ(spool_name("/a/.b", 12), "12-_.b");
    EXPECT_EQ(spool_name("/a/", 3), "3-_");
}

// The loop that looks for a free name ends only if each number gives another name.
TEST(FileNames, ALongNameKeepsItsNumberAndItsEnding) {
    const std::string longest(most_spool_name, 'x');
    std::set<std::string> names;
    for (int count = 0; count < 1000; ++count) {
        const auto name = spool_name("/a/" + longest + ".pdf", count);
        EXPECT_EQ(name.size(), most_spool_name);
        EXPECT_TRUE(name.ends_with("x.pdf")) << name;
        names.insert(name);
    }
    EXPECT_EQ(names.size(), 1000u);
    EXPECT_EQ(spool_name("/a/" + longest), longest) << "at the edge nothing is cut";
    EXPECT_EQ(spool_name("/a/y" + longest), longest) << "behind it the beginning goes";
    EXPECT_EQ(spool_name("/a/" + longest, 1), "1-" + longest.substr(2));
    EXPECT_EQ(spool_name("/a/x." + std::string(most_spool_name - 1, 'y')).front(), '_')
        << "a dot does not come to stand in front";
}

TEST(FileNames, ADownloadsLongNameFitsAFileSystemWithItsNumber) {
    const std::string longest(most_download_name, 'x');
    EXPECT_EQ(download_name(longest), longest);
    EXPECT_EQ(download_name(longest + "x"), longest);
    EXPECT_EQ(download_name(longest + ".pdf"), longest.substr(4) + ".pdf");
    EXPECT_EQ(download_name(std::string(300, 'x') + "." + std::string(31, 'y')).substr(most_download_name - 32),
              "." + std::string(31, 'y'));
    EXPECT_EQ(download_name(std::string(300, 'x') + "." + std::string(32, 'y')), longest)
        << "what is so long is no ending";
    EXPECT_EQ(download_name("/a/" + std::string(300, 'x')), longest);
    EXPECT_LE(most_download_name + std::string(" (999)").size(), std::size_t{NAME_MAX});
}

TEST(FileNames, ALongDownloadIsCutBetweenCharacters) {
    // Of three bytes each: 240 is a multiple of three, 239 and 238 are none.
    std::string euros;
    for (int i = 0; i < 100; ++i) euros += "\xe2\x82\xac";
    EXPECT_EQ(download_name(euros), euros.substr(0, 240));
    EXPECT_EQ(download_name("a" + euros), "a" + euros.substr(0, 237));
    EXPECT_EQ(download_name("ab" + euros), "ab" + euros.substr(0, 237));
    EXPECT_EQ(download_name(euros + ".gz"), euros.substr(0, 237) + ".gz");
    EXPECT_EQ(download_name(std::string(300, '\x80')).size(), 237u) << "no UTF-8: cut all the same";
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
