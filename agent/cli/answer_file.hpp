// A file for what a command brings: the caller's. As root the program goes on as the service's user, who may not write
// where root may; so the file can be opened before that.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "agent/cli/file_remover.hpp"
#include "platform/core/result.hpp"
#include "platform/unique_fd.hpp"

namespace cli {

class AnswerFile {
  public:
    explicit AnswerFile(std::filesystem::path path) : path_{std::move(path)} {}
    AnswerFile(const AnswerFile&) = delete;
    AnswerFile& operator=(const AnswerFile&) = delete;

    /// Opens it, or makes it, as the present user. What is in it stays until write(). A file that was made here and not
    /// written in full goes with the AnswerFile, also if this process has another user by then. Refuses what is no
    /// file, and a file of another user's.
    Error open_now();

    /// Writes all of it. A file that was not opened before is replaced as a whole.
    Error write(std::string_view bytes);

    const std::filesystem::path& path() const noexcept { return path_; }

  private:
    Error on_made(const platform::UniqueFd& folder, const std::string& name);

    std::filesystem::path path_;
    platform::UniqueFd file_;
    std::unique_ptr<FileRemover> remover_;  // of a file that was made here
};

}  // namespace cli
