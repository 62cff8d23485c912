// A wire between two ends of a test that can be cut, frozen and made long: a TCP forwarder on loopback.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "platform/net.hpp"

namespace wire {

enum class Way : std::uint8_t {
    up,    // from the one who connects
    down,  // towards it
};

class Wire {
  public:
    /// Forwards to 127.0.0.1:`port`.
    Wire(net::io_context& io, std::uint16_t port);
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    std::uint16_t port() const;

    /// All connections are cut once so many more bytes have gone that way; what exceeds them is lost.
    void cut_after(Way way, std::size_t bytes);
    /// No more cuts.
    void hold();
    void cut();
    int cuts() const;

    /// Nothing is forwarded, nothing is closed; new connections are taken and not served. Healing lets those through
    /// that came meanwhile.
    void freeze(bool frozen);

    /// Every piece arrives so much later.
    void delay(std::chrono::milliseconds by);

    struct Impl;

  private:
    std::shared_ptr<Impl> impl_;  // shared with the coroutines of connections, which may end after the Wire
};

}  // namespace wire
