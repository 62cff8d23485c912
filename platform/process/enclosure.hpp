// What a child finds of the file system in place of what is there: folders that are empty for it, files that only it
// sees. Made without rights, by a user and a mount namespace of the child's own; where the system forbids those,
// Landlock can hide folders at least. Elsewhere than on Linux there is neither.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/core/result.hpp"

namespace platform {

/// A file that only the child sees. Missing folders on its way appear for the child too.
struct PlacedFile {
    std::string path;  // absolute
    std::string content;
};

struct EnclosureWish {
    std::vector<std::string> hidden;   // absolute: folders that are empty for the child, files that are empty
    std::vector<std::string> visible;  // absolute: folders that stay although they are below a hidden one
    std::vector<PlacedFile> files;
    /// An empty folder of ours on the same machine: the child mounts there what it moves elsewhere afterwards.
    std::string stage;
};

/// Prepared here, entered by the child between fork and exec. Valid as long as the folders that it names do not change.
class Enclosure {
  public:
    virtual ~Enclosure() = default;

    /// In the child (async-signal-safe calls only). 0, or the errno of the step that failed: then the child is in no
    /// state to go on.
    virtual int enter() noexcept = 0;

    /// After Process::spawn() has failed: the errno with which the child could not enter; 0 where it could.
    int refusal() const noexcept { return refusal_; }
    void refused(int error) noexcept { refusal_ = error; }

  private:
    int refusal_ = 0;
};

/// Hides and places by mounts that nobody but the child and its own children sees. What is hidden has to exist; what
/// does not is left out. The Error: a folder on the way cannot be read, or the system has no such thing.
Result<std::unique_ptr<Enclosure>> plan_mounts(const EnclosureWish& wish);

/// Hides what `wish.hidden` names by Landlock: files there can be neither opened nor moved out, though their names can
/// be listed. Folders that are made later beside the hidden ones are closed too. The child gains no rights by exec any
/// more (no setuid sandbox). Places no files. The Error: no Landlock, or no room for its rules.
Result<std::unique_ptr<Enclosure>> plan_landlock(const EnclosureWish& wish);

}  // namespace platform
