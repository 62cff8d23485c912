// libcurl, ready to be used.
#pragma once

namespace platform {

/// Initialises libcurl once, with memory that is overwritten when it is given back: it has tokens in its buffers
/// (forms, headers, answers). Before each use of libcurl. Throws where that fails.
void init_curl();

}  // namespace platform
