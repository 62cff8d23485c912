#include "agent/withdraw.hpp"

#include <utility>

#include "agent/credentials/token_endpoint.hpp"
#include "agent/pairing/device.hpp"

using namespace net::experimental::awaitable_operators;

namespace {

struct Work {
    platform::Worker& network;
    const service::Config& config;
    credentials::Credential gone;
    bool delete_device;
    bool deleted = false;
    bool revoked = false;
    std::string why_not_deleted = {};
    std::string why_not_revoked = {};

    bool can_revoke() const { return gone.refresh && !gone.refresh->revocation_url.empty(); }
    awaitable<void> run();
    Withdrawal report() const;
};

awaitable<void> Work::run() {
    if (delete_device) {
        why_not_deleted = "the backend did not answer in time";
        const pairing::RestAccess rest{network, config.net, config.pairing.rest_url, gone.api_key, gone.access_token};
        const auto failed = co_await pairing::delete_device(rest, gone.device_uuid);
        deleted = !failed;
        if (failed) why_not_deleted = failed->what;
    }
    if (!can_revoke()) co_return;
    why_not_revoked = "it did not answer in time";
    const auto revoke = credentials::make_revoke(network, config.net);
    auto revoking = revoke(*gone.refresh);
    const Error ec = co_await std::move(revoking);
    revoked = !ec;
    if (ec) why_not_revoked = ec.message();
}

Withdrawal Work::report() const {
    Withdrawal done{"Unpaired: the credential was wiped.", true};
    if (delete_device && deleted) done.text += " The row of device " + gone.device_uuid + " was deleted.";
    if (delete_device && !deleted) {
        done.text += " The row of device " + gone.device_uuid + " was not deleted (" + why_not_deleted +
                     "): delete it in the dashboard.";
        done.confirmed = false;
    }
    if (can_revoke() && revoked) done.text += " The server has revoked it.";
    if (can_revoke() && !revoked) {
        done.text += " The server did not confirm its revocation (" + why_not_revoked + "): revoke the access of " +
                     (gone.account.empty() ? std::string("this device") : gone.account + " for this device") +
                     " in the dashboard.";
        done.confirmed = false;
    }
    return done;
}

}  // namespace

awaitable<Withdrawal> withdraw(platform::Worker& network, const service::Config& config, credentials::Credential gone,
                               bool delete_device) {
    Work work{network, config, std::move(gone), delete_device};
    if (!work.can_revoke() && !delete_device) co_return work.report();
    const auto executor = co_await net::this_coro::executor;
    platform::Timer limit{executor};
    limit.expires_after(withdrawal_limit);
    co_await (work.run() || limit.async_wait(no_throw));
    co_return work.report();
}
