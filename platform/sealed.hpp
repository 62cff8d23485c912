// TLS 1.3 over memory: records go in and come out as bytes, and anybody may carry them. Both sides prove
// an Ed25519 key. There is no authority and no clock: a side takes the other's key because it knows it. Certificates
// are only the form in which TLS carries keys: who they are made out to and their dates are not looked at.
//
// What somebody who carries the records can do is to delay or to end a connection, and no more:
//  * Replay: a recorded first flight gets an answer that only the holder of its ephemeral key can go on with. Records
//    of an earlier connection are under keys that are gone. There is no early data.
//  * Reorder, drop, double, change: each record is authenticated with its number, and the first one that is not the
//    next fails the connection for good.
//  * Move to another device or client: each connection has its own keys. Both sides name the same `binding` in the
//    handshake (as its ALPN protocol), which says the device and what was asked for; otherwise the handshake fails.
//  * Substitution of a side: each side signs the whole handshake, a resumed one included by its secret.
//
// Thread rule: one thread for a party and all its connections. A connection may outlive its party.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "platform/core/public_key.hpp"
#include "platform/sealed_party.hpp"
#include "platform/secret.hpp"

namespace platform {

class SealedConnection {
  public:
    enum class State : std::uint8_t {
        handshake,  // the other side has not proved its key
        open,       // it has, and it is one that is taken
        closed,     // the other side says nothing more; it still hears what is written
        failed,     // failure() says why; nothing goes in or out any more
    };
    enum class Failure : std::uint8_t {
        none,
        not_trusted,  // the other side's key is not taken
        refused,      // the other side does not take ours
        handshake,    // it did not come to an agreement: another protocol, another binding, broken messages
        record,       // a record was changed, or is not the next one
    };
    /// A longer binding does not fit into a handshake.
    static constexpr std::size_t max_binding = 255;

    struct Opening {
        /// What both sides have to name alike. 1 to max_binding bytes.
        std::string binding;
        /// Whether that key is taken. Asked in each handshake, also in a resumed one.
        std::function<bool(const PublicKey&)> takes;
        /// On the controller's side: what take_session() of an earlier connection gave; empty: a full handshake. The
        /// agent decides whether it resumes.
        std::string_view session = {};
        /// After so many bytes of plain text the keys are changed.
        std::uint64_t rekey_after = std::uint64_t{1} << 32;
    };
    SealedConnection(const SealedParty& party, Opening opening);
    ~SealedConnection();
    SealedConnection(const SealedConnection&) = delete;
    SealedConnection& operator=(const SealedConnection&) = delete;

    /// Takes bytes of the other side, cut anywhere. Returns the plain text that came whole with them: bytes, in order,
    /// not cut as they were written. Look at state() afterwards, and at take_records().
    std::string feed(std::string_view records);

    /// Seals plain text; before the handshake is done it waits for that. Nothing happens after a failure.
    void write(std::string_view plain);
    /// This side ends in order: the other one sees State::closed.
    void close();

    /// The bytes for the other side that came to be since the last call; a controller has some at once.
    std::string take_records();

    State state() const noexcept;
    Failure failure() const noexcept;
    /// Why it failed, as a sentence; empty: it has not.
    const std::string& sentence() const noexcept;

    /// The other side's key, once the state is `open`; also the one that was not taken, where the failure is that.
    const std::optional<PublicKey>& peer() const noexcept;
    /// The handshake was resumed.
    bool resumed() const noexcept;

    /// On the controller's side: what lets a later connection with the same party resume. Of one connection the newest
    /// counts. A secret: who has it can pass for this side until the agent restarts or the ticket is too old. Empty:
    /// there is none, or it was taken.
    Secret take_session();

    /// Bytes that wait for the handshake or for take_records().
    std::size_t bytes() const noexcept;

    struct Impl;

  private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace platform
