// What the system itself keeps a browser that we start from, besides our own judgement on commands: Chrome finds our
// managed policy, and our own folders are empty for it. Needs no rights; where the system does not let a process do
// that for itself the browser starts without, and that is said.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cdp/core/fence_state.hpp"
#include "cdp/find_browser.hpp"
#include "cdp/settings.hpp"
#include "platform/process/enclosure.hpp"

namespace cdp {

/// The folders from which a browser reads its machine's policy.
std::vector<std::string> policy_folders(const FoundBrowser& browser);

/// Our policy with what the machine's owner has put into the same folder: lists are joined, of anything else the
/// owner's word counts. `ours` as it is where it cannot be read.
std::string joined_policy(const std::string& ours, const std::filesystem::path& folder);

/// Tries one way after another; used for one start.
class FencePlan {
  public:
    /// `needed` are folders that the browser works in; `stage` is an empty one of ours.
    FencePlan(const Settings& settings, const FoundBrowser& browser, const std::vector<std::string>& needed,
              const std::string& stage);

    /// The way to be tried now; null: start without one.
    platform::Enclosure* enclosure() const noexcept { return way_.get(); }

    /// After a start that failed: whether that was for the enclosure, and another try is worth it.
    bool next_way();

    /// What holds now.
    Fence outcome() const;

  private:
    enum class Way : std::uint8_t { mounts, landlock, none };

    void try_landlock();

    const Settings& settings_;
    const FoundBrowser& browser_;
    platform::EnclosureWish wish_;
    Way way_is_ = Way::none;
    std::unique_ptr<platform::Enclosure> way_;
    std::string why_;  // the mounts could not be had
};

}  // namespace cdp
