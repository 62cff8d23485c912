// A download while it comes: it lies under a random name until it is whole, so that nobody meets half a file, and
// no file that is there already is written to, whatever the far side says.
//
// Blocks: to be used on a worker for files, one call at a time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "platform/net.hpp"
#include "platform/unique_fd.hpp"

namespace bridge {

class IncomingFile {
  public:
    /// In that folder, which is made where it is not there.
    static Result<std::shared_ptr<IncomingFile>> create(const std::filesystem::path& folder);
    /// Takes it away, unless it was finished.
    ~IncomingFile();
    IncomingFile(const IncomingFile&) = delete;
    IncomingFile& operator=(const IncomingFile&) = delete;

    Error append(std::string_view bytes);

    /// Gives it that name: as it is, or "report (1).pdf" where `exact` is false and the name is taken. Returns its
    /// path. Errors: file_exists, and the file system's.
    Result<std::string> finish(const std::string& name, bool exact);

    /// How many names are tried.
    static constexpr int most_names = 1000;

  private:
    IncomingFile(std::filesystem::path folder, std::filesystem::path path, platform::UniqueFd file)
        : folder_{std::move(folder)}, path_{std::move(path)}, file_{std::move(file)} {}

    std::filesystem::path folder_;
    std::filesystem::path path_;  // empty once it is finished
    platform::UniqueFd file_;
};

}  // namespace bridge
