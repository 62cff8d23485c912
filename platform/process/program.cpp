#include "platform/process/program.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace platform {
namespace {

/// 0, or why the file cannot be executed. What cannot be looked at is not there: a folder of somebody else's in PATH
/// says nothing about the program.
int refusal(const std::string& file) {
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0) return ENOENT;
    if (!S_ISREG(found.st_mode)) return EACCES;
    return ::access(file.c_str(), X_OK) == 0 ? 0 : EACCES;
}

Error because(int number) {
    return {number, boost::system::generic_category()};
}

}  // namespace

Result<std::string> find_program(std::string_view name, std::string_view path) {
    if (name.empty()) return because(ENOENT);
    if (name.find('/') != std::string_view::npos) {
        std::string file{name};
        const int why = refusal(file);
        if (why != 0) return because(why);
        return file;
    }
    int why = ENOENT;
    for (bool last = false; !last;) {
        const auto colon = path.find(':');
        const auto folder = path.substr(0, colon);
        last = colon == std::string_view::npos;
        if (!last) path.remove_prefix(colon + 1);
        auto file = (folder.empty() ? std::string{"."} : std::string{folder}) + "/" + std::string{name};
        const int refused = refusal(file);
        if (refused == 0) return file;
        if (refused == EACCES) why = EACCES;
    }
    return because(why);
}

std::vector<std::filesystem::path> programs_of(const std::vector<std::string>& command) {
    std::vector<std::filesystem::path> programs;
    if (command.empty()) return programs;
    const char* path = std::getenv("PATH");
    const auto program = find_program(command.front(), path != nullptr ? path : usual_path);
    if (program) programs.emplace_back(*program);
    for (std::size_t i = 1; i < command.size(); ++i) {
        const std::filesystem::path word = command[i];
        std::error_code ec;
        // An interpreter's script is the first word behind it; whatever may be run is meant to be.
        const bool script = i == 1 || ::access(word.c_str(), X_OK) == 0;
        if (word.is_absolute() && script && std::filesystem::is_regular_file(word, ec)) programs.push_back(word);
    }
    return programs;
}

}  // namespace platform
