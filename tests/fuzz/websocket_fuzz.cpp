// Our reader of WebSocket frames beside Beast's: the same bytes give the same messages, the same control frames and the
// same end.
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <string>
#include <vector>

#include "bytes.hpp"
#include "platform/json/core/check.hpp"
#include "platform/websocket/frames.hpp"

using fuzz::expect;
namespace beast = boost::beast;
namespace net = boost::asio;

namespace {

/// A connection in memory: what the server sends is `incoming`, behind an answer to the handshake.
class Wire {
  public:
    using executor_type = net::io_context::executor_type;
    Wire(net::io_context& io, std::string_view incoming) : io_{io}, incoming_{incoming} {}

    executor_type get_executor() noexcept { return io_.get_executor(); }

    template <class Buffers>
    std::size_t read_some(const Buffers& buffers, beast::error_code& ec) {
        if (incoming_.empty()) {
            ec = net::error::eof;
            return 0;
        }
        const std::size_t count = net::buffer_copy(buffers, net::buffer(incoming_));
        incoming_.erase(0, count);
        ec = {};
        return count;
    }
    template <class Buffers>
    std::size_t read_some(const Buffers& buffers) {
        beast::error_code ec;
        const auto count = read_some(buffers, ec);
        if (ec) throw beast::system_error(ec);
        return count;
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers, beast::error_code& ec) {
        ec = {};
        const std::size_t size = net::buffer_size(buffers);
        if (opened_) return size;
        std::string text(size, '\0');
        net::buffer_copy(net::buffer(text), buffers);
        request_ += text;
        if (request_.ends_with("\r\n\r\n")) open();
        return size;
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers) {
        beast::error_code ec;
        return write_some(buffers, ec);
    }

  private:
    void open();

