// A private file without a name: it is gone when its last owner is, also when the process is killed.
//
// Blocks: to be used on the worker for files.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "platform/net.hpp"
#include "platform/unique_fd.hpp"

namespace relay {

class NamelessFile {
  public:
    /// On the file system of that folder, in which no other user may change the files of this one.
    static Result<std::shared_ptr<NamelessFile>> create(const std::string& folder);

    Error write(std::size_t offset, std::string_view text);
    /// All of these bytes; an error where there are fewer.
    Result<std::string> read(std::size_t offset, std::size_t size) const;

  private:
    explicit NamelessFile(platform::UniqueFd file) : file_{std::move(file)} {}

    platform::UniqueFd file_;
};

}  // namespace relay
