// One examination: what the checks look at, and what they found. The checks are in doctor_*.cpp, a file a field.
#pragma once

#include <initializer_list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "agent/credentials/credential.hpp"
#include "agent/doctor/doctor.hpp"
#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/core/outbox.hpp"
#include "cdp/core/fence_state.hpp"
#include "platform/net.hpp"
#include "platform/net_failure.hpp"
#include "platform/worker.hpp"

namespace doctor {

class Examination {
  public:
    explicit Examination(const config::Loaded& loaded);
    ~Examination();

    std::vector<Finding> run();

  private:
    void add(std::string check, Outcome outcome, std::string what, std::string remedy = {});
    /// How this machine comes by another token.
    std::string_view how_to_renew() const {
        return credentials::how_to_renew(credential_ ? credential_->origin : credentials::Origin::stored);
    }
    void skip(std::initializer_list<const char*> checks, const std::string& why);

    // doctor.cpp
    void configuration();
    void ask_agent();
    awaitable<void> network(platform::Worker& worker);

    // doctor/host.cpp
    void modes();
    void untrusted(const std::string& complaint);
    void disk();
    void shared_memory();
    void user_namespaces();

    // doctor/browser.cpp
    awaitable<void> browser();
    void no_browser(const std::string& path);
    bool profile_is_taken();
    void browser_of_agent(const nlohmann::json& status);
    awaitable<void> try_browser();
    void sandbox(const std::string& words);
    /// `version`: what it is, or null where it refused to say.
    void browser_answered(const nlohmann::json* version, const std::string& refusal);
    void fence(const cdp::Fence& fence);

    // doctor/network.cpp
    void names(const std::string& host);
    awaitable<void> way(platform::Worker& worker);
    awaitable<void> upgrade(platform::Worker& worker);
    bool tls(int socket, platform::Way way);
    void refused(int status, const std::string& body);
    void blame_proxy();
    awaitable<void> rest(platform::Worker& worker);

    // doctor/link.cpp
    void pairing();
    void token();
    awaitable<void> channel(platform::Worker& worker);
    void outside();
    void add_pairing(const std::string& what, const std::string& left = {});
    std::string remedy_of_join(realtime::Class what) const;
    void write(std::optional<realtime::Settled> small, const std::string& warning);
    void limits(std::optional<realtime::Settled> great, std::size_t lowered);
    void twin(bool seen);
    void service();

    // doctor/health.cpp
    void health();

    const config::Loaded& loaded_;
    config::Config config_;     // with the addresses that the credential is bound to
    std::string out_of_reach_;  // why the agent that runs was not asked; empty: it was, or none runs
    std::string elsewhere_;     // why nothing may be sent; empty: it may
    std::vector<Finding> findings_;
    std::optional<credentials::Credential> credential_;
    /// What the running agent says of itself; null where none runs.
    std::unique_ptr<nlohmann::json> status_;
    bool reached_ = false;  // a connection to Realtime's host stands, with TLS where it has to
};

}  // namespace doctor
