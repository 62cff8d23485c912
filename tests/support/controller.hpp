// A controller of a device channel, written against the public wire protocol alone: sends cdp-commands, collects the
// cdp-results. It shares no code with the agent's side of that channel but the websocket.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/net.hpp"
#include "platform/websocket/websocket.hpp"

namespace support {

using namespace std::chrono_literals;

struct ControllerOptions {
    std::uint16_t port = 0;  // of the hub, on 127.0.0.1
    std::string token;
    std::string device_uuid;
    std::string channel = {};  // another channel's name; empty: the device's
    bool private_channel = true;
    std::string vsn = "2.0.0";
    bool presence = false;  // hears presence_state and presence_diff too
    /// Told of each result, by its id's bytes, in place of keeping it: for long runs.
    std::function<void(const std::string& id, const std::string& payload)> on_result = {};
};

/// A broadcast that arrived: the text of its inner payload, untouched.
struct Heard {
    std::string event;
    std::string payload;
};

class Controller {
  public:
    Controller(net::io_context& io, ControllerOptions options);
    ~Controller();
    Controller(const Controller&) = delete;
    Controller& operator=(const Controller&) = delete;

    /// Connects and joins; false where that is refused or takes too long.
    bool join(std::chrono::milliseconds limit = 10s);

    /// Broadcasts; `payload` is put on the wire as these very bytes (binary kind 3 in vsn 2.0.0, text in 1.0.0).
    void broadcast(std::string_view event, std::string_view payload);
    /// broadcast("cdp-command", …)
    void command(std::string_view payload) { broadcast("cdp-command", payload); }

    /// The first cdp-result whose text begins with {"id":<id>, — as bytes — or nothing.
    std::optional<std::string> result(std::string_view id, std::chrono::milliseconds limit = 10s);
    /// Sends {"id":id,"method":method,"params":params} and waits for its result.
    std::optional<std::string> call(std::string_view id, std::string_view method, std::string_view params = "{}",
                                    std::string_view session = {});

    /// All that was heard, in order.
    const std::vector<Heard>& heard() const { return heard_; }
    std::size_t results() const { return results_.size(); }
    /// How often a result with this id came.
    std::size_t copies(std::string_view id) const;
    /// Forgets what was heard, to keep long runs small.
    void forget();

  private:
    awaitable<void> serve();
    awaitable<void> write();
    awaitable<void> beat();
    void take(std::string_view data, bool binary);
    void take_broadcast(std::string event, std::string payload);
    void queue_text(std::string_view event, std::string_view payload, std::string_view topic);

    net::io_context& io_;
    ControllerOptions options_;
    std::string topic_;
    platform::WebSocket socket_;
    platform::Timer wake_;
    platform::Timer heart_;
    bool joined_ = false;
    bool over_ = false;
    int loops_ = 0;
    unsigned ref_ = 1;
    std::vector<Heard> heard_;
    std::multimap<std::string, std::string, std::less<>> results_;  // id bytes -> text
};

/// Parameters of a Runtime.evaluate that answers with the expression's value once the document has loaded:
/// Page.navigate is answered when the new document begins, some time before it is parsed.
std::string when_loaded(std::string_view expression);

/// The `"result":` part of a cdp-result's text, or the whole text where there is none.
std::string result_of(const std::string& text);

}  // namespace support
