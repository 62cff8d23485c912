// One file in the spool: read or written below its folder, without following links. Blocks: for the files worker.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agent/relay/settings.hpp"
#include "platform/core/result.hpp"

namespace relay {

/// Bytes of a file, and how many the whole file has.
struct SpoolPiece {
    std::string bytes;
    std::size_t size = 0;
};

/// Reads at most `most` bytes. Errors: errno's; ENOENT also for what is no regular file with one name.
Result<SpoolPiece> read_spool_file(const std::string& folder, const std::string& name, std::size_t offset,
                                   std::size_t most);

/// What becomes of a file that is there already.
enum class PutMode : unsigned char {
    fresh,  // it is an error (EEXIST)
    again,  // it is written to; one that is not there is made, if the offset is 0
};

/// Puts the bytes at the offset, as the end of the file: what stood there or behind is gone. When it fails, no part of
/// them is left. The oldest other files go where the quota leaves no room. Errors: errno's; EINVAL: the offset is
/// beyond the end of the file; ENOSPC: no room within the quota or on the disk.
Error put_spool_file(const SpoolSettings& settings, const std::string& name, std::size_t offset, std::string_view bytes,
                     PutMode mode);

void remove_spool_files(const std::string& folder, const std::vector<std::string>& names);

}  // namespace relay
