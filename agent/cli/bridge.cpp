#include "agent/cli/bridge.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "agent/cli/as_controller.hpp"
#include "agent/cli/bridging.hpp"
#include "agent/cli/identity.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/cli/trusting.hpp"

namespace cli::bridge_command {
namespace {

using control::Exit;
using Endpoint = net::ip::tcp::endpoint;

std::vector<std::string> listens_of(const arguments::Bridge& bridge) {
    return bridge.listen.empty() ? std::vector<std::string>{default_listen} : bridge.listen;
}

std::string why_not_listening(const std::string& listen, const Error& why) {
    if (why == net::error::address_in_use)
        return listen + " is in use: end what listens there, or choose another port by --listen";
    if (why == net::error::access_denied)
        return listen + ": this user may not listen on a port below 1024: choose another one by --listen";
    return listen + ": " + why.message();
}

/// All its ports, or a sentence. `devices`: how many there are.
std::vector<Port> open_ports(const net::any_io_executor& executor, const arguments::Bridge& wished,
                             std::string& problem) {
    std::vector<Port> ports;
    const auto listens = listens_of(wished);
    for (std::size_t i = 0; i < listens.size() && problem.empty(); ++i) {
        const auto where = read_listen(listens[i], problem);
        auto server = platform::HttpServer::on_address(executor, where, bridge::bridge_connections);
        if (!server) {
            problem = why_not_listening(listens[i], server.error());
            break;
        }
        const auto address =
            where.address().is_v6() ? "[" + where.address().to_string() + "]" : where.address().to_string();
        ports.push_back({std::move(*server), address});
        const bool one_each = listens.size() > 1 && wished.devices.size() > 1;
        for (std::size_t device = 0; device < wished.devices.size(); ++device) {
            if (!one_each || device == i) ports.back().devices.push_back(device);
        }
    }
    return ports;
}

/// Exit::ok: all that were named are offered.
awaitable<Exit> add_named(const BridgingNeeds& needs, Bridging& bridging) {
    for (const auto& name : needs.wished.devices) {
        const auto found = co_await needs.controller.find(name);
        if (!found.device) {
            complain(found.problem);
            co_return found.named_none ? Exit::no_device : control::exit_of(found.cause);
        }
        if (const auto other = bridging.name_of(found.device->uuid); !other.empty()) {
            co_return complain(other + " and " + name + " are one device: name it once"), Exit::usage;
        }
        const Trusting::Settled settled = co_await needs.trusting.settle(needs.controller, *found.device);
        if (settled.code != Exit::ok) co_return settled.code;
        bridging.add(name, *found.device, settled.keys);
    }
    co_return Exit::ok;
}

/// Exit::ok: all that the token may see are offered. Further ones may come.
awaitable<Exit> add_all(bridge::Controller& controller, Bridging& bridging) {
    const auto listed = co_await controller.list();
    if (!listed.problem.empty()) co_return complain(listed.problem), control::exit_of(listed.cause);
    for (const auto& device : listed.devices) bridging.on_found(device);
    co_return Exit::ok;
}

awaitable<Exit> serve(const BridgingNeeds& needs) {
    const auto executor = co_await net::this_coro::executor;
    std::string problem;
    auto ports = open_ports(executor, needs.wished, problem);
    if (!problem.empty()) co_return complain(problem), Exit::failure;
    Bridging bridging{needs, std::move(ports)};
    Exit added = Exit::ok;
    if (needs.wished.all) added = co_await add_all(needs.controller, bridging);
    if (!needs.wished.all) added = co_await add_named(needs, bridging);
    if (added != Exit::ok) co_return added;
    const auto code = co_await bridging.run();
    co_return code;
}

}  // namespace

Endpoint read_listen(const std::string& text, std::string& problem) {
    const auto colon = text.rfind(':');
    auto host = colon == std::string::npos ? std::string{"127.0.0.1"} : text.substr(0, colon);
    const auto digits = colon == std::string::npos ? text : text.substr(colon + 1);
    if (host == "localhost") host = "127.0.0.1";
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    std::uint16_t port = 0;
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    Error ec;
    const auto address = net::ip::make_address(host, ec);
    if (ec || bad != std::errc{} || end != digits.data() + digits.size()) {
        problem = "--listen with --bridge takes an address of this machine and a port, such as " +
                  std::string{default_listen};
    } else if (!address.is_loopback()) {
        problem = "--listen " + text +
                  ": the bridge listens on loopback addresses alone, since what it serves is not encrypted; reach it "
                  "from elsewhere by a tunnel (ssh -L)";
    }
    return {address, port};
}

std::string what_is_wrong(const arguments::Bridge& bridge) {
    for (const auto& device : bridge.devices) {
        if (device.empty()) return "--bridge needs a device, its uuid or its name; without any it offers all";
    }
    if (bridge.all && !bridge.devices.empty())
        return "--bridge without a device offers all: name none, or each by --bridge DEVICE";
    if (bridge.all && !bridge.exec.empty())
        return "--exec with --bridge needs a device: CMD gets its browser's address in BMC_CDP_URL";
    if (bridge.all && (bridge.trust.sealed || bridge.trust.accept_new || !bridge.trust.fingerprint.empty()))
        return "--sealed, --accept-new and --fingerprint need a device (--bridge DEVICE); without one every device "
               "whose "
               "key is known is spoken to inside of TLS";
    std::string problem;
    for (const auto& listen : bridge.listen) {
        read_listen(listen, problem);
        if (!problem.empty()) return problem;
    }
    const auto ports = bridge.listen.size();
    const auto devices = bridge.devices.size();
    if (ports > 1 && devices > 1 && ports != devices)
        return "--listen: once for all devices, or once for each --bridge";
    return {};
}

Exit run(const arguments::Bridge& wished, const config::Config& config, bool json) {
    const auto user = becomes(wished.token, config);
    if (!user.empty() && !wished.exec.empty()) {
        return complain("as root the bridge uses the service's credential as the user " + user +
                        ", and CMD would run as that user: call it as yourself, without sudo (agent --login first)"),
               Exit::usage;
    }
    if (!user.empty())
        say("Files that clients upload and download here are read and written as the user " + user + ".");
    Trusting trusting{wished.trust, config};
    if (!trusting.read_key_file()) return Exit::failure;
    RecordFile record{wished.record};
    if (!record.open()) return Exit::failure;
    const auto command = [&](bridge::Controller& controller) -> awaitable<Exit> {
        const BridgingNeeds needs{controller, wished, trusting, record, json};
        const auto code = co_await serve(needs);
        co_return code;
    };
    return as_controller(wished.token, config, command);
}

}  // namespace cli::bridge_command
