// A few commands to a browser, one after the other, over a connection that nobody else uses. Thread rule: the loop's
// thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "cdp/source.hpp"
#include "platform/net.hpp"

namespace doctor {

class Conversation {
  public:
    /// `opened` outlives it.
    explicit Conversation(cdp::Opened& opened) : opened_(opened) {}

    /// The result; nothing for an error, or where no answer came within the limit (then ended() says so).
    awaitable<std::optional<nlohmann::json>> ask(std::string method, nlohmann::json params, Duration limit);

    Error ended() const { return ended_; }
    /// What the last command that failed was answered with.
    const std::string& refused() const { return refused_; }
    /// What is asked from now on goes to that session; empty: to the browser.
    void speak_to(std::string session) { session_ = std::move(session); }

  private:
    cdp::Opened& opened_;
    std::string session_;
    std::string refused_;
    std::int64_t id_ = 1'000'000;
    Error ended_;
};

}  // namespace doctor
