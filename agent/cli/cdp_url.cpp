#include "agent/cli/cdp_url.hpp"

#include <fmt/format.h>

#include <string_view>

namespace cli {
namespace {

constexpr std::string_view url_entry = "BMC_CDP_URL";

}  // namespace

std::vector<std::string> with_cdp_urls(std::vector<std::string> environment, const std::vector<std::string>& urls) {
    std::erase_if(environment, [](const std::string& entry) { return entry.starts_with(url_entry); });
    for (std::size_t i = 0; i < urls.size(); ++i) {
        const auto number = i == 0 ? "" : "_" + std::to_string(i + 1);
        environment.push_back(fmt::format("{}{}={}", url_entry, number, urls[i]));
    }
    return environment;
}

}  // namespace cli
