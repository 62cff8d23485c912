#include "agent/pairing/callback.hpp"

#include <algorithm>

#include "platform/crypto.hpp"
#include "platform/text.hpp"

namespace pairing {
namespace {

using platform::ServerReply;
using platform::ServerRequest;

constexpr std::string_view cookie_name = "bmc_login";
constexpr std::size_t secret_bytes = 24;
/// Behind the start address, for who was sent there once more.
constexpr std::string_view again_parameter = "again";
/// Programs that have looked at the address and may still come again.
constexpr std::size_t most_offers = 16;

std::string make_secret() {
    return platform::base64url(platform::random_bytes(secret_bytes));
}

bool same(std::string_view a, std::string_view b) {
    return Secret(a) == Secret(b);
}

ServerReply page(int status, std::string_view text) {
    ServerReply reply;
    reply.status = status;
    reply.content_type = "text/html; charset=utf-8";
    // The answer's address holds the code: it must not travel on as a referrer.
    reply.headers = {{"Referrer-Policy", "no-referrer"}, {"Content-Security-Policy", "default-src 'none'"}};
    reply.body = "<!doctype html><meta charset=utf-8><title>Busymate agent</title><p>";
    reply.body.append(text).append("</p>\n");
    return reply;
}

/// Whether somebody opens the address. A browser that fetches it beforehand (or for a part of another page) says so,
/// and asks again when it is opened for good: an answer of 503 is not kept.
bool is_opened(const ServerRequest& request) {
    if (!request.purpose.empty()) return false;
    if (!request.fetch_mode.empty() && request.fetch_mode != "navigate") return false;
    return request.fetch_dest.empty() || request.fetch_dest == "document";
}

/// The value of our cookie in a Cookie header ("a=1; b=2").
std::string cookie_of(const ServerRequest& request) {
    for (const auto& part : platform::split(request.cookie, ';')) {
        const auto pair = platform::trim(part);
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == cookie_name) {
            return std::string(pair.substr(equals + 1));
        }
    }
    return {};
}

/// Leads on, with the cookie that is this browser's part of the login. Lax: the way back from the login's site is a
/// navigation, and must bring the cookie. A second one for the start address: a second click there is then known to be
/// the same browser's. Cookies know no ports, and other paths of this machine are other programs'.
ServerReply lead_to(std::string address, const std::string& secret) {
    ServerReply reply;
    reply.status = 302;
    const std::string cookie = std::string(cookie_name) + "=" + secret + "; HttpOnly; SameSite=Lax; Path=";
    reply.headers = {{"Location", std::move(address)},
                     {"Set-Cookie", cookie + "/callback"},
                     {"Set-Cookie", cookie + "/start/"},
                     {"Referrer-Policy", "no-referrer"}};
    return reply;
}

}  // namespace

LoopbackLogin::LoopbackLogin(platform::HttpServer server) : server_(std::move(server)), ticket_(make_secret()) {}

Result<LoopbackLogin> LoopbackLogin::listen(net::any_io_executor executor, std::uint16_t port) {
    auto server = platform::HttpServer::on_loopback(std::move(executor), port);
    if (!server) return server.error();
    return LoopbackLogin(std::move(*server));
}

std::string LoopbackLogin::redirect() const {
    return "http://127.0.0.1:" + std::to_string(port()) + "/callback";
}

std::string LoopbackLogin::start_address() const {
    return "http://127.0.0.1:" + std::to_string(port()) + "/start/" + ticket_;
}

/// Who asks for the start page: the first browser begins, and keeps the login. A browser says that somebody opens the
/// page. Who does not say so may be a program that looks at links: it begins when it comes again with its cookie.
ServerReply LoopbackLogin::begin(const ServerRequest& request) {
    auto shown = cookie_of(request);
    if (cookie_.empty()) {
        const auto is_shown = [&shown](const std::string& offer) { return same(offer, shown); };
        const bool comes_again = std::any_of(offers_.begin(), offers_.end(), is_shown);
        if (request.fetch_mode != "navigate" && !comes_again) return offer(request);
        cookie_ = comes_again ? std::move(shown) : make_secret();
        offers_.clear();
    } else if (!same(shown, cookie_)) {
        return page(410, "This address worked once, in another browser. Begin again with <code>agent --pair</code>.");
    }
    return lead_to(address_, cookie_);
}

ServerReply LoopbackLogin::offer(const ServerRequest& request) {
    if (request.query == again_parameter)
        return page(503, "This browser keeps no cookies: open this address in another one.");
    if (offers_.size() == most_offers) offers_.erase(offers_.begin());
    offers_.push_back(make_secret());
    return lead_to(request.path + "?" + std::string(again_parameter), offers_.back());
}

ServerReply LoopbackLogin::finish(const ServerRequest& request) {
    if (cookie_.empty() || !same(cookie_of(request), cookie_)) {
        return page(403, "This login was begun in another browser. Nothing was changed.");
    }
    auto callback = read_callback(request.query);
    if (!callback.state || !same(*callback.state, state_)) {
        return page(400, "This is not the answer to the login that is under way. Nothing was changed.");
    }
    const bool refused = callback.error.has_value();
    callback_ = std::move(callback);
    server_.stop();
    return page(200, refused ? "The login was refused. You may close this page; the terminal says more."
                             : "The login is done. You may close this page; the terminal goes on.");
}

ServerReply LoopbackLogin::answer(const ServerRequest& request) {
    // A page of the web may point its own name at 127.0.0.1: it does not get past its Host.
    const auto host = "127.0.0.1:" + std::to_string(port());
    if (request.host != host || callback_) return page(404, "There is nothing here.");
    constexpr std::string_view start = "/start/";
    const bool starts = request.path.starts_with(start) && same(request.path.substr(start.size()), ticket_);
    const bool ends = request.path == "/callback";
    if (!starts && !ends) return page(404, "There is nothing here.");
    // A look at the address, by whatever program: it changes nothing.
    if (request.method == "HEAD") return page(200, "Open this address in a browser to log in.");
    if (request.method != "GET") return page(405, "There is nothing here.");
    if (!is_opened(request)) return page(503, "Open this address in a browser to log in.");
    return starts ? begin(request) : finish(request);
}

awaitable<Callback> LoopbackLogin::wait(std::string address, std::string state) {
    address_ = std::move(address);
    state_ = std::move(state);
    auto handler = [this](ServerRequest request) -> awaitable<ServerReply> { co_return answer(request); };
    platform::ServerHandler handle = std::move(handler);
    co_await server_.run(std::move(handle));
    co_return callback_.value_or(Callback{});
}

}  // namespace pairing
