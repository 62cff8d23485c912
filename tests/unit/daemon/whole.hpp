// The parts that know the links, put together as the daemon does it, without a network: nothing is served.
#pragma once

#include "agent/daemon/device_life.hpp"
#include "agent/daemon/gate.hpp"
#include "agent/daemon/pausing.hpp"
#include "agent/daemon/reporter.hpp"
#include "tests/unit/daemon/parts.hpp"

namespace parts {

class WithGate : public Parts {
  protected:
    agent::daemon::Gate gate{{.executor = io.get_executor(),
                              .files = files,
                              .config = config,
                              .store = store,
                              .tokens = tokens,
                              .state = state,
                              .leaver = leaving,
                              .given = {},
                              .device = {}}};
};

class Whole : public WithGate, public agent::daemon::PauseListener {
  protected:
    void on_pause() override { ++pauses; }

    int pauses = 0;
    agent::daemon::Pausing pausing{io.get_executor(), files, config.paths.state, *this};
    agent::daemon::DeviceLife device{{.executor = io.get_executor(),
                                      .network = network,
                                      .files = files,
                                      .config = config,
                                      .store = store,
                                      .tokens = tokens,
                                      .hooks = hooks,
                                      .state = state,
                                      .pausing = pausing,
                                      .gate = gate,
                                      .health = health}};
    agent::daemon::Reporter reporter{{.config = config,
                                      .tokens = tokens,
                                      .hooks = hooks,
                                      .pausing = pausing,
                                      .gate = gate,
                                      .device = device,
                                      .state = state}};
};

}  // namespace parts
