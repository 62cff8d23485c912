// Copies one download from the far spool to this machine, by several commands at a time.
//
// Thread rule: the loop's thread. Lifetime: what it is given outlives it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/bridge/file_upload.hpp"
#include "agent/bridge/incoming_file.hpp"
#include "platform/net.hpp"

namespace bridge {

/// Bytes that one command asks for. The far agent gives less where its answer would pass the payload limit.
inline constexpr std::size_t read_bytes = 512 << 10;
/// Pieces that are under way at once.
inline constexpr std::size_t reads_at_once = 4;
/// Bytes of one download; a longer one is given up.
inline constexpr std::uint64_t most_download_bytes = std::uint64_t{16} << 30;

class FileDownload {
  public:
    /// The download of that guid; `name` is what a person is shown.
    FileDownload(const TransferNeeds& needs, std::string guid, std::string name)
        : needs_{needs}, guid_{std::move(guid)}, name_{std::move(name)} {}

    /// False: it could not be read to its end, or not be written.
    awaitable<bool> into(std::shared_ptr<IncomingFile> file);

  private:
    struct Piece {
        std::string bytes = {};
        bool eof = false;
        std::uint64_t file_size = 0;
    };
    awaitable<void> read_all(std::size_t first, std::size_t count);
    awaitable<void> read(std::size_t number);
    awaitable<bool> keep(std::shared_ptr<IncomingFile> file);

    const TransferNeeds needs_;
    const std::string guid_;
    const std::string name_;
    std::array<std::optional<Piece>, reads_at_once> pieces_;  // of this round, in order; nothing: it cannot be read
    std::uint64_t offset_ = 0;                                // up to which the file is here
    std::size_t step_ = read_bytes;                           // bytes of a piece
    bool complete_ = false;
};

}  // namespace bridge
