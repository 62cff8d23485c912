#include "agent/relay/policies.hpp"

namespace relay {
namespace {

/// What the owner refuses stays refused under another profile. What he allows beyond the machine's profile is not
/// allowed under a narrower one, or `observe` would not keep its name.
Policy with_profile(PolicySettings settings, Profile profile) {
    if (profile < settings.profile) {
        settings.allow.clear();
        settings.allow_urls.clear();
    }
    settings.profile = profile;
    return Policy{std::move(settings)};
}

}  // namespace

Policies::Policies(const PolicySettings& machine, const TrustSettings& trust)
    : machine_{machine}, trust_{trust}, plain_{with_profile(machine, Profile::observe)} {
    set_trust(trust);
}

void Policies::set_trust(const TrustSettings& settings) {
    trust_ = Trust{settings};
    of_keys_.clear();
    for (const auto& [name, profile] : trust_.profiles()) {
        of_keys_.emplace(name, with_profile(machine_.settings(), profile));
    }
}

const Policy& Policies::of(const Held& held, Place place) const {
    if (held.sealed) {
        const auto own = of_keys_.find(held.key);
        return own != of_keys_.end() ? own->second : machine_;
    }
    // By the agent's own commands clients come and go: which of them is refused says the trust.
    const bool narrow = trust_.require() != Require::off && place != Place::agent;
    return narrow ? plain_ : machine_;
}

}  // namespace relay
