#include "tests/hub/rights.hpp"

#include <boost/asio/local/stream_protocol.hpp>

namespace hub {

Rights ask_rights(const std::string& path, const Json& claims, const std::string& topic) {
    using Local = boost::asio::local::stream_protocol;
    constexpr std::chrono::seconds answer_within{10};
    Local::iostream peer;
    peer.expires_after(answer_within);
    peer.connect(Local::endpoint{path});
    peer << dump({{"claims", claims}, {"topic", topic}}) << '\n' << std::flush;
    std::string line;
    std::getline(peer, line);
    const auto answer = Json::parse(line, nullptr, false);
    const auto may = [&](const char* what) { return answer.is_object() && answer.value(what, false); };
    return {may("read"), may("write"), may("presence")};
}

}  // namespace hub
