#include "agent/pairing/withdraw.hpp"

#include <utility>

#include "agent/credentials/token_endpoint.hpp"
#include "agent/pairing/binding.hpp"
#include "agent/pairing/device.hpp"
#include "agent/pairing/token_input.hpp"
#include "platform/clock.hpp"
#include "platform/wait.hpp"

namespace pairing {

using namespace net::experimental::awaitable_operators;

namespace {

/// One withdrawal on its way.
struct Withdrawing {
    platform::Worker& network;
    const config::Config& config;
    credentials::Credential gone;
    bool delete_device;
    std::string rest_url = {};  // of the backend that it belongs to; empty: nobody knows which
    bool deleted = false;
    bool revoked = false;
    std::string why_not_deleted = {};
    std::string why_not_revoked = can_revoke() ? "it did not answer in time" : "no revocation_url is known";

    bool can_revoke() const { return gone.refresh && !gone.refresh->revocation_url.empty(); }
    std::string about_its_end() const;
    std::string about_the_token() const;
    void find_backend();
    awaitable<void> run();
    Withdrawal report() const;
};

/// Its own one, whatever the configuration names by now. Where it was never bound, bind() decides as ever.
void Withdrawing::find_backend() {
    if (!gone.backend.known()) why_not_deleted = bind(config, gone, {}).problem;
    if (gone.backend.known()) rest_url = gone.backend.rest_url;
}

awaitable<void> Withdrawing::run() {
    if (delete_device && !rest_url.empty()) {
        why_not_deleted = "the backend did not answer in time";
        const pairing::RestAccess rest{network, config.net, rest_url, gone.api_key, gone.access_token};
        const auto failed = co_await pairing::delete_device(rest, gone.device_uuid);
        deleted = !failed;
        if (failed) why_not_deleted = failed->what;
    }
    if (!can_revoke()) co_return;
    const auto revoke = credentials::make_revoke(network, config.net);
    auto revoking = revoke(*gone.refresh);
    const Error ec = co_await std::move(revoking);
    revoked = !ec;
    if (ec) why_not_revoked = ec.message();
}

/// Until when a copy of the access token can still be used; " " in front.
std::string Withdrawing::about_its_end() const {
    if (!gone.expires_at)
        return " Its access token does not say until when it lives: a copy elsewhere may still be used.";
    const auto ends = pairing::when_text(*gone.expires_at);
    if (*gone.expires_at <= platform::wall_now()) return " Its access token ran out at " + ends + ".";
    if (deleted)
        return " A copy of its access token elsewhere stays valid until " + ends + ", for a device that is gone.";
    return " A copy of its access token elsewhere can be used until " + ends + ".";
}

/// What is true of the token at the server now; " " in front.
std::string Withdrawing::about_the_token() const {
    // No refresh token: there is nothing that a server revokes by itself.
    if (!gone.refresh) return about_its_end();
    if (revoked) return " The server has revoked it: it is not refreshed any more." + about_its_end();
    const auto whose = gone.account.empty() ? std::string("this device") : gone.account + " for this device";
    return " The server did not confirm its revocation (" + why_not_revoked + "): revoke the access of " + whose +
           " in the dashboard." + about_its_end();
}

Withdrawal Withdrawing::report() const {
    Withdrawal done{"Unpaired: the credential was wiped.", true};
    if (delete_device && deleted) done.text += " The row of device " + gone.device_uuid + " was deleted.";
    if (delete_device && !deleted) {
        done.text += " The row of device " + gone.device_uuid + " was not deleted (" + why_not_deleted +
                     "): delete it in the dashboard.";
        done.confirmed = false;
    }
    done.text += about_the_token();
    if (gone.refresh && !revoked) done.confirmed = false;
    return done;
}

}  // namespace

std::optional<Unused> unpair_unused(credentials::Store& store) {
    auto found = store.load();
    const bool none = !found && (found.error() == credentials::Errc::none || found.error() == credentials::Errc::wiped);
    if (none && store.leftovers().empty() && !store.wiping()) return std::nullopt;
    if (none) found = store.load_leftover();
    if (none && !found && found.error() == credentials::Errc::none && !store.wiping()) return std::nullopt;
    Error ec = store.wipe();
    if (!ec && store.wiping()) {
        const auto lock = store.try_lock();
        ec = lock ? store.finish_wipe(*lock) : lock.error();
    }
    if (ec) return Unused{{}, "The store: " + store.explain(ec), true};
    if (found) return Unused{std::move(*found), "Unpaired: the credential was wiped."};
    return Unused{{},
                  none ? "Unpaired: what an interrupted pairing had left was wiped."
                       : "Unpaired: the credential, which could not be read, was wiped. Its token could not be "
                         "revoked: revoke the access of this device in the dashboard."};
}

awaitable<Withdrawal> withdraw(platform::Worker& network, const config::Config& config, credentials::Credential gone,
                               bool delete_device) {
    Withdrawing work{network, config, std::move(gone), delete_device};
    work.find_backend();
    if (!work.can_revoke() && !delete_device) co_return work.report();
    const auto executor = co_await net::this_coro::executor;
    platform::Timer limit{executor};
    limit.expires_after(withdrawal_limit);
    co_await (work.run() || platform::expiry(limit));
    co_return work.report();
}

}  // namespace pairing
