// Plays the client side of a trace at a hub whose clock the player moves, and collects what differs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/hub/conformance/compare.hpp"
#include "tests/hub/conformance/peer.hpp"
#include "tests/hub/conformance/trace.hpp"
#include "tests/hub/hub.hpp"

namespace conformance {

class Replay {
  public:
    explicit Replay(Trace trace);
    ~Replay();

    /// Everything that was not as recorded, each as one readable line.
    std::vector<std::string> run();

  private:
    void start_hub(std::uint16_t port);
    void prepare();
    void pump();
    void go_to(std::int64_t at);
    void step(const Line& line);
    void client(const Line& line);
    void connect(const Line& line);
    void request(const Line& line);
    void expect(const Line& line);
    bool take(const Line& line);
    void note(const Line& line);
    void change_settings(const Json& changes);
    void sql(const std::string& statement);
    void http_send();
    void report(const Line& line, const std::string& what);
    void check_leftovers();
    bool expected_silence(const Line& line) const;
    bool may_be_left(const std::string& conn, const Arrival& arrival) const;
    Peer& peer(const std::string& conn);

    Trace trace_;
    Comparer comparer_;
    net::io_context io_{1};
    std::unique_ptr<hub::Hub> hub_;
    std::uint16_t port_ = 0;
    std::map<std::string, std::unique_ptr<Peer>> peers_;
    std::map<std::string, bool> finished_;  ///< connections whose end the trace has told
    std::int64_t now_ = 0;
    double started_ = 0;
    std::vector<std::string> problems_;
};

}  // namespace conformance
