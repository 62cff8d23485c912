// A program that does nothing, with the agent's shared libraries: what they cost before the agent does anything.
#include <unistd.h>

#include <cstdio>

int main() {
    std::puts("ready");
    std::fflush(stdout);
    ::pause();
}
