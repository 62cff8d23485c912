// The headers that the bridge's page and its files are served with. Pure.
//
// The page's address holds a secret, and it shows text of pages that nobody vouches for. So it may load, run and reach
// nothing but its own files and the bridge, nobody may frame it, and its address goes to nobody.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridge {

/// `host`: the Host header that was asked for, which the WebSocket is opened at.
std::string content_policy(std::string_view host);

std::vector<std::pair<std::string, std::string>> page_headers(std::string_view host);

}  // namespace bridge
