# Debian's cross compiler for arm64, with libraries of that architecture beside this machine's own:
#   dpkg --add-architecture arm64; apt-get install crossbuild-essential-arm64 libssl-dev:arm64 …; cmake --toolchain …
# What it builds runs here under qemu-user. tests/full/arm64 does all of it.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64)
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
