// Which agents are online, told by the `presence_state` and the `presence_diff` events of `devices:all`. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace bridge {

class PresenceRoll {
  public:
    /// Presences that are kept: anybody who may write there can make up any number.
    static constexpr std::size_t most = 20'000;

    /// The payload of a presence_state: replaces what is known. False: it cannot be read.
    bool on_state(std::string_view payload);
    /// The payload of a presence_diff. Those before the first state say nothing.
    void on_diff(std::string_view payload);
    /// The channel was left: nothing is known until the next state.
    void reset() noexcept;

    bool known() const noexcept { return known_; }
    /// The version of the device's agent, which may be empty. Nothing: the device is not online.
    std::optional<std::string> version_of(std::string_view uuid) const;

  private:
    using Place = std::pair<std::string, std::string>;  // key and phx_ref
    struct Presence {
        std::string uuid;
        std::string version;  // as it came: to be cleaned before it is shown
    };
    void add_all(std::string_view keys);
    void remove_all(std::string_view keys);
    void add(std::string_view key, std::string_view meta);

    bool known_ = false;
    std::map<Place, Presence> presences_;
    std::multimap<std::string, Place, std::less<>> by_uuid_;
};

}  // namespace bridge
