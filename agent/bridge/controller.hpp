// This program as a controller: the credential that it reaches the backend with, kept fresh, and the devices that the
// credential may see. One thread, the loop's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/bridge/channel.hpp"
#include "agent/bridge/core/choose_device.hpp"
#include "agent/config/config.hpp"
#include "agent/credentials/credential.hpp"
#include "agent/credentials/store.hpp"
#include "agent/credentials/tokens.hpp"
#include "agent/pairing/device.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace bridge {

/// A credential, and the configuration of the backend that it belongs to (pairing::Binding).
struct Identity {
    config::Config config;
    credentials::Credential credential;
    std::unique_ptr<credentials::Store> store = {};  // where the credential was found; null: it was handed in
};

/// The device that was named, or why there is none.
struct FoundDevice {
    std::optional<Device> device;
    std::string problem;      // a sentence with the candidates
    bool named_none = false;  // the name fits none, or several; else the backend could not be asked
    realtime::Cause cause = realtime::Cause::passing;  // of that
};

/// The devices that the token may see, by name; names are cleaned.
struct ListedDevices {
    std::vector<Device> devices;
    std::string problem;  // why there is no list: a sentence
    realtime::Cause cause = realtime::Cause::passing;
};

class Controller {
  public:
    Controller(net::any_io_executor executor, Identity identity);
    Controller(const Controller&) = delete;
    Controller& operator=(const Controller&) = delete;

    /// Keeps the token fresh until stop(). To be run while find() and the FarSides are in use.
    awaitable<void> run();
    void stop();

    /// For a FarSide.
    Channel::Needs far_needs();

    /// `name`: a uuid, which is taken as it is, or the name of a device that the token may see.
    awaitable<FoundDevice> find(std::string name);

    awaitable<ListedDevices> list();

    /// What REST takes, good until the token changes.
    pairing::RestAccess rest();
    awaitable<void> freshen();

    const config::Config& config() const noexcept { return identity_.config; }

  private:
    Identity identity_;
    net::any_io_executor executor_;
    platform::Worker network_{"network"};
    credentials::Tokens tokens_;
};

}  // namespace bridge
