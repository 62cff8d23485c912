// A file for what a command brings: opened as the caller, written later.
#include "agent/cli/answer_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "platform/process/pipe.hpp"

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

TEST_F(AnswerFileTest, LeavesNothingWhereTheOwnerHasBecomeAnotherUser) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    const auto path = folder / "page.png";
    const auto other = folder / "page.pdf";
    fs::permissions(folder, fs::perms{0755});
    const auto as_another_user = [&] {
        auto picture = std::make_unique<cli::AnswerFile>(path);
        auto page = std::make_unique<cli::AnswerFile>(other);
        if (picture->open_now() || page->open_now() || ::seteuid(12345) != 0) return 1;
        if (page->write("a page")) return 2;
        picture.reset();
        page.reset();
        return fs::exists(path) ? 3 : 0;
    };
    EXPECT_EXIT(::_exit(as_another_user()), testing::ExitedWithCode(0), "");
    EXPECT_FALSE(fs::exists(path));
    EXPECT_EQ(content(other), "a page");
}

TEST_F(AnswerFileTest, LeavesNothingWhereItsProcessWasKilled) {
    const auto path = folder / "page.png";
    auto ends = platform::make_pipe();
    ASSERT_TRUE(ends);
    const auto killed = [&] {
        cli::AnswerFile file{path};
        if (!file.open_now()) ::raise(SIGKILL);
    };
    EXPECT_EXIT(killed(), testing::KilledBySignal(SIGKILL), "");
    ends->write.reset();
    char nothing = 0;
    EXPECT_EQ(::read(ends->read.get(), &nothing, 1), 0) << "all processes that had it have ended";
    EXPECT_FALSE(fs::exists(path));
}

TEST_F(AnswerFileTest, LeavesNothingOfAFileThatWasNotWrittenInFull) {
    const auto path = folder / "page.png";
    const auto short_of_room = [&] {
        std::signal(SIGXFSZ, SIG_IGN);
        const struct rlimit limit { 4096, 4096 };
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
        auto file = std::make_unique<cli::AnswerFile>(path);
        if (file->open_now()) return 2;
        if (!file->write(std::string(8192, 'x'))) return 3;
        file.reset();
        return fs::exists(path) ? 4 : 0;
    };
    EXPECT_EXIT(::_exit(short_of_room()), testing::ExitedWithCode(0), "");
}

TEST_F(AnswerFileTest, TakesNothingAwayThatIsAnothersByNow) {
    const auto path = folder / "page.png";
    {
        cli::AnswerFile unused{path};
        EXPECT_FALSE(unused.open_now());
        fs::rename(path, folder / "moved");
        std::ofstream{path} << "another";
    }
    EXPECT_EQ(content(path), "another");
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
