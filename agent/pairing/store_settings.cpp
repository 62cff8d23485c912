#include "agent/pairing/store_settings.hpp"

#include <utility>

#include "agent/credentials/outside_secrets.hpp"
#include "agent/pairing/token_input.hpp"
#include "cdp/host_reset.hpp"
#include "cdp/leftovers.hpp"
#include "platform/empty_folder.hpp"
#include "platform/log/log.hpp"

namespace pairing {
namespace {

using credentials::WipeEnd;

/// A token file as it came, and the access token in it: either may be what was wiped.
std::vector<credentials::Secret> outside_tokens(const config::Config& config) {
    std::vector<credentials::Secret> tokens;
    const auto outside = outside_token(config);
    if (!outside) return tokens;
    auto text = credentials::read_outside(outside->file);
    if (!text) return tokens;
    pairing::TokenInput token;
    const auto wrong = pairing::read_token(text->reveal(), token);
    if (!wrong && !token.access_token.empty()) tokens.push_back(std::move(token.access_token));
    tokens.push_back(std::move(*text));
    return tokens;
}

}  // namespace

credentials::StoreSettings store_settings(const config::Config& config) {
    auto key = config.credentials.key_file;
    if (key.empty()) key = credentials::systemd_credential("bmc-key").value_or("");
    return {.folder = config.paths.state,
            .bind = config.credentials.bind,
            .key_file = std::move(key),
            .owed = [config](WipeEnd how) { return remove_traces(config, how); },
            .outside = [config] { return outside_tokens(config); }};
}

credentials::StoreSettings controller_store_settings(const config::Config& config) {
    credentials::StoreSettings settings = store_settings(config);
    settings.folder /= "controller";
    settings.owed = {};  // it has no browser, and nobody else's token
    settings.outside = {};
    return settings;
}

std::optional<OutsideToken> outside_token(const config::Config& config) {
    if (!config.credentials.token_file.empty())
        return OutsideToken{config.credentials.token_file, credentials::Origin::file};
    const auto given = credentials::systemd_credential("bmc-token");
    if (given) return OutsideToken{*given, credentials::Origin::systemd};
    return std::nullopt;
}

std::string spool_folder(const config::Config& config) {
    const auto& chosen = config.relay.spool.folder;
    if (!chosen.empty() || config.browser.mode != cdp::BrowserMode::launch) return chosen;
    return (config.paths.runtime / "spool").string();
}

Error remove_traces(const config::Config& config, WipeEnd how) {
    Error first;
    const auto note = [&first](Error ec, const std::string& what) {
        if (!ec) return;
        platform::log::error("{} cannot be removed: {}", what, ec.message());
        if (!first) first = ec;
    };
    if (config.browser.mode == cdp::BrowserMode::launch) {
        note(cdp::sweep_all_leftovers(config.browser.runtime_folder), "a temporary profile of a browser");
    }
    if (how == WipeEnd::interrupted && config.browser.mode == cdp::BrowserMode::hosted) {
        note(cdp::reset_host(config.browser.host_socket), "the browser host's browser");
    }
    const auto spool = spool_folder(config);
    if (!spool.empty()) note(platform::empty_folder(spool), "what lies in the spool folder " + spool);
    return first;
}

}  // namespace pairing
