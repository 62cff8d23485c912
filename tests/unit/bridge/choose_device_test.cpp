// Which device a person means.
#include "agent/bridge/core/choose_device.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using bridge::choose_device;
using bridge::Device;
using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<Device> known_devices{{"u1", "Lab"}, {"u2", "lab"}, {"u3", "shop"}, {"u4", "till"}, {"u5", "till"}};

TEST(ChooseDevice, TheExactNameWins) {
    const auto chosen = choose_device(known_devices, "lab");
    ASSERT_NE(chosen.device, nullptr);
    EXPECT_EQ(chosen.device->uuid, "u2");
}

TEST(ChooseDevice, ElseUpperAndLowerCaseAreTheSame) {
    const auto chosen = choose_device(known_devices, "SHOP");
    ASSERT_NE(chosen.device, nullptr);
    EXPECT_EQ(chosen.device->uuid, "u3");
}

TEST(ChooseDevice, SeveralAreNamedWithTheirUuids) {
    const auto chosen = choose_device(known_devices, "till");
    EXPECT_EQ(chosen.device, nullptr);
    EXPECT_THAT(chosen.problem, HasSubstr("till (u4), till (u5)"));
    EXPECT_THAT(chosen.problem, Not(HasSubstr("u3")));
    EXPECT_THAT(choose_device(known_devices, "LAB").problem, HasSubstr("Lab (u1), lab (u2)"));
}

TEST(ChooseDevice, NoneIsSaidWithThoseThereAreUpToTen) {
    EXPECT_THAT(choose_device(known_devices, "bar").problem, HasSubstr("there are Lab (u1), lab (u2), shop (u3)"));
    std::vector<Device> many;
    for (int i = 0; i < 12; ++i) many.push_back({"u" + std::to_string(i), "n" + std::to_string(i)});
    EXPECT_THAT(choose_device(many, "bar").problem, HasSubstr("n9 (u9) and 2 more"));
    EXPECT_THAT(choose_device({}, "bar").problem, HasSubstr("sees none at all"));
}

TEST(ChooseDevice, ADeviceWithoutANameIsItsUuid) {
    EXPECT_EQ(bridge::describe({"u1", ""}), "u1");
    EXPECT_EQ(bridge::describe({"u1", "lab"}), "lab (u1)");
}

}  // namespace
