// As the agent's own main: this program keeps the commands of its steps (platform/process/keeper.hpp).
#include <gmock/gmock.h>

#include "platform/process/keeper.hpp"

int main(int argc, char** argv) {
    platform::be_keeper_where_named(argc, argv);
    testing::InitGoogleMock(&argc, argv);
    return RUN_ALL_TESTS();
}
