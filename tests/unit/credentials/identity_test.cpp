#include "agent/credentials/identity.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "agent/credentials/store.hpp"
#include "agent/credentials/store_files.hpp"
#include "platform/file.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using credentials::Errc;
using credentials::Store;

class IdentityTest : public testing::Test {
  protected:
    std::filesystem::path file() const { return temp.path() / "state" / credentials::files::identity; }
    static unsigned mode_of(const std::filesystem::path& path) {
        struct stat about {};
        EXPECT_EQ(::stat(path.c_str(), &about), 0);
        return about.st_mode & 0777;
    }

    tests::TempFolder temp;
    std::filesystem::path key_file;
};

TEST_F(IdentityTest, IsMadeOnceAndPrivate) {
    Store store{credentials::StoreSettings{.folder = temp.path() / "state", .bind = false}};
    ASSERT_FALSE(store.open());
    EXPECT_EQ(store.identity().load().error(), Errc::none);
    const auto made = store.identity().load_or_make();
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(store.identity().load_or_make()->public_key(), made->public_key());
    EXPECT_EQ(store.identity().load()->public_key(), made->public_key());
    EXPECT_EQ(mode_of(file()), 0600u);
}

TEST_F(IdentityTest, AnotherDeviceHasAnother) {
    Store store{temp.path() / "state"};
    ASSERT_FALSE(store.open());
    const auto first = store.identity().load_or_make();
    const auto lock = store.wait_for_lock();
    ASSERT_TRUE(lock);
    const auto second = store.identity().make(*lock);
    ASSERT_TRUE(second);
    EXPECT_NE(first->public_key(), second->public_key());
    EXPECT_EQ(store.identity().load()->public_key(), second->public_key());
}

TEST_F(IdentityTest, IsSealedLikeTheCredential) {
    key_file = temp.path() / "seal";
    Store store{credentials::StoreSettings{.folder = temp.path() / "state", .bind = false, .key_file = key_file}};
    ASSERT_FALSE(store.open());
    const auto made = store.identity().load_or_make();
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(platform::read_file(file(), 10'000)->find("PRIVATE KEY"), std::string::npos);
    EXPECT_EQ(mode_of(file()), 0600u);
    EXPECT_EQ(store.identity().load()->public_key(), made->public_key());
    std::filesystem::remove(key_file);
    EXPECT_EQ(store.identity().load().error(), Errc::key_missing);
    EXPECT_EQ(store.identity().load_or_make().error(), Errc::key_missing) << "one that cannot be read is not replaced";
}

TEST_F(IdentityTest, GoesWithAWipe) {
    Store store{temp.path() / "state"};
    ASSERT_FALSE(store.open());
    const auto before = store.identity().load_or_make();
    ASSERT_TRUE(before);
    ASSERT_FALSE(store.wipe());
    EXPECT_FALSE(std::filesystem::exists(file()));
    EXPECT_EQ(store.identity().load().error(), Errc::none);
    const auto after = store.identity().load_or_make();
    ASSERT_TRUE(after);
    EXPECT_NE(after->public_key(), before->public_key()) << "what controllers knew is gone for good";
}

TEST_F(IdentityTest, IsNeitherReadNorMadeWhileAWipeGoesOn) {
    Store store{temp.path() / "state"};
    ASSERT_FALSE(store.open());
    ASSERT_TRUE(store.identity().load_or_make());
    std::ofstream{temp.path() / "state" / credentials::files::marker};
    EXPECT_EQ(store.identity().load().error(), Errc::wiped);
    EXPECT_EQ(store.identity().load_or_make().error(), Errc::wiped);
}

TEST_F(IdentityTest, WaitsForNobodyWhoHasTheLock) {
    Store store{temp.path() / "state"};
    ASSERT_FALSE(store.open());
    const auto lock = store.wait_for_lock();
    ASSERT_TRUE(lock);
    EXPECT_EQ(store.identity().load_or_make().error(), Errc::locked);
}

}  // namespace
