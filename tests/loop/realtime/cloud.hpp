// A cloud link under test: the real Supervisor with real tokens, and a listener that writes down what it is told.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/credentials/tokens.hpp"
#include "agent/realtime/settings.hpp"
#include "agent/realtime/status.hpp"
#include "agent/realtime/supervisor.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace cloud {

using namespace std::chrono_literals;

inline constexpr const char* device_uuid = "6f1c0000-1111-4111-8111-111111111111";
inline constexpr const char* device_topic = "realtime:device:6f1c0000-1111-4111-8111-111111111111";

struct Heard {
    std::string topic;
    std::string event;
    std::string payload;
    std::string meta_id;
    bool raw = false;
    bool replayed = false;
    bool stale = false;
    std::uint64_t overlong = 0;
};

/// Writes down what the Supervisor tells.
class Recorder final : public realtime::Listener {
  public:
    void on_broadcast(const realtime::Broadcast& broadcast) override;
    void on_settled(realtime::Ticket ticket, realtime::Settled how) override;
    void on_left_over(std::string_view id) override { left_over.emplace_back(id); }
    void on_status(const realtime::Status& status) override;

    std::size_t settled_as(realtime::Settled how) const;

    std::vector<Heard> heard;
    std::vector<std::pair<realtime::Ticket, realtime::Settled>> settled;
    std::vector<std::string> left_over;                    // ids
    std::vector<realtime::State> states;                   // each change once
    std::vector<std::string> reasons;                      // of every state `waiting`
    std::function<void(const realtime::Broadcast&)> also;  // done with each broadcast, on top
};

/// Settings that take seconds where the product takes minutes, and no pacing.
realtime::Settings quick_settings(std::string url);

/// An agent's cloud side on a loop of its test.
class Agent {
  public:
    Agent(net::io_context& io, realtime::Settings settings, std::string token, std::string api_key = {},
          credentials::Fetch fetch = {});
    ~Agent();
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;

    void start();
    /// Orderly; then run() has returned.
    bool stop(std::chrono::milliseconds grace = 2s);
    bool finished() const { return finished_; }

    bool joined() const { return supervisor->status().state == realtime::State::joined; }
    bool publish(realtime::Ticket ticket, std::string payload, realtime::Lane lane = realtime::Lane::answer);
    const realtime::Status& status() const { return supervisor->status(); }
    void give_token(std::string token, std::string api_key = {});
    /// One that its Fetch replaces.
    void give_refreshable_token(const std::string& token, const std::string& api_key = {});

    realtime::Settings settings;
    Recorder recorder;
    credentials::Tokens tokens;
    std::unique_ptr<realtime::Supervisor> supervisor;

  private:
    net::io_context& io_;
    platform::Worker worker_{"test-net"};
    bool finished_ = true;
    bool tokens_finished_ = true;
};

/// Runs the loop until `done` says yes; false when `limit` passed first.
bool run_until(net::io_context& io, const std::function<bool()>& done, std::chrono::milliseconds limit = 10s);

/// A token that reads like a JWT and is valid for so long by the clock of this machine; signed by nobody.
std::string unsigned_token(std::chrono::seconds life, int number = 1);

}  // namespace cloud
