// The two sides of the relay, scripted: the browser writes down what it is asked, the channel what is published.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/relay/result_sink.hpp"
#include "cdp/browser_port.hpp"

namespace router_test {

/// What the browser was asked.
struct Asked {
    cdp::Ticket ticket;
    cdp::Destination::Kind kind;
    std::string session, method, params;
    TimePoint deadline;
    bool content = false;
};

inline cdp::TargetInfo page_at(std::string url) {
    cdp::TargetInfo target;
    target.type = "page";
    target.url = std::move(url);
    return target;
}

inline cdp::TargetInfo browser_target() {
    cdp::TargetInfo target;
    target.type = "browser";
    return target;
}

class ScriptedBrowser final : public cdp::BrowserPort {
  public:
    void submit(const cdp::Request& request) override {
        asked.push_back({request.ticket, request.to.kind, std::string(request.to.session), std::string(request.method),
                         std::string(request.params), request.deadline, request.content});
        if (at_once) at_once(asked.back());
    }
    void forget(cdp::Ticket ticket) override { forgotten.push_back(ticket); }
    void hear_downloads(std::string_view params) override { heard.emplace_back(params); }
    void cancel_download(std::string_view guid) override { cancelled.emplace_back(guid); }
    void close_page_of_download(std::string_view guid) override { closed.emplace_back(guid); }
    const cdp::TargetInfo* target(std::string_view) const override { return nullptr; }
    const cdp::TargetInfo* target_of(std::string_view session) const override {
        if (session == "BROWSER") return &itself;
        return session == "AT-FILE" ? &file_page : nullptr;
    }
    const cdp::TargetInfo* default_page() const override { return page ? &*page : nullptr; }
    std::string_view top_of(std::string_view) const override { return {}; }
    std::vector<std::string> sessions_below(std::string_view) const override { return {}; }
    cdp::BrowserStatus status() const override { return state; }

    std::vector<Asked> asked;
    std::vector<cdp::Ticket> forgotten;
    std::vector<std::string> heard;      // params of downloads to hear of
    std::vector<std::string> cancelled;  // downloads, by guid
    std::vector<std::string> closed;     // likewise: their pages
    std::function<void(const Asked&)> at_once;
    cdp::TargetInfo file_page = page_at("file:///etc/");
    cdp::TargetInfo itself = browser_target();
    std::optional<cdp::TargetInfo> page;
    cdp::BrowserStatus state;
};

/// The channel: keeps what is published.
class ScriptedSink final : public relay::ResultSink {
  public:
    bool publish(realtime::Message message) override {
        if (room == 0 || message.payload.size() > largest) return false;
        --room;
        published.push_back(std::move(message));
        return true;
    }
    std::size_t payload_limit() const override { return limit; }
    std::string_view uncarried(std::string_view text) const override {
        return text.find("\\ud800") == std::string_view::npos ? "" : "half a pair";
    }
    bool carries_bytes() const override { return bytes; }
    void share_pace(std::size_t controllers) override { shared_by = controllers; }
    double pace_left(std::size_t controllers) const override { return pace / static_cast<double>(controllers); }
    TimePoint room_at(TimePoint now, std::size_t ahead) override {
        return std::max(now, next_room + static_cast<Duration::rep>(ahead) * between_two);
    }
    void all_answered() override { ++ends; }

    std::vector<realtime::Message> published;
    std::size_t room = 1000;
    std::size_t largest = std::size_t{1} << 30;
    std::size_t limit = 3'000'000;
    bool bytes = true;  // realtime.vsn 2.0.0
    double pace = 20;
    TimePoint next_room = TimePoint::min();
    Duration between_two = Duration::zero();  // messages
    std::size_t shared_by = 0;                // controllers
    int ends = 0;                             // how often the last answer was told of
};

}  // namespace router_test
