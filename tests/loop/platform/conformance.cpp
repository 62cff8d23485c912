#include "conformance.hpp"

#include <algorithm>
#include <boost/asio/read.hpp>
#include <cstdlib>

#include "websocket_fixture.hpp"

namespace tests::conformance {
namespace {

constexpr std::size_t max_control = 125;
constexpr std::chrono::seconds case_limit{20};

std::string encode(const Frame& frame) {
    std::string out{static_cast<char>((frame.fin ? 0x80 : 0) | frame.rsv << 4 | frame.opcode)};
    const std::uint64_t size = frame.payload.size();
    const int extra = size <= max_control ? 0 : size <= 0xFFFF ? 2 : 8;
    out += static_cast<char>(extra == 0 ? size : extra == 2 ? 126 : 127);
    for (int shift = (extra - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xFF);
    return out + frame.payload;
}

std::uint64_t read_number(tcp::socket& socket, std::size_t bytes) {
    std::string raw(bytes, '\0');
    net::read(socket, net::buffer(raw));
    std::uint64_t number = 0;
    for (const char byte : raw) number = number << 8 | static_cast<std::uint8_t>(byte);
    return number;
}

/// The client's next frame. `wrong` says what no client's frame may be.
Frame read_frame(tcp::socket& socket, std::string& wrong) {
    const auto head = read_number(socket, 2);
    Frame frame;
    frame.fin = (head & 0x8000) != 0;
    frame.rsv = static_cast<std::uint8_t>(head >> 12 & 7);
    frame.opcode = static_cast<std::uint8_t>(head >> 8 & 15);
    std::uint64_t size = head & 127;
    if (size >= 126) {
        const std::size_t bytes = size == 126 ? 2 : 8;
        size = read_number(socket, bytes);
        if (size <= (bytes == 2 ? max_control : 0xFFFF)) wrong = "a length that is not in its shortest form";
    }
    if ((head & 0x80) == 0) wrong = "a frame without a mask";
    if (!frame.fin || frame.rsv != 0) wrong = "a frame in pieces, or with reserved bits";
    std::string mask(4, '\0');
    if ((head & 0x80) != 0) net::read(socket, net::buffer(mask));
    frame.payload.resize(size);
    net::read(socket, net::buffer(frame.payload));
    for (std::size_t i = 0; i < frame.payload.size(); ++i) {
        frame.payload[i] = static_cast<char>(frame.payload[i] ^ mask[i % 4]);
    }
    return frame;
}

/// What the server saw of the client.
struct Seen {
    std::vector<Frame> frames;  // before the close frame
    bool closed = false;
    std::uint16_t code = 0;  // of its close frame
    std::string wrong;       // a rule that the client broke
};

bool take_answer(tcp::socket& socket, Seen& seen) {
    Frame frame = read_frame(socket, seen.wrong);
    if (frame.opcode != close_frame) {
        seen.frames.push_back(std::move(frame));
        return true;
    }
    seen.closed = true;
    if (frame.payload.size() >= 2) {
        seen.code = static_cast<std::uint16_t>(static_cast<std::uint8_t>(frame.payload[0]) << 8 |
                                               static_cast<std::uint8_t>(frame.payload[1]));
    }
    return false;
}

void write_chopped(tcp::socket& socket, std::string_view bytes, std::size_t octets) {
    while (!bytes.empty()) {
        const std::size_t count = octets == 0 ? bytes.size() : std::min(octets, bytes.size());
        write_text(socket, bytes.substr(0, count));
        bytes.remove_prefix(count);
    }
}

void write_all(tcp::socket& socket, const Case& one, Seen& seen) {
    std::string all;
    const auto put = [&](const Frame& frame) {
        if (one.chop.together)
            all += encode(frame);
        else
            write_chopped(socket, encode(frame), one.chop.octets);
    };
    bool closes = false;
    for (const Frame& frame : one.sent) {
        put(frame);
        closes = closes || (frame.opcode == close_frame && frame.rsv == 0);
        if (one.each_answered && !take_answer(socket, seen)) return;
    }
    if (!closes) put({close_frame, conformance::close_payload(1000)});
    write_text(socket, all);
}

/// The server's side, until the client has gone.
void serve_case(tcp::socket& socket, const Case& one, Seen& seen) {
    try {
        write_all(socket, one, seen);
    } catch (const boost::system::system_error&) {
        // The client has gone in the middle: what it sent before is still to be read.
    }
    while (!seen.closed && take_answer(socket, seen)) {
    }
    char more = 0;
    Error ec;
    if (seen.closed && net::read(socket, net::buffer(&more, 1), ec) != 0) seen.wrong = "bytes behind its close frame";
}

/// The client under test: sends back each message as it came.
awaitable<Error> echo_all(WebSocket& client, std::uint16_t port) {
    Error ec = co_await connect(client, port);
    while (!ec) {
        const Result<Incoming> got = co_await client.read();
        if (!got) co_return got.error();
        client.queue(got->binary, got->data);
        ec = co_await client.flush();
    }
    co_return ec;
}

std::string describe(const Frame& frame) {
    return std::to_string(frame.opcode) + ":" + std::to_string(frame.payload.size()) + " bytes";
}

std::string compare(const Case& one, const Seen& seen) {
    if (!seen.wrong.empty()) return seen.wrong;
    if (!seen.closed) return "no close frame came";
    if (seen.code != one.code) {
        return "closed with " + std::to_string(seen.code) + " in place of " + std::to_string(one.code);
    }
    if (seen.frames.size() != one.expected.size()) {
        return std::to_string(seen.frames.size()) + " frames in place of " + std::to_string(one.expected.size());
    }
    for (std::size_t i = 0; i < seen.frames.size(); ++i) {
        if (seen.frames[i] == one.expected[i]) continue;
        return "frame " + std::to_string(i) + " is " + describe(seen.frames[i]) + ", not " + describe(one.expected[i]);
    }
    return {};
}

/// How the client ends where the server's frames are as the case has them.
Error expected_end(std::uint16_t code) {
    if (code == platform::close_code::protocol_error) return WebSocketErrc::protocol;
    if (code == platform::close_code::invalid_payload) return WebSocketErrc::invalid_utf8;
    return WebSocketErrc::closed;
}

}  // namespace

std::string close_payload(std::uint16_t code, std::string_view reason) {
    return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)}.append(reason);
}

bool full_sizes() {
    const char* wish = std::getenv("BMC_CONFORMANCE");
    return wish != nullptr && std::string_view(wish) == "full";
}

std::string run_case(const Case& one) {
    Seen seen;
    Signal served;
    net::io_context io;
    Error end;
    {
        const Peer peer(websocket_script([&](ServerSocket& server) {
            try {
                serve_case(server.next_layer(), one, seen);
            } catch (const boost::system::system_error&) {
                // The connection ended without a close frame: compare() says so.
            }
            served.set();
        }));
        WebSocket client(io.get_executor());
        end = run(io, echo_all(client, peer.port()), case_limit);
        client.drop();
        if (!served.wait()) return "the server's script did not end";
    }
    const std::string different = compare(one, seen);
    if (!different.empty()) return different;
    // A close frame of the server's with 1002 or 1007 is echoed, and is no fault of its frames.
    const bool told = std::ranges::any_of(one.sent, [&](const Frame& frame) {
        return frame.opcode == close_frame && frame.payload.starts_with(conformance::close_payload(one.code));
    });
    const Error right = told ? make_error_code(WebSocketErrc::closed) : expected_end(one.code);
    return end == right ? std::string() : "the client ended with: " + end.message();
}

}  // namespace tests::conformance
