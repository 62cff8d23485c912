#include "agent/pairing/login.hpp"

#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <qrcodegen/qrcodegen.hpp>

#include "agent/pairing/callback.hpp"
#include "platform/file.hpp"
#include "platform/json.hpp"
#include "platform/process.hpp"
#include "platform/text.hpp"

using namespace net::experimental::awaitable_operators;

namespace pairing {
namespace {

/// A pasted address is not longer than this.
constexpr std::size_t pasted_bytes = 16 * 1024;
constexpr std::size_t client_bytes = 4096;

bool is_set(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

std::string kept_client(const std::filesystem::path& file, const std::string& issuer) {
    const auto text = file.empty() ? Result<std::string>(Error{}) : platform::read_file(file, client_bytes);
    if (!text) return {};
    const auto tree = platform::parse_json(*text);
    if (!tree || platform::get_string(*tree, "issuer") != issuer) return {};
    return platform::get_string(*tree, "client_id").value_or("");
}

void keep_client(const std::filesystem::path& file, const std::string& issuer, const std::string& id) {
    if (file.empty()) return;
    const nlohmann::json tree = {{"issuer", issuer}, {"client_id", id}};
    // Not kept means registered anew the next time: no reason to stop here.
    (void)platform::write_file(file, platform::to_text(tree) + "\n");
}

awaitable<Step<std::string>> find_client(OAuthNeeds needs, Metadata metadata, std::filesystem::path file) {
    if (!needs.settings.client_id.empty()) co_return step_done(needs.settings.client_id);
    const auto kept = kept_client(file, metadata.issuer);
    if (!kept.empty()) co_return step_done(kept);
    auto registered = co_await register_client(needs, metadata);
    if (registered) keep_client(file, metadata.issuer, *registered.value);
    co_return registered;
}

/// Where $BROWSER or xdg-open is; empty where there is none.
std::string opener() {
    if (is_set("BROWSER")) return std::getenv("BROWSER");
    for (const auto* path : {"/usr/bin/xdg-open", "/usr/bin/open", "/usr/local/bin/xdg-open"}) {
        if (::access(path, X_OK) == 0) return path;
    }
    return {};
}

/// Starts the browser and waits for the opener's end: a browser that stays in the foreground ends with the login.
awaitable<void> open_browser(std::string address, std::function<void(std::string_view)> say) {
    const auto executor = co_await net::this_coro::executor;
    platform::ProcessOptions options;
    options.arguments = {opener(), std::move(address)};
    options.environment =
        platform::pick_environment({"PATH", "HOME", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_*",
                                    "DBUS_SESSION_BUS_ADDRESS", "LANG", "LC_*", "USER", "BROWSER"});
    auto started = options.arguments.front().empty()
                       ? Result<platform::Process>(Error(ENOENT, boost::system::generic_category()))
                       : platform::Process::spawn(executor, options);
    if (!started) {
        say("No browser could be opened (" + started.error().message() + "): open the address by hand.");
    } else {
        const auto ended = co_await started->wait();
        if (ended && !ended->success()) say("The browser did not open: open the address by hand.");
    }
    // The login goes on without the opener.
    platform::Timer forever(executor, TimePoint::max());
    co_await forever.async_wait(no_throw);
}

/// A line typed or pasted at the terminal.
awaitable<std::string> read_line(int descriptor) {
    const auto executor = co_await net::this_coro::executor;
    net::posix::stream_descriptor terminal(executor, ::dup(descriptor));
    std::string text;
    auto buffer = net::dynamic_buffer(text, pasted_bytes);
    const auto [ec, size] = co_await net::async_read_until(terminal, buffer, '\n', no_throw);
    if (ec) {
        // The end of the input is no line; the other ways of the login stay open.
        platform::Timer forever(executor, TimePoint::max());
        co_await forever.async_wait(no_throw);
    }
    co_return text.substr(0, size);
}

awaitable<Callback> pasted(int descriptor, std::string state, std::function<void(std::string_view)> say) {
    for (;;) {
        const std::string line = co_await read_line(descriptor);
        const auto cancelled = co_await net::this_coro::cancellation_state;
        if (cancelled.cancelled() != net::cancellation_type::none) co_return Callback{};
        auto callback = read_callback(line);
        if (callback.state == state) co_return callback;
        say("That is not the address at the end of this login. Paste the whole line of the address bar:");
    }
}

awaitable<Step<Login>> finish(OAuthNeeds needs, Metadata metadata, std::string client_id, Callback callback,
                              std::string redirect, Challenge challenge) {
    auto code = judge_callback(callback, challenge, metadata);
    if (!code) co_return step_failed<Login>(code.problem);
    auto login = co_await exchange_code(needs, metadata, std::move(client_id), std::move(*code.value),
                                        std::move(redirect), std::move(challenge));
    co_return login;
}

awaitable<Callback> on_desktop(LoopbackLogin& loopback, std::string address, std::string state, LoginWishes wishes) {
    wishes.say("Log in with the browser that opens now, or open this address in one on this machine:");
    wishes.say("  " + loopback.start_address());
    const auto first = co_await (loopback.wait(std::move(address), std::move(state)) ||
                                 open_browser(loopback.start_address(), wishes.say));
    co_return first.index() == 0 ? std::get<0>(first) : Callback{};
}

awaitable<Callback> by_paste(LoopbackLogin& loopback, std::string address, std::string state, LoginWishes wishes) {
    const auto port = std::to_string(loopback.port());
    wishes.say("Open this address in a browser anywhere and log in:");
    wishes.say("  " + address);
    wishes.say(
        "At the end the browser shows a page of 127.0.0.1 that it cannot load. Paste that address here and press "
        "Enter.");
    wishes.say("Or, from the machine with the browser:  ssh -L " + port + ":127.0.0.1:" + port +
               " THIS-MACHINE  and open");
    wishes.say("  " + loopback.start_address());
    const auto first = co_await (loopback.wait(address, state) || pasted(wishes.answers, state, wishes.say));
    co_return first.index() == 0 ? std::get<0>(first) : std::get<1>(first);
}

awaitable<Step<Login>> by_redirect(OAuthNeeds needs, Metadata metadata, std::string client_id, LoginWishes wishes) {
    const auto executor = co_await net::this_coro::executor;
    auto loopback = LoopbackLogin::listen(executor, needs.settings.callback_port);
    if (!loopback) {
        co_return step_failed<Login>("port " + std::to_string(needs.settings.callback_port) + " of 127.0.0.1: " +
                                     loopback.error().message() + ": choose another by --pairing-callback-port");
    }
    const auto challenge = Challenge::make();
    const auto redirect = loopback->redirect();
    const auto address = authorization_address(metadata, needs.settings, client_id, redirect, challenge);
    const bool desktop = !wishes.no_browser && has_desktop();
    Callback callback;
    if (desktop) {
        callback = co_await on_desktop(*loopback, address, challenge.state, wishes);
    } else {
        callback = co_await by_paste(*loopback, address, challenge.state, wishes);
    }
    auto login = co_await finish(needs, metadata, client_id, std::move(callback), redirect, challenge);
    co_return login;
}

awaitable<Step<Login>> by_device(OAuthNeeds needs, Metadata metadata, std::string client_id, LoginWishes wishes) {
    auto code = co_await begin_device_grant(needs, metadata, client_id);
    if (!code) co_return step_failed<Login>(code.problem, code.unreachable);
    const auto& begun = *code.value;
    const auto shown = begun.full_address.empty() ? begun.address : begun.full_address;
    wishes.say(qr_text(shown));
    wishes.say("On any device open  " + begun.address + "  and enter  " + begun.user_code);
    auto login = co_await poll_device_grant(needs, metadata, client_id, std::move(*code.value));
    co_return login;
}

awaitable<Step<Login>> any_way(OAuthNeeds needs, LoginWishes wishes) {
    wishes.say("Asking " + needs.settings.resource + " where to log in…");
    auto metadata = co_await discover(needs);
    if (!metadata) co_return step_failed<Login>("finding the login: " + metadata.problem, metadata.unreachable);
    auto client = co_await find_client(needs, *metadata.value, wishes.client_file);
    if (!client) co_return step_failed<Login>("registering at the login: " + client.problem, client.unreachable);
    const bool device = !metadata.value->device_url.empty() && (wishes.no_browser || !has_desktop());
    if (device) {
        auto login = co_await by_device(needs, *metadata.value, *client.value, wishes);
        co_return login;
    }
    auto login = co_await by_redirect(needs, *metadata.value, *client.value, wishes);
    co_return login;
}

}  // namespace

bool has_desktop() {
    if (is_set("SSH_CONNECTION") || is_set("SSH_TTY")) return false;
#ifdef __APPLE__
    return true;
#else
    return is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
#endif
}

std::string qr_text(const std::string& text) {
    const auto code = qrcodegen::QrCode::encodeText(text.c_str(), qrcodegen::QrCode::Ecc::LOW);
    constexpr int quiet = 2;  // readers want a light border
    std::string out;
    for (int y = -quiet; y < code.getSize() + quiet; y += 2) {
        for (int x = -quiet; x < code.getSize() + quiet; ++x) {
            const bool upper = code.getModule(x, y), lower = code.getModule(x, y + 1);
            out += upper ? (lower ? " " : "▄") : (lower ? "▀" : "█");
        }
        out += '\n';
    }
    return out;
}

awaitable<Step<Login>> log_in(OAuthNeeds needs, LoginWishes wishes) {
    const auto executor = co_await net::this_coro::executor;
    platform::Timer limit(executor);
    limit.expires_after(needs.settings.login_limit);
    auto first = co_await (any_way(needs, std::move(wishes)) || limit.async_wait(no_throw));
    if (first.index() == 0) co_return std::move(std::get<0>(first));
    co_return step_failed<Login>("nobody finished the login in time: begin again with  agent --pair");
}

}  // namespace pairing
