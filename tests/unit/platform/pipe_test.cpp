// A pipe that no child inherits, and that says why there is none.
#include "platform/process/pipe.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "platform/os_error.hpp"

namespace {

TEST(Pipe, CarriesBytesAndIsInheritedByNobody) {
    const auto pipe = platform::make_pipe();
    ASSERT_TRUE(pipe) << pipe.error().message();
    for (const int end : {pipe->read.get(), pipe->write.get()}) EXPECT_EQ(::fcntl(end, F_GETFD), FD_CLOEXEC);
    ASSERT_EQ(::write(pipe->write.get(), "x", 1), 1);
    char byte = 0;
    ASSERT_EQ(::read(pipe->read.get(), &byte, 1), 1);
    EXPECT_EQ(byte, 'x');
}

TEST(Pipe, SaysThatNoDescriptorIsLeft) {
    // The sanitizer looks at an object's type through a pipe of its own, once for each type: it has seen this one then.
    errno = EMFILE;
    const Error none_left = platform::last_error();
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const int next = ::dup(STDERR_FILENO);
    ASSERT_GE(next, 0);
    ::close(next);
    // Room for one end, not for both.
    const rlimit tight{static_cast<rlim_t>(next) + 1, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
    const auto pipe = platform::make_pipe();
    ::setrlimit(RLIMIT_NOFILE, &before);
    ASSERT_FALSE(pipe);
    EXPECT_EQ(pipe.error(), none_left);
    EXPECT_EQ(::fcntl(next, F_GETFD), -1) << "a descriptor is left open";
}

}  // namespace
