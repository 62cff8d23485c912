// Whether the backend's REST service answers as a backend does.
#pragma once

#include <string>

#include "agent/config/config.hpp"
#include "agent/doctor/report.hpp"
#include "platform/http/http.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace doctor {

/// `name`: of the server that gave this answer.
Finding judge_http(const std::string& name, const platform::http::Response& answer);

/// Asks and judges. The references outlive it.
awaitable<void> look_at_http(platform::Worker& worker, const config::Config& config, Report& report);

}  // namespace doctor
