// Which device a pairing is about.
#include "agent/pairing/device_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace pairing;
using ::testing::HasSubstr;

constexpr const char* one = "6f1c2a3b-0000-4000-8000-000000000001";
constexpr const char* two = "6f1c2a3b-0000-4000-8000-000000000002";

struct DeviceChoiceTest : testing::Test {
    DeviceChoiceTest() {
        stored.device_uuid = one;
        stored.device_name = "lab 1";
    }
    DeviceChoice choose(bool paired = true) const {
        return choose_device(request, token, paired ? EarlierPairing{&stored} : EarlierPairing{nullptr, "not paired"});
    }
    void expect_problem(const std::string& words, bool paired = true) const {
        EXPECT_THAT(choose(paired).problem, HasSubstr(words));
    }

    PairRequest request;
    TokenInput token;
    credentials::Credential stored;
};

TEST_F(DeviceChoiceTest, AMachineThatWasNeverPairedGetsANewOne) {
    const auto choice = choose(false);
    EXPECT_EQ(choice.problem, "");
    EXPECT_TRUE(credentials::normalise_uuid(choice.device.uuid));
    EXPECT_FALSE(choice.known);
    EXPECT_FALSE(choice.earlier);
    EXPECT_NE(choice.device.uuid, choose(false).device.uuid);
}

TEST_F(DeviceChoiceTest, TheOnePairedBeforeIsKeptWithItsName) {
    const auto choice = choose();
    EXPECT_EQ(choice.device.uuid, one);
    EXPECT_EQ(choice.device.name, "lab 1");
    EXPECT_TRUE(choice.known);
    EXPECT_TRUE(choice.earlier);
}

TEST_F(DeviceChoiceTest, TheTokensOwnComesBeforeTheEarlierOne) {
    token.device_uuid = two;
    const auto choice = choose();
    EXPECT_EQ(choice.device.uuid, two);
    EXPECT_EQ(choice.device.name, "") << "the backend's";
    EXPECT_TRUE(choice.known);
    EXPECT_FALSE(choice.earlier);
}

TEST_F(DeviceChoiceTest, TheOneAskedForByNameComesFirstAndIsSpeltAsTheTopicIs) {
    request.device_uuid = "6F1C2A3B-0000-4000-8000-000000000002";
    const auto choice = choose();
    EXPECT_EQ(choice.device.uuid, two);
    EXPECT_FALSE(choice.earlier) << "somebody asked for it";
}

TEST_F(DeviceChoiceTest, ANameThatIsNoUuidOrAnotherThanTheTokensIsRefused) {
    request.device_uuid = "lab 1";
    expect_problem("lab 1 is no UUID, such as ");
    request.device_uuid = one;
    token.device_uuid = two;
    expect_problem(std::string("the token belongs to device ") + two);
}

TEST_F(DeviceChoiceTest, ADevicesNameIsLookedAtFirst) {
    request.device_name = std::string(device_name_bytes + 1, 'x');
    request.device_uuid = "no uuid";
    expect_problem("--name: ");
}

TEST_F(DeviceChoiceTest, ARotationKeepsTheDevice) {
    request.rotate = true;
    EXPECT_EQ(choose().device.uuid, one);
    EXPECT_FALSE(choose().earlier) << "no other account takes over by a rotation";
    token.device_uuid = one;
    EXPECT_EQ(choose().problem, "");
    token.device_uuid = two;
    expect_problem("hand in one of this device");
    token.device_uuid.clear();
    request.device_uuid = two;
    expect_problem("leave --device out");
    expect_problem("--rotate: not paired", false);
}

TEST_F(DeviceChoiceTest, AnotherAccountTakesANewDevice) {
    auto choice = choose();
    EXPECT_TRUE(take_new_device(choice, request, TokenKind::user, {}));
    EXPECT_NE(choice.device.uuid, one);
    EXPECT_EQ(choice.device.name, "");
    EXPECT_FALSE(choice.known);
    EXPECT_FALSE(take_new_device(choice, request, TokenKind::user, {})) << "it has one";
}

TEST_F(DeviceChoiceTest, TheDeviceIsKeptWhereTheAccountMayHaveIt) {
    const auto stays = [&](TokenKind kind, const Lookup& found) {
        auto choice = choose();
        return !take_new_device(choice, request, kind, found) && choice.device.uuid == one;
    };
    Lookup there, away;
    there.device = Device{one, "lab 1"};
    away.failure.emplace();
    EXPECT_TRUE(stays(TokenKind::user, there)) << "its row is there";
    EXPECT_TRUE(stays(TokenKind::user, away)) << "nobody knows";
    EXPECT_TRUE(stays(TokenKind::device, {})) << "the token is the device's";
    EXPECT_TRUE(stays(TokenKind::opaque, {}));
    request.rotate = true;
    EXPECT_TRUE(stays(TokenKind::user, {}));
    request.rotate = false;
    request.device_uuid = one;
    EXPECT_TRUE(stays(TokenKind::user, {})) << "somebody asked for this one";
}

}  // namespace
