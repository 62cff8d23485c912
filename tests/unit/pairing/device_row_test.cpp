// The device's row, where it cannot be read: who goes on, and who does not.
#include "agent/pairing/device_row.hpp"

#include "tests/unit/pairing/pair_fixture.hpp"

namespace {

using namespace pairing;
using ::testing::HasSubstr;

struct DeviceRowTest : tests::PairFixture {
    DeviceRowTest() {
        request.ephemeral = true;  // one try, no waits
        token.kind = TokenKind::user;
        token.access_token = Secret(std::string_view("token-1"));
        choice.device = {"6f1c2a3b-0000-4000-8000-000000000001", "lab 1"};
    }
    std::optional<PairResult> settle() {
        const auto own = needs();
        DeviceRow row(own, request, token, choice);
        auto ended = run([&] { return row.settle(); });
        paired_at = row.paired_at();
        return ended;
    }

    TokenInput token;
    DeviceChoice choice;
    credentials::WallTime paired_at{};
};

TEST_F(DeviceRowTest, ANewDeviceCannotBeWithoutOne) {
    const auto ended = settle();
    ASSERT_TRUE(ended);
    EXPECT_THAT(ended->problem, HasSubstr("registering the device: "));
    EXPECT_THAT(ended->problem, HasSubstr("(nowhere:)"));
    EXPECT_THAT(ended->problem, HasSubstr("agent --doctor"));
}

TEST_F(DeviceRowTest, AKnownDeviceIsLeftToTheProof) {
    choice.known = choice.earlier = true;
    EXPECT_FALSE(settle());
    EXPECT_THAT(all_said(), HasSubstr("could not be read ("));
    EXPECT_THAT(all_said(), HasSubstr("the channel will tell"));
    EXPECT_EQ(choice.device.uuid, "6f1c2a3b-0000-4000-8000-000000000001") << "nobody knows that it is not ours";
    EXPECT_EQ(choice.device.name, "lab 1");
}

TEST_F(DeviceRowTest, TheNameIsTheWishedOneElseTheEarlierOneElseTheMachines) {
    choice.known = true;
    request.device_name = "bench";
    EXPECT_FALSE(settle());
    EXPECT_EQ(choice.device.name, "bench");
    request.device_name.clear();
    choice.device.name.clear();
    EXPECT_FALSE(settle());
    EXPECT_EQ(choice.device.name, machine_name());
}

TEST_F(DeviceRowTest, WithoutAServersClockItIsPairedByOurs) {
    const auto before = platform::wall_now();
    choice.known = true;
    EXPECT_FALSE(settle());
    EXPECT_GE(paired_at, before);
    EXPECT_LE(paired_at, platform::wall_now());
}

}  // namespace
