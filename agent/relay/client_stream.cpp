#include "agent/relay/client_stream.hpp"

#include <utility>

namespace relay {

void ClientStream::seal(std::unique_ptr<platform::SealedConnection> connection, std::size_t max_message) {
    carry_bytes();
    connection_ = std::move(connection);
    frames_ = std::make_unique<SealedFrames>(max_message);
}

bool ClientStream::add(std::string_view message, bool as_part) {
    if (!connection_) return MessageStream::add(message, as_part);
    connection_->write(frame_sealed(message));
    return add_records();
}

bool ClientStream::add_records() {
    const std::string records = connection_ ? connection_->take_records() : std::string{};
    return records.empty() || MessageStream::add(records);
}

StreamReceiver::Received ClientStream::receive(std::string_view object, TimePoint now, std::string_view raw) {
    StreamReceiver::Received out = MessageStream::receive(object, now, raw);
    if (!connection_ || out.bytes().empty()) return out;
    frames_->take(connection_->feed(out.bytes()), out);
    // Once it is open, a ticket or a change of keys waits for the next message, and costs no broadcast.
    const bool shakes_hands = connection_->state() == platform::SealedConnection::State::handshake;
    if (shakes_hands && !add_records()) out.wrong = "There is no room for an answer of TLS.";
    return out;
}

bool ClientStream::close() {
    if (!connection_) return true;
    closed_ = true;
    connection_->close();
    return add_records();
}

}  // namespace relay
