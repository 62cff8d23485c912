#include "agent/cli/bridging.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/bridge/core/call_error.hpp"
#include "agent/bridge/core/listing.hpp"
#include "agent/cli/call.hpp"
#include "agent/cli/terminal.hpp"
#include "platform/crypto.hpp"
#include "platform/json/tree.hpp"
#include "platform/percent.hpp"
#include "platform/wait.hpp"

namespace cli::bridge_command {

using control::Exit;

namespace {

constexpr std::string_view url_entry = "BMC_CDP_URL";

/// 128 random bits, in the form of the ids that Chrome gives its browsers.
std::string make_secret() {
    constexpr std::size_t secret_bytes = 16;
    auto text = platform::hex(platform::random_bytes(secret_bytes));
    for (const std::size_t dash : {8u, 13u, 18u, 23u}) text.insert(dash, 1, '-');
    return text;
}

/// What people at the far machine see of this client.
std::string make_label() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) return "bridge";
    return "bridge on " + std::string(host.data());
}

}  // namespace

Bridging::Offer::Offer(const net::any_io_executor& executor, const bridge::Channel::Needs& needs, bridge::Device device,
                       std::string given, platform::Worker* disk)
    : name{platform::percent_encode(given)},
      secret{make_secret()},
      far{needs, std::move(device)},
      local{executor, far, {.secret = secret, .label = make_label(), .say = say, .clients = {.disk = disk}}} {}

Bridging::Bridging(net::any_io_executor executor, const arguments::Bridge& wished, bool json, std::vector<Port> ports)
    : executor_{std::move(executor)},
      wished_{wished},
      json_{json},
      ports_{std::move(ports)},
      signals_{executor_, SIGINT, SIGTERM, SIGHUP},
      changed_{executor_, TimePoint::max()} {}

void Bridging::add(const std::string& name, const bridge::Channel::Needs& needs, bridge::Device device) {
    // A client that needs no secret may be anybody, and reads and writes no files as this user.
    auto* const disk = wished_.open_to_local_users ? nullptr : &disk_;
    offers_.emplace_back(executor_, needs, std::move(device), name, disk);
}

awaitable<Exit> Bridging::run() {
    hear_signals();
    for (auto& offer : offers_) {
        offer.far.connect(*this);
        start([&offer] { return offer.far.run(); });
        start([this, &offer] { return greet(offer); });
    }
    for (auto& port : ports_) start_port(port);
    announce();
    if (!wished_.exec.empty()) start([this] { return run_command(); });
    while (!stopping_ || running_ > 0) co_await platform::expiry(changed_);
    signals_.cancel();
    co_return code_;
}

void Bridging::start(std::function<awaitable<void>()> work) {
    ++running_;
    net::co_spawn(executor_, std::move(work), [this](std::exception_ptr error) {
        --running_;
        changed_.cancel();
        rethrow(error);
    });
}

void Bridging::start_port(Port& port) {
    bridge::AccessRules rules;
    rules.open_to_local_users = wished_.open_to_local_users;
    rules.allowed_origins = wished_.allowed_origins;
    std::vector<bridge::DevToolsEndpoint*> browsers;
    const auto authority = fmt::format("{}:{}", port.address, port.server.port());
    for (const auto number : port.devices) {
        auto& offer = offers_[number];
        browsers.push_back(&offer.local);
        rules.devices.push_back({offer.secret, offer.name});
        const bool alone = port.devices.size() == 1;
        const auto prefix = !wished_.open_to_local_users ? "/" + offer.secret : alone ? "" : "/" + offer.name;
        if (!offer.url.empty()) continue;  // offered on several ports: the first is printed
        offer.url = "ws://" + authority + "/devtools/browser/" + offer.secret;
        offer.http = "http://" + authority + prefix;
    }
    auto handler = bridge::serve_browsers(std::move(browsers), std::move(rules));
    start([&port, handler = std::move(handler)]() -> awaitable<void> { co_await port.server.run(handler); });
}

