// The key that this controller shows.
#include "agent/bridge/controller_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_folder.hpp"

namespace {

using bridge::own_controller_key;
using bridge::read_controller_key;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class ControllerKeyTest : public ::testing::Test {
  protected:
    fs::path write(const std::string& text, mode_t mode = 0600) {
        const fs::path file = fs::path{folder.path()} / "given";
        std::ofstream{file} << text;
        ::chmod(file.c_str(), mode);
        return file;
    }
    std::string refusal(const fs::path& file) {
        std::string why;
        EXPECT_FALSE(read_controller_key(file, why));
        return why;
    }
    tests::TempFolder folder;
    const fs::path own = fs::path{folder.path()} / "state" / "controller";
    std::string problem;
};

TEST_F(ControllerKeyTest, IsMadeOnceAndIsPrivate) {
    const auto made = own_controller_key(own, problem);
    ASSERT_TRUE(made) << problem;
    struct stat about {};
    ASSERT_EQ(::stat((own / "key").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777u, 0600u);
    const auto again = own_controller_key(own, problem);
    ASSERT_TRUE(again) << problem;
    EXPECT_EQ(again->public_key(), made->public_key());
}

TEST_F(ControllerKeyTest, OneThatOthersMayReadIsRefusedWithTheCommandThatMendsIt) {
    ASSERT_TRUE(own_controller_key(own, problem));
    ::chmod((own / "key").c_str(), 0644);
    EXPECT_FALSE(own_controller_key(own, problem));
    EXPECT_THAT(problem, HasSubstr("chmod"));
    const auto pem = platform::KeyPair::make().to_pem();
    EXPECT_THAT(refusal(write(std::string{pem.reveal()}, 0640)), HasSubstr("chmod"));
}

TEST_F(ControllerKeyTest, OneOfSomebodyElsesMakingIsRead) {
    const auto made = platform::KeyPair::make();
    const auto read = read_controller_key(write(std::string{made.to_pem().reveal()}), problem);
    ASSERT_TRUE(read) << problem;
    EXPECT_EQ(read->public_key(), made.public_key());
}

TEST_F(ControllerKeyTest, WhatIsWrongIsSaid) {
    EXPECT_THAT(refusal(fs::path{folder.path()} / "nowhere"), HasSubstr("nowhere"));
    EXPECT_THAT(refusal(write("hello")), HasSubstr("is no private key"));
    EXPECT_THAT(refusal(write("")), HasSubstr("is no private key"));
    EXPECT_THAT(refusal(folder.path()), HasSubstr("regular file"));
}

TEST_F(ControllerKeyTest, ItsNameIsTheUserAndTheHost) {
    EXPECT_THAT(bridge::controller_name(), HasSubstr("@"));
}

}  // namespace
