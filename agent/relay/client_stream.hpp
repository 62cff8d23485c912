// A client's message stream, plain or sealed. Sealed, its messages travel inside of TLS: what the broadcasts carry in
// place of messages is TLS records, in base64 or, where both ends can do so, raw. Numbers, acknowledgements and the
// window stay outside of it, so that TLS sees each byte once and in order. Both ends use it.
//
// One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/relay/core/message_stream.hpp"
#include "agent/relay/core/sealed_text.hpp"
#include "platform/sealed.hpp"

namespace relay {

class ClientStream : public MessageStream {
  public:
    using MessageStream::MessageStream;

    /// Sealed from now on: before anything was added or received. What comes with the Agent.open or with its answer is
    /// fed to the connection by its owner, as what goes with them is taken from it: they are outside of the stream.
    void seal(std::unique_ptr<platform::SealedConnection> connection, std::size_t max_message);

    /// Null: plain.
    platform::SealedConnection* sealed() noexcept { return connection_.get(); }
    const platform::SealedConnection* sealed() const noexcept { return connection_.get(); }

    /// As MessageStream's. A sealed message is sealed here, in the order of the calls. Of what was received
    /// Received::wrong says that a broadcast was none of this stream, or that the other side broke the rules inside of
    /// the seal; whether a record failed says the connection.
    bool add(std::string_view message, bool as_part = false);
    StreamReceiver::Received receive(std::string_view object, TimePoint now, std::string_view raw = {});

    /// Bytes that are held because it is sealed, beside bytes().
    std::size_t sealed_bytes() const noexcept { return connection_ ? connection_->bytes() + frames_->bytes() : 0; }

    /// The connection has made records by itself (its part of the handshake): they wait to be sent. False: there is no
    /// room for them.
    bool add_records();

    /// Sealed: nothing is added any more, and the other side sees so behind what was added. False: there is no room.
    bool close();
    bool closed() const noexcept { return closed_; }

  private:
    std::unique_ptr<platform::SealedConnection> connection_;
    std::unique_ptr<SealedFrames> frames_;
    bool closed_ = false;
};

}  // namespace relay
