// A TCP forwarder on loopback that behaves like a bad line: it delays what passes, swallows it, or breaks off.
// It needs no rights. For real packet loss and cut links see netlab.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace tests {

class DelayProxy {
  public:
    /// Forwards connections to 127.0.0.1:`target`; each byte arrives `delay` later, in both directions.
    explicit DelayProxy(std::uint16_t target, std::chrono::milliseconds delay = {});
    ~DelayProxy();
    DelayProxy(const DelayProxy&) = delete;
    DelayProxy& operator=(const DelayProxy&) = delete;

    std::uint16_t port() const;
    int accepted() const;
    void set_delay(std::chrono::milliseconds delay);
    /// Half-open: connections stay, and nothing passes any more, neither bytes nor ends; new ones are accepted and
    /// silent too.
    void swallow();
    /// The line is back. What was swallowed is lost: connections from before swallow() are useless, as after a long
    /// cut.
    void heal();
    /// Ends all connections with a reset.
    void sever();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tests
