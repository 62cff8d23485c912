// The credential and what it may do: pairing, token, join, write, limits, twins; and the service itself.
#include <nlohmann/json.hpp>

#include "agent/control/status.hpp"
#include "agent/credentials/key_kind.hpp"
#include "agent/credentials/outside.hpp"
#include "agent/credentials/refresh.hpp"
#include "agent/credentials/store.hpp"
#include "agent/doctor/examination.hpp"
#include "agent/doctor/probe.hpp"
#include "agent/doctor/remedy.hpp"
#include "agent/pairing/bound_credential.hpp"
#include "agent/pairing/store_settings.hpp"
#include "agent/pairing/token_input.hpp"
#include "agent/realtime/status.hpp"
#include "agent/realtime/supervisor.hpp"
#include "platform/file.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"

using namespace net::experimental::awaitable_operators;
using namespace std::chrono_literals;

namespace doctor {
namespace {

std::string word(const nlohmann::json& tree, const char* key) {
    return platform::get_string(tree, key).value_or("");
}

}  // namespace

/// The token that others put there, as the agent reads it.
void Examination::outside() {
    const auto& file = config_.credentials.token_file;
    const auto text = credentials::read_outside(file);
    if (!text) {
        return add("pairing", Outcome::failed, file.string() + ": " + text.error().message(),
                   "put a token there that this user alone can read (chmod 0600)");
    }
    pairing::TokenInput token;
    auto wrong = pairing::read_token(text->reveal(), token);
    if (!wrong && token.device_uuid.empty()) wrong = pairing::TokenProblem{"the token names no device"};
    if (wrong) {
        return add("pairing", Outcome::failed, file.string() + ": " + wrong->what, "put a device token there");
    }
    credentials::Credential credential;
    credential.device_uuid = token.device_uuid;
    credential.access_token = std::move(token.access_token);
    credential.api_key = std::move(token.api_key);
    credential.expires_at = token.expires_at;
    credential.origin = credentials::Origin::file;
    auto bound = pairing::bind_outside(config_, "the token in " + file.string(), credential, false);
    elsewhere_ = bound.problem;
    config_ = std::move(bound.config);
    credential_ = std::move(credential);
    add_pairing("device " + credential_->device_uuid + ", by " + file.string());
}

void Examination::pairing() {
    if (!config_.credentials.token_file.empty()) return outside();
    credentials::Store store(pairing::store_settings(config_));
    // A running refresh has such a file for a moment.
    std::string left;
    for (const auto& path : store.leftovers()) {
        left += "; " + path.string() + ", which a pairing or a refresh that was killed has left, may hold a token";
    }
    auto found = store.load();
    if (found) {
        auto bound = pairing::bind_stored(config_, store, *found, false);
        elsewhere_ = bound.problem;
        config_ = std::move(bound.config);
        credential_ = std::move(*found);
        return add_pairing("device " + credential_->device_uuid, left);
    }
    const auto* device = status_ ? platform::find(*status_, "device") : nullptr;
    if (device != nullptr) {
        return add(
            "pairing", Outcome::ok,
            "the running agent has device " + word(*device, "uuid") + ", by a credential that it alone can read");
    }
    const bool unpaired = found.error() == credentials::Errc::none || found.error() == credentials::Errc::wiped ||
                          found.error() == boost::system::errc::no_such_file_or_directory;
    if (unpaired) return add("pairing", Outcome::failed, "this machine is not paired" + left, "run  agent --pair");
    add("pairing", Outcome::failed, found.error().message(), store.explain(found.error()));
}

/// `what` was found, and what else may hold a token; and where it goes, with who said so.
void Examination::add_pairing(const std::string& what, const std::string& left) {
    if (!elsewhere_.empty()) {
        return add("pairing", Outcome::failed, elsewhere_, "mend api.url, or  agent --pair --force");
    }
    add("pairing", left.empty() ? Outcome::ok : Outcome::warning, what + left,
        left.empty() ? "" : "start the agent anew, or run  agent --unpair: either erases it");
    add("pairing", Outcome::ok, "the backend is " + pairing::describe_backend(config_));
}

void Examination::token() {
    if (!credential_) return skip({"token", "address"}, "there is none to look at");
    const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto claims = credentials::claims_of(credential_->access_token.reveal());
    std::string what = !claims ? "an opaque token" : claims->device_uuid.empty() ? "a user token" : "a device token";
    if (claims && !claims->role.empty()) what += ", role " + platform::clean(claims->role, 40);
    if (credential_->expires_at) what += ", valid until " + pairing::when_text(*credential_->expires_at);
    what += credential_->refresh ? ", refreshed by itself" : ", not refreshable";
    const bool ours = credential_->origin == credentials::Origin::stored;
    const std::string rotate =
        ours ? "run  agent --pair --rotate" : "put another token into " + config_.credentials.token_file.string();
    const bool lasts = credential_->refresh || !credential_->expires_at;
    if (const auto wrong = credentials::wrong_as_token(credential_->access_token.reveal())) {
        add("token", Outcome::failed, "the token " + *wrong, rotate + "  with a device token");
    } else if (!lasts && *credential_->expires_at <= now) {
        add("token", Outcome::failed, what + ": it has run out", rotate);
    } else if (!lasts && *credential_->expires_at - now < pairing::shortest_lasting) {
        add("token", Outcome::warning, what, rotate + "  before it runs out");
    } else {
        add("token", Outcome::ok, what);
    }
    if (!credential_->api_key.empty() || !config_.api.key.empty()) {
        return add("address", Outcome::ok, "the public key is in the address, the token is not");
    }
    add("address", Outcome::warning, "without a public key the token travels in the address, where proxies log it",
        "set api.key to the project's public key");
}

awaitable<void> Examination::channel(platform::Worker& worker) {
    if (!credential_ || !reached_) {
        skip({"join", "write"}, credential_ ? "the websocket does not open" : "there is no credential to look at");
        limits(std::nullopt, 0);
        twin(false);
        co_return;
    }
    const auto executor = co_await net::this_coro::executor;
    realtime::Settings own = realtime::settings_of_visitor(config_.realtime);
    own.instance = credentials::make_uuid();
    // Seen as present only where no agent of ours is: else the two would take each other for twins.
    own.track_presence = status_ == nullptr;
    own.result_ttl = write_limit / 2;
    credentials::Tokens tokens(executor);
    tokens.adopt(credential_->clone());
    // The key of the configuration wins over the one that was kept at the pairing, as in the agent.
    own.api_key = config_.api.key;
    Probe probe(executor);
    realtime::Supervisor link(executor, worker, own, tokens, probe);
    co_await (link.run() && work_through(probe, link, own.payload_limit));
    if (!probe.was_joined) {
        add("join", Outcome::failed,
            probe.reason.empty() ? "not joined in time" : platform::clean(probe.reason, reason_bytes),
            remedy_of_join(probe.failure));
        skip({"write"}, "the channel was not joined");
        limits(std::nullopt, 0);
        twin(false);
        co_return;
    }
    add("join", Outcome::ok, "device:" + credential_->device_uuid);
    write(probe.small, probe.warning);
    limits(probe.great, link.payload_limit());
    twin(probe.silenced);
}

std::string Examination::remedy_of_join(realtime::Class what) const {
    const auto file = config_.credentials.token_file.string();
    return remedy_of_link({.what = what,
                           .own_credential = credential_->origin == credentials::Origin::stored,
                           .token_file = file,
                           .renewal = how_to_renew()});
}

void Examination::write(std::optional<realtime::Settled> small, const std::string& warning) {
    if (small == realtime::Settled::acknowledged) {
        return add("write", Outcome::ok, "the server takes broadcasts of this token");
    }
    if (warning.empty()) {
        return add("write", Outcome::failed, "no broadcast was acknowledged",
                   remedy_of_link({.what = realtime::Class::transient}));
    }
    add("write", Outcome::failed, platform::clean(warning, reason_bytes),
        "give the token's role the right to insert into realtime.messages of this topic");
}

/// The size was tried; the rate is what the running agent has met.
void Examination::limits(std::optional<realtime::Settled> great, std::size_t lowered) {
    const bool too_large = great == realtime::Settled::too_large;
    const auto* link = status_ ? platform::find(*status_, "link") : nullptr;
    const auto known = link != nullptr ? platform::get_integer(*link, "payload_limit") : std::nullopt;
    const auto wanted = static_cast<std::int64_t>(config_.realtime.payload_limit);
    const auto closures = link != nullptr ? platform::get_integer(*link, "rate_closures").value_or(0) : 0;
    if (too_large || (known && *known < wanted)) {
        const auto fits = too_large ? std::to_string(lowered) : std::to_string(*known);
        return add("limits", Outcome::warning,
                   "the server takes no broadcast of realtime.payload_limit = " + std::to_string(wanted) + " bytes",
                   "set realtime.payload_limit = " + fits + ", or raise the project's limit of the payload");
    }
    if (closures > 0) {
        return add("limits", Outcome::warning,
                   "the project's limit of events a second closed the channel " + std::to_string(closures) + " times",
                   "raise that limit of the project (README has a table), or lower realtime.budget_max");
    }
    if (!great) return skip({"limits"}, "no broadcast of the greatest size could be sent");
    if (great != realtime::Settled::acknowledged) {
        return add("limits", Outcome::warning,
                   "a broadcast of " + std::to_string(wanted) + " bytes was not acknowledged in time",
                   "the line may be slow: set realtime.payload_limit lower, so that results travel in pieces");
    }
    add("limits", Outcome::ok, "broadcasts of " + std::to_string(wanted) + " bytes pass, and no rate was exceeded");
}

void Examination::twin(bool seen) {
    const auto* link = status_ ? platform::find(*status_, "link") : nullptr;
    const bool silent = link != nullptr && platform::get_bool(*link, "silenced").value_or(false);
    if (link != nullptr && platform::get_string(*link, "twin") == "empty") {
        return add("twin", Outcome::warning,
                   "a member of the channel claims to be this device and answers no commands; this agent relays in "
                   "spite of it",
                   remedy_of_twin(OtherAgent::silent));
    }
    if (seen || silent) {
        return add("twin", Outcome::failed, "another agent is on the channel as this same device",
                   remedy_of_twin(silent ? OtherAgent::elder : OtherAgent::unknown));
    }
    if (link != nullptr && platform::get_bool(*link, "younger_twin").value_or(false)) {
        return add("twin", Outcome::warning, "another agent came later as this same device, and gives way to this one",
                   remedy_of_twin(OtherAgent::younger));
    }
    const auto foreign = link != nullptr ? platform::get_integer(*link, "foreign_results").value_or(0) : 0;
    if (foreign > 0) {
        return add(
            "twin", Outcome::warning,
            std::to_string(foreign) + " results came on the channel that this agent did not send",
            "look for another agent with this device's credential, or a member of the channel that answers in its "
            "place");
    }
    if (!credential_ || (!reached_ && link == nullptr)) return skip({"twin"}, "the channel was not joined");
    add("twin", Outcome::ok, "no other agent of this device is present");
}

void Examination::service() {
    if (!out_of_reach_.empty()) {
        return add("service", Outcome::warning, out_of_reach_, "sudo agent --doctor  sees what the service sees");
    }
    if (!status_) {
        return add("service", Outcome::warning, "no agent runs for this profile",
                   "systemctl start bmc-agent, or run  agent");
    }
    const auto version = word(*status_, "version");
    if (version != BMC_VERSION) {
        return add("service", Outcome::warning, "version " + version + " runs, this is " BMC_VERSION,
                   "systemctl restart bmc-agent");
    }
    const auto* device = platform::find(*status_, "device");
    if (device != nullptr && platform::get_bool(*device, "removed").value_or(false)) {
        return add("service", Outcome::warning,
                   "runs, and its device was removed at the backend, or its token withdrawn",
                   "agent --unpair, or pair it again by  agent --pair");
    }
    const auto code = control::exit_of_status(platform::to_text(*status_));
    if (code == control::Exit::ok) return add("service", Outcome::ok, "runs and is joined");
    if (code == control::Exit::yielding || code == control::Exit::disputed) {
        return add("service", Outcome::warning, "runs and is joined, see the line  twin",
                   "agent --status says who gives way to whom");
    }
    const auto* link = platform::find(*status_, "link");
    if (word(*status_, "state") == "joined" && code != control::Exit::paused) {
        return add("service", Outcome::ok, "runs and is joined; see the line  health");
    }
    if (code == control::Exit::unpaired) {
        const auto remedy = word(*status_, "remedy");
        return add("service", Outcome::warning, "runs, at its gate: " + word(*status_, "reason"),
                   remedy.empty() ? "do what that says, or see the lines about the pairing above" : remedy);
    }
    if (code == control::Exit::paused) {
        return add("service", Outcome::warning, "runs, paused " + word(*status_, "paused"), "run  agent --resume");
    }
    const auto reason = link != nullptr ? word(*link, "reason") : "";
    add("service", Outcome::failed, "runs, " + word(*status_, "state") + (reason.empty() ? "" : ": " + reason),
        "the checks above say why; agent --status has the time of the next try");
}

}  // namespace doctor
