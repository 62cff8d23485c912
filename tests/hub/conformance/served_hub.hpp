// A hub in the same process and plain requests to it.
#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/hub/conformance/peer.hpp"
#include "tests/hub/hub.hpp"

namespace conformance {

class ServedHub : public testing::Test {
  protected:
    void SetUp() override { ASSERT_FALSE(hub.start()); }
    void TearDown() override {
        hub.stop();
        io.restart();
        io.poll();
    }

    /// The answer; an Arrival of kind `end` when the connection ended without one.
    Arrival call(const std::string& method, const std::string& target, const std::string& head,
                 const std::string& body) {
        Peer peer{io, hub.port()};
        peer.send(fmt::format("{} {} HTTP/1.1\r\nHost: x\r\n{}Content-Length: {}\r\n\r\n{}", method, target, head,
                              body.size(), body));
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (peer.inbox().empty() && std::chrono::steady_clock::now() < end) {
            io.restart();
            io.poll();
            peer.pump();
        }
        EXPECT_FALSE(peer.inbox().empty()) << "no answer to " << method << ' ' << target;
        return peer.inbox().empty() ? Arrival{} : peer.inbox().front();
    }

    net::io_context io{1};
    hub::Hub hub{io, {}};
};

}  // namespace conformance
