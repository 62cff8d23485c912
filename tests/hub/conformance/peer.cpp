#include "tests/hub/conformance/peer.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace conformance {

namespace {

constexpr std::size_t message_limit = 64 * 1024 * 1024;

std::size_t content_length(std::string head) {
    std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return std::tolower(c); });
    constexpr std::string_view name = "content-length: ";
    const auto at = head.find(name);
    return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + name.size(), nullptr, 10);
}

}  // namespace

Peer::Peer(net::io_context&, std::uint16_t port) : reader_(false, message_limit) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr generic{};
    std::memcpy(&generic, &address, sizeof generic);
    if (::connect(fd_, &generic, sizeof address) != 0) {
        ::close(fd_);
        fd_ = -1;
        return;
    }
    ::fcntl(fd_, F_SETFL, O_NONBLOCK);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Peer::~Peer() {
    abort();
}

void Peer::abort() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

bool Peer::pump() {
    if (fd_ < 0) return false;
    const bool sent = flush();
    const bool received = receive();
    return sent || received;
}

bool Peer::flush() {
    bool moved = false;
    while (!out_.empty()) {
        const auto size = ::send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
        if (size <= 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK) out_.clear();
            break;
        }
        out_.erase(0, static_cast<std::size_t>(size));
        moved = true;
    }
    return moved;
}

bool Peer::receive() {
    bool moved = false;
    while (!ended_) {
        std::array<char, 256 * 1024> buffer;
        const auto size = ::recv(fd_, buffer.data(), buffer.size(), 0);
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
        moved = true;
        if (size <= 0) {
            ended_ = true;
            inbox_.push_back({Arrival::Kind::end, {}, {}, 0, 0});
            break;
        }
        const std::string_view bytes{buffer.data(), static_cast<std::size_t>(size)};
        if (upgraded_)
            reader_.feed(bytes);
        else
            in_ += bytes;
        parse();
    }
    return moved;
}

bool Peer::parse_http() {
    const auto head_end = in_.find("\r\n\r\n");
    if (head_end == std::string::npos) return false;
    Arrival arrival;
    arrival.kind = Arrival::Kind::http;
    arrival.head = in_.substr(0, head_end);
    arrival.status = static_cast<unsigned>(std::strtoul(arrival.head.c_str() + std::strlen("HTTP/1.1 "), nullptr, 10));
    const auto length = content_length(arrival.head);
    constexpr unsigned go_on = 100, switching = 101;
    if (in_.size() < head_end + 4 + length) return false;
    arrival.data = in_.substr(head_end + 4, length);
    in_.erase(0, head_end + 4 + length);
    if (arrival.status == go_on) return true;
    upgraded_ = arrival.status == switching;
    inbox_.push_back(std::move(arrival));
    return !upgraded_;
}

void Peer::parse() {
    while (!upgraded_ && parse_http()) {
    }
    if (!upgraded_) return;
    reader_.feed(in_);
    in_.clear();
    using hub::wire::Opcode;
    while (const auto message = reader_.next()) {
        Arrival arrival;
        arrival.data = message->data;
        switch (message->opcode) {
            case Opcode::text:
                arrival.kind = Arrival::Kind::text;
                break;
            case Opcode::binary:
                arrival.kind = Arrival::Kind::binary;
                break;
            case Opcode::pong:
                arrival.kind = Arrival::Kind::pong;
                break;
            case Opcode::close:
                arrival.kind = Arrival::Kind::close;
                arrival.code = no_code;
                if (message->data.size() >= 2)
                    arrival.code = static_cast<std::uint16_t>(static_cast<unsigned char>(message->data[0]) << 8 |
                                                              static_cast<unsigned char>(message->data[1]));
                break;
            default:
                continue;
        }
        inbox_.push_back(std::move(arrival));
    }
}

}  // namespace conformance
