// How the program ends because the system gives it no memory, and what it says then.
#pragma once

#include <string_view>

namespace platform {

inline constexpr std::string_view no_memory_words =
    "the system gave no memory: raise the limit that is set for this process (MemoryMax=, ulimit -v)";

/// Ends the process with these words. For who cannot go on and can tell nobody. What is left behind is what a kill
/// leaves: the next start mends it, and the keepers of child processes end those.
[[noreturn]] void end_without_memory();

/// From now on a std::bad_alloc that nothing may catch (it came from a destructor, or from the end of a turn) ends the
/// process so, and not by an abort without a word. Once, before any thread.
void end_in_words_without_memory();

}  // namespace platform
