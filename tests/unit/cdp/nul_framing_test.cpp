#include "cdp/core/nul_framing.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace cdp {
namespace {

void feed(NulFraming& framing, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto place = framing.prepare();
        const auto count = std::min(place.size, bytes.size());
        std::memcpy(place.data, bytes.data(), count);
        framing.commit(count);
        bytes.remove_prefix(count);
        if (!bytes.empty()) {
            ASSERT_FALSE(framing.next());
        }
    }
}

TEST(NulFraming, cuts_at_every_place) {
    const std::string stream{"one\0two\0\0three\0", 15};
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        NulFraming framing{1 << 20};
        std::vector<std::string> messages;
        for (const auto& piece : {stream.substr(0, cut), stream.substr(cut)}) {
            const auto place = framing.prepare();
            std::memcpy(place.data, piece.data(), piece.size());
            framing.commit(piece.size());
            while (const auto framed = framing.next()) {
                EXPECT_FALSE(framed->cut());
                messages.emplace_back(framed->text);
            }
        }
        EXPECT_EQ(messages, (std::vector<std::string>{"one", "two", "", "three"})) << "cut at " << cut;
    }
}

TEST(NulFraming, grows_for_a_large_message_and_shrinks_again) {
    NulFraming framing{std::size_t{64} << 20};
    const auto usual = framing.capacity();
    std::string large(std::size_t{20} << 20, 'x');
    large += '\0';
    feed(framing, large);
    const auto framed = framing.next();
    ASSERT_TRUE(framed);
    EXPECT_EQ(framed->text.size(), std::size_t{20} << 20);
    EXPECT_EQ(framed->text.back(), 'x');
    EXPECT_LE(framing.capacity(), std::size_t{40} << 20);
    EXPECT_FALSE(framing.next());
    framing.prepare();
    EXPECT_EQ(framing.capacity(), usual);
}

TEST(NulFraming, skips_what_is_beyond_the_limit_and_goes_on) {
    constexpr std::size_t limit = 10000;
    NulFraming framing{limit};
    std::string stream(limit, 'a');
    stream += '\0';
    feed(framing, stream);
    EXPECT_FALSE(framing.next()->cut()) << "the limit itself fits";

    const std::size_t size = 300000;
    std::string large = R"({"id":9,"result":)" + std::string(size - 17, 'b');
    feed(framing, large);
    EXPECT_FALSE(framing.next());
    EXPECT_LT(framing.capacity(), size + 100000);
    feed(framing, std::string_view{"\0next\0", 6});
    const auto cut = framing.next();
    ASSERT_TRUE(cut);
    EXPECT_TRUE(cut->cut());
    EXPECT_EQ(cut->size, size);
    EXPECT_EQ(cut->text.substr(0, 8), R"({"id":9,)");
    EXPECT_EQ(framing.next()->text, "next");
    EXPECT_FALSE(framing.next());
}

TEST(NulFraming, skips_one_that_came_whole) {
    NulFraming framing{4096};
    std::string stream(5000, 'c');
    stream += std::string_view{"\0ok\0", 4};
    feed(framing, stream);
    const auto cut = framing.next();
    EXPECT_EQ(cut->size, 5000U);
    EXPECT_EQ(cut->text.size(), 4096U);
    EXPECT_EQ(framing.next()->text, "ok");
}

#ifndef __SANITIZE_ADDRESS__  // the sanitizer's own places in memory leave no room for a limit
/// 0: a message for which there was no memory came cut, with its size, and the next one whole.
int go_on_without_memory() {
    constexpr std::size_t size = std::size_t{32} << 20;
    std::string large(size, 'x');
    large += '\0';
    NulFraming framing{std::size_t{64} << 20};
    const rlimit none{0, RLIM_INFINITY};  // what is there stays, and there is no more
    if (::setrlimit(RLIMIT_AS, &none) != 0) return 1;
    feed(framing, large);
    const auto cut = framing.next();
    if (!cut || !cut->cut() || cut->size != size || cut->text.empty()) return 2;
    feed(framing, {"next\0", 5});
    const auto whole = framing.next();
    return whole && !whole->cut() && whole->text == "next" ? 0 : 3;
}

TEST(NulFraming, where_there_is_no_memory_the_message_is_cut_and_the_next_is_whole) {
    EXPECT_EXIT(std::_Exit(go_on_without_memory()), testing::ExitedWithCode(0), "");
}
#endif

}  // namespace
}  // namespace cdp
