// What is taken out of a text before it goes to support.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/doctor/doctor.hpp"

namespace {

using doctor::without_secrets;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Bundle, EachPlaceOfASecretIsEmptied) {
    const std::string text = "token s3cret-token, again s3cret-token\nand xs3cret-tokeny\n";
    const auto clean = without_secrets(text, {"s3cret-token"});
    EXPECT_THAT(clean, Not(HasSubstr("s3cret")));
    EXPECT_THAT(clean, HasSubstr("token "));
    EXPECT_THAT(clean, HasSubstr("\nand x"));
}

TEST(Bundle, ASecretThatHoldsAnotherGoesWhole) {
    const std::vector<std::string> secrets{"part", "part-and-rest", "rest-of-it"};
    EXPECT_THAT(without_secrets("a part-and-rest b\n", secrets), Not(HasSubstr("rest")));
    EXPECT_THAT(without_secrets("a part-and-rest-of-it b\n", secrets), Not(HasSubstr("part")));
}

TEST(Bundle, WhatIsTooShortToBeASecretStays) {
    EXPECT_EQ(without_secrets("the cat\n", {"", "cat", "the"}), "the cat\n");
    EXPECT_THAT(without_secrets("the cats\n", {"cats"}), Not(HasSubstr("cats")));
}

TEST(Bundle, WhatLooksLikeASecretGoesThoughNobodyNamedIt) {
    const std::string jwt =
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    EXPECT_THAT(without_secrets("Bearer " + jwt + "\n", {}), Not(HasSubstr("dozjgNry")));
    EXPECT_THAT(without_secrets("proxy = \"http://me:secret@proxy.example\"\n", {}), Not(HasSubstr("secret")));
    EXPECT_THAT(without_secrets("{\"refresh_token\": \"abcdefgh\"}\n", {}), Not(HasSubstr("abcdefgh")));
}

TEST(Bundle, TheRestStaysReadableAndHarmless) {
    EXPECT_EQ(without_secrets("=== doctor\nok      clock: right\n", {"unused-secret"}),
              "=== doctor\nok      clock: right\n");
    EXPECT_EQ(without_secrets("a\x1b[2J\nb\n", {}), "a[2J\nb\n");
}

TEST(Bundle, ASecretThatHoldsTheReplacementDoesNotLoop) {
    const std::string shown = without_secrets("abcdabcd\n", {"abcd"});
    EXPECT_THAT(shown, Not(HasSubstr("abcd")));
    EXPECT_EQ(without_secrets(shown, {"abcd"}), shown);
}

}  // namespace
