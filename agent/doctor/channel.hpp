// The device's channel: the doctor joins it as the agent does, and sends a small broadcast and one of the greatest
// size.
#pragma once

#include "agent/doctor/report.hpp"
#include "agent/doctor/subject.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace doctor {

/// `reached`: a websocket to the server opens. The references outlive it.
awaitable<void> look_at_channel(platform::Worker& worker, const Subject& subject, bool reached, Report& report);

}  // namespace doctor
