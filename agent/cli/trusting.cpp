#include "agent/cli/trusting.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "agent/bridge/controller_key.hpp"
#include "agent/bridge/core/call_error.hpp"
#include "agent/bridge/known_file.hpp"
#include "agent/bridge/session_file.hpp"
#include "agent/cli/call.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/pairing/store_settings.hpp"
#include "platform/json/tree.hpp"
#include "platform/wait.hpp"

namespace cli {
namespace {

using control::Exit;
using platform::fingerprint;
using namespace net::experimental::awaitable_operators;

/// To leave the channel of a device whose key was asked for.
constexpr Duration meeting_grace = std::chrono::milliseconds{500};

std::filesystem::path folder_of(const config::Config& config) {
    return pairing::controller_store_settings(config).folder;
}

/// The first command inside of TLS, for the sake of the key that comes with its answer.
awaitable<bridge::Answer> say_hello(bridge::FarSide& far) {
    bridge::Call hello{.method = "Agent.getInfo"};
    bridge::Answer answer = co_await far.call(std::move(hello));
    far.stop(meeting_grace);
    co_return answer;
}

}  // namespace

std::string advice_on_trust(std::string_view error) {
    const auto tree = platform::parse_json(std::string{error});
    const auto* const data = tree ? platform::find(*tree, "data") : nullptr;
    if (data == nullptr || !platform::get_string(*data, "require")) return {};
    return " From here: --sealed speaks TLS with it, once its owner has listed the key that agent --key prints";
}

bool Trusting::read_key_file() {
    if (wished_.key_file.empty()) return true;
    std::string problem;
    own_ = bridge::read_controller_key(wished_.key_file, problem);
    if (!own_) complain(problem);
    return own_.has_value();
}

bool Trusting::find_own_key() {
    if (own_) return true;
    std::string problem;
    own_ = bridge::own_controller_key(folder_of(config_), problem);
    if (!own_) complain(problem);
    return own_.has_value();
}

bridge::TrustWish Trusting::wish() const {
    return {.sealed = wished_.sealed,
            .accept_new = wished_.accept_new,
            .fingerprint = wished_.fingerprint,
            .can_ask = Terminal::is_interactive() && !answers_in_json()};
}

awaitable<Trusting::Settled> Trusting::settle(bridge::Controller& controller, bridge::Device device) {
    const auto known = bridge::KnownFile{folder_of(config_)}.read();
    if (!known.wrong.empty()) co_return complain(known.wrong), Settled{Exit::failure};
    const bridge::KnownDevice* const its = known.find(device.uuid);
    // A key that is named on the command line makes sure of the device by itself.
    const bridge::KnownDevice* const other = known.other_of_that_name({device.uuid, bridge::known_name(device.name)});
    if (other != nullptr && wished_.fingerprint.empty()) {
        complain(bridge::refuse_other_device(device, other->uuid));
        co_return Settled{Exit::untrusted};
    }
    const auto step = bridge::first_step(wish(), its != nullptr ? fingerprint(its->key) : std::string{});
    if (step == bridge::TrustStep::plain) co_return Settled{};
    if (step == bridge::TrustStep::refuse) {
        complain(bridge::refuse_unlike_known(device, wished_.fingerprint, fingerprint(its->key)));
        co_return Settled{Exit::untrusted};
    }
    if (!find_own_key()) co_return Settled{Exit::failure};
    if (step == bridge::TrustStep::sealed) co_return use(*its, device);
    Settled met = co_await meet(controller, std::move(device));
    co_return met;
}

Trusting::Settled Trusting::recall(const bridge::Device& device) {
    const auto known = bridge::KnownFile{folder_of(config_)}.read();
    if (!known.wrong.empty()) return complain(known.wrong), Settled{Exit::failure};
    const bridge::KnownDevice* const its = known.find(device.uuid);
    if (const auto* const other = known.other_of_that_name({device.uuid, bridge::known_name(device.name)});
        other != nullptr) {
        return {.refusal = bridge::refuse_other_device(device, other->uuid)};
    }
    if (its == nullptr) return {};
    if (!find_own_key()) return {Exit::failure};
    return seal(its->key);
}

/// It is used by that name from now on: a row that gives the name to another device later is not believed.
Trusting::Settled Trusting::use(const bridge::KnownDevice& known, const bridge::Device& device) {
    if (!device.name.empty() && bridge::known_name(device.name) != known.name) return take(device, known.key);
    return seal(known.key);
}

Trusting::Settled Trusting::seal(const platform::PublicKey& far) {
    return {Exit::ok, bridge::SealKeys{*own_, far}};
}

void Trusting::resume(bridge::FarSide& far, const bridge::SealKeys& keys) const {
    if (!wished_.key_file.empty() || !keys.far) return;
    const bridge::SessionFile file{folder_of(config_), far.device().uuid};
    far.resume(file.read(keys.own.public_key(), *keys.far));
}

void Trusting::keep_session(bridge::FarSide& far, const bridge::SealKeys& keys) const {
    if (!wished_.key_file.empty() || !keys.far) return;
    bridge::SessionFile file{folder_of(config_), far.device().uuid};
    const auto session = far.take_session();
    if (session.empty()) return file.forget();  // the one that was kept is used up, or was refused
    file.keep(keys.own.public_key(), *keys.far, session);
}

awaitable<Trusting::Settled> Trusting::meet(bridge::Controller& controller, bridge::Device device) {
    std::optional<bridge::Answer> answer;
    std::optional<platform::PublicKey> shown;
    Exit barred = Exit::failure;
    {
        const bridge::SealKeys nobody{*own_};
        bridge::FarSide far{controller.far_needs(), device, nobody};
        auto hello = platform::into(answer, say_hello(far));
        co_await (far.run() && std::move(hello));
        shown = far.shown_key();
        barred = control::exit_of(far.cause());
    }
    if (!shown) {
        complain(bridge::read_call_error(answer->error).message);
        co_return Settled{call_command::exit_of(answer->error, barred)};
    }
    Settled judged = co_await judge(std::move(device), *shown);
    co_return judged;
}

awaitable<Trusting::Settled> Trusting::judge(bridge::Device device, platform::PublicKey shown) {
    const std::string print = fingerprint(shown);
    const auto verdict = bridge::judge_key(wish(), print);
    if (verdict == bridge::KeyVerdict::take) co_return keep(device, shown);
    if (verdict == bridge::KeyVerdict::ask) {
        const auto executor = co_await net::this_coro::executor;
        Terminal terminal{executor};
        const bool yes = co_await terminal.confirm(bridge::ask_about_key(device, print));
        if (yes) co_return keep(device, shown);
        co_return complain("the key of " + describe(device) + " was not confirmed: nothing was sent to it"),
            Settled{Exit::untrusted};
    }
    complain(wished_.fingerprint.empty() ? bridge::refuse_unknown_key(device, print)
                                         : bridge::refuse_other_key(device, print, wished_.fingerprint));
    co_return Settled{Exit::untrusted};
}

Trusting::Settled Trusting::keep(const bridge::Device& device, const platform::PublicKey& shown) {
    Settled taken = take(device, shown);
    if (taken.code == Exit::ok) {
        say("The key " + fingerprint(shown) + " of " + describe(device) + " is kept in " +
            bridge::KnownFile{folder_of(config_)}.path().string() + ".");
    }
    return taken;
}

Trusting::Settled Trusting::take(const bridge::Device& device, const platform::PublicKey& shown) {
    bridge::KnownFile file{folder_of(config_)};
    const auto kept = file.remember({device.uuid, shown, device.name});
    if (!kept.problem.empty()) return complain(kept.problem), Settled{Exit::failure};
    if (kept.other) {
        complain(bridge::refuse_changed_key(device, fingerprint(shown), fingerprint(*kept.other)));
        return {Exit::untrusted};
    }
    return seal(shown);
}

}  // namespace cli