void Bridging::announce() {
    if (json_) announce_as_json();
    for (const auto& offer : offers_) {
        if (wished_.print_url) print(offer.url + "\n");
        say(fmt::format("{}: {}", bridge::describe(offer.far.device()), offer.url));
        say(fmt::format("    for tools that take an http address: {}", offer.http));
    }
    // A script waits for the address while this process goes on.
    std::fflush(stdout);
    if (!wished_.open_to_local_users) return;
    say("Any user of this machine may drive these browsers, and needs no secret for it (--open-to-local-users).");
}

void Bridging::announce_as_json() const {
    auto all = nlohmann::json::array();
    for (const auto& offer : offers_) {
        all.push_back({{"device", offer.far.device().uuid},
                       {"name", offer.far.device().name},
                       {"webSocketUrl", offer.url},
                       {"httpUrl", offer.http}});
    }
    print_json(platform::to_text({{"endpoints", std::move(all)}}) + "\n");
}

// Prints who answers, for a person. A command begins only where all do.
awaitable<void> Bridging::greet(Offer& offer) {
    bridge::Call call{.method = "Browser.getVersion", .repeatable = true};
    const auto answer = co_await offer.far.call(std::move(call));
    if (stopping_) co_return;
    const auto name = bridge::describe(offer.far.device());
    if (answer.ok) {
        const auto version = bridge::read_version(answer.result);
        offer.answers = true;
        changed_.cancel();
        co_return say(fmt::format("{}: {} answers", name, version ? version->product : "a browser"));
    }
    const auto sentence = bridge::read_call_error(answer.error).message;
    if (wished_.exec.empty()) co_return say(fmt::format("{}: {}", name, sentence));
    complain(fmt::format("{}: {}; the command was not started", name, sentence));
    end(call_command::exit_of(answer.error, control::exit_of(offer.far.cause())));
}

awaitable<void> Bridging::run_command() {
    while (!all_answer() && !stopping_) co_await platform::expiry(changed_);
    if (stopping_) co_return;
    step_.emplace(executor_, wished_.exec, environment());
    const int code = co_await step_->run();
    if (step_->started()) give_output_away();
    step_.reset();
    end(static_cast<Exit>(code));
}

bool Bridging::all_answer() const {
    return std::all_of(offers_.begin(), offers_.end(), [](const Offer& offer) { return offer.answers; });
}

/// BMC_CDP_URL of the first device, BMC_CDP_URL_2 of the second.
std::vector<std::string> Bridging::environment() const {
    std::vector<std::string> all;
    for (char** entry = ::environ; *entry != nullptr; ++entry) {
        if (!std::string_view(*entry).starts_with(url_entry)) all.emplace_back(*entry);
    }
    for (std::size_t i = 0; i < offers_.size(); ++i) {
        const auto number = i == 0 ? "" : "_" + std::to_string(i + 1);
        all.push_back(fmt::format("{}{}={}", url_entry, number, offers_[i].url));
    }
    return all;
}

void Bridging::hear_signals() {
    signals_.async_wait([this](const Error& ec, int number) {
        if (ec) return;
        // The command ends first, and the bridge with it.
        if (step_) step_->signal(number);
        if (!step_ && stopping_) ::_exit(128 + number);  // asked twice: it does not wait for anybody
        if (!step_) end(wished_.exec.empty() ? Exit::ok : static_cast<Exit>(128 + number));
        hear_signals();
    });
}

void Bridging::on_link(const bridge::FarSide& far) {
    if (stopping_ || far.joined()) return;
    const auto why = far.why_not();
    if (why.empty()) return;
    const auto text = fmt::format("{}: {}", bridge::describe(far.device()), why);
    if (!realtime::permanent(far.cause())) return say(text);
    complain(text);
    end(control::exit_of(far.cause()));
}

void Bridging::end(Exit code) {
    if (stopping_) return;
    code_ = code;
    stop();
}

void Bridging::stop() {
    stopping_ = true;
    for (auto& offer : offers_) offer.local.stop();
    for (auto& port : ports_) port.server.stop();
    for (auto& offer : offers_) offer.far.stop();
    if (step_) step_->signal(SIGTERM);
    changed_.cancel();
}

}  // namespace cli::bridge_command
