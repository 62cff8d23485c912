// TLS with one far agent, inside of the channel: the keys of both ends, what each connection of a client begins with,
// and what lets the next one resume. One thread, the loop's. It outlives the connections' handshakes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/bridge/core/choose_device.hpp"
#include "agent/bridge/core/client_end.hpp"
#include "platform/sealed.hpp"

namespace bridge {

struct SealKeys {
    platform::KeyPair own;
    /// The key that the far agent has to prove. Nothing: none is taken, and Sealing::shown() tells which one it has.
    std::optional<platform::PublicKey> far = {};
};

class Sealing {
  public:
    Sealing(const SealKeys& keys, Device device);
    Sealing(const Sealing&) = delete;
    Sealing& operator=(const Sealing&) = delete;

    struct Begun {
        std::unique_ptr<platform::SealedConnection> connection;
        std::string params;  // of the Agent.open
    };
    /// `params`: those of an Agent.open in plain. The handshake is bound to them. `binary`: raw broadcasts may be used.
    Begun begin(const std::string& params, bool binary);

    /// Something came for that connection: the next one resumes with what it was given.
    void keep_session(platform::SealedConnection& connection);

    /// What lets the first connection of a later Sealing resume: handed in before begin(), and taken at the end. Empty:
    /// none.
    void resume(platform::Secret session) { session_ = std::move(session); }
    platform::Secret take_session() { return std::exchange(session_, {}); }

    /// Why the connection has failed, or has been refused in plain (null).
    Ending ending_of(const platform::SealedConnection* connection) const;

    /// The key that the far agent has proved last, taken or not.
    const std::optional<platform::PublicKey>& shown() const noexcept { return shown_; }

  private:
    bool takes(const platform::PublicKey& key);

    const Device device_;
    const std::optional<platform::PublicKey> far_;
    platform::SealedParty party_;
    platform::Secret session_;
    std::optional<platform::PublicKey> shown_;
};

}  // namespace bridge
