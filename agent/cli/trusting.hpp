// Before the first command goes to a far device: whether it is spoken to inside of TLS, with which keys, and the
// question to the person about a key that is not known.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/bridge/controller.hpp"
#include "agent/bridge/core/known_devices.hpp"
#include "agent/bridge/core/trust.hpp"
#include "agent/bridge/far_side.hpp"
#include "agent/bridge/sealing.hpp"
#include "agent/cli/arguments.hpp"
#include "agent/control/exit_code.hpp"

namespace cli {

/// What to do about a command that was refused because it came in plain: the end of a sentence. `error`: JSON text of
/// the error object. Empty: that is not why.
std::string advice_on_trust(std::string_view error);

class Trusting {
  public:
    /// Both outlive it.
    Trusting(const arguments::Trust& wished, const config::Config& config) : wished_{wished}, config_{config} {}

    /// Reads --key-file, as the user who called. False: the reason was printed.
    bool read_key_file();

    struct Settled {
        control::Exit code = control::Exit::ok;     // else the reason was printed
        std::optional<bridge::SealKeys> keys = {};  // nothing: in plain
        std::string refusal = {};                   // of recall(): why this one is left out; not printed yet
    };
    awaitable<Settled> settle(bridge::Controller& controller, bridge::Device device);
    /// Of one device of many, for which nobody is asked: sealed if its key is known. Settled::refusal: its name is
    /// known as another device's. Nothing is sent.
    Settled recall(const bridge::Device& device);

    /// What lets the handshake resume is kept from one run to the next, but for a key of --key-file: who has such a
    /// file may keep it where nothing is written.
    void resume(bridge::FarSide& far, const bridge::SealKeys& keys) const;
    void keep_session(bridge::FarSide& far, const bridge::SealKeys& keys) const;

  private:
    bridge::TrustWish wish() const;
    awaitable<Settled> meet(bridge::Controller& controller, bridge::Device device);
    awaitable<Settled> judge(bridge::Device device, platform::PublicKey shown);
    Settled seal(const platform::PublicKey& far);
    Settled use(const bridge::KnownDevice& known, const bridge::Device& device);
    /// Into known_devices: the key and the name. keep() says so.
    Settled take(const bridge::Device& device, const platform::PublicKey& shown);
    Settled keep(const bridge::Device& device, const platform::PublicKey& shown);
    bool find_own_key();

    const arguments::Trust& wished_;
    const config::Config& config_;
    std::optional<platform::KeyPair> own_;
};

}  // namespace cli
