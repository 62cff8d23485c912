// One file in the spool: pieces in and out, no links, no half puts, within the quota.
#include "agent/relay/spool_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "agent/relay/spool.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

namespace fs = std::filesystem;
namespace errc = boost::system::errc;
using relay::put_spool_file;
using relay::PutMode;
using relay::read_spool_file;

class SpoolFileTest : public testing::Test {
  protected:
    void SetUp() override {
        settings.folder = (root / "spool").string();
        ASSERT_FALSE(relay::prepare_spool(settings.folder));
    }

    Error put(const std::string& name, std::size_t offset, std::string_view bytes, PutMode mode = PutMode::again) {
        return put_spool_file(settings, name, offset, bytes, mode);
    }
    std::string all(const std::string& name) const {
        const auto piece = read_spool_file(settings.folder, name, 0, 1'000'000);
        return piece ? piece->bytes : piece.error().message();
    }
    fs::path path(const std::string& name) const { return fs::path{settings.folder} / name; }

    const tests::TempFolder temp;
    const fs::path root = temp.path();
    relay::SpoolSettings settings;
};

TEST_F(SpoolFileTest, TakesAndGivesPieces) {
    EXPECT_FALSE(put("a", 0, "hello ", PutMode::fresh));
    EXPECT_FALSE(put("a", 6, "world"));
    EXPECT_EQ(all("a"), "hello world");
    EXPECT_FALSE(put("a", 6, "world")) << "a put that comes twice";
    EXPECT_EQ(all("a"), "hello world");
    EXPECT_FALSE(put("a", 2, "y")) << "what stood behind is gone";
    EXPECT_EQ(all("a"), "hey");
    const auto middle = read_spool_file(settings.folder, "a", 1, 1);
    ASSERT_TRUE(middle);
    EXPECT_EQ(middle->bytes, "e");
    EXPECT_EQ(middle->size, 3u);
    const auto behind = read_spool_file(settings.folder, "a", 99, 1);
    ASSERT_TRUE(behind);
    EXPECT_EQ(behind->bytes, "");
    EXPECT_FALSE(put("empty", 0, "", PutMode::fresh));
    EXPECT_EQ(all("empty"), "");
}

TEST_F(SpoolFileTest, RefusesHolesAndWhatIsThere) {
    EXPECT_EQ(put("a", 1, "x"), errc::no_such_file_or_directory);
    EXPECT_FALSE(put("a", 0, "abc", PutMode::fresh));
    EXPECT_FALSE(put("a", 3, "d"));
    EXPECT_EQ(put("a", 5, "x"), errc::invalid_argument);
    EXPECT_EQ(put("a", 0, "x", PutMode::fresh), errc::file_exists);
    EXPECT_EQ(all("a"), "abcd");
}

TEST_F(SpoolFileTest, FollowsNoLink) {
    const fs::path outside = root / "outside";
    std::ofstream{outside} << "secret";
    fs::create_symlink(outside, path("soft"));
    fs::create_hard_link(outside, path("hard"));
    fs::create_directory(path("folder"));
    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    for (const std::string name : {"soft", "hard", "folder", "fifo"}) {
        EXPECT_FALSE(read_spool_file(settings.folder, name, 0, 10)) << name;
        EXPECT_TRUE(put(name, 0, "x")) << name;
        EXPECT_TRUE(put(name, 0, "x", PutMode::fresh)) << name;
    }
    EXPECT_EQ(fs::file_size(outside), 6u);
    fs::rename(settings.folder, root / "moved");
    fs::create_directory_symlink(root / "moved", settings.folder);
    std::ofstream{root / "moved" / "plain"} << "x";
    EXPECT_FALSE(read_spool_file(settings.folder, "plain", 0, 10)) << "the folder itself";
}

TEST_F(SpoolFileTest, StaysWithinTheQuota) {
    settings.quota = 10;
    EXPECT_FALSE(put("a", 0, "0123456789"));
    EXPECT_EQ(put("b", 0, "0123456789x"), errc::no_space_on_device);
    EXPECT_EQ(all("a"), "0123456789") << "nothing goes for what does not fit";
    EXPECT_FALSE(put("b", 0, "0")) << "the oldest goes";
    EXPECT_FALSE(fs::exists(path("a")));
    settings.max_files = 1;
    EXPECT_FALSE(put("c", 0, "0"));
    EXPECT_FALSE(fs::exists(path("b")));
    EXPECT_FALSE(put("c", 1, "1")) << "no file more";
    EXPECT_EQ(all("c"), "01");
    std::ofstream{path("6f1c.crdownload")} << std::string(100, 'x');
    EXPECT_EQ(put("d", 0, "0"), errc::no_space_on_device) << "what is being written does not go";
}

TEST_F(SpoolFileTest, LeavesNoPartOfAPutThatFailed) {
    EXPECT_FALSE(put("a", 0, std::string(1000, 'x')));
    struct rlimit before {};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    struct rlimit small {
        1500, before.rlim_max
    };
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_TRUE(put("a", 1000, std::string(1000, 'y')));
    EXPECT_TRUE(put("b", 0, std::string(2000, 'y')));
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(all("a"), std::string(1000, 'x'));
    EXPECT_FALSE(fs::exists(path("b")));
}

TEST_F(SpoolFileTest, HasTheGroupOfAFolderThatIsShared) {
    EXPECT_FALSE(put("private", 0, "x"));
    ASSERT_EQ(::chmod(settings.folder.c_str(), 0770), 0);
    EXPECT_FALSE(put("shared", 0, "x"));
    struct stat status {};
    ASSERT_EQ(::stat(path("private").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0600u);
    ASSERT_EQ(::stat(path("shared").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0660u);
}

TEST_F(SpoolFileTest, RemovesFilesByName) {
    EXPECT_FALSE(put("a", 0, "x"));
    EXPECT_FALSE(put("b", 0, "x"));
    relay::remove_spool_files(settings.folder, {"a", "never"});
    EXPECT_FALSE(fs::exists(path("a")));
    EXPECT_TRUE(fs::exists(path("b")));
}

}  // namespace
