#include "agent/cli/bridging.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/host_name.hpp>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/bridge/core/call_error.hpp"
#include "agent/bridge/core/listing.hpp"
#include "agent/cli/call.hpp"
#include "agent/cli/cdp_url.hpp"
#include "agent/cli/progress.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/cli/trusting.hpp"
#include "agent/credentials/credential.hpp"
#include "platform/json/tree.hpp"
#include "platform/percent.hpp"
#include "platform/process/process.hpp"
#include "platform/wait.hpp"

namespace cli::bridge_command {

using control::Exit;

namespace {

/// Devices that are offered where none is named.
constexpr std::size_t most_found = 5000;

/// What people at the far machine see of this client.
std::string make_label() {
    Error ec;
    const auto host = net::ip::host_name(ec);
    return ec ? "bridge" : "bridge on " + host;
}

/// Nothing: no recording is wished.
std::optional<bridge::RecordedBrowser> recorder(bridge::FarBrowser& far, RecordFile& record) {
    if (!record.wished()) return std::nullopt;
    const auto write = [&record](const bridge::SeenMessage& sight) { record.write(sight); };
    return std::optional<bridge::RecordedBrowser>{std::in_place, far, write};
}

}  // namespace

Bridging::Offer::Offer(Bridging& whole, bridge::Device device, std::string typed, bridge::FarOnDemand::Join join,
                       const std::optional<bridge::SealKeys>& seal)
    : given{std::move(typed)},
      name{platform::percent_encode(given)},
      secret{credentials::make_uuid()},
      far{whole.needs_.controller.far_needs(), std::move(device), join, seal},
      recorded(recorder(far, whole.needs_.record)),
      local{whole.executor_,
            recorded ? static_cast<bridge::FarBrowser&>(*recorded) : far,
            {.secret = secret,
             .label = make_label(),
             .say = [&whole, this](std::string_view sentence) { whole.on_refusal(secret, sentence); },
             .clients = whole.client_options()}} {}

Bridging::Bridging(const BridgingNeeds& needs, std::vector<Port> ports)
    : needs_{needs},
      executor_{needs.controller.far_needs().executor},
      ports_{std::move(ports)},
      fleet_{needs.controller, needs.wished.all ? this : nullptr},
      page_{fleet_},
      signals_{executor_, SIGINT, SIGTERM, SIGHUP},
      changed_{executor_, TimePoint::max()} {
    for (auto& port : ports_) {
        port.local.page = &page_;
        port.local.rules = {.page_secret = credentials::make_uuid(),
                            .open_to_local_users = needs_.wished.open_to_local_users,
                            .allowed_origins = needs_.wished.allowed_origins};
    }
}

bridge::LocalClient::Options Bridging::client_options() {
    // A client that needs no secret may be anybody, and reads and writes no files as this user.
    auto* const disk = needs_.wished.open_to_local_users ? nullptr : &disk_;
    // With --exec the terminal is the command's.
    auto show = needs_.wished.exec.empty() ? show_transfers() : bridge::ShowTransfer{};
    return {.disk = disk, .show_transfer = std::move(show)};
}

Bridging::Offer& Bridging::offer(const std::string& name, bridge::Device device, bridge::FarOnDemand::Join join,
                                 const std::optional<bridge::SealKeys>& seal) {
    auto& made = offers_.emplace_back(*this, std::move(device), name, join, seal);
    fleet_.offer(made.far, made.secret);
    made.far.connect(*this);
    return made;
}

void Bridging::add(const std::string& name, bridge::Device device, const std::optional<bridge::SealKeys>& seal) {
    needs_.record.begin({.device = device.uuid, .name = device.name, .by = "bridge"});
    offer(name, std::move(device), bridge::FarOnDemand::Join::at_once, seal);
}

void Bridging::on_found(const bridge::Device& device) {
    if (stopping_ || offers_.size() >= most_found) return;
    const auto known = needs_.trusting.recall(device);
    if (!known.refusal.empty()) return complain(known.refusal);  // the others are offered
    if (known.code != Exit::ok) return end(known.code);
    auto& made = offer(device.uuid, device, bridge::FarOnDemand::Join::while_used, known.keys);
    for (auto& port : ports_) offer_at(port, made);
    start([&made] { return made.far.run(); });
}

std::string Bridging::name_of(const std::string& uuid) const {
    const auto has = [&uuid](const Offer& offer) { return offer.far.device().uuid == uuid; };
    const auto found = std::find_if(offers_.begin(), offers_.end(), has);
    return found != offers_.end() ? found->given : std::string{};
}

awaitable<Exit> Bridging::run() {
    try {
        begin();
    } catch (...) {
        fail(std::current_exception());
    }
    while (!stopping_ || running_ > 0) co_await platform::expiry(changed_);
    signals_.cancel();
    if (failed_) std::rethrow_exception(failed_);
    co_return code_;
}

void Bridging::begin() {
    hear_signals();
    for (auto& offer : offers_) {
        if (needs_.wished.all) break;  // each was started when it was found
        start([&offer] { return offer.far.run(); });
        start([this, &offer] { return greet(offer); });
    }
    for (auto& port : ports_) start_port(port);
    start([this] { return fleet_.run(); });
    announce();
    if (!needs_.wished.exec.empty()) start([this] { return run_command(); });
}

void Bridging::start(std::function<awaitable<void>()> work) {
    ++running_;
    net::co_spawn(executor_, std::move(work), [this](std::exception_ptr error) {
        --running_;
        changed_.cancel();
        if (error) fail(error);
    });
}

/// All that was started works on this Bridging: it ends first.
void Bridging::fail(std::exception_ptr error) {
    if (!failed_) failed_ = std::move(error);
    end(Exit::failure);
}

void Bridging::offer_at(Port& port, Offer& offer) {
    port.local.browsers.push_back(&offer.local);
    port.local.rules.devices.push_back({offer.secret, offer.name});
    if (!offer.url.empty()) return;  // offered on several ports: the first is printed
    const auto authority = fmt::format("{}:{}", port.address, port.server.port());
    const bool alone = !needs_.wished.all && port.devices.size() == 1;
    const auto prefix = !needs_.wished.open_to_local_users ? "/" + offer.secret : alone ? "" : "/" + offer.name;
    offer.url = "ws://" + authority + "/devtools/browser/" + offer.secret;
    offer.http = "http://" + authority + prefix;
}

void Bridging::start_port(Port& port) {
    for (const auto number : port.devices) offer_at(port, offers_[number]);
    auto handler = bridge::serve_port(port.local);
    start([&port, handler = std::move(handler)]() -> awaitable<void> { co_await port.server.run(handler); });
}

std::string Bridging::page_url(const Port& port) const {
    const auto path = needs_.wished.open_to_local_users ? "/" : "/" + port.local.rules.page_secret + "/";
    return fmt::format("http://{}:{}{}", port.address, port.server.port(), path);
}

void Bridging::announce() {
    if (needs_.json) announce_as_json();
    for (const auto& offer : offers_) {
        if (needs_.wished.all) break;
        if (needs_.wished.print_url) print(offer.url + "\n");
        say(fmt::format("{}: {}", bridge::describe(offer.far.device()), offer.url));
        say(fmt::format("    for tools that take an http address: {}", offer.http));
    }
    announce_page();
    // A script waits for the address while this process goes on.
    std::fflush(stdout);
    if (!needs_.wished.open_to_local_users) return;
    say("Any user of this machine may drive these browsers, and needs no secret for it (--open-to-local-users).");
}

void Bridging::announce_page() const {
    if (needs_.wished.all && needs_.wished.print_url) print(page_url(ports_.front()) + "\n");
    if (needs_.wished.all)
        say(fmt::format("{} on offer.",
                        offers_.size() == 1 ? "1 device is" : fmt::format("{} devices are", offers_.size())));
    for (const auto& port : ports_) say(fmt::format("See and drive them on this page: {}", page_url(port)));
}

void Bridging::announce_as_json() const {
    auto all = nlohmann::json::array();
    for (const auto& offer : offers_) {
        all.push_back({{"device", offer.far.device().uuid},
                       {"name", offer.far.device().name},
                       {"webSocketUrl", offer.url},
                       {"httpUrl", offer.http}});
    }
    print_json(platform::to_text({{"endpoints", std::move(all)}, {"page", page_url(ports_.front())}}) + "\n");
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
    const auto sentence = bridge::read_call_error(answer.error).message + advice_on_trust(answer.error);
    if (needs_.wished.exec.empty()) co_return say(fmt::format("{}: {}", name, sentence));
    complain(fmt::format("{}: {}; the command was not started", name, sentence));
    end(call_command::exit_of(answer.error, control::exit_of(offer.far.cause())));
}

awaitable<void> Bridging::run_command() {
    while (!all_answer() && !stopping_) co_await platform::expiry(changed_);
    if (stopping_) co_return;
    step_.emplace(executor_, needs_.wished.exec, environment());
    const int code = co_await step_->run();
    if (step_->started()) give_output_away();
    step_.reset();
    end(static_cast<Exit>(code));
}

bool Bridging::all_answer() const {
    return std::all_of(offers_.begin(), offers_.end(), [](const Offer& offer) { return offer.answers; });
}

std::vector<std::string> Bridging::environment() const {
    std::vector<std::string> urls;
    for (const auto& offer : offers_) urls.push_back(offer.url);
    return with_cdp_urls(platform::pick_environment({"*"}), urls);
}

void Bridging::hear_signals() {
    signals_.async_wait([this](const Error& ec, int number) {
        if (ec) return;
        // The command ends first, and the bridge with it.
        if (step_) step_->signal(number);
        if (!step_ && stopping_) ::_exit(128 + number);  // asked twice: it does not wait for anybody
        if (!step_) end(needs_.wished.exec.empty() ? Exit::ok : static_cast<Exit>(128 + number));
        hear_signals();
    });
}

void Bridging::on_link(const bridge::FarSide& far) {
    if (stopping_ || far.joined()) return;
    const auto why = far.why_not();
    if (why.empty()) return;
    const auto text = fmt::format("{}: {}", bridge::describe(far.device()), why);
    // Of many devices one may be gone, and the page says so.
    if (needs_.wished.all || !realtime::permanent(far.cause())) return say(text);
    complain(text);
    end(control::exit_of(far.cause()));
}

void Bridging::on_refusal(const std::string& secret, std::string_view sentence) {
    fleet_.note_refusal(secret, sentence);
    say(std::string{sentence});
}

void Bridging::end(Exit code) {
    if (stopping_) return;
    code_ = code;
    stop();
}

void Bridging::stop() {
    stopping_ = true;
    fleet_.stop();
    for (auto& offer : offers_) offer.local.stop();
    for (auto& port : ports_) port.server.stop();
    for (auto& offer : offers_) offer.far.stop();
    if (step_) step_->signal(SIGTERM);
    changed_.cancel();
}

}  // namespace cli::bridge_command
