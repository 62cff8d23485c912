#include "platform/websocket/opening.hpp"

#include <span>
#include <utility>

#include "platform/websocket/handshake.hpp"

namespace platform {
namespace {

awaitable<Error> read_answer(Opening opening) {
    HandshakeParser parser(opening.max_body);
    while (!parser.done()) {
        const std::span<char> room = opening.reader.prepare();
        const Result<std::size_t> count = co_await opening.wire.receive(room);
        if (!count) {
            if (count.error() == WebSocketErrc::lost && parser.ends_with_connection()) break;
            co_return count.error();
        }
        opening.reader.commit(*count);
        const Result<std::size_t> used = parser.put(opening.reader.unread());
        if (!used) co_return used.error();
        opening.reader.consume(*used);
        // A header beyond the window can't come to an end.
        if (*used == 0 && opening.reader.unread().size() == FrameReader::window_size) {
            co_return WebSocketErrc::bad_handshake;
        }
    }
    opening.answer = parser.take();
    co_return Error{};
}

awaitable<Error> ask(Opening opening, Upgrade upgrade) {
    const std::string key = make_handshake_key();
    const Result<std::string> request = write_handshake(upgrade, opening.wire.has_tls(), key);
    if (!request) co_return request.error();
    std::string_view rest = *request;
    while (!rest.empty()) {
        const Result<std::size_t> count = co_await opening.wire.send_some(rest);
        if (!count) co_return count.error();
        rest.remove_prefix(*count);
    }
    const Error ec = co_await read_answer(opening);
    if (ec) co_return ec;
    co_return judge_handshake(opening.answer, key);
}

}  // namespace

awaitable<Error> open_websocket(Opening opening, Upgrade upgrade, const TlsContext* tls) {
    if (tls != nullptr) {
        const Error ec = co_await opening.wire.start_tls(upgrade.host, *tls);
        if (ec) co_return ec;
    }
    const Error ec = co_await ask(opening, std::move(upgrade));
    co_return ec;
}

}  // namespace platform
