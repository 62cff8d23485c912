// What a hook runs: whoever may write to it acts as this user.
#include <unistd.h>

#include <cstdlib>

#include "agent/service/config.hpp"
#include "platform/program.hpp"

namespace service {

namespace fs = std::filesystem;

std::vector<fs::path> programs_of(const std::vector<std::string>& command) {
    std::vector<fs::path> programs;
    if (command.empty()) return programs;
    const char* path = std::getenv("PATH");
    const auto program = platform::find_program(command.front(), path != nullptr ? path : platform::usual_path);
    if (program) programs.emplace_back(*program);
    for (std::size_t i = 1; i < command.size(); ++i) {
        const fs::path word = command[i];
        std::error_code ec;
        // An interpreter's script is the first word behind it; whatever may be run is meant to be.
        const bool script = i == 1 || ::access(word.c_str(), X_OK) == 0;
        if (word.is_absolute() && script && fs::is_regular_file(word, ec)) programs.push_back(word);
    }
    return programs;
}

}  // namespace service
