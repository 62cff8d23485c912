// The program `hub`: the stand-in of the backend with a command line.
#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <unistd.h>

#include "tests/hub/hub.hpp"

namespace {

struct Arguments {
    hub::Settings settings;
    std::string ready_file, secret_file;
    std::vector<std::string> mint;
    std::int64_t ttl = 3600, access_token_life = 3600;
    std::int64_t join_penalty = 5000, upgrade_penalty = 2000;
};

void add_options(CLI::App& app, Arguments& a) {
    auto& s = a.settings;
    auto& l = s.limits;
    app.add_option("--address", s.address, "Address to listen on")->capture_default_str();
    app.add_option("--port", s.port, "Port to listen on; 0 takes a free one")->capture_default_str();
    app.add_option("--ready-file", a.ready_file, "Writes the line of JSON with the address there too, when listening");
    app.add_option("--secret-file", a.secret_file, "The key that signs tokens (HS256) is the content of this file");
    app.add_option("--tenant", s.tenant, "First label of Host that is served; others get 404. Default: any");
    app.add_option("--tls-cert", s.tls_cert, "PEM file: certificate chain; then the hub speaks TLS");
    app.add_option("--tls-key", s.tls_key, "PEM file: the certificate's key");
    app.add_option("--rights-socket", s.rights_socket,
                   "Unix socket that is asked who may do what on private channels, in place of the hub's own rules");
    app.add_option("--mint", a.mint, "Prints a token and ends: device UUID, user SUB, anon, service")->expected(1, 2);
    app.add_option("--ttl", a.ttl, "Life of a minted token, in seconds")->capture_default_str();
    app.add_option("--events-per-second", l.events_per_second, "Event rate of the tenant; 0 switches the limit off")
        ->capture_default_str();
    app.add_option("--joins-per-second", l.joins_per_second, "Join rate; 0 switches the limit off")
        ->capture_default_str();
    app.add_option("--payload-kb", l.payload_kb, "Largest broadcast, in thousands of bytes")->capture_default_str();
    app.add_option("--message-bytes", l.message_bytes, "Largest WebSocket message, in bytes")->capture_default_str();
    app.add_option("--queue-bytes", l.queue_bytes, "What may wait for one slow receiver before it is cut off")
        ->capture_default_str();
    app.add_option("--channels-per-socket", l.channels_per_socket, "Channels one socket may join")
        ->capture_default_str();
    app.add_option("--concurrent-users", l.concurrent_users, "Sockets with a joined channel")->capture_default_str();
    app.add_option("--join-penalty-ms", a.join_penalty, "How long a refused join stops its socket")
        ->capture_default_str();
    app.add_option("--upgrade-penalty-ms", a.upgrade_penalty, "Delay of a refused upgrade")->capture_default_str();
    app.add_option("--issuer", s.issuer, "Issuer that the OAuth side names. Default: the hub's own address");
    app.add_option("--access-token-life", a.access_token_life, "Life of tokens from the OAuth side, in seconds")
        ->capture_default_str();
    app.add_flag("--device-grant", s.device_grant, "Offer the OAuth device grant (RFC 8628)");
}

std::string mint(const Arguments& a) {
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    const auto& what = a.mint.front();
    const std::string who = a.mint.size() > 1 ? a.mint[1] : "";
    hub::Json claims;
    if (what == "device" && !who.empty()) claims = hub::device_claims(who, now, a.ttl);
    if (what == "user" && !who.empty()) claims = hub::user_claims(who, now, a.ttl);
    if (what == "anon") claims = hub::anon_claims(now);
    if (what == "service") claims = hub::service_claims(now);
    if (claims.is_null()) return {};
    return hub::sign_token(claims, a.settings.secret);
}

std::string ready_line(const hub::Hub& hub) {
    const hub::Json line{{"url", hub.base()},
                         {"realtime", hub.socket_base() + "/realtime/v1/websocket"},
                         {"admin", hub.base() + "/admin"},
                         {"port", hub.port()},
                         {"pid", ::getpid()},
                         {"anon_key", hub.anon_key()},
                         {"service_key", hub.service_key()}};
    return line.dump();
}

/// The file appears whole: whoever waits for it never reads half a line.
bool write_ready_file(const std::string& path, const std::string& line) {
    const auto temporary = path + ".tmp";
    std::ofstream out{temporary};
    out << line << '\n';
    out.close();
    return !out.fail() && std::rename(temporary.c_str(), path.c_str()) == 0;
}

/// Frames of megabytes come and go: their memory is kept, or every one of them costs thousands of page faults.
void keep_memory() {
#ifdef __GLIBC__
    constexpr int kept = 256 * 1024 * 1024;
    ::mallopt(M_MMAP_THRESHOLD, kept);
    ::mallopt(M_TRIM_THRESHOLD, kept);
#endif
}

int serve(const Arguments& a) {
    keep_memory();
    net::io_context io{1};
    hub::Hub hub{io, a.settings};
    if (const auto ec = hub.start()) {
        std::cerr << "hub: cannot listen on " << a.settings.address << ':' << a.settings.port << ": " << ec.message()
                  << '\n';
        return 1;
    }
    net::signal_set signals{io, SIGTERM, SIGINT};
    auto stop = [&]() -> awaitable<void> {
        co_await signals.async_wait(no_throw);
        co_await hub.drain();
        io.stop();
    };
    net::co_spawn(io, stop, rethrow);
    const auto line = ready_line(hub);
    if (!a.ready_file.empty() && !write_ready_file(a.ready_file, line)) {
        std::cerr << "hub: cannot write " << a.ready_file << '\n';
        return 1;
    }
    std::cout << line << std::endl;
    io.run();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "Stand-in of the Busymate backend: Realtime, REST subset and OAuth in one process, for tests and offline "
        "work."};
    Arguments arguments;
    add_options(app, arguments);
    CLI11_PARSE(app, argc, argv);
    auto& settings = arguments.settings;
    if (settings.tls_cert.empty() != settings.tls_key.empty()) {
        std::cerr << "hub: --tls-cert and --tls-key belong together\n";
        return 64;
    }
    if (!arguments.secret_file.empty()) {
        std::ifstream in{arguments.secret_file};
        settings.secret.assign(std::istreambuf_iterator<char>{in}, {});
        while (!settings.secret.empty() && settings.secret.back() == '\n') settings.secret.pop_back();
        if (settings.secret.empty()) {
            std::cerr << "hub: no key in " << arguments.secret_file << '\n';
            return 64;
        }
    }
    settings.join_penalty = hub::milliseconds{arguments.join_penalty};
    settings.access_token_life = hub::seconds{arguments.access_token_life};
    settings.upgrade_penalty = hub::milliseconds{arguments.upgrade_penalty};
    if (arguments.mint.empty()) return serve(arguments);
    const auto token = mint(arguments);
    if (token.empty()) {
        std::cerr << "hub: --mint takes: device UUID, user SUB, anon, or service\n";
        return 64;
    }
    std::cout << token << '\n';
    return 0;
}
