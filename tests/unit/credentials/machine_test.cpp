// Which machine a credential was stored on, and secrets that others put here.
#include "agent/credentials/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "agent/credentials/outside_secrets.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using credentials::is_this_machine;
using credentials::MachineTag;
using credentials::tag_machine;

struct MachineTest : ::testing::Test {
    MachineTest() {
        folder.put("machine-id", "0123456789abcdef0123456789abcdef\n");
        folder.put("product", "A-B-C\n");
    }
    tests::TempFolder folder;
    const credentials::MachineSources sources{folder / "machine-id", folder / "product"};
};

TEST_F(MachineTest, ATagFitsItsMachineAndTellsNothingOfIt) {
    const MachineTag tag = tag_machine(sources);
    EXPECT_TRUE(is_this_machine(tag, sources));
    EXPECT_EQ(tag.machine.size(), 64u);
    EXPECT_EQ(tag.product.size(), 64u);
    EXPECT_NE(tag.machine, tag.product);
    EXPECT_EQ(tag.machine.find("0123456789abcdef0123456789abcdef"), std::string::npos);
    const MachineTag again = tag_machine(sources);
    EXPECT_NE(again.salt, tag.salt);
    EXPECT_NE(again.machine, tag.machine) << "two tags of one machine cannot be compared by others";
    EXPECT_TRUE(is_this_machine(again, sources));
}

TEST_F(MachineTest, AnotherIdOrProductIsAnotherMachine) {
    const MachineTag tag = tag_machine(sources);
    folder.put("machine-id", "ffffffffffffffffffffffffffffffff\n");
    EXPECT_FALSE(is_this_machine(tag, sources));
    folder.put("machine-id", " 0123456789abcdef0123456789abcdef ");
    EXPECT_TRUE(is_this_machine(tag, sources)) << "white space does not count";
    folder.put("product", "A-B-D\n");
    EXPECT_FALSE(is_this_machine(tag, sources));
}

TEST_F(MachineTest, AProductThatCannotBeReadNowDoesNotCountAndAMissingIdDoes) {
    const MachineTag tag = tag_machine(sources);
    std::filesystem::remove(folder / "product");
    EXPECT_TRUE(is_this_machine(tag, sources)) << "not root any more";
    std::filesystem::remove(folder / "machine-id");
    EXPECT_FALSE(is_this_machine(tag, sources));
}

TEST_F(MachineTest, WhatWasNotKnownThenDoesNotCount) {
    std::filesystem::remove(folder / "product");
    const MachineTag without_product = tag_machine(sources);
    EXPECT_EQ(without_product.product, "");
    folder.put("product", "A-B-C\n");
    EXPECT_TRUE(is_this_machine(without_product, sources));
    for (const char* id : {"uninitialized\n", ""}) {
        folder.put("machine-id", id);
        std::filesystem::remove(folder / "product");
        const MachineTag nothing = tag_machine(sources);
        EXPECT_EQ(nothing.machine, "") << "an image that is made to be cloned";
        folder.put("machine-id", "0123456789abcdef0123456789abcdef\n");
        EXPECT_TRUE(is_this_machine(nothing, sources));
    }
}

struct OutsideTest : ::testing::Test {
    ~OutsideTest() override { ::unsetenv("CREDENTIALS_DIRECTORY"); }
    std::filesystem::path put_with_mode(const char* name, const std::string& text, mode_t mode) {
        folder.put(name, text);
        ::chmod((folder / name).c_str(), mode);
        return folder / name;
    }
    tests::TempFolder folder;
};

TEST_F(OutsideTest, WhiteSpaceAtTheEndsIsNoPartOfASecret) {
    const auto secret = credentials::read_outside(put_with_mode("token", "\n the token \r\n", 0600));
    ASSERT_TRUE(secret.has_value());
    EXPECT_EQ(secret->reveal(), "the token");
    EXPECT_EQ(credentials::read_outside(put_with_mode("bare", "token", 0400))->reveal(), "token");
    EXPECT_FALSE(credentials::read_outside(folder / "none").has_value());
}

TEST_F(OutsideTest, AFileThatOthersMayReadIsRefusedSaveOfTheServiceManager) {
    for (const mode_t mode : {0640, 0604, 0666}) {
        EXPECT_FALSE(credentials::read_outside(put_with_mode("token", "t", mode)).has_value()) << mode;
    }
    ::setenv("CREDENTIALS_DIRECTORY", folder.path().c_str(), 1);
    EXPECT_TRUE(credentials::read_outside(put_with_mode("token", "t", 0640)).has_value());
    std::filesystem::create_directory(folder / "below");
    EXPECT_FALSE(credentials::read_outside(put_with_mode("below/token", "t", 0640)).has_value())
        << "in that folder itself alone";
}

TEST_F(OutsideTest, AFileBeyondTheBoundIsRefused) {
    using credentials::outside_bytes;
    EXPECT_TRUE(credentials::read_outside(put_with_mode("most", std::string(outside_bytes, 't'), 0600)).has_value());
    EXPECT_FALSE(
        credentials::read_outside(put_with_mode("more", std::string(outside_bytes + 1, 't'), 0600)).has_value());
}

TEST_F(OutsideTest, TheServiceManagersCredentialIsFoundByItsName) {
    ::unsetenv("CREDENTIALS_DIRECTORY");
    folder.put("bmc-token", "t");
    EXPECT_FALSE(credentials::systemd_credential("bmc-token"));
    ::setenv("CREDENTIALS_DIRECTORY", "relative", 1);
    EXPECT_FALSE(credentials::systemd_credential("bmc-token"));
    ::setenv("CREDENTIALS_DIRECTORY", folder.path().c_str(), 1);
    EXPECT_EQ(credentials::systemd_credential("bmc-token"), folder / "bmc-token");
    EXPECT_FALSE(credentials::systemd_credential("bmc-key"));
}

}  // namespace
