// Memory that the network fills.
#include "platform/byte_buffer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include "platform/huge_pages.hpp"

namespace {

using platform::ByteBuffer;

TEST(ByteBuffer, HoldsWhatWasCommittedAndNothingElse) {
    ByteBuffer buffer;
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.view(), "");
    char* const room = buffer.prepare(10);
    std::memcpy(room, "0123456789", 10);
    EXPECT_TRUE(buffer.empty());
    buffer.commit(4);
    EXPECT_EQ(buffer.view(), "0123");
    buffer.append("abc");
    buffer.append("");
    EXPECT_EQ(buffer.view(), "0123abc");
    EXPECT_EQ(buffer.size(), 7u);
}

TEST(ByteBuffer, KeepsItsContentWhileItGrows) {
    ByteBuffer buffer;
    std::string text;
    for (int i = 0; i < 5000; ++i) {
        const std::string piece(static_cast<std::size_t>(i % 7), static_cast<char>('a' + i % 26));
        buffer.append(piece);
        text += piece;
    }
    EXPECT_EQ(buffer.view(), text);
    EXPECT_GE(buffer.capacity(), text.size());
    EXPECT_LE(buffer.capacity(), text.size() * 2 + 7) << "it doubles, and no more";
}

TEST(ByteBuffer, TheBytesBehindTheRoomMayBeRead) {
    ByteBuffer buffer;
    buffer.append(std::string(100, 'x'));
    buffer.reserve(100);
    std::memset(buffer.data() + buffer.capacity(), 'p', ByteBuffer::padding);
    EXPECT_EQ(buffer.view(), std::string(100, 'x'));
}

#ifdef __linux__
/// Whether the kernel was asked for huge pages where `address` lies ("hg" in its VmFlags, proc_pid_smaps(5)).
bool wants_huge_pages(const char* address) {
    std::ifstream map{"/proc/self/smaps"};
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    bool inside = false;
    for (std::string line; std::getline(map, line);) {
        std::uintptr_t begin = 0;
        std::uintptr_t end = 0;
        char dash = 0;
        std::istringstream words{line};
        if (words >> std::hex >> begin >> dash >> end && dash == '-') inside = begin <= wanted && wanted < end;
        if (inside && line.starts_with("VmFlags:")) return line.find(" hg") != std::string::npos;
    }
    return false;
}

TEST(ByteBuffer, AsksForHugePagesFromTheirSizeOn) {
    if (!std::ifstream{"/sys/kernel/mm/transparent_hugepage/enabled"} || ::sysconf(_SC_PAGESIZE) != 4096)
        GTEST_SKIP() << "this system has none of 2 MiB";
    ByteBuffer large;
    large.reserve(platform::huge_page - ByteBuffer::padding);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(large.data()) % platform::huge_page, 0U);
    EXPECT_TRUE(wants_huge_pages(large.data()));
    ByteBuffer grown;
    grown.append("what it held");
    grown.reserve(platform::huge_page - ByteBuffer::padding - 1);
    const auto* const small = grown.data();
    grown.reserve(3 * platform::huge_page);
    EXPECT_NE(grown.data(), small);
    EXPECT_TRUE(wants_huge_pages(grown.data()));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(grown.data()) % platform::huge_page, 0U);
    EXPECT_EQ(grown.view(), "what it held");
}
#endif

TEST(ByteBuffer, IsCutAndCleared) {
    ByteBuffer buffer;
    buffer.append("0123456789");
    buffer.truncate(20);
    EXPECT_EQ(buffer.size(), 10u);
    buffer.truncate(3);
    EXPECT_EQ(buffer.view(), "012");
    const auto had = buffer.capacity();
    buffer.clear();
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.capacity(), had) << "the memory stays";
    buffer.release();
    EXPECT_EQ(buffer.capacity(), 0u);
    buffer.append("again");
    EXPECT_EQ(buffer.view(), "again");
}

TEST(ByteBuffer, ReservesExactlyAndNeverLess) {
    ByteBuffer buffer;
    buffer.reserve(1000);
    EXPECT_EQ(buffer.capacity(), 1000u);
    buffer.reserve(10);
    EXPECT_EQ(buffer.capacity(), 1000u);
    const char* const before = buffer.prepare(1000);
    EXPECT_EQ(buffer.prepare(1000), before);
    EXPECT_EQ(buffer.capacity(), 1000u);
}

TEST(ByteBuffer, MovesItsMemory) {
    ByteBuffer one;
    one.append("one");
    ByteBuffer other{std::move(one)};
    EXPECT_EQ(other.view(), "one");
    ByteBuffer third;
    third.append("third");
    third = std::move(other);
    EXPECT_EQ(third.view(), "one");
    third.swap(third);
    EXPECT_EQ(third.view(), "one");
}

}  // namespace
