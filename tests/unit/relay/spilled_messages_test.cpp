// What waits for a client beyond its stream: each message comes back once and in order, wherever it lay.
#include "agent/relay/spilled_messages.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <random>
#include <set>

#include "agent/relay/nameless_file.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using relay::NamelessFile;
using relay::SpilledMessages;

struct SpilledMessagesTest : testing::Test {
    static std::string message(std::size_t number, std::size_t size) {
        return std::to_string(number) + ":" + std::string(size, 'x');
    }
    void put(std::size_t size) {
        ++sent;
        spilled.put(message(sent, size), sent % 3 == 0);
    }
    /// Takes what can be taken.
    void take_all() {
        while (const auto next = spilled.next()) {
            ++got;
            EXPECT_EQ(next->text.substr(0, next->text.find(':')), std::to_string(got));
            EXPECT_EQ(next->as_part, got % 3 == 0);
            spilled.take();
        }
    }
    /// Does one job as the worker does, of which at most `writable` chunks can be written. False: there was none.
    bool work(bool wants, std::size_t writable = SIZE_MAX) {
        const auto job = spilled.begin_job(wants);
        if (!job) return false;
        EXPECT_FALSE(spilled.begin_job(true)) << "one at a time";
        if (!job->texts.empty()) {
            auto file = job->place.file ? job->place.file : *NamelessFile::create(folder);
            files.insert(file.get());
            std::size_t offset = job->place.offset;
            const std::size_t count = std::min(writable, job->texts.size());
            for (std::size_t i = 0; i < count; ++i) {
                EXPECT_FALSE(file->write(offset, *job->texts[i]));
                offset += job->texts[i]->size();
            }
            spilled.written(*job, count > 0 ? file : nullptr, count);
        } else {
            spilled.was_read(*job, *job->place.file->read(job->place.offset, job->place.size));
        }
        return true;
    }

    const tests::TempFolder temp;
    const std::string folder = temp.path().string();
    SpilledMessages spilled;
    std::size_t sent = 0;
    std::size_t got = 0;
    std::set<NamelessFile*> files;
};

TEST_F(SpilledMessagesTest, OnlyFullChunksBehindTheFirstAreWritten) {
    put(SpilledMessages::chunk_bytes - message(1, 0).size() - SpilledMessages::overhead - 1);
    put(10);  // this fills it
    EXPECT_FALSE(work(true)) << "it is the first one's turn";
    put(SpilledMessages::chunk_bytes - message(3, 0).size() - SpilledMessages::overhead - 1);
    EXPECT_FALSE(work(true)) << "a byte is missing";
    const std::size_t before = spilled.in_memory();
    put(1);
    EXPECT_TRUE(work(false));
    EXPECT_GE(spilled.on_disk(), SpilledMessages::chunk_bytes);
    EXPECT_LT(spilled.in_memory(), before);
    take_all();
    EXPECT_EQ(got, 2U);
    EXPECT_FALSE(work(false)) << "nobody wants it yet";
    EXPECT_TRUE(work(true));
    take_all();
    EXPECT_EQ(got, 4U);
    EXPECT_TRUE(spilled.empty());
    EXPECT_EQ(spilled.in_memory() + spilled.on_disk(), 0U);
}

TEST_F(SpilledMessagesTest, WhatCannotBeWrittenStaysInMemory) {
    for (int i = 0; i < 4; ++i) put(SpilledMessages::chunk_bytes);
    EXPECT_TRUE(work(false, 0));
    EXPECT_EQ(spilled.on_disk(), 0U);
    EXPECT_TRUE(work(false)) << "the next ones are tried";
    EXPECT_GT(spilled.on_disk(), 2 * SpilledMessages::chunk_bytes);
    EXPECT_LT(spilled.in_memory(), 3 * SpilledMessages::chunk_bytes) << "the first one, and the one that failed";
    EXPECT_FALSE(work(false)) << "none is tried again";
    take_all();
    EXPECT_EQ(got, 2U);
    while (work(true)) take_all();
    EXPECT_EQ(got, 4U);
}

