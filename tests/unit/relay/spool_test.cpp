// The spool stays within its quota and never reaches outside itself.
#include "agent/relay/spool.hpp"

#include "agent/relay/spool_trim.hpp"
#include "agent/relay/spool_trouble.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace {

namespace fs = std::filesystem;

class SpoolTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string path = (fs::temp_directory_path() / "spool-XXXXXX").string();
        ASSERT_NE(::mkdtemp(path.data()), nullptr);
        root = path;
        folder = root / "spool";
        ASSERT_FALSE(relay::prepare_spool(folder));
    }
    void TearDown() override { fs::remove_all(root); }

    fs::path put(const std::string& name, std::size_t bytes, int age) {
        const fs::path path = folder / name;
        std::ofstream{path} << std::string(bytes, 'x');
        fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::seconds{age});
        return path;
    }

    fs::path root;
    fs::path folder;
};

TEST_F(SpoolTest, IsPrivateWhenWeMakeIt) {
    struct stat status {};
    ASSERT_EQ(::stat(folder.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0700u);
    EXPECT_FALSE(relay::prepare_spool(folder)) << "again";
}

TEST_F(SpoolTest, RefusesWhatIsNoFolderOfOurs) {
    EXPECT_TRUE(relay::prepare_spool("relative/path"));
    fs::create_directory_symlink(folder, root / "link");
    EXPECT_TRUE(relay::prepare_spool(root / "link"));
    std::ofstream{root / "file"} << "x";
    EXPECT_TRUE(relay::prepare_spool(root / "file"));
    fs::create_directory(root / "open");
    ::chmod((root / "open").c_str(), 0777);
    EXPECT_TRUE(relay::prepare_spool(root / "open"));
    ::chmod((root / "open").c_str(), 0770);
    EXPECT_FALSE(relay::prepare_spool(root / "open")) << "shared by group";
}

TEST_F(SpoolTest, RemovesTheOldestBeyondTheQuota) {
    const fs::path oldest = put("oldest", 400, 30);
    const fs::path middle = put("middle", 300, 20);
    const fs::path newest = put("newest", 300, 10);
    auto use = relay::trim_spool(folder, 1000);
    ASSERT_TRUE(use);
    EXPECT_EQ(use->bytes, 1000u);
    EXPECT_EQ(use->removed, 0u);
    use = relay::trim_spool(folder, 999);
    ASSERT_TRUE(use);
    EXPECT_EQ(use->bytes, 600u);
    EXPECT_EQ(use->files, 2u);
    EXPECT_EQ(use->removed, 1u);
    EXPECT_FALSE(fs::exists(oldest));
    EXPECT_TRUE(fs::exists(middle));
    use = relay::trim_spool(folder, 0);
    EXPECT_EQ(use->files, 0u);
    EXPECT_FALSE(fs::exists(newest));
}

TEST_F(SpoolTest, NeverRemovesAFileThatIsBeingWritten) {
    const fs::path written = put("6f1c.crdownload", 8192, 30);
    const fs::path whole = put("whole", 100, 10);
    const fs::path left = put("left.crdownload", 100, 2 * 3600);
    const auto use = relay::trim_spool(folder, 50);
    ASSERT_TRUE(use);
    EXPECT_TRUE(fs::exists(written));
    EXPECT_FALSE(fs::exists(whole));
    EXPECT_FALSE(fs::exists(left)) << "of a browser that was killed";
    ASSERT_EQ(use->in_work.size(), 1u);
    EXPECT_EQ(use->in_work[0].guid, "6f1c");
    EXPECT_GE(use->in_work[0].bytes, 8192u) << "what is allocated";
    EXPECT_EQ(use->bytes, use->in_work[0].bytes);
    EXPECT_FALSE(relay::cut_download(folder, "6f1c"));
    EXPECT_EQ(fs::file_size(written), 0u);
    fs::create_symlink(root / "precious", folder / "link.crdownload");
    EXPECT_TRUE(relay::cut_download(folder, "link"));
    EXPECT_TRUE(relay::cut_download(folder, "../x"));
}

TEST_F(SpoolTest, BoundsTheNumberOfFiles) {
    for (int i = 0; i < 10; ++i) put("f" + std::to_string(i), 1, 100 - i);
    const auto use = relay::trim_spool(folder, 1000, 4);
    ASSERT_TRUE(use);
    EXPECT_EQ(use->files, 4u);
    EXPECT_TRUE(fs::exists(folder / "f9"));
    EXPECT_FALSE(fs::exists(folder / "f5"));
}

TEST_F(SpoolTest, NeverFollowsLinks) {
    std::ofstream{root / "precious"} << std::string(5000, 'x');
    fs::create_symlink(root / "precious", folder / "link");
    put("file", 10, 5);
    const auto use = relay::trim_spool(folder, 100);
    ASSERT_TRUE(use);
    EXPECT_LT(use->bytes, 200u) << "a link counts as itself";
    EXPECT_TRUE(fs::exists(root / "precious"));
}

TEST_F(SpoolTest, IsFullFromItsLastTwentiethOn) {
    relay::SpoolSettings settings;
    settings.folder = folder.string();
    settings.quota = 2000;
    settings.max_files = 40;
    relay::SpoolUse use;
    use.files = 37;
    use.bytes = 1899;
    use.disk_room = relay::spool_least_room;
    EXPECT_EQ(relay::spool_trouble(settings, use), "");
    use.bytes = 1900;
    EXPECT_EQ(relay::spool_trouble(settings, use), settings.folder + ": 1900 of 2000 bytes (spool.quota) are in use");
    use.bytes = 0;
    use.files = 38;
    EXPECT_EQ(relay::spool_trouble(settings, use), settings.folder + ": 38 of 40 files (spool.max_files) are there");
    use.files = 0;
    --use.disk_room;
    EXPECT_EQ(relay::spool_trouble(settings, use), settings.folder + ": its file system has 1048575 bytes left");
    settings.max_files = 1;
    use.disk_room = relay::spool_least_room;
    EXPECT_EQ(relay::spool_trouble(settings, use), "") << "an empty one is never full";
    const auto looked = relay::trim_spool(folder, settings.quota);
    ASSERT_TRUE(looked);
    EXPECT_GT(looked->disk_room, relay::spool_least_room);
}

}  // namespace
