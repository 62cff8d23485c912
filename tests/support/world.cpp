#include "tests/support/world.hpp"

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace support {

using nlohmann::json;

World::World(std::vector<std::string> hub_arguments) {
    std::vector<std::string> arguments{BMC_BUILD_DIR "/hub", "--port", "0", "--join-penalty-ms", "200"};
    const bool limited =
        std::find(hub_arguments.begin(), hub_arguments.end(), "--events-per-second") != hub_arguments.end();
    if (!limited) arguments.insert(arguments.end(), {"--events-per-second", "0"});
    arguments.insert(arguments.end(), hub_arguments.begin(), hub_arguments.end());
    hub_ = std::make_unique<Child>(io_, ChildOptions{.arguments = arguments});
    const auto ready = hub_->line("{");
    if (!ready) throw std::runtime_error{"the hub does not start: " + hub_->output()};
    port_ = json::parse(*ready)["port"].get<std::uint16_t>();
    for (const char* name : {"config", "state", "run", "tmp", "home"}) {
        std::filesystem::create_directory(folder_ / name);
        std::filesystem::permissions(folder_ / name, std::filesystem::perms::owner_all);
    }
}

World::~World() = default;

std::string World::request(std::string_view method, std::string_view path, std::string_view body,
                           std::string_view token) {
    net::io_context io;
    net::ip::tcp::socket socket{io};
    socket.connect({net::ip::address_v4::loopback(), port_});
    std::ostringstream head;
    head << method << ' ' << path << " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
         << "Content-Type: application/json\r\nContent-Length: " << body.size() << "\r\n";
    if (!token.empty()) head << "Authorization: Bearer " << token << "\r\n";
    head << "\r\n" << body;
    net::write(socket, net::buffer(head.str()));
    std::string answer;
    boost::system::error_code ec;
    net::read(socket, net::dynamic_buffer(answer), ec);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 2")) << method << ' ' << path << ' ' << body << "\n" << answer;
    const auto at = answer.find("\r\n\r\n");
    return at == std::string::npos ? std::string{} : answer.substr(at + 4);
}

std::string World::admin(std::string_view what, std::string_view text) {
    return request("POST", "/admin/" + std::string{what}, text);
}

std::string World::get(std::string_view path) {
    return request("GET", path, {});
}

std::string World::rest(std::string_view method, std::string_view path, std::string_view text, std::string_view token) {
    return request(method, "/rest/v1" + std::string{path}, text, token);
}

std::string World::mint_device(int ttl_seconds, std::string_view uuid) {
    const json body{{"device", uuid}, {"ttl", ttl_seconds}};
    return json::parse(admin("mint", body.dump()))["token"].get<std::string>();
}

/// The configuration's part about where the hub is.
std::string World::address(bool tls) {
    if (!tls) return "[api]\nurl = \"http://127.0.0.1:" + std::to_string(port_) + "\"\n";
    const std::string authority = folder_ / "authority.pem";
    if (!front_) {
        front_ = std::make_unique<TlsFront>(io_, port_);
        std::ofstream{authority} << front_->authority();
    }
    return "[api]\nurl = \"https://127.0.0.1:" + std::to_string(front_->port()) + "\"\n[net]\nca_file = \"" +
           authority + "\"\n";
}

std::unique_ptr<Child> World::agent(AgentOptions options) {
    const std::string config = folder_ / "agent.toml";
    std::ofstream{config} << address(options.tls)
                          << "[realtime]\noptional_spread = \"1s\"\nreconnect_spread = \"200ms\"\n"
                          << options.config;
    std::vector<std::string> arguments{BMC_BUILD_DIR "/agent", "--user", "--config", config};
    arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
    ChildOptions child{.arguments = arguments,
                       .environment = {"XDG_CONFIG_HOME=" + folder_ / "config", "XDG_STATE_HOME=" + folder_ / "state",
                                       "XDG_RUNTIME_DIR=" + folder_ / "run", "TMPDIR=" + folder_ / "tmp"},
                       .input = options.input};
    child.environment.insert(child.environment.end(), options.environment.begin(), options.environment.end());
    return std::make_unique<Child>(io_, std::move(child));
}

bool World::pair(bool tls) {
    auto pairing = agent({.arguments = {"--pair", "--token-stdin"}, .input = mint_device(), .tls = tls});
    const auto status = pairing->wait(20s);
    const bool paired = status && status->success();
    EXPECT_TRUE(paired) << pairing->output();
    return paired;
}

std::unique_ptr<Child> World::joined_agent(AgentOptions options) {
    if (!pair(options.tls)) return nullptr;
    auto daemon = agent(std::move(options));
    EXPECT_TRUE(daemon->wait_for("-> joined", 20s)) << daemon->output();
    return daemon;
}

json World::status() {
    auto asking = agent({.arguments = {"--status", "--json"}});
    if (!asking->wait()) return {};
    const auto at = asking->output().find('{');
    return at == std::string::npos ? json{} : json::parse(asking->output().substr(at), nullptr, false);
}

std::unique_ptr<Controller> World::controller(std::string vsn) {
    auto made = std::make_unique<Controller>(
        io_,
        ControllerOptions{
            .port = port_, .token = mint_device(), .device_uuid = std::string{device_uuid}, .vsn = std::move(vsn)});
    EXPECT_TRUE(made->join());
    return made;
}

std::vector<pid_t> World::browsers() const {
    // Chromium's children have their whole command line in one argument. Its crash handlers know no profile.
    const std::string profile = "--user-data-dir=" + folder_.path();
    const std::string crashes = "--database=" + folder_.path();
    return platform::find_processes([&](std::string_view argument) {
        return argument.find(profile) != std::string_view::npos || argument.find(crashes) != std::string_view::npos;
    });
}

std::size_t World::profiles() const {
    std::size_t found = 0;
    for (const char* name : {"run", "tmp", "state"}) {
        for (std::filesystem::recursive_directory_iterator entry{folder_ / name}, end; entry != end; ++entry) {
            if (!entry->path().filename().string().starts_with("bmc-browser-")) continue;
            ++found;
            entry.disable_recursion_pending();  // a browser changes what lies in it
        }
    }
    return found;
}

}  // namespace support
