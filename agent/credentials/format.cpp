#include "agent/credentials/format.hpp"

#include <nlohmann/json.hpp>

#include "agent/credentials/store.hpp"
#include "platform/crypto.hpp"
#include "platform/json/tree.hpp"

namespace credentials {
namespace {

using nlohmann::json;
constexpr std::string_view sealed_about = "bmc-agent credential 1";

std::int64_t seconds_of(WallTime time) {
    return time.time_since_epoch().count();
}
WallTime time_of(std::int64_t seconds) {
    return WallTime(std::chrono::seconds(seconds));
}

/// Takes a string out of the tree and cleanses the tree's copy.
Secret take_secret(json& tree, const char* key) {
    const auto found = tree.find(key);
    if (found == tree.end() || !found->is_string()) return {};
    return Secret(std::move(found->get_ref<std::string&>()));
}

std::optional<RefreshGrant> read_refresh(json& tree) {
    const auto found = tree.find("refresh");
    if (found == tree.end() || !found->is_object()) return std::nullopt;
    RefreshGrant grant;
    grant.token = take_secret(*found, "token");
    grant.client_id = platform::get_string(*found, "client_id").value_or("");
    grant.token_url = platform::get_string(*found, "token_url").value_or("");
    grant.revocation_url = platform::get_string(*found, "revocation_url").value_or("");
    grant.resource = platform::get_string(*found, "resource").value_or("");
    if (grant.token.empty()) return std::nullopt;
    return grant;
}

}  // namespace

json backend_tree(const Backend& backend) {
    return {{"url", backend.api_url},   {"realtime", backend.realtime_url},         {"rest", backend.rest_url},
            {"issuer", backend.issuer}, {"device_token", backend.device_token_url}, {"resource", backend.resource}};
}

Backend read_backend(const json& tree) {
    const auto* found = platform::find(tree, "backend");
    if (found == nullptr) return {};
    const auto text = [&](const char* key) { return platform::get_string(*found, key).value_or(""); };
    Backend backend{text("url"),          text("realtime"), text("rest"),
                    text("device_token"), text("issuer"),   text("resource")};
    return backend.realtime_url.empty() || backend.rest_url.empty() ? Backend{} : backend;
}

Secret to_text(const Credential& credential, const MachineTag& machine) {
    json tree = {{"format", credential_format},
                 {"pairing", pairing_of(credential)},
                 {"device", {{"uuid", credential.device_uuid}, {"name", credential.device_name}}},
                 {"account", credential.account},
                 {"paired_at", seconds_of(credential.paired_at)},
                 {"access_token", credential.access_token.reveal()},
                 {"api_key", credential.api_key.reveal()},
                 {"machine", {{"salt", machine.salt}, {"id", machine.machine}, {"product", machine.product}}}};
    if (credential.backend.known()) tree["backend"] = backend_tree(credential.backend);
    if (credential.expires_at) tree["expires_at"] = seconds_of(*credential.expires_at);
    if (credential.refresh) {
        const auto& refresh = *credential.refresh;
        tree["refresh"] = {{"token", refresh.token.reveal()},
                           {"client_id", refresh.client_id},
                           {"token_url", refresh.token_url},
                           {"revocation_url", refresh.revocation_url},
                           {"resource", refresh.resource}};
    }
    Secret text(platform::to_text(tree, 1) + "\n");
    platform::cleanse(tree);
    return text;
}

Result<StoredCredential> from_text(std::string_view text) {
    auto tree = platform::parse_json(text);
    if (!tree || !tree->is_object()) return Errc::damaged;
    const auto format = platform::get_integer(*tree, "format");
    if (!format || *format < 1) return Errc::damaged;
    if (*format > credential_format) return Errc::newer_format;
    const auto* device = platform::find(*tree, "device");
    if (device == nullptr) return Errc::damaged;
    const auto uuid = normalise_uuid(platform::get_string(*device, "uuid").value_or(""));
    StoredCredential stored;
    auto& credential = stored.credential;
    credential.access_token = take_secret(*tree, "access_token");
    if (!uuid || credential.access_token.empty()) return Errc::damaged;
    credential.device_uuid = *uuid;
    credential.device_name = platform::get_string(*device, "name").value_or("");
    credential.pairing_id = platform::get_string(*tree, "pairing").value_or("");
    credential.account = platform::get_string(*tree, "account").value_or("");
    credential.api_key = take_secret(*tree, "api_key");
    credential.refresh = read_refresh(*tree);
    credential.backend = read_backend(*tree);
    credential.paired_at = time_of(platform::get_integer(*tree, "paired_at").value_or(0));
    if (const auto expires = platform::get_integer(*tree, "expires_at")) credential.expires_at = time_of(*expires);
    if (const auto* machine = platform::find(*tree, "machine")) {
        stored.machine = {platform::get_string(*machine, "salt").value_or(""),
                          platform::get_string(*machine, "id").value_or(""),
                          platform::get_string(*machine, "product").value_or("")};
    }
    return stored;
}

std::string seal_text(const Secret& key, const Secret& text) {
    const json tree = {{"format", credential_format},
                       {"sealed", platform::base64url(platform::seal(key.reveal(), text.reveal(), sealed_about))}};
    return platform::to_text(tree) + "\n";
}

bool is_sealed(std::string_view text) {
    const auto tree = platform::parse_json(text);
    return tree && platform::find(*tree, "sealed") != nullptr;
}

Result<Secret> unseal_text(const Secret& key, std::string_view text) {
    const auto tree = platform::parse_json(text);
    if (!tree) return Errc::damaged;
    const auto sealed = platform::from_base64url(platform::get_string(*tree, "sealed").value_or(""));
    if (!sealed) return Errc::damaged;
    auto opened = platform::unseal(key.reveal(), *sealed, sealed_about);
    if (!opened) return Errc::key_wrong;
    return std::move(*opened);
}

std::string pairing_of(const Credential& credential) {
    if (!credential.pairing_id.empty()) return credential.pairing_id;
    // Made from what a pairing fixes, so that the file and the copy in memory agree without being told.
    const auto seed = std::to_string(seconds_of(credential.paired_at)) + " " + credential.device_uuid + " ";
    return platform::hex(platform::sha256(seed + std::string(credential.access_token.reveal()))).substr(0, 32);
}

}  // namespace credentials
