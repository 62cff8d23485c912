// The books of results that are kept to be read in pieces: handles, sizes, places, who has to go when room is short.
// Pure: the bytes themselves are held by the table's owner; it names them by key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/time_point.hpp"

namespace cdp {

/// Names a stream's bytes towards the owner of the table; never used twice.
using StreamKey = std::uint64_t;

/// One stream.
struct StreamEntry {
    StreamKey key = 0;
    std::string handle;
    std::size_t size = 0;      // bytes
    std::size_t position = 0;  // where a read without an offset goes on
    TimePoint touched;         // made or last read
};

class StreamTable {
  public:
    struct Limits {
        std::size_t count = 16;
        std::size_t bytes = std::size_t{1} << 30;
        Duration idle_limit = std::chrono::minutes{5};    // forgotten after that
        Duration evict_after = std::chrono::seconds{30};  // may be pushed out by a new one after that
    };

    explicit StreamTable(Limits limits) noexcept : limits_{limits} {}

    /// Adds a stream, pushing out those longest untouched where room is short. Nothing: there is no room; then nothing
    /// was pushed out either.
    std::optional<StreamKey> add(std::string handle, std::size_t size, TimePoint now);

    /// Valid until the table changes.
    StreamEntry* find(std::string_view handle) noexcept;

    /// False: no such handle.
    bool close(std::string_view handle);

    /// Forgets what nobody has read for too long.
    void expire(TimePoint now);

    /// When expire() has something to do at the earliest.
    std::optional<TimePoint> next_expiry() const noexcept;

    /// The streams that went since the last call: their bytes can be freed.
    std::vector<StreamKey> take_gone();

    std::size_t count() const noexcept { return entries_.size(); }
    std::size_t bytes() const noexcept { return bytes_; }

  private:
    void remove(std::size_t index);

    Limits limits_;
    std::vector<StreamEntry> entries_;  // a handful: looked through, not indexed
    std::size_t bytes_ = 0;
    StreamKey last_key_ = 0;
    std::vector<StreamKey> gone_;
};

}  // namespace cdp
