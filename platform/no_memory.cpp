#include "platform/no_memory.hpp"

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <new>

namespace platform {
namespace {

std::terminate_handler usual_end = nullptr;

[[noreturn]] void end() {
    try {
        if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
        end_without_memory();
    } catch (...) {  // the usual end names it
    }
    if (usual_end != nullptr) usual_end();
    std::abort();
}

}  // namespace

void end_without_memory() {
    for (const std::string_view part : {std::string_view{"agent: "}, no_memory_words, std::string_view{"\n"}}) {
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, part.data(), part.size());
    }
    std::_Exit(EXIT_FAILURE);
}

void end_in_words_without_memory() {
    if (const auto before = std::set_terminate(end); before != end) usual_end = before;
}

}  // namespace platform
