// The requests that sessions hold by Fetch.enable. A session may settle only what was paused for it, and it is never
// given a request for a refused place: by its answer a page of its making would stand there.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "platform/core/text_hash.hpp"

namespace cdp {

/// Requests that a session holds at a time. Beyond it the oldest are forgotten: pages end requests without a word.
inline constexpr std::size_t max_paused_requests = 4096;

class PausedRequests {
  public:
    /// The session was told of a request that it may settle.
    void add(std::string_view session, std::string_view request);
    bool holds(std::string_view session, std::string_view request) const;
    void forget_session(std::string_view session);

  private:
    struct Session {
        // How often in `order`.
        std::unordered_map<std::string, std::size_t, platform::TextHash, std::equal_to<>> requests;
        std::deque<std::string> order;
    };
    std::unordered_map<std::string, Session, platform::TextHash, std::equal_to<>> sessions_;
};

/// Whether the method of the Fetch domain answers a paused request, so that the request must be the session's.
bool settles_request(std::string_view method) noexcept;

}  // namespace cdp
