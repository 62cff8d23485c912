// The inside of HttpServer: the stream under a connection, and what becomes of one that asked for an upgrade. Only the
// .cpp files beside it include this.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "platform/http/server.hpp"
#include "platform/net.hpp"

namespace platform {

using ServerStream = boost::beast::basic_stream<net::generic::stream_protocol, net::any_io_executor>;
using UpgradeRequest = boost::beast::http::request<boost::beast::http::string_body>;

/// What a handler is given of a request.
ServerRequest to_request(const UpgradeRequest& from);

/// Answers the request with an upgrade and lets `reply.websocket` serve the WebSocket. All of it outlives the call.
awaitable<void> serve_websocket(ServerStream& stream, const UpgradeRequest& request, const ServerReply& reply);

}  // namespace platform
