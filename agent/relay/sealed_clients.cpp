#include "agent/relay/sealed_clients.hpp"

#include <memory>
#include <utility>

#include "agent/relay/core/sealed_text.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"

namespace relay {
namespace {

using platform::SealedConnection;

std::string_view reason_of(SealedConnection::Failure failure) noexcept {
    switch (failure) {
        case SealedConnection::Failure::not_trusted:
            return "not_trusted";
        case SealedConnection::Failure::record:
            return "bad_record";
        case SealedConnection::Failure::none:
        case SealedConnection::Failure::refused:
        case SealedConnection::Failure::handshake:
            break;
    }
    return "handshake";
}

}  // namespace

std::string SealedClients::name_of_key(const TrustedKey& key) const {
    return key.name.empty() ? platform::fingerprint(key.key) : key.name;
}

std::string SealedClients::greet(Client& client, const OpenRequest& request) {
    auto connection = std::make_unique<SealedConnection>(
        *party_, SealedConnection::Opening{.binding = sealed_binding(uuid_, request),
                                           .takes = [&trust = trust_](const platform::PublicKey& key) {
                                               return trust.find(key) != nullptr;
                                           }});
    connection->feed(request.hello);
    std::string greeting = connection->take_records();
    if (connection->state() != SealedConnection::State::handshake) return connection->sentence();
    if (greeting.empty()) return "\"data\" holds no whole ClientHello of TLS 1.3.";
    client.sealing.emplace();
    client.sealing->greeting = std::move(greeting);
    client.sealing->exclusive = std::exchange(client.exclusive, false);
    client.stream.seal(std::move(connection), settings_.max_message);
    client.state = Client::State::greeting;
    return {};
}

SealedClients::Verdict SealedClients::judge(Client& client, const StreamReceiver::Received& received) {
    const SealedConnection& connection = *client.stream.sealed();
    if (!received.wrong.empty() && received.bytes().empty()) {
        // It may be anybody's: who can broadcast knows the client's name.
        ++ignored_;
        platform::log::debug("a post for a sealed client is ignored: {}", received.wrong);
        return {};
    }
    if (connection.state() == SealedConnection::State::failed) {
        platform::log::warning("a sealed client is ended ({}): {}", platform::clean(client.called()),
                               connection.sentence());
        return {reason_of(connection.failure())};
    }
    if (!received.wrong.empty()) {
        platform::log::warning("a client is ended for what it posted: {}", received.wrong);
        return {"bad_request"};
    }
    client.sealing->said_all = connection.state() == SealedConnection::State::closed;
    if (connection.state() == SealedConnection::State::handshake || client.sealing->proved) return {};
    const TrustedKey* const key = trust_.find(*connection.peer());
    if (key == nullptr) return {"not_trusted"};
    client.sealing->proved = true;
    client.sealing->key = name_of_key(*key);
    client.sealing->fingerprint = platform::fingerprint(key->key);
    platform::log::info("the key of {} was proved ({})", platform::clean(client.sealing->key),
                        client.sealing->fingerprint);
    return {.end = {}, .proved = true};
}

std::string_view SealedClients::end_reason(Client& client) const {
    if (!client.sealing) return trust_.require() == Require::off ? "" : "denied";
    if (!client.sealing->proved) return {};  // asked when it is
    const TrustedKey* const key = trust_.find(*client.stream.sealed()->peer());
    if (key == nullptr) return "not_trusted";
    client.sealing->key = name_of_key(*key);
    return {};
}

}  // namespace relay
