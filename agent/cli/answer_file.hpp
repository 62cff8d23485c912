// A file for what a command brings: the caller's. As root the program goes on as the service's user, who may not write
// where root may; so the file can be opened before that.
#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

#include "platform/core/result.hpp"
#include "platform/unique_fd.hpp"

namespace cli {

class AnswerFile {
  public:
    explicit AnswerFile(std::filesystem::path path) : path_{std::move(path)} {}
    /// Takes away what open_now() made and nothing was written to, where this user may.
    ~AnswerFile();
    AnswerFile(const AnswerFile&) = delete;
    AnswerFile& operator=(const AnswerFile&) = delete;

    /// Opens it, or makes it, as the present user. What is in it stays until write(). Refuses what is no file, and a
    /// file of another user's.
    Error open_now();

    /// Writes all of it. A file that was not opened before is replaced as a whole.
    Error write(std::string_view bytes);

    const std::filesystem::path& path() const noexcept { return path_; }

  private:
    std::filesystem::path path_;
    platform::UniqueFd file_;
    bool made_ = false;  // by us, and empty
};

}  // namespace cli
