// Two network namespaces joined by a cable: the test's own thread moves into the near one, servers listen in the far
// one. The cable can be cut, made deaf, or lossy, by the kernel itself. Needs root: ask why_not() and skip with its
// sentence.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

class NetLab {
  public:
    /// Why there can be no lab here (no root, no `ip`, no `nft`); empty: there can.
    static std::string why_not();

    static constexpr const char* near_address = "192.0.2.1";
    static constexpr const char* far_address = "192.0.2.2";
    static constexpr const char* near_address6 = "2001:db8::1";
    static constexpr const char* far_address6 = "2001:db8::2";

    /// Moves this thread (and the threads that it starts from now on) into the near namespace, until the destructor.
    /// Throws std::runtime_error with the output of the command that failed.
    NetLab();
    ~NetLab();
    NetLab(const NetLab&) = delete;
    NetLab& operator=(const NetLab&) = delete;

    /// A listening TCP socket in the far namespace, on all its addresses; `port` 0: any. The caller owns the
    /// descriptor.
    int listen_far(std::uint16_t port = 0);
    /// What to put before a command line to run it in the far (or the near) namespace.
    std::vector<std::string> far_prefix() const;
    std::vector<std::string> near_prefix() const;

    /// Pulls the plug: both ends lose their carrier, nothing is told to anybody.
    void cut();
    void plug_in();
    /// Half-open: packets from the near end are dropped without a word, those to it as well.
    void deafen();
    /// The same for one protocol only: "ip" or "ip6".
    void deafen_family(std::string_view family);
    /// Drops packets at random, in both directions.
    void lose(int percent);
    /// Of both ends of the cable: the greatest packet, in bytes. Holds for connections that are made from now on.
    void set_mtu(std::size_t bytes);
    /// Drops packets to the far end that are longer than this, without a word: a black hole of an MTU.
    void swallow_longer(std::size_t bytes);
    /// Ends what deafen(), deafen_family(), lose() and swallow_longer() began.
    void clear();

    /// Names that this thread resolves as if they stood in /etc/hosts: "192.0.2.2 name".
    void set_hosts(std::string_view text);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tests
