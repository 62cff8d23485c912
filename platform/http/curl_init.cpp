#include "platform/http/curl_init.hpp"

#include <curl/curl.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "platform/wiped_memory.hpp"

namespace platform {

void init_curl() {
    static const CURLcode code =
        curl_global_init_mem(CURL_GLOBAL_DEFAULT, &std::malloc, &wiping_free, &wiping_realloc, &::strdup, &std::calloc);
    if (code != CURLE_OK) throw std::runtime_error("libcurl can't be initialised");
}

}  // namespace platform
