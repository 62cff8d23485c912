// A download that is being received: the file has a random name until it is complete, so that nobody opens half a file.
// A file that exists is never written to, whatever name the far side gives.
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
    /// Makes the file in that folder, and the folder if it is missing.
    static Result<std::shared_ptr<IncomingFile>> create(const std::filesystem::path& folder);
    /// Removes the file, unless finish() was called.
    ~IncomingFile();
    IncomingFile(const IncomingFile&) = delete;
    IncomingFile& operator=(const IncomingFile&) = delete;

    Error append(std::string_view bytes);

    /// Gives the complete file exactly that name, or "report (1).pdf" where `exact` is false and the name is taken. If
    /// `exact` is true and the same bytes have that name already, they stay. Returns the path. Errors: file_exists, and
    /// the file system's. The random name is gone then, also after an error. Call it once, at the end.
    Result<std::string> finish(const std::string& name, bool exact);

    /// How many names are tried.
    static constexpr int most_names = 1000;

  private:
    IncomingFile(std::filesystem::path folder, std::filesystem::path path, platform::UniqueFd file)
        : folder_{std::move(folder)}, path_{std::move(path)}, file_{std::move(file)} {}
    Result<std::string> take_name(const std::string& name, bool exact) const;
    void remove();

    std::filesystem::path folder_;
    std::filesystem::path path_;  // empty once it is removed
    platform::UniqueFd file_;
};

}  // namespace bridge
