// Results beyond the payload limit: holds their text, in memory or in a private temporary file, and reads it out in
// pieces. Source: the device channel's contract, "Results over the size limit".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/relay/settings.hpp"
#include "platform/net.hpp"

namespace platform {
class Worker;
}

namespace relay {

/// What an IO.read asks for. Offsets and sizes are bytes of the result's JSON text.
struct ReadRequest {
    std::string_view handle;
    std::optional<std::size_t> offset;  // none: where the last read ended
    std::optional<std::size_t> size;    // none: as much as fits
    std::size_t quoted_limit = 0;       // the piece must not be longer than this when written as a JSON string
};

/// A piece. `known` false: there is no such stream (any more).
struct Piece {
    bool known = false;
    bool failed = false;  // the temporary file could not be read
    bool eof = false;
    std::string_view data;  // valid during the call
};

/// One thread; everything is called on the executor's loop. Files are read and written on the worker.
class IoStreams {
  public:
    IoStreams(net::any_io_executor executor, const StreamSettings& settings, platform::Worker& files);
    ~IoStreams();
    IoStreams(const IoStreams&) = delete;
    IoStreams& operator=(const IoStreams&) = delete;

    /// Keeps a copy of a result. Returns its handle ("agent:" and 128 random bits), or nothing where there is no room.
    std::string keep(std::string_view text, TimePoint now);

    /// Reads a piece; `done` is called once, perhaps during the call, never after run() has ended.
    void read(const ReadRequest& request, TimePoint now, std::function<void(const Piece&)> done);

    /// Frees a stream. False: there is none of that name.
    bool close(std::string_view handle);

    /// Writes what is too large for memory to files, reads from them, forgets what nobody reads; until stop().
    awaitable<Error> run();
    void stop();

    std::size_t count() const noexcept;
    std::size_t bytes() const noexcept;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// How many bytes of `text` may be taken so that they are at most `limit` bytes as a JSON string, no UTF-8 sequence
/// torn.
std::size_t fit_quoted(std::string_view text, std::size_t limit) noexcept;

}  // namespace relay
