// Gives the precompiled header a source of its own: Asio's is compiled without it where sanitizers are on.
