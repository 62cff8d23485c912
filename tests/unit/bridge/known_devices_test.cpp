// The file known_devices.
#include "agent/bridge/core/known_devices.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using bridge::KnownDevice;
using bridge::read_known_devices;
using bridge::with_known_device;
using bridge::without_known_device;
using ::testing::HasSubstr;

const std::string lab_uuid = "6f1c2a3b-0000-4000-8000-000000000001";
const std::string shop_uuid = "6f1c2a3b-0000-4000-8000-000000000002";
const auto key_of_lab = *platform::public_key_of(std::string(32, 'x'));
const auto key_of_shop = *platform::public_key_of(std::string(32, 'y'));
const std::string lab_key = platform::openssh_line(key_of_lab, "");
const std::string shop_key = platform::openssh_line(key_of_shop, "");

TEST(KnownDevicesText, HasALineADevice) {
    const auto known = read_known_devices("# mine\n\n" + lab_uuid + " " + lab_key + " the lab's box\n" + shop_uuid +
                                          "\t" + shop_key + "\r\n");
    EXPECT_EQ(known.wrong, "");
    ASSERT_EQ(known.devices.size(), 2u);
    ASSERT_NE(known.find(lab_uuid), nullptr);
    EXPECT_EQ(known.find(lab_uuid)->key, key_of_lab);
    EXPECT_EQ(known.find(lab_uuid)->name, "the lab's box");
    EXPECT_EQ(known.find(shop_uuid)->key, key_of_shop);
    EXPECT_EQ(known.find("6f1c2a3b-0000-4000-8000-000000000003"), nullptr);
    EXPECT_TRUE(read_known_devices("").devices.empty());
}

TEST(KnownDevicesText, ALineThatCannotBeReadMakesTheFileUnusable) {
    const std::string good = lab_uuid + " " + lab_key + "\n";
    for (const std::string& bad :
         {std::string{"lab " + shop_key}, shop_uuid, shop_uuid + " ssh-rsa AAAA", shop_uuid + " " + shop_key + "z",
          shop_uuid + " " + shop_key.substr(0, shop_key.size() - 1), shop_uuid + " " + shop_key.substr(12),
          "6F1C2A3B" + shop_uuid.substr(8) + " " + shop_key, "*" + shop_uuid.substr(1) + " " + shop_key,
          lab_uuid + " " + shop_key}) {
        const auto known = read_known_devices(good + bad + "\n");
        EXPECT_THAT(known.wrong, HasSubstr("line 2: ")) << bad;
        EXPECT_TRUE(known.devices.empty()) << bad;
    }
}

TEST(KnownDevicesText, ADeviceIsAddedAtTheEndOrInItsPlace) {
    const std::string text =
        "# mine\n" + lab_uuid + " " + lab_key + " lab";  // an editor may leave out the last line's end
    EXPECT_EQ(with_known_device(text, {shop_uuid, key_of_shop, "shop"}),
              text + "\n" + shop_uuid + " " + shop_key + " shop\n");
    EXPECT_EQ(with_known_device(text, {lab_uuid, key_of_shop, ""}), "# mine\n" + lab_uuid + " " + shop_key + "\n");
    EXPECT_EQ(with_known_device("", {lab_uuid, key_of_lab, "a\nb"}), lab_uuid + " " + lab_key + " a b\n");
}

TEST(KnownDevicesText, ANameThatIsKnownAsAnotherDevicesIsFound) {
    const auto known = bridge::read_known_devices(with_known_device("", {lab_uuid, key_of_lab, "lab"}));
    EXPECT_EQ(known.other_of_that_name({lab_uuid, "lab"}), nullptr) << "it is that device";
    EXPECT_EQ(known.other_of_that_name({lab_uuid, "shop"}), nullptr) << "a known one may be renamed";
    EXPECT_EQ(known.other_of_that_name({shop_uuid, "shop"}), nullptr);
    EXPECT_EQ(known.other_of_that_name({shop_uuid, ""}), nullptr) << "it was named by its uuid";
    ASSERT_NE(known.other_of_that_name({shop_uuid, "lab"}), nullptr);
    EXPECT_EQ(known.other_of_that_name({shop_uuid, "LAB"})->uuid, lab_uuid);
}

TEST(KnownDevicesText, ADeviceIsForgotten) {
    const std::string text = lab_uuid + " " + lab_key + " lab\n# between\n" + shop_uuid + " " + shop_key + "\n";
    EXPECT_EQ(without_known_device(text, lab_uuid), "# between\n" + shop_uuid + " " + shop_key + "\n");
    EXPECT_EQ(without_known_device("# between\n", lab_uuid), std::nullopt);
}

}  // namespace
