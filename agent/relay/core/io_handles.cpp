#include "agent/relay/core/io_handles.hpp"

#include <algorithm>

#include "agent/relay/core/members.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

/// Where a method's result holds a handle. Source: what returns an IO.StreamHandle in Chromium 156.
struct Giver {
    std::string_view method;
    std::string_view outer;  // the member that holds the member; empty: the result itself
    std::string_view member;
    std::string_view prefix;  // what Chrome wants before it
};
constexpr Giver givers[] = {
    {"Fetch.takeResponseBodyAsStream", "", "stream", ""},
    {"IO.resolveBlob", "", "uuid", "blob:"},
    {"Network.loadNetworkResource", "resource", "stream", ""},
    {"Page.printToPDF", "", "stream", ""},
    {"Tracing.tracingComplete", "", "stream", ""},  // an event
    {"Page.startScreenRecording", "", "stream", ""},
    {"Page.stopScreenRecording", "", "stream", ""},
};

/// A result that gives a handle is short: in a longer one the data itself stands.
constexpr std::size_t longest_result = 64 * 1024;

}  // namespace

bool gives_stream(std::string_view method) noexcept {
    return std::any_of(std::begin(givers), std::end(givers), [&](const Giver& one) { return one.method == method; });
}

bool uses_stream_handle(std::string_view method) noexcept {
    return method == "IO.read" || method == "IO.close";
}

void IoHandles::on_result(const StreamUser& user, std::string_view method, std::string_view result) {
    const auto giver =
        std::find_if(std::begin(givers), std::end(givers), [&](const Giver& one) { return one.method == method; });
    if (giver == std::end(givers) || result.size() > longest_result) return;
    std::string_view object = result;
    if (!giver->outer.empty() && find_member(result, giver->outer, object) == Found::none) return;
    std::string_view value;
    if (find_member(object, giver->member, value) == Found::none) return;
    std::string scratch;
    const std::string_view handle = platform::unescape(value, scratch);
    if (!handle.empty()) keep(user, std::string{giver->prefix} + std::string{handle});
}

void IoHandles::keep(const StreamUser& user, std::string handle) {
    if (knows(user, handle)) return;
    if (given_.size() == max_handles) given_.pop_front();
    given_.push_back({std::string{user.session}, std::string{user.key}, std::move(handle)});
}

bool IoHandles::knows(const StreamUser& user, std::string_view handle) const {
    return std::any_of(given_.begin(), given_.end(), [&](const Given& one) {
        return one.session == user.session && one.key == user.key && one.handle == handle;
    });
}

}  // namespace relay
