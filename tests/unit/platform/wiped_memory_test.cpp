// Memory that is overwritten when it is given back behaves as malloc's does.
#include "platform/wiped_memory.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace {

using platform::wiping_free;
using platform::wiping_realloc;

std::string content_of_memory(const void* memory, std::size_t size) {
    return {static_cast<const char*>(memory), size};
}

TEST(WipedMemory, GrowsAndShrinksWithItsContent) {
    const std::string text = "a token of some length that must survive";
    void* memory = wiping_realloc(nullptr, text.size());
    ASSERT_NE(memory, nullptr);
    std::memcpy(memory, text.data(), text.size());
    for (const std::size_t size : {text.size() * 2, std::size_t{5000}, std::size_t{100'000}, text.size() + 1}) {
        memory = wiping_realloc(memory, size);
        ASSERT_NE(memory, nullptr);
        EXPECT_EQ(content_of_memory(memory, text.size()), text) << size;
    }
    memory = wiping_realloc(memory, 4);
    EXPECT_EQ(content_of_memory(memory, 4), "a to");
    wiping_free(memory);
}

TEST(WipedMemory, BeyondTheBoundItIsMovedAsItIs) {
    const std::size_t large = platform::wiped_bytes * 2;
    void* memory = wiping_realloc(nullptr, large);
    ASSERT_NE(memory, nullptr);
    std::memset(memory, 'x', large);
    memory = wiping_realloc(memory, large * 2);
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(content_of_memory(memory, large), std::string(large, 'x'));
    memory = wiping_realloc(memory, 10);
    EXPECT_EQ(content_of_memory(memory, 10), "xxxxxxxxxx");
    wiping_free(memory);
}

TEST(WipedMemory, NothingIsGivenBackAsNothing) {
    wiping_free(nullptr);
    EXPECT_EQ(wiping_realloc(std::malloc(10), 0), nullptr);
    void* const memory = wiping_realloc(nullptr, 10);
    EXPECT_NE(memory, nullptr);
    wiping_free(memory);
}

TEST(WipedMemory, ASmallChangeKeepsItsPlace) {
    void* const memory = wiping_realloc(nullptr, 1000);
    EXPECT_EQ(wiping_realloc(memory, 900), memory);
    EXPECT_EQ(wiping_realloc(memory, ::malloc_usable_size(memory)), memory);
    void* const less = wiping_realloc(memory, 100);
    EXPECT_NE(less, memory) << "what is given back is overwritten";
    wiping_free(less);
}

}  // namespace
