// The way to the backend's Realtime service, step by step: names, proxy, connection, TLS, websocket upgrade.
#pragma once

#include <string>

#include "agent/doctor/report.hpp"
#include "agent/doctor/subject.hpp"
#include "platform/net.hpp"
#include "platform/net_failure.hpp"
#include "platform/worker.hpp"

namespace doctor {

class BackendWay {
  public:
    /// All of them outlive it.
    BackendWay(platform::Worker& worker, const Subject& subject, Report& report)
        : worker_(worker), subject_(subject), report_(report) {}

    /// A step that fails ends it; the steps after it are reported as skipped.
    awaitable<void> walk();

    /// A connection to Realtime's host stands, with TLS where it has to, and the websocket opens where that was tried.
    bool reached() const noexcept { return reached_; }

  private:
    void names(const std::string& host);
    bool tls(int socket, platform::Way way);
    std::string key() const;
    awaitable<void> upgrade();
    void refused(int status, const std::string& body);
    void blame_proxy();

    platform::Worker& worker_;
    const Subject& subject_;
    Report& report_;
    bool reached_ = false;
};

}  // namespace doctor
