// A download while it comes: nothing that is there is written to, and no half file stays.
#include "agent/bridge/incoming_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/support/temp_folder.hpp"

namespace {

using bridge::IncomingFile;
namespace fs = std::filesystem;

struct IncomingFileTest : ::testing::Test {
    std::shared_ptr<IncomingFile> incoming(std::string_view content) {
        auto made = IncomingFile::create(folder.path());
        EXPECT_TRUE(made.has_value());
        EXPECT_FALSE((*made)->append(content));
        return *made;
    }
    std::string content_of(const std::string& name) const {
        std::ostringstream out;
        out << std::ifstream{folder / name, std::ios::binary}.rdbuf();
        return out.str();
    }
    std::size_t entries() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator{folder.path()}, {}));
    }
    tests::TempFolder folder;
};

TEST_F(IncomingFileTest, LiesUnderARandomNameUntilItIsWhole) {
    auto file = incoming("one ");
    EXPECT_EQ(entries(), 1u);
    EXPECT_FALSE(fs::exists(folder / "a.txt"));
    EXPECT_FALSE(file->append("two"));
    const auto path = file->finish("a.txt", true);
    ASSERT_TRUE(path.has_value());
    EXPECT_EQ(*path, folder / "a.txt");
    EXPECT_EQ(content_of("a.txt"), "one two");
    EXPECT_EQ(entries(), 1u);
    file.reset();
    EXPECT_TRUE(fs::exists(folder / "a.txt"));
}

TEST_F(IncomingFileTest, GoesWithItsObjectWhereItWasNotFinished) {
    incoming("half").reset();
    EXPECT_EQ(entries(), 0u);
}

TEST_F(IncomingFileTest, TwoAtOnceDoNotMeet) {
    const auto one = incoming("1"), other = incoming("2");
    EXPECT_EQ(entries(), 2u);
    EXPECT_TRUE(one->finish("one", true).has_value());
    EXPECT_TRUE(other->finish("other", true).has_value());
    EXPECT_EQ(content_of("one") + content_of("other"), "12");
}

TEST_F(IncomingFileTest, ANameThatIsTakenIsCountedOnOrRefused) {
    folder.put("report.pdf", "mine");
    folder.put("report (1).pdf", "mine too");
    EXPECT_EQ(*incoming("new")->finish("report.pdf", false), folder / "report (2).pdf");
    EXPECT_EQ(content_of("report.pdf") + content_of("report (1).pdf"), "minemine too");
    const auto exact = incoming("new")->finish("report.pdf", true);
    ASSERT_FALSE(exact.has_value());
    EXPECT_EQ(exact.error(), boost::system::errc::file_exists);
    EXPECT_EQ(content_of("report.pdf"), "mine");
    EXPECT_EQ(entries(), 3u) << "the refused one is gone";
}

TEST_F(IncomingFileTest, TheSameDownloadThatAnotherClientBroughtIsEnough) {
    const auto first = incoming("the same");
    const auto second = incoming("the same");
    const auto other = incoming("not this");
    ASSERT_TRUE(first->finish("G", true).has_value());
    const auto path = second->finish("G", true);
    ASSERT_TRUE(path.has_value());
    EXPECT_EQ(*path, folder / "G");
    EXPECT_EQ(entries(), 2u) << "of the second nothing stays, and the third is not finished yet";
    EXPECT_FALSE(other->finish("G", true).has_value()) << "as long, and another one";
    EXPECT_EQ(content_of("G"), "the same");
    fs::create_symlink(folder / "G", folder / "link");
    EXPECT_FALSE(incoming("the same")->finish("link", true).has_value());
    EXPECT_EQ(entries(), 2u) << "nor of those that were refused";
}

TEST_F(IncomingFileTest, NamesWithoutAnEndingOrWithOnlyOneAreCountedOnToo) {
    for (const char* name : {"report", ".config", "a.tar.gz"}) folder.put(name, "mine");
    EXPECT_EQ(*incoming("n")->finish("report", false), folder / "report (1)");
    EXPECT_EQ(*incoming("n")->finish(".config", false), folder / ".config (1)");
    EXPECT_EQ(*incoming("n")->finish("a.tar.gz", false), folder / "a.tar (1).gz");
}

TEST_F(IncomingFileTest, AfterAThousandNamesItGivesUp) {
    folder.put("a", "");
    for (int i = 1; i < IncomingFile::most_names; ++i) folder.put("a (" + std::to_string(i) + ")", "");
    EXPECT_FALSE(incoming("n")->finish("a", false).has_value());
    fs::remove(folder / ("a (" + std::to_string(IncomingFile::most_names - 1) + ")"));
    EXPECT_TRUE(incoming("n")->finish("a", false).has_value());
}

TEST_F(IncomingFileTest, ALinkIsNotFollowedWhereverItLeads) {
    fs::create_symlink(folder / "elsewhere", folder / "a");
    folder.put("target", "mine");
    fs::create_symlink(folder / "target", folder / "b");
    EXPECT_FALSE(incoming("n")->finish("a", true).has_value());
    EXPECT_FALSE(incoming("n")->finish("b", true).has_value());
    EXPECT_FALSE(fs::exists(folder / "elsewhere"));
    EXPECT_EQ(content_of("target"), "mine");
}

TEST_F(IncomingFileTest, TheFolderIsMadeWhereItCanBe) {
    const auto made = IncomingFile::create(folder / "a" / "b");
    ASSERT_TRUE(made.has_value());
    EXPECT_TRUE((*made)->finish("c", true).has_value());
    EXPECT_TRUE(fs::exists(folder / "a" / "b" / "c"));
    folder.put("file", "x");
    EXPECT_FALSE(IncomingFile::create(folder / "file").has_value());
    EXPECT_FALSE(IncomingFile::create(folder / "file" / "below").has_value());
}

TEST_F(IncomingFileTest, AFolderThatWentAwayIsAnErrorAndLeavesNothing) {
    auto made = IncomingFile::create(folder / "gone");
    ASSERT_TRUE(made.has_value());
    EXPECT_FALSE((*made)->append("x"));
    fs::remove_all(folder / "gone");
    EXPECT_FALSE((*made)->finish("a", false).has_value());
    EXPECT_FALSE(fs::exists(folder / "gone"));
}

}  // namespace
