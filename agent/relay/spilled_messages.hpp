// What a client is still to hear and what its stream does not keep in memory: messages in order. They are gathered into
// chunks, and a full chunk goes to a file until its turn comes. One thread; the files are written and read by Spilling.
//
// Memory holds the chunk whose turn it is, the one that is being filled, and those that are not written yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay {

class NamelessFile;

class SpilledMessages {
  public:
    /// A chunk of at least so many bytes is full: it is greater than that by one message at most.
    static constexpr std::size_t chunk_bytes = std::size_t{1} << 20;
    /// After which a new file is begun. A file is given back when all of its chunks have been taken, so that a client
    /// for which something waits uses at most this much, and one job, more of the disk than that.
    static constexpr std::size_t file_bytes = std::size_t{64} << 20;
    /// What a message counts beside its text.
    static constexpr std::size_t overhead = sizeof(std::uint64_t) + 1;

    /// Chunks that wait are written in one job up to so many bytes: while the way to the worker and back takes long, on
    /// a busy machine, memory would grow by what comes meanwhile, a chunk for each way.
    static constexpr std::size_t job_bytes = 4 * chunk_bytes;

    /// A message behind all others. `as_part`: as StreamSender::add() has it.
    void put(std::string_view message, bool as_part);

    struct Message {
        std::string_view text;  // valid until take()
        bool as_part = false;
    };
    /// The next one; nothing: there is none, or it has to be read from its file first.
    std::optional<Message> next() const;
    /// next() has been used.
    void take();

    bool empty() const noexcept { return chunks_.empty(); }
    std::size_t in_memory() const noexcept { return in_memory_; }
    std::size_t on_disk() const noexcept { return on_disk_; }

    /// Where a chunk lies, or is to lie.
    struct Place {
        std::shared_ptr<NamelessFile> file = {};  // null: in a new one
        std::size_t offset = 0;
        std::size_t size = 0;
    };
    /// Chunks to be written one behind the other; without texts: one to be read.
    struct Job {
        std::uint64_t chunk = 0;  // the first one; the others have the numbers after it
        std::vector<std::shared_ptr<const std::string>> texts = {};
        Place place = {};  // of all of them
    };
    /// The next one, if any and if the last one is done. `wants`: the first chunk is to be read if it lies in a file.
    std::optional<Job> begin_job(bool wants);
    /// It is done: the first `count` chunks lie in that file (null: none). The one after them, if any, could not be
    /// written and stays in memory.
    void written(const Job& job, std::shared_ptr<NamelessFile> file, std::size_t count);
    void was_read(const Job& job, std::string text);

    using Files = std::vector<std::shared_ptr<NamelessFile>>;
    /// Files of which something has been taken: to be let go on the worker, since the last one who does frees its
    /// blocks.
    Files taken_files() { return std::exchange(taken_files_, {}); }
    /// All files; nothing may be used afterwards.
    Files all_files();

  private:
    struct Chunk {
        std::uint64_t number = 0;
        std::shared_ptr<std::string> text = {};  // null: it lies in the file alone
        Place place = {};
        bool stays = false;  // it is not written (again)
    };

    void end_file();
    Chunk* find(std::uint64_t number) noexcept;
    void place(std::uint64_t number, Place place);
    static bool is_full(const Chunk& chunk) noexcept { return chunk.text && chunk.text->size() >= chunk_bytes; }

    std::deque<Chunk> chunks_;  // the last one is being filled, unless it is full
    std::size_t at_ = 0;        // how much of the first one was taken
    std::uint64_t last_number_ = 0;
    std::size_t in_memory_ = 0;
    std::size_t on_disk_ = 0;
    Place end_ = {};  // where the next chunk goes
    Files taken_files_;
    bool busy_ = false;
};

}  // namespace relay
