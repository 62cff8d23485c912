// What the loops of platform/ are tested against: peers on loopback whose scripts are blocking calls on a thread of
// their own, and a way to run a coroutine to its end.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "platform/net.hpp"

namespace tests {

using net::ip::tcp;
using namespace std::chrono_literals;

/// Accepts connections on loopback and hands each to the script, whose end closes it. Blocking calls of the script end
/// when the Peer does.
class Peer {
  public:
    using Script = std::function<void(tcp::socket)>;
    explicit Peer(Script script, const char* address = "127.0.0.1", std::uint16_t port = 0);
    /// The same on a listening socket that somebody else made: a descriptor, which the Peer owns from now on.
    Peer(Script script, int listener);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    std::uint16_t port() const { return port_; }
    int accepted() const { return accepted_; }

  private:
    void start();
    void serve(tcp::socket socket, int handle);

    Script script_;
    net::io_context io_;
    tcp::acceptor acceptor_;
    std::uint16_t port_ = 0;
    std::atomic<int> accepted_ = 0;
    std::mutex mutex_;
    std::vector<int> open_;  // duplicates, to wake blocking calls by
    std::vector<std::thread> sessions_;
    std::thread thread_;
};

/// Reads up to and with the blank line that ends an HTTP request.
std::string read_request(tcp::socket& socket);
void write_text(tcp::socket& socket, std::string_view text);

/// The event's name said once, waited for with a deadline.
class Signal {
  public:
    void set();
    [[nodiscard]] bool wait(std::chrono::milliseconds limit = 10s);

  private:
    std::mutex mutex_;
    std::condition_variable condition_;
    bool set_ = false;
};

/// Runs a coroutine to its end on `io`; fails the test when it takes longer than `limit`.
template <class T>
T run(net::io_context& io, awaitable<T> work, std::chrono::seconds limit = 30s) {
    std::optional<T> result;
    std::exception_ptr error;
    net::co_spawn(io, std::move(work), [&](std::exception_ptr e, T value) {
        error = e;
        result.emplace(std::move(value));
    });
    io.restart();
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!result && std::chrono::steady_clock::now() < deadline && io.run_one_until(deadline) != 0) {
    }
    if (error) std::rethrow_exception(error);
    if (!result) throw std::runtime_error("the coroutine did not end in time");
    return std::move(*result);
}

}  // namespace tests
