// An Unpairing and the parts that it works with.
#pragma once

#include "agent/daemon/unpairing.hpp"
#include "tests/unit/daemon/parts.hpp"

namespace parts {

class WithUnpairing : public Parts {
  protected:
    agent::daemon::Unpairing unpairing{{.executor = io.get_executor(),
                                        .network = network,
                                        .files = files,
                                        .config = config,
                                        .store = store,
                                        .tokens = tokens,
                                        .hooks = hooks,
                                        .state = state,
                                        .leaver = leaving}};
};

}  // namespace parts
