// What the doctor advises: one remedy a cause, so that nobody is sent to the wrong place. Pure.
#pragma once

#include <string>
#include <string_view>

#include "agent/realtime/core/failure.hpp"
#include "cdp/core/explain.hpp"
#include "cdp/settings.hpp"
#include "platform/core/result.hpp"

namespace doctor {

/// Why there is no browser.
struct BrowserFailure {
    cdp::BrowserMode mode = cdp::BrowserMode::launch;
    Error error = {};                                    // of an endpoint, or of the browser host
    cdp::LaunchCause cause = cdp::LaunchCause::unknown;  // of one that we start
    bool container = false;                              // we seem to run in one
    bool user_namespaces_barred = false;                 // by AppArmor
};
std::string remedy_of_browser(const BrowserFailure& failure);

/// Why the channel was not opened or not joined.
struct LinkFailure {
    realtime::Class what = realtime::Class::unknown;
    int status = 0;              // of the HTTP answer in the websocket's place; 0: it came later
    bool keyless = false;        // no public key was sent
    bool own_credential = true;  // made by a pairing; else by somebody who put it into `token_file`
    std::string_view token_file = {};
    std::string_view renewal = realtime::pair_again;
};
std::string remedy_of_link(const LinkFailure& failure);

/// What is known of another agent of this device.
enum class OtherAgent : std::uint8_t {
    none,
    elder,    // was here before: this machine gives way to it
    younger,  // came later, and gives way to this machine
    silent,   // claims to be this device and answers nothing
    unknown,  // present, while no agent runs here
};
std::string remedy_of_twin(OtherAgent other);

}  // namespace doctor
