#include "cdp/core/paused_requests.hpp"

#include <algorithm>
#include <array>

namespace cdp {

void PausedRequests::add(std::string_view session, std::string_view request) {
    Session& its = sessions_[std::string{session}];
    ++its.requests[std::string{request}];
    its.order.emplace_back(request);
    if (its.order.size() <= max_paused_requests) return;
    const auto oldest = its.requests.find(its.order.front());
    if (oldest != its.requests.end() && --oldest->second == 0) its.requests.erase(oldest);
    its.order.pop_front();
}

bool PausedRequests::holds(std::string_view session, std::string_view request) const {
    const auto found = sessions_.find(session);
    return found != sessions_.end() && found->second.requests.contains(request);
}

void PausedRequests::forget_session(std::string_view session) {
    const auto found = sessions_.find(session);
    if (found != sessions_.end()) sessions_.erase(found);
}

bool settles_request(std::string_view method) noexcept {
    constexpr std::array<std::string_view, 7> methods = {
        "Fetch.fulfillRequest", "Fetch.continueRequest", "Fetch.continueResponse",        "Fetch.continueWithAuth",
        "Fetch.failRequest",    "Fetch.getResponseBody", "Fetch.takeResponseBodyAsStream"};
    return std::find(methods.begin(), methods.end(), method) != methods.end();
}

}  // namespace cdp
