// The key that seals the stored credential.
#include "agent/credentials/seal.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/credentials/format.hpp"
#include "agent/credentials/store_errors.hpp"
#include "platform/file.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using credentials::Errc;
using credentials::Seal;
using credentials::Secret;

Secret text(std::string_view words) {
    return Secret(words);
}

struct SealTest : testing::Test {
    SealTest() { ::chmod(home.path().c_str(), 0700); }
    void put_key(std::string_view bytes) const {
        home.put("key", bytes);
        ::chmod(file.c_str(), 0600);
    }

    tests::TempFolder home;
    std::filesystem::path file = home / "key";
    Seal seal{file};
};

TEST_F(SealTest, WithoutAKeyFileNothingIsSealedAndWhatIsSealedCannotBeRead) {
    const Seal off{{}};
    EXPECT_FALSE(off.is_on());
    EXPECT_FALSE(off.prove());
    EXPECT_EQ(off.close(text("words"))->reveal(), "words");
    EXPECT_EQ(off.open(text("words"))->reveal(), "words");
    auto sealed = seal.close(text("words"));
    ASSERT_TRUE(sealed);
    EXPECT_EQ(off.open(std::move(*sealed)).error(), Errc::key_missing);
}

TEST_F(SealTest, MakesItsKeyOnceAndOpensWhatItClosed) {
    ASSERT_FALSE(seal.prove());
    struct stat about {};
    ASSERT_EQ(::stat(file.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U);
    const auto key = platform::read_file(file, 100);
    auto sealed = seal.close(text("words"));
    ASSERT_TRUE(sealed);
    EXPECT_TRUE(credentials::is_sealed(sealed->reveal()));
    EXPECT_EQ(sealed->reveal().find("words"), std::string_view::npos);
    EXPECT_EQ(*platform::read_file(file, 100), *key) << "the same key";
    EXPECT_EQ(seal.open(std::move(*sealed))->reveal(), "words");
}

TEST_F(SealTest, OpensWhatWasWrittenBeforeItWasSwitchedOn) {
    EXPECT_EQ(seal.open(text("{}"))->reveal(), "{}");
    EXPECT_FALSE(std::filesystem::exists(file)) << "reading makes no key";
}

TEST_F(SealTest, AKeyIsMadeForWritingAndNeverForReading) {
    auto sealed = seal.close(text("words"));
    ASSERT_TRUE(sealed);
    std::filesystem::remove(file);
    EXPECT_EQ(seal.open(std::move(*sealed)).error(), Errc::key_missing);
    EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(SealTest, AnotherKeyAndOneOfAnotherSizeAreRefused) {
    put_key(std::string(64, 'a') + "\n");
    auto sealed = seal.close(text("words"));
    ASSERT_TRUE(sealed);
    put_key(std::string(64, 'b'));
    EXPECT_EQ(seal.open(sealed->clone()).error(), Errc::key_wrong);
    put_key("too short");
    EXPECT_EQ(seal.open(sealed->clone()).error(), Errc::key_wrong);
    EXPECT_EQ(seal.prove(), Errc::key_wrong);
    put_key(std::string(32, '\xaa'));
    EXPECT_EQ(seal.open(sealed->clone())->reveal(), "words") << "the bytes themselves";
}

TEST_F(SealTest, AKeyThatOthersMayReadIsRefused) {
    put_key(std::string(64, 'a'));
    ::chmod(file.c_str(), 0644);
    EXPECT_EQ(seal.prove(), Errc::loose_mode);
}

TEST_F(SealTest, DestroyedItIsGoneAndTheNextOneIsAnother) {
    auto sealed = seal.close(text("words"));
    ASSERT_TRUE(sealed);
    seal.destroy();
    EXPECT_FALSE(std::filesystem::exists(file));
    seal.destroy();
    ASSERT_FALSE(seal.prove());
    EXPECT_EQ(seal.open(std::move(*sealed)).error(), Errc::key_wrong);
}

}  // namespace
