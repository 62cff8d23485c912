#include "agent/bridge/sealing.hpp"

#include <utility>

#include "agent/bridge/core/trust.hpp"
#include "agent/relay/core/client_text.hpp"
#include "agent/relay/core/sealed_text.hpp"
#include "platform/core/base64.hpp"

namespace bridge {

using platform::SealedConnection;

Sealing::Sealing(const SealKeys& keys, Device device)
    : device_{std::move(device)}, far_{keys.far}, party_{platform::SealedRole::controller, keys.own} {}

bool Sealing::takes(const platform::PublicKey& key) {
    shown_ = key;
    return far_ && *far_ == key;
}

Sealing::Begun Sealing::begin(const std::string& params, bool binary) {
    SealedConnection::Opening opening;
    opening.binding = relay::sealed_binding(device_.uuid, relay::read_open(params));
    opening.takes = [this](const platform::PublicKey& key) { return takes(key); };
    opening.session = session_.reveal();
    Begun begun{std::make_unique<SealedConnection>(party_, std::move(opening)), params};
    begun.params.pop_back();  // the brace
    begun.params += binary ? R"(,"tls":true,"binary":true,"data":")" : R"(,"tls":true,"data":")";
    begun.params += platform::base64(begun.connection->take_records()) + "\"}";
    return begun;
}

void Sealing::keep_session(SealedConnection& connection) {
    platform::Secret session = connection.take_session();
    if (!session.empty()) session_ = std::move(session);
}

Ending Sealing::ending_of(const SealedConnection* connection) const {
    if (connection == nullptr) return {ClientEnd::untrusted, refuse_plain(device_), "untrusted"};
    using Failure = SealedConnection::Failure;
    if (connection->failure() == Failure::not_trusted && far_ && shown_) {
        return {ClientEnd::untrusted,
                refuse_changed_key(device_, platform::fingerprint(*shown_), platform::fingerprint(*far_)), "untrusted"};
    }
    if (connection->failure() == Failure::not_trusted) {
        return {ClientEnd::untrusted, "The device's key is not known.", "untrusted"};
    }
    if (connection->failure() == Failure::refused) return bridge::ending_of("not_trusted", false);
    return {ClientEnd::broken, "What came for this client is not what the far agent sent: " + connection->sentence()};
}

}  // namespace bridge