    net::io_context& io_;
    std::string incoming_;
    std::string request_;
    bool opened_ = false;
};

void Wire::open() {
    opened_ = true;
    constexpr std::string_view name = "Sec-WebSocket-Key: ";
    const auto from = request_.find(name) + name.size();
    const std::string key = request_.substr(from, request_.find('\r', from) - from);
    beast::websocket::detail::sec_ws_accept_type accept;
    beast::websocket::detail::make_sec_ws_accept(accept, beast::string_view(key));
    incoming_ =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: " +
        std::string(accept.data(), accept.size()) + "\r\n\r\n" + incoming_;
}

void teardown(beast::role_type, Wire&, beast::error_code& ec) {
    ec = {};
}

constexpr std::size_t most_message = std::size_t{1} << 20;  // no input is as long
constexpr std::size_t largest_header = 14;

enum class End { open, closed, forbidden, not_utf8 };

struct Read {
    std::vector<std::string> found;  // messages ("t" or "b" before them), pings ("9") and pongs ("10")
    End end = End::open;
    std::uint16_t code = 0;
};

Read by_beast(std::string_view bytes) {
    Read read;
    net::io_context io;
    beast::websocket::stream<Wire> stream(io, bytes);
    stream.read_message_max(0);
    beast::error_code ec;
    stream.handshake("h", "/", ec);
    expect(!ec, "Beast did not open");
    stream.control_callback([&](beast::websocket::frame_type kind, beast::string_view payload) {
        if (kind == beast::websocket::frame_type::ping) read.found.push_back("9" + std::string(payload));
        if (kind == beast::websocket::frame_type::pong) read.found.push_back("10" + std::string(payload));
    });
    for (;;) {
        beast::flat_buffer buffer;
        // A piece at a time: it would allocate all that a frame announces.
        do stream.read_some(buffer, 4096, ec);
        while (!ec && !stream.is_message_done());
        if (ec) break;
        const std::string text(static_cast<const char*>(buffer.data().data()), buffer.size());
        read.found.push_back((stream.got_binary() ? "b" : "t") + text);
    }
    if (ec == beast::websocket::error::closed) {
        read.end = End::closed;
        read.code = stream.reason().code;
    } else if (ec == beast::websocket::error::bad_frame_payload || ec == beast::websocket::error::bad_close_payload) {
        read.end = End::not_utf8;
    } else if (ec != net::error::eof) {
        read.end = End::forbidden;
    }
    return read;
}

Read by_us(std::string_view bytes, std::size_t step) {
    Read read;
    platform::FrameReader reader{most_message};
    for (;;) {
        const auto event = reader.next();
        const std::string data(event.data);
        switch (event.found) {
            case platform::Found::nothing:
                if (bytes.empty()) return read;
                break;
            case platform::Found::message:
                read.found.push_back((event.binary ? "b" : "t") + data);
                continue;
            case platform::Found::ping:
                read.found.push_back("9" + data);
                continue;
            case platform::Found::pong:
                read.found.push_back("10" + data);
                continue;
            case platform::Found::close:
                read.end = End::closed;
                read.code = event.code;
                return read;
            case platform::Found::bad_frame:
                read.end = End::forbidden;
                return read;
            case platform::Found::invalid_utf8:
                read.end = End::not_utf8;
                return read;
        }
        const auto room = reader.prepare();
        const std::size_t count = std::min({room.size(), bytes.size(), step});
        std::copy_n(bytes.data(), count, room.data());
        reader.commit(count);
        bytes.remove_prefix(count);
    }
}

/// Beast takes a length whose highest bit is set, and waits for the bytes.
bool has_huge_length(std::string_view wire) {
    constexpr char in_eight_bytes = 127;
    for (std::size_t at = wire.find(in_eight_bytes); at != wire.npos; at = wire.find(in_eight_bytes, at + 1)) {
        if (at + 1 < wire.size() && (static_cast<std::uint8_t>(wire[at + 1]) & 0x80) != 0) return true;
    }
    return false;
}

void compare(std::string_view wire, const Read& ours, const Read& theirs) {
    if (ours.end == End::forbidden && theirs.end == End::open && has_huge_length(wire)) return;
    // Beast ends at the first byte that cannot be UTF-8, we with the message: control frames within it, or a later
    // fault, come first with us.
    if (theirs.end == End::not_utf8 && ours.end != End::not_utf8) {
        expect(ours.end == End::open || ours.end == End::forbidden || ours.end == End::closed, "an end out of order");
        expect(ours.found.size() >= theirs.found.size(), "a message that only Beast found");
        return;
    }
    // Beast does not look at a character that is cut by the end, where the last frame is empty.
    const std::size_t next = ours.found.size();
    if (ours.end == End::not_utf8 && theirs.end != End::not_utf8 && theirs.found.size() > next) {
        const auto& theirs_alone = theirs.found[next];
        expect(theirs_alone.front() == 't' && !platform::valid_utf8(theirs_alone), "a valid text is refused");
        return;
    }
    // 1014 was registered after Beast's release: "bad gateway".
    const bool bad_gateway = wire.find("\x03\xf6") != wire.npos && theirs.end == End::forbidden;
    if (bad_gateway && (ours.end == End::closed || ours.end == End::not_utf8)) return;
    // Beast takes what is above the codes of applications.
    constexpr std::uint16_t last_code = 4999;
    if (theirs.end == End::closed && theirs.code > last_code && ours.end == End::forbidden) return;
    expect(ours.end == theirs.end, "another end than Beast's");
    expect(ours.code == theirs.code || (ours.code == 1005 && theirs.code == 0), "another close code than Beast's");
    if (ours.end == End::not_utf8) return;  // within the last message we see more control frames
    expect(ours.found == theirs.found, "other messages than Beast's");
}

/// Frames made from a few bytes each: random bytes seldom get beyond a first header. Other inputs pass as they are.
std::string frames_of(fuzz::Bytes& bytes) {
    constexpr std::uint8_t firsts[] = {0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8A, 0x88, 0x09, 0x91, 0x83};
    std::string out;
    while (!bytes.empty()) {
        const auto how = bytes.byte();
        const auto payload = bytes.take(bytes.byte());
        out += static_cast<char>(firsts[how % std::size(firsts)]);
        if (payload.size() <= 125) {
            out += static_cast<char>(payload.size());
        } else {
            out.append(1, 126).append(1, '\0').append(1, static_cast<char>(payload.size()));
        }
        out += payload;
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Bytes bytes{data, size};
    const bool raw = bytes.below(3) == 0;
    const std::size_t step = 1 + bytes.byte() * std::size_t{16};
    std::string wire = raw ? std::string(bytes.rest()) : frames_of(bytes);
    wire.append(largest_header, '\0');  // Beast judges a header once it has all of it, we its first two bytes at once
    const Read ours = by_us(wire, step);
    const Read whole = by_us(wire, wire.size() + 1);
    expect(ours.found == whole.found && ours.end == whole.end, "what is read depends on how it is cut");
    compare(wire, ours, by_beast(wire));
    return 0;
}
