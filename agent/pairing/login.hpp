// A person's login at the terminal: in a browser on this machine, by a pasted address, or on another device by a code.
#pragma once

#include <filesystem>
#include <string>

#include "agent/pairing/oauth.hpp"
#include "agent/pairing/person.hpp"

namespace pairing {

struct LoginWishes {
    Person& person;                        // outlives the login, as `files` does
    platform::Worker& files;               // reads and writes client_file
    std::filesystem::path client_file;     // keeps the registered client's id; empty: not kept
    std::string machine = "THIS-MACHINE";  // what ssh calls this machine, for the line that leads to it
};

awaitable<Step<Login>> log_in(OAuthNeeds needs, LoginWishes wishes);

}  // namespace pairing
