// A loop and a scripted server on it: what tests of one connection begin with.
#pragma once

#include <gtest/gtest.h>

#include "tests/loop/realtime/cloud.hpp"
#include "tests/loop/realtime/scripted_server.hpp"

namespace scripted {

class Fixture : public ::testing::Test {
  protected:
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = std::chrono::seconds{10}) {
        return cloud::run_until(io, done, limit);
    }

    net::io_context io;
    Server server{io};
};

}  // namespace scripted
