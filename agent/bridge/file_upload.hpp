// Copies one file of this machine into the far spool, by several commands at a time: a line with a long way would
// otherwise carry one piece a round trip.
//
// Thread rule: the loop's thread. Lifetime: what it is given outlives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "agent/bridge/far_browser.hpp"
#include "agent/bridge/progress.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace bridge {

/// Bytes of a file in one command: as base64 they fit the smallest payload that a backend allows (256 kB).
inline constexpr std::size_t put_bytes = 128 << 10;
/// Pieces that are under way at once.
inline constexpr std::size_t puts_at_once = 8;

/// What the transfers of one client's files work with.
struct TransferNeeds {
    FarBrowser& far;
    const FarClient& client;
    platform::Worker& disk;  // where files are read and written
    const ShowTransfer& show;
};

class FileUpload {
  public:
    /// The file at `path`, called `name` in the spool.
    FileUpload(const TransferNeeds& needs, std::string path, std::string name)
        : needs_{needs}, path_{std::move(path)}, name_{std::move(name)} {}

    /// Empty: it is there. Else a sentence.
    awaitable<std::string> run();

  private:
    /// What has become of one piece.
    struct Put {
        std::string problem = {};  // empty: it is there
        std::size_t bytes = 0;
        bool last = false;
    };
    awaitable<void> lanes(std::size_t count);
    awaitable<void> lane();
    awaitable<Put> put(std::uint64_t offset);

    const TransferNeeds needs_;
    const std::string path_;
    const std::string name_;
    std::uint64_t size_ = 0;                 // of the file
    std::uint64_t last_ = 0;                 // where its last piece begins
    std::uint64_t next_ = 0;                 // the next piece that a lane takes
    std::uint64_t done_ = 0;                 // bytes
    std::optional<std::uint64_t> gap_ = {};  // the first piece that did not go as it should
};

}  // namespace bridge
