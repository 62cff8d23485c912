// A source for the precompiled header alone: Asio's is compiled without it where sanitizers are on.
