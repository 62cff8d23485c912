#include "proxies.hpp"

#include <unistd.h>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <stdexcept>

namespace tests {

namespace {

void pump(tcp::socket& from, tcp::socket& to) {
    std::array<char, 65536> chunk{};
    for (;;) {
        Error ec;
        const std::size_t count = from.read_some(net::buffer(chunk), ec);
        if (ec) break;
        net::write(to, net::buffer(chunk, count), ec);
        if (ec) break;
    }
    Error ignored;
    to.shutdown(tcp::socket::shutdown_both, ignored);
    from.shutdown(tcp::socket::shutdown_both, ignored);
}

void relay(tcp::socket& a, tcp::socket& b) {
    std::thread back([&] { pump(b, a); });
    pump(a, b);
    back.join();
}

bool listens(net::io_context& io, std::uint16_t port) {
    Error ec;
    tcp::socket socket(io);
    socket.connect(tcp::endpoint(net::ip::address_v4::loopback(), port), ec);
    return !ec;
}

std::string find_program(std::string_view name) {
    for (const char* folder : {"/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/"}) {
        const std::string path = folder + std::string(name);
        if (::access(path.c_str(), X_OK) == 0) return path;
    }
    throw std::runtime_error("this test needs the program " + std::string(name) + ": apt-get install " +
                             std::string(name));
}

}  // namespace

ConnectProxy::ConnectProxy(std::uint16_t target, std::string answer, std::string credentials)
    : target_(target),
      answer_(std::move(answer)),
      credentials_(std::move(credentials)),
      peer_([this](tcp::socket client) { serve(std::move(client)); }) {}

std::vector<std::string> ConnectProxy::requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void ConnectProxy::serve(tcp::socket client) {
    for (;;) {
        const std::string request = read_request(client);
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
        }
        const bool allowed = credentials_.empty() || request.find("Basic " + credentials_) != request.npos;
        if (!allowed) {
            write_text(client,
                       "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"test\"\r\nContent-Length: 0\r\n\r\n");
        } else if (!answer_.empty()) {
            write_text(client, answer_);
        } else {
            break;
        }
    }
    tcp::socket target(client.get_executor());
    target.connect(tcp::endpoint(net::ip::address_v4::loopback(), target_));
    write_text(client, "HTTP/1.1 200 Open\r\n\r\n");
    relay(client, target);
}

StrandedProxy::StrandedProxy(Manners manners)
    : manners_(std::move(manners)), peer_([this](tcp::socket client) { serve(std::move(client)); }) {}

void StrandedProxy::serve(tcp::socket client) const {
    const std::string text = answer(client);
    if (!text.empty()) write_text(client, text);
    if (text.empty() && manners_.ends_unanswered) return;
    char none = 0;
    for (;;) net::read(client, net::buffer(&none, 1));  // until the client goes
}

std::string StrandedProxy::answer(tcp::socket& client) const {
    std::array<char, 512> chunk{};
    client.receive(net::buffer(chunk, 1), tcp::socket::message_peek);
    const bool socks = chunk[0] == '\x04' || chunk[0] == '\x05';
    if (!socks) {
        const bool connect = read_request(client).starts_with("CONNECT ");
        return connect ? manners_.to_connect : manners_.to_other_http;
    }
    client.read_some(net::buffer(chunk));  // a greeting, or a request: each comes in one piece
    if (!manners_.socks) return {};
    write_text(client, std::string_view("\x05\x00", 2));
    client.read_some(net::buffer(chunk));
    return manners_.to_socks;
}

RealProxy::RealProxy(net::io_context& io) : holder_(io, tcp::v4()) {
    holder_.set_option(tcp::socket::reuse_address(true));
    holder_.bind(tcp::endpoint(net::ip::address_v4::loopback(), 0));
    port_ = holder_.local_endpoint().port();
}

void RealProxy::start(net::io_context& io, std::vector<std::string> arguments) {
    support::ChildOptions options;
    options.arguments = std::move(arguments);
    child_ = std::make_unique<support::Child>(io, std::move(options));
    const bool ready = support::run_until(
        io, [&] { return listens(io, port_) || !child_->running(); }, 20s);
    if (!ready || !child_->running()) throw std::runtime_error("the proxy did not start: " + child_->output());
}

