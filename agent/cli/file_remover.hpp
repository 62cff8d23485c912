// Takes a file away that turned out not to be needed, with the rights that this process has when the FileRemover is
// made: it may be another user's process by then. A child waits for the word, and takes the file away too where this
// process ends without one.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "platform/core/result.hpp"
#include "platform/unique_fd.hpp"

namespace cli {

/// One thread.
class FileRemover {
  public:
    /// For the file of that name in that folder, of which `file` is a descriptor: nothing else that has the name later
    /// is touched.
    static Result<std::unique_ptr<FileRemover>> start(const platform::UniqueFd& folder, const std::string& name,
                                                      const platform::UniqueFd& file);
    /// Takes the file away, unless it is kept. Returns when that is done.
    ~FileRemover();
    FileRemover(const FileRemover&) = delete;
    FileRemover& operator=(const FileRemover&) = delete;

    void keep() noexcept { kept_ = true; }

  private:
    FileRemover(platform::UniqueFd word, pid_t child) noexcept : word_{std::move(word)}, child_{child} {}

    platform::UniqueFd word_;  // to the child
    pid_t child_;
    bool kept_ = false;
};

}  // namespace cli
