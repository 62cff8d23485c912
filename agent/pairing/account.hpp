// A login without a device: the account's credential, with which commands are sent to the devices that it may see.
#pragma once

#include "agent/pairing/pair.hpp"
#include "platform/net.hpp"

namespace pairing {

/// Logs a person in and keeps the credential in `needs.store`. Of the request `expect_account` and `machine` count.
awaitable<PairResult> log_in_account(PairNeeds needs, PairRequest request);

}  // namespace pairing