std::unique_ptr<RealProxy> RealProxy::tinyproxy(net::io_context& io, bool with_password) {
    const std::string program = find_program("tinyproxy");
    std::unique_ptr<RealProxy> proxy(new RealProxy(io));
    proxy->folder_.put("conf", "Port " + std::to_string(proxy->port_) +
                                   "\nListen 127.0.0.1\nTimeout 60\nAllow 127.0.0.1\n" + "LogLevel Info\n" +
                                   (with_password ? "BasicAuth bmc secret\n" : ""));
    proxy->start(io, {program, "-d", "-c", proxy->folder_ / "conf"});
    return proxy;
}

std::unique_ptr<RealProxy> RealProxy::squid(net::io_context& io, SquidAuth auth) {
    const std::string program = find_program("squid");
    std::unique_ptr<RealProxy> proxy(new RealProxy(io));
    const std::string folder = proxy->folder_.path();
    std::string conf = "http_port 127.0.0.1:" + std::to_string(proxy->port_) +
                       "\npid_filename none\ncache_log /dev/null\naccess_log none\ncache deny all\nicon_directory /\n"
                       "netdb_filename none\ncoredump_dir none\npinger_enable off\nshutdown_lifetime 0\n"
                       "logfile_rotate 0\nvisible_hostname test\n";
    if (auth == SquidAuth::basic) {
        conf += "auth_param basic program /usr/lib/squid/basic_ncsa_auth " + folder + "/users\n";
        proxy->folder_.put("users", "bmc:$1$bmc$gHDshXXZdJqNR8SMLE7s90\n");
    } else if (auth == SquidAuth::digest) {
        conf += "auth_param digest program /usr/lib/squid/digest_file_auth " + folder +
                "/users\nauth_param digest realm test\n";
        proxy->folder_.put("users", "bmc:secret\n");
    }
    conf += auth == SquidAuth::none ? "http_access allow all\n"
                                    : "acl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all\n";
    proxy->folder_.put("conf", conf);
    // As root squid and its helpers change to a user of their own, who must read the files.
    std::filesystem::permissions(proxy->folder_.path(), std::filesystem::perms{0755});
    // A name of its own: squid finds its shared memory by it, and one that was killed leaves it behind.
    proxy->shared_ = "bmctest" + std::to_string(::getpid());
    proxy->start(io, {program, "-N", "-n", proxy->shared_, "-f", proxy->folder_ / "conf"});
    return proxy;
}

RealProxy::~RealProxy() {
    child_.reset();
    if (shared_.empty()) return;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/dev/shm", ignored)) {
        if (entry.path().filename().string().starts_with(shared_ + "-")) std::filesystem::remove(entry, ignored);
    }
}

std::unique_ptr<RealProxy> RealProxy::microsocks(net::io_context& io, bool with_password) {
    const std::string program = find_program("microsocks");
    std::unique_ptr<RealProxy> proxy(new RealProxy(io));
    std::vector<std::string> arguments{program, "-i", "127.0.0.1", "-p", std::to_string(proxy->port_)};
    if (with_password) arguments.insert(arguments.end(), {"-u", "bmc", "-P", "secret"});
    proxy->start(io, std::move(arguments));
    return proxy;
}

Environment::Environment(Values values) {
    for (const auto& [name, value] : values) {
        const char* old = std::getenv(name.c_str());
        before_.emplace_back(name, old ? old : "");
        if (value.empty())
            ::unsetenv(name.c_str());
        else
            ::setenv(name.c_str(), value.c_str(), 1);
    }
}

Environment::~Environment() {
    for (auto entry = before_.rbegin(); entry != before_.rend(); ++entry) {
        if (entry->second.empty())
            ::unsetenv(entry->first.c_str());
        else
            ::setenv(entry->first.c_str(), entry->second.c_str(), 1);
    }
}

Values no_proxies() {
    Values names;
    for (const char* name :
         {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"}) {
        names.emplace_back(name, "");
    }
    return names;
}

}  // namespace tests
