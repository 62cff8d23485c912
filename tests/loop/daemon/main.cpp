// This program is its own keeper (platform/process/keeper.hpp), as the agent is.
#include <gtest/gtest.h>

#include "platform/process/keeper.hpp"

int main(int argc, char** argv) {
    platform::be_keeper_where_named(argc, argv);
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
