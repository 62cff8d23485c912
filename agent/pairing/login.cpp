#include "agent/pairing/login.hpp"

#include <nlohmann/json.hpp>

#include "agent/pairing/callback.hpp"
#include "agent/pairing/qr_text.hpp"
#include "platform/file.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"
#include "platform/worker.hpp"

using namespace net::experimental::awaitable_operators;

namespace pairing {
namespace {

constexpr std::size_t client_bytes = 4096;

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

struct Client {
    std::string id;
    bool kept = false;  // registered at an earlier login: the server may have forgotten it since
};

/// Where the registered client is kept, and the worker that reads and writes it.
struct ClientFile {
    std::filesystem::path path;
    platform::Worker& files;
};

awaitable<Step<Client>> register_anew(OAuthNeeds needs, Metadata metadata, ClientFile file) {
    auto registered = co_await register_client(needs, metadata);
    if (!registered) co_return pass_on<Client>(registered);
    auto keep = [path = file.path, issuer = metadata.issuer, id = *registered.value] { keep_client(path, issuer, id); };
    auto keeping = platform::run_blocking(file.files, std::move(keep));
    co_await std::move(keeping);
    co_return step_done(Client{std::move(*registered.value)});
}

awaitable<Step<Client>> find_client(OAuthNeeds needs, Metadata metadata, ClientFile file) {
    if (!needs.settings.client_id.empty()) co_return step_done(Client{needs.settings.client_id});
    auto read = [path = file.path, issuer = metadata.issuer] { return kept_client(path, issuer); };
    auto reading = platform::run_blocking(file.files, std::move(read));
    auto found = co_await std::move(reading);
    std::string kept = found ? std::move(*found) : std::string{};
    // A browser would show the server's complaint about the client to a person who can do nothing about it.
    const bool known = !kept.empty();
    bool still_known = false;
    if (known) still_known = co_await knows_client(needs, metadata, kept);
    if (still_known) co_return step_done(Client{std::move(kept), true});
    if (known) needs.say("The login server has forgotten this program: registering it anew…");
    auto registered = co_await register_anew(needs, metadata, file);
    co_return registered;
}

/// The login goes on without what has ended or cannot be had.
awaitable<void> wait_for_the_rest() {
    const auto executor = co_await net::this_coro::executor;
    platform::Timer forever(executor, TimePoint::max());
    co_await platform::expiry(forever);
}

awaitable<void> open_browser(std::string address, Person& person) {
    auto opening = person.browse(std::move(address));
    const auto problem = co_await std::move(opening);
    if (problem) person.say("The browser was not opened (" + *problem + "): open the address by hand.");
    co_await wait_for_the_rest();
}

/// The address at the end of the login, brought by hand.
awaitable<Callback> pasted(std::string state, Person& person) {
    while (person.can_type()) {
        auto reading = person.read_line();
        const auto line = co_await std::move(reading);
        const auto cancelled = co_await net::this_coro::cancellation_state;
        if (is_cancelled(cancelled)) co_return Callback{};
        if (!line) break;
        auto callback = read_callback(*line);
        if (callback.state == state) co_return callback;
        person.say("That is not the address at the end of this login. Paste the whole line of the address bar:");
    }
    co_await wait_for_the_rest();
    co_return Callback{};
}

awaitable<Step<Login>> finish(OAuthNeeds needs, Metadata metadata, std::string client_id, Callback callback,
                              std::string redirect, Challenge challenge) {
    auto code = judge_callback(callback, challenge, metadata);
    if (!code) co_return pass_on<Login>(code);
    auto login = co_await exchange_code(needs, metadata, std::move(client_id), std::move(*code.value),
                                        std::move(redirect), std::move(challenge));
    co_return login;
}

awaitable<Callback> on_desktop(LoopbackLogin& loopback, std::string address, std::string state, LoginWishes wishes) {
    auto& person = wishes.person;
    person.say("Log in with the browser that opens now, or open this address in one on this machine:");
    person.say("  " + loopback.start_address());
    auto finishing = loopback.wait(std::move(address), std::move(state));
    auto opening = open_browser(loopback.start_address(), person);
    auto waiting = platform::before(std::move(opening), std::move(finishing));
    const auto finished = co_await std::move(waiting);
    co_return finished.value_or(Callback{});
}

awaitable<Callback> by_paste(LoopbackLogin& loopback, std::string address, std::string state, LoginWishes wishes) {
    auto& person = wishes.person;
    const auto port = std::to_string(loopback.port());
    person.say("Open this address in a browser anywhere and log in:");
    person.say("  " + address);
    if (person.can_type()) {
        person.say(
            "At the end the browser shows a page of 127.0.0.1 that it cannot load. Paste that address here and press "
            "Enter.");
    }
    person.say("Or, on the machine with the browser, run");
    person.say("  ssh -L " + port + ":127.0.0.1:" + port + " " + wishes.machine);
    person.say("and open");
    person.say("  " + loopback.start_address());
    std::optional<Callback> first;
    auto finishing = platform::into(first, loopback.wait(std::move(address), state));
    auto pasting = platform::into(first, pasted(state, person));
    co_await (std::move(finishing) || std::move(pasting));
    co_return *first;
}

awaitable<Step<Login>> by_redirect(OAuthNeeds needs, Metadata metadata, std::string client_id, LoginWishes wishes) {
    const auto executor = co_await net::this_coro::executor;
    auto loopback = LoopbackLogin::listen(executor, needs.settings.callback_port);
    if (!loopback) {
        co_return step_failed<Login>("port " + std::to_string(needs.settings.callback_port) + " of 127.0.0.1: " +
                                         loopback.error().message() + ": choose another by --callback-port",
                                     realtime::Cause::settings);
    }
    const auto challenge = Challenge::make();
    const auto redirect = loopback->redirect();
    const auto address = authorization_address(metadata, needs.settings, client_id, redirect, challenge);
    Callback callback;
    if (wishes.person.can_browse()) {
        callback = co_await on_desktop(*loopback, address, challenge.state, wishes);
    } else {
        callback = co_await by_paste(*loopback, address, challenge.state, wishes);
    }
    auto login = co_await finish(needs, metadata, client_id, std::move(callback), redirect, challenge);
    co_return login;
}

awaitable<Step<Login>> by_device(OAuthNeeds needs, Metadata metadata, std::string client_id, LoginWishes wishes) {
    auto code = co_await begin_device_grant(needs, metadata, client_id);
    if (!code) co_return pass_on<Login>(code);
    const auto& begun = *code.value;
    const auto shown = begun.full_address.empty() ? begun.address : begun.full_address;
    for (const auto& line : platform::split(platform::trim(qr_text(shown)), '\n')) wishes.person.say(line);
    wishes.person.say("On any device open  " + begun.address + "  and enter  " + begun.user_code);
    auto login = co_await poll_device_grant(needs, metadata, client_id, std::move(*code.value));
    if (needs.count_down) needs.count_down({});
    co_return login;
}

awaitable<Step<Login>> with_client(OAuthNeeds needs, Metadata metadata, std::string client_id, LoginWishes wishes) {
    // Who chose a port wants the redirect.
    const bool device =
        !metadata.device_url.empty() && !wishes.person.can_browse() && needs.settings.callback_port == 0;
    if (device) {
        auto login = co_await by_device(needs, std::move(metadata), std::move(client_id), wishes);
        co_return login;
    }
    auto login = co_await by_redirect(needs, std::move(metadata), std::move(client_id), wishes);
    co_return login;
}

awaitable<Step<Login>> any_way(OAuthNeeds needs, LoginWishes wishes) {
    wishes.person.say("Asking " + needs.settings.resource + " where to log in…");
    auto metadata = co_await discover(needs);
    if (!metadata) co_return pass_on<Login>(metadata, "finding the login: ");
    const ClientFile file{wishes.client_file, wishes.files};
    auto client = co_await find_client(needs, *metadata.value, file);
    if (!client) co_return pass_on<Login>(client, "registering at the login: ");
    auto login = co_await with_client(needs, *metadata.value, client.value->id, wishes);
    if (!login.unknown_client || !client.value->kept) co_return login;
    // Forgotten between the look and the login.
    wishes.person.say("The login server has forgotten this program: registering it anew, and logging in again…");
    auto anew = co_await register_anew(needs, *metadata.value, file);
    if (!anew) co_return pass_on<Login>(anew, "registering at the login: ");
    auto again = co_await with_client(needs, *metadata.value, anew.value->id, wishes);
    co_return again;
}

}  // namespace

awaitable<Step<Login>> log_in(OAuthNeeds needs, LoginWishes wishes) {
    const auto executor = co_await net::this_coro::executor;
    platform::Timer limit(executor);
    limit.expires_after(needs.settings.login_limit);
    needs.say = speech_to(wishes.person);
    needs.count_down = [&person = wishes.person](std::string_view line) { person.count_down(line); };
    auto login = any_way(needs, std::move(wishes));
    auto limited = platform::within(limit, std::move(login));
    auto done = co_await std::move(limited);
    if (done) co_return std::move(*done);
    co_return step_failed<Login>("nobody finished the login in time: begin again with  agent --pair");
}

}  // namespace pairing
