#include "ws_echo.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

namespace tests {

Peer::Script echo_script() {
    return [](tcp::socket socket) {
        socket.set_option(tcp::no_delay(true));
        boost::beast::websocket::stream<tcp::socket> server(std::move(socket));
        server.accept();
        server.auto_fragment(false);
        for (;;) {
            boost::beast::flat_buffer buffer;
            server.read(buffer);
            server.binary(server.got_binary());
            server.write(buffer.cdata());
        }
    };
}

}  // namespace tests
