#include "tests/support/netlab.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "platform/unique_fd.hpp"
#include "tests/support/temp_folder.hpp"

namespace tests {

namespace {

using platform::UniqueFd;

void check(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(std::string("the network lab can't be built: ") + what);
}

UniqueFd own_namespace(const char* kind) {
    UniqueFd fd(::open((std::string("/proc/thread-self/ns/") + kind).c_str(), O_RDONLY | O_CLOEXEC));
    check(static_cast<bool>(fd), "open a namespace");
    return fd;
}

// Runs in the calling thread's namespaces.
void command(const std::string& line) {
    std::FILE* pipe = ::popen((line + " 2>&1").c_str(), "r");
    check(pipe != nullptr, "popen");
    std::string output;
    std::array<char, 512> chunk{};
    while (std::fgets(chunk.data(), chunk.size(), pipe) != nullptr) output += chunk.data();
    if (::pclose(pipe) != 0) throw std::runtime_error(line + ": " + output);
}

bool has_program(const char* name) {
    for (const char* folder : {"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"}) {
        if (::access((folder + std::string(name)).c_str(), X_OK) == 0) return true;
    }
    return false;
}

}  // namespace

struct NetLab::Impl {
    UniqueFd home_net = own_namespace("net");
    UniqueFd home_mnt = own_namespace("mnt");
    UniqueFd near_net;
    UniqueFd far_net;
    TempFolder folder;

    std::string path_of(const UniqueFd& fd) const {
        return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd.get());
    }
    void far(const std::string& line) const { command("nsenter --net=" + path_of(far_net) + " " + line); }
    void build();
};

std::string NetLab::why_not() {
    if (::geteuid() != 0) return "network namespaces need root";
    for (const char* program : {"ip", "nft", "nsenter"}) {
        if (!has_program(program))
            return std::string("the program ") + program + " is missing: apt-get install iproute2 nftables";
    }
    // A container may have taken the right away from root.
    std::string reason;
    std::thread([&reason] {
        if (::unshare(CLONE_NEWNET) != 0) reason = "this root may not make network namespaces";
    }).join();
    return reason;
}

void NetLab::Impl::build() {
    std::thread([this] {
        check(::unshare(CLONE_NEWNET) == 0, "unshare");
        far_net = own_namespace("net");
    }).join();
    check(::unshare(CLONE_NEWNET | CLONE_NEWNS) == 0, "unshare");
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "make mounts private");
    near_net = own_namespace("net");
    command("ip link set lo up");
    far("ip link set lo up");
    command("ip link add near type veth peer name far netns " + path_of(far_net));
    command("ip address add " + std::string(near_address) + "/30 dev near");
    command("ip address add " + std::string(near_address6) + "/64 dev near nodad");
    far("ip address add " + std::string(far_address) + "/30 dev far");
    far("ip address add " + std::string(far_address6) + "/64 dev far nodad");
    command("ip link set near up");
    far("ip link set far up");
}

NetLab::NetLab() : impl_(std::make_unique<Impl>()) {
    impl_->build();
}

NetLab::~NetLab() {
    // The namespaces and the cable go with their last user.
    ::setns(impl_->home_net.get(), CLONE_NEWNET);
    ::setns(impl_->home_mnt.get(), CLONE_NEWNS);
}

int NetLab::listen_far(std::uint16_t port) {
    int listener = -1;
    std::thread([&] {
        if (::setns(impl_->far_net.get(), CLONE_NEWNET) != 0) return;
        listener = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int off = 0;
        ::setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
        sockaddr_in6 any{};
        any.sin6_family = AF_INET6;
        any.sin6_port = htons(port);
        ::bind(listener, reinterpret_cast<const sockaddr*>(&any), sizeof any);
        ::listen(listener, 64);
    }).join();
    check(listener >= 0, "listen");
    return listener;
}

std::vector<std::string> NetLab::far_prefix() const {
    return {"/usr/bin/nsenter", "--net=" + impl_->path_of(impl_->far_net)};
}

std::vector<std::string> NetLab::near_prefix() const {
    return {"/usr/bin/nsenter", "--net=" + impl_->path_of(impl_->near_net)};
}

void NetLab::cut() {
    impl_->far("ip link set far down");
}

void NetLab::plug_in() {
    impl_->far("ip link set far up");
    // IPv6 addresses go with the link.
    impl_->far("ip address replace " + std::string(far_address6) + "/64 dev far nodad");
}

void NetLab::deafen() {
    deafen_family("inet");
}

void NetLab::deafen_family(std::string_view family) {
    const std::string name(family);
    impl_->far("nft 'add table " + name + " lab'");
    impl_->far("nft 'add chain " + name + " lab in { type filter hook input priority 0; policy drop; }'");
    impl_->far("nft 'add chain " + name + " lab out { type filter hook output priority 0; policy drop; }'");
}

void NetLab::lose(int percent) {
    const std::string rule = "numgen random mod 100 < " + std::to_string(percent) + " drop'";
    impl_->far("nft 'add table inet lab'");
    for (const std::string chain : {"input", "output"}) {
        impl_->far("nft 'add chain inet lab " + chain + " { type filter hook " + chain + " priority 0; }'");
        impl_->far("nft 'add rule inet lab " + chain + " " + rule);
    }
}

void NetLab::set_mtu(std::size_t bytes) {
    command("ip link set near mtu " + std::to_string(bytes));
    impl_->far("ip link set far mtu " + std::to_string(bytes));
}

void NetLab::swallow_longer(std::size_t bytes) {
    std::ofstream{"/proc/sys/net/ipv4/tcp_mtu_probing"} << "0\n";  // the kernel's own remedy, which is off by default
    impl_->far("nft 'add table inet lab'");
    impl_->far("nft 'add chain inet lab in { type filter hook input priority 0; }'");
    impl_->far("nft 'add rule inet lab in meta length > " + std::to_string(bytes) + " drop'");
}

void NetLab::clear() {
    impl_->far("nft flush ruleset");
}

void NetLab::set_hosts(std::string_view text) {
    impl_->folder.put("hosts", text);
    ::umount2("/etc/hosts", MNT_DETACH);
    check(::mount((impl_->folder / "hosts").c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) == 0, "bind /etc/hosts");
}

}  // namespace tests
