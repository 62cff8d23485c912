// What is in the spool's folder, and what of it is deleted so that the rest fits: on the worker for files, since it
// reads and writes the disk.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "agent/relay/core/downloads.hpp"
#include "agent/relay/settings.hpp"
#include "platform/core/result.hpp"
#include "platform/unique_fd.hpp"

namespace relay {

/// What is in the folder.
struct SpoolUse {
    std::size_t files = 0;
    std::size_t bytes = 0;
    std::size_t removed = 0;              // by this call, to come back within the quota
    std::size_t disk_room = 0;            // bytes that the file system has left for us
    std::vector<DownloadInWork> in_work;  // of the files
};

/// Opens the folder, and no link in its place.
Result<platform::UniqueFd> open_spool(const std::filesystem::path& folder);

/// Looks through the folder, without following links, and removes the oldest files until the rest fits the quota and
/// the number of files. A file in work counts by its allocated size, and stays: a file that has lost its
/// name would grow unseen. One that nobody has written to for an hour is what a browser left that was killed.
Result<SpoolUse> trim_spool(const std::filesystem::path& folder, std::size_t quota,
                            std::size_t max_files = SpoolSettings{}.max_files);

/// Takes the bytes out of a file that is being written.
Error cut_download(const std::filesystem::path& folder, const std::string& guid);

}  // namespace relay
