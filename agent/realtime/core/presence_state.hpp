// Who else is on the device channel: the agents that track themselves there, told by `presence_state` and
// `presence_diff`. Two agents on one device are found out by it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace realtime {

/// An agent that tracks itself: `instance` is random, one a run; `joined_at` its first join, in Unix milliseconds.
struct Member {
    std::string phx_ref;
    std::string instance;
    std::uint64_t joined_at = 0;
};

class PresenceState {
  public:
    /// The eldest so many are kept: a device channel has few members, and anybody who may write there can make up any
    /// number.
    static constexpr std::size_t members_max = 64;
    /// Of an instance, in bytes.
    static constexpr std::size_t name_max = 64;

    /// The payload of a presence_state: replaces what is known. False: it could not be read.
    bool on_state(std::string_view payload);

    /// The payload of a presence_diff. Those before the first state say nothing.
    bool on_diff(std::string_view payload);

    /// The channel was left: nothing is known until the next state.
    void reset() noexcept;

    /// An agent on this device that was there before the one named: that one has to fall silent. Null: none.
    /// Equal times are decided by the names, so that of two exactly one gives way.
    const Member* elder_of(std::string_view instance, std::uint64_t joined_at) const noexcept;

    /// Whether another agent is here that has to fall silent for the one named.
    bool has_younger_than(std::string_view instance, std::uint64_t joined_at) const noexcept;

    std::size_t size() const noexcept { return members_.size(); }

  private:
    bool add_all(std::string_view keys);
    bool remove_all(std::string_view keys);
    void add(Member member);

    bool known_ = false;
    std::vector<Member> members_;
};

}  // namespace realtime