TEST_F(SpilledMessagesTest, OfAJobThatBreaksOffWhatWasWrittenLiesInTheFile) {
    for (int i = 0; i < 5; ++i) put(SpilledMessages::chunk_bytes);
    EXPECT_TRUE(work(false, 2));  // the second and the third; the fourth fails
    EXPECT_LT(spilled.in_memory(), 4 * SpilledMessages::chunk_bytes);
    EXPECT_TRUE(work(false)) << "the fifth";
    EXPECT_EQ(files.size(), 2U) << "what is behind a failure goes to a new file";
    EXPECT_FALSE(work(false));
    take_all();
    while (work(true)) take_all();
    EXPECT_EQ(got, 5U);
    EXPECT_EQ(spilled.in_memory() + spilled.on_disk(), 0U);
}

TEST_F(SpilledMessagesTest, AFileOfWhichNothingIsNeededIsGivenBackAndNotFreedHere) {
    for (int i = 0; i < 3; ++i) put(SpilledMessages::chunk_bytes);
    const auto job = spilled.begin_job(false);
    ASSERT_TRUE(job);
    spilled.take();  // the second one's turn has come; the third one fails
    ++got;
    spilled.written(*job, *NamelessFile::create(folder), 1);
    EXPECT_EQ(spilled.taken_files().size(), 1U);
    EXPECT_EQ(spilled.on_disk(), 0U);
    take_all();
    EXPECT_EQ(got, 3U);
}

TEST_F(SpilledMessagesTest, AJobIsBounded) {
    const std::size_t chunks = SpilledMessages::job_bytes / SpilledMessages::chunk_bytes;
    for (std::size_t i = 0; i < 1 + chunks + 1; ++i)
        put(SpilledMessages::chunk_bytes);  // each a little more than a chunk
    const auto job = spilled.begin_job(false);
    ASSERT_TRUE(job);
    EXPECT_EQ(job->texts.size(), chunks);
    EXPECT_EQ(job->place.size, chunks * job->texts.front()->size());
}

TEST_F(SpilledMessagesTest, AChunkWhoseTurnComesWhileItIsWrittenIsTakenFromMemory) {
    put(SpilledMessages::chunk_bytes);
    put(SpilledMessages::chunk_bytes);
    put(1);
    const auto job = spilled.begin_job(false);
    ASSERT_TRUE(job);
    take_all();
    EXPECT_EQ(got, 3U);
    spilled.written(*job, *NamelessFile::create(folder), 1);
    EXPECT_TRUE(spilled.empty());
    EXPECT_EQ(spilled.on_disk(), 0U);
}

TEST_F(SpilledMessagesTest, AFileIsBegunAnewWhenItIsLarge) {
    const std::size_t chunks = SpilledMessages::file_bytes / SpilledMessages::chunk_bytes;
    for (std::size_t i = 0; i < chunks + 3; ++i) put(SpilledMessages::chunk_bytes);
    while (work(false)) continue;
    EXPECT_EQ(files.size(), 2U);
    take_all();
    while (work(true)) take_all();
    EXPECT_EQ(got, sent);
    EXPECT_TRUE(std::filesystem::is_empty(folder)) << "they have no name";
}

// Four shares, each with its own course: together they move hundreds of megabytes, and each has the limit of one test.
class SpilledMessagesCourse : public SpilledMessagesTest, public testing::WithParamInterface<unsigned> {};

TEST_P(SpilledMessagesCourse, KeepsTheOrderWhateverHappensWhen) {
    std::mt19937 random{GetParam()};  // NOLINT: the same each time
    const auto below = [&random](unsigned bound) { return random() % bound; };
    for (int step = 0; step < 1000; ++step) {
        switch (below(4)) {
            case 0:
            case 1:
                put(below(8) == 0 ? below(3) * SpilledMessages::chunk_bytes : below(200'000));
                break;
            case 2:
                work(below(2) == 0, below(4) > 0 ? SIZE_MAX : below(4));
                break;
            default:
                take_all();
        }
        if (spilled.on_disk() + spilled.in_memory() > (std::size_t{32} << 20)) {
            while (work(true)) take_all();
        }
    }
    take_all();
    while (work(true)) take_all();
    EXPECT_EQ(got, sent);
    EXPECT_EQ(spilled.in_memory() + spilled.on_disk(), 0U);
}
INSTANTIATE_TEST_SUITE_P(, SpilledMessagesCourse, testing::Range(7U, 11U));

}  // namespace
