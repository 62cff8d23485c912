// A file for what a command brings: opened as the caller, written later.
#include "agent/cli/answer_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

namespace fs = std::filesystem;

struct AnswerFileTest : testing::Test {
    AnswerFileTest() {
        std::string path = (fs::temp_directory_path() / "answer-XXXXXX").string();
        EXPECT_NE(::mkdtemp(path.data()), nullptr);
        folder = path;
    }
    ~AnswerFileTest() override { fs::remove_all(folder); }
    static std::string content(const fs::path& path) {
        std::ostringstream out;
        out << std::ifstream{path}.rdbuf();
        return out.str();
    }
    fs::path folder;
};

TEST_F(AnswerFileTest, IsWrittenWhetherOrNotItWasOpenedBefore) {
    const auto path = folder / "page.png";
    for (const std::string text : {"a longer text", "short"}) {
        cli::AnswerFile later{path};
        EXPECT_FALSE(later.write(text));
        EXPECT_EQ(content(path), text);
    }
    for (const std::string text : {"a longer text", "short"}) {
        cli::AnswerFile before{path};
        EXPECT_FALSE(before.open_now());
        EXPECT_NE(content(path), text) << "what is there stays until it is written";
        EXPECT_FALSE(before.write(text));
        EXPECT_EQ(content(path), text);
    }
}

TEST_F(AnswerFileTest, LeavesNothingWhereNothingCame) {
    const auto path = folder / "page.png";
    {
        cli::AnswerFile unused{path};
        EXPECT_FALSE(unused.open_now());
        EXPECT_TRUE(fs::exists(path));
    }
    EXPECT_FALSE(fs::exists(path));
    std::ofstream{path} << "older";
    {
        cli::AnswerFile unused{path};
        EXPECT_FALSE(unused.open_now());
    }
    EXPECT_EQ(content(path), "older");
}

TEST_F(AnswerFileTest, RefusesLinksAndWhatIsNoFile) {
    const auto link = folder / "link";
    const auto pipe = folder / "pipe";
    fs::create_symlink(folder / "elsewhere", link);
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    for (const auto& path : {link, pipe, folder, folder / "no" / "such"}) {
        cli::AnswerFile file{path};
        EXPECT_TRUE(file.open_now()) << path;
    }
    EXPECT_FALSE(fs::exists(folder / "elsewhere"));
    EXPECT_TRUE(fs::is_symlink(link));
}

TEST_F(AnswerFileTest, RefusesAnotherUsersFile) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    const auto path = folder / "page.png";
    std::ofstream{path} << "theirs";
    ASSERT_EQ(::chown(path.c_str(), 12345, 12345), 0);
    cli::AnswerFile file{path};
    EXPECT_TRUE(file.open_now());
    EXPECT_EQ(content(path), "theirs");
}

}  // namespace
