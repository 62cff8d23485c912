// Whether a device is spoken to inside of TLS, and whether its key is its own.
#include "agent/bridge/core/trust.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using bridge::first_step;
using bridge::judge_key;
using bridge::KeyVerdict;
using bridge::TrustStep;
using bridge::TrustWish;
using ::testing::HasSubstr;

const std::string print_one = "SHA256:" + std::string(43, 'a');
const std::string print_other = "SHA256:" + std::string(43, 'b');
const bridge::Device unmet_lab{"6f1c2a3b-0000-4000-8000-000000000001", "lab"};

TEST(Trust, AnUnknownDeviceIsSpokenToInPlainUnlessSomebodyWantsMore) {
    EXPECT_EQ(first_step({}, ""), TrustStep::plain);
    EXPECT_EQ(first_step({.can_ask = true}, ""), TrustStep::plain);
    EXPECT_EQ(first_step({.sealed = true}, ""), TrustStep::meet);
    EXPECT_EQ(first_step({.accept_new = true}, ""), TrustStep::meet);
    EXPECT_EQ(first_step({.fingerprint = print_one}, ""), TrustStep::meet);
}

TEST(Trust, AKnownDeviceIsNeverSpokenToInPlain) {
    for (const bool sealed : {false, true}) {
        for (const bool accept_new : {false, true}) {
            for (const bool can_ask : {false, true}) {
                EXPECT_EQ(first_step({sealed, accept_new, "", can_ask}, print_one), TrustStep::sealed);
                EXPECT_EQ(first_step({sealed, accept_new, print_one, can_ask}, print_one), TrustStep::sealed);
                EXPECT_EQ(first_step({sealed, accept_new, print_other, can_ask}, print_one), TrustStep::refuse);
            }
        }
    }
}

TEST(Trust, ANewKeyIsTakenByItsFingerprintByAcceptNewOrByAPerson) {
    EXPECT_EQ(judge_key({.fingerprint = print_one}, print_one), KeyVerdict::take);
    EXPECT_EQ(judge_key({.accept_new = true, .fingerprint = print_one, .can_ask = true}, print_other),
              KeyVerdict::refuse);
    EXPECT_EQ(judge_key({.accept_new = true}, print_one), KeyVerdict::take);
    EXPECT_EQ(judge_key({.sealed = true, .can_ask = true}, print_one), KeyVerdict::ask);
    EXPECT_EQ(judge_key({.sealed = true}, print_one), KeyVerdict::refuse);
}

TEST(Trust, SentencesNameTheFingerprintsAndWhatToDo) {
    EXPECT_THAT(bridge::ask_about_key(unmet_lab, print_one), HasSubstr(print_one));
    EXPECT_THAT(bridge::refuse_unknown_key(unmet_lab, print_one), HasSubstr("--accept-new"));
    const auto changed = bridge::refuse_changed_key(unmet_lab, print_one, print_other);
    EXPECT_THAT(changed, HasSubstr("it was " + print_other + ", and now it is " + print_one));
    EXPECT_THAT(changed, HasSubstr("agent --forget-device " + unmet_lab.uuid));
    const auto unlike = bridge::refuse_unlike_known(unmet_lab, print_one, print_other);
    EXPECT_THAT(unlike, HasSubstr("--fingerprint names " + print_one + ", and known_devices has " + print_other));
    EXPECT_THAT(unlike, HasSubstr("agent --forget-device " + unmet_lab.uuid));
    EXPECT_THAT(unlike, Not(HasSubstr("has changed"))) << "nobody has seen the device's key";
    EXPECT_THAT(bridge::refuse_other_device(unmet_lab, "OLD"), HasSubstr("agent --forget-device OLD"));
    EXPECT_THAT(bridge::refuse_other_key(unmet_lab, print_one, print_other), HasSubstr(print_other));
    EXPECT_THAT(bridge::refuse_plain(unmet_lab), HasSubstr("--forget-device"));
}

TEST(Trust, AFingerprintIsAsOpenSshPrintsIt) {
    EXPECT_TRUE(bridge::is_fingerprint(print_one));
    for (const std::string& bad :
         {std::string{}, print_one + "=", print_one.substr(1), print_one.substr(0, print_one.size() - 1),
          "MD5:" + print_one.substr(7), print_one.substr(0, print_one.size() - 1) + "-"}) {
        EXPECT_FALSE(bridge::is_fingerprint(bad)) << bad;
    }
}

}  // namespace
