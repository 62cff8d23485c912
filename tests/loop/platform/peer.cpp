#include "peer.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace tests {

Peer::Peer(Script script, const char* address, std::uint16_t port)
    : script_(std::move(script)), acceptor_(io_, tcp::endpoint(net::ip::make_address(address), port)) {
    start();
}

Peer::Peer(Script script, int listener) : script_(std::move(script)), acceptor_(io_, tcp::v6(), listener) {
    start();
}

void Peer::start() {
    port_ = acceptor_.local_endpoint().port();
    thread_ = std::thread([this] {
        for (;;) {
            Error ec;
            tcp::socket socket(io_);
            acceptor_.accept(socket, ec);
            if (ec) return;
            ++accepted_;
            const std::lock_guard lock(mutex_);
            const int handle = ::dup(socket.native_handle());
            open_.push_back(handle);
            sessions_.emplace_back([this, handle, s = std::move(socket)]() mutable { serve(std::move(s), handle); });
        }
    });
}

// A script ends by an exception where its connection does: the client's side of the test tells what was wrong.
void Peer::serve(tcp::socket socket, int handle) {
    try {
        script_(std::move(socket));
    } catch (const boost::system::system_error&) {
    }
    ::shutdown(handle, SHUT_RDWR);  // the duplicate would keep the connection open
}

Peer::~Peer() {
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    thread_.join();
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    for (std::thread& session : sessions_) session.join();
    for (const int fd : open_) ::close(fd);
}

std::string read_request(tcp::socket& socket) {
    std::string text;
    net::read_until(socket, net::dynamic_buffer(text), "\r\n\r\n");
    return text;
}

void write_text(tcp::socket& socket, std::string_view text) {
    net::write(socket, net::buffer(text.data(), text.size()));
}

void Signal::set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    condition_.notify_all();
}

bool Signal::wait(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return condition_.wait_for(lock, limit, [this] { return set_; });
}

}  // namespace tests
