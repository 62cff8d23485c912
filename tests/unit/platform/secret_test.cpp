#include "platform/secret.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <type_traits>

namespace {

using platform::Secret;

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
    out << value;
};

static_assert(!Printable<Secret>);
static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string_view> && !std::is_convertible_v<Secret, std::string>);

TEST(Secret, HoldsItsTextAndCleansesWhereItCameFrom) {
    std::string text = "eyJ.tok.en";
    const char* memory = text.data();  // short enough to live inside the string itself
    const Secret secret(std::move(text));
    EXPECT_EQ(secret.reveal(), "eyJ.tok.en");
    EXPECT_EQ(std::string_view(memory, 10), std::string_view("\0\0\0\0\0\0\0\0\0\0", 10));
}

TEST(Secret, MovesWithoutLeavingACopy) {
    Secret a("token");
    Secret b(std::move(a));
    EXPECT_TRUE(a.empty());
    EXPECT_EQ(b.reveal(), "token");
    a = std::move(b);
    EXPECT_EQ(a.clone().reveal(), "token");
    EXPECT_TRUE(b.empty());
}

TEST(Secret, ComparesByContent) {
    EXPECT_EQ(Secret("a"), Secret("a"));
    EXPECT_FALSE(Secret("a") == Secret("b"));
    EXPECT_FALSE(Secret("a") == Secret("ab"));
    EXPECT_EQ(Secret(), Secret(""));
}

}  // namespace
