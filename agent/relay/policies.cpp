#include "agent/relay/policies.hpp"

namespace relay {
namespace {

/// What the owner refuses stays refused under another profile: here only what he allows beyond it is not.
Policy profile_alone(PolicySettings settings, Profile profile) {
    settings.allow.clear();
    settings.allow_urls.clear();
    settings.profile = profile;
    return Policy{std::move(settings)};
}

/// What the owner allows the machine beyond its profile, its keys are allowed too: save those with a narrower profile,
/// or `observe` would not keep its name.
Policy policy_of_key(PolicySettings settings, Profile profile) {
    if (profile < settings.profile) return profile_alone(std::move(settings), profile);
    settings.profile = profile;
    return Policy{std::move(settings)};
}

}  // namespace

Policies::Policies(const PolicySettings& machine, const TrustSettings& trust)
    : machine_{machine}, trust_{trust}, plain_{profile_alone(machine, Profile::observe)} {
    set_trust(trust);
}

void Policies::set_trust(const TrustSettings& settings) {
    trust_ = Trust{settings};
    of_keys_.clear();
    for (const auto& [name, profile] : trust_.profiles()) {
        of_keys_.emplace(name, policy_of_key(machine_.settings(), profile));
    }
}

const Policy& Policies::of_key(std::string_view name) const {
    const auto own = of_keys_.find(name);
    return own != of_keys_.end() ? own->second : machine_;
}

const Policy& Policies::of(const Held& held, Place place) const {
    if (held.sealed) return of_key(held.key);
    // By the agent's own commands clients come and go: which of them is refused says the trust.
    const bool narrow = trust_.require() != Require::off && place != Place::agent;
    return narrow ? plain_ : machine_;
}

}  // namespace relay
