// Single commands to a far browser that is spoken to inside of TLS. The channel's own single commands are in plain, so
// a client of this end carries them (Agent.call): it is opened at the first one, and stays for the later ones. One
// thread, the loop's.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/bridge/far_clients.hpp"
#include "platform/net.hpp"

namespace bridge {

class SealedCalls final : ClientListener {
  public:
    /// `who` names the device in sentences. All outlive the SealedCalls.
    SealedCalls(net::any_io_executor executor, Channel& channel, FarClients& clients, std::string who);

    /// As Calls::call(). A command about the files of a client goes inside of that client's stream.
    awaitable<Answer> call(Call call);

    /// Ends the client, and gives up each later command at once.
    void finish();

  private:
    void on_open() override {}
    void on_message(std::string_view) override {}
    void on_end(ClientEnd how, std::string_view sentence) override;

    /// One question, until its answer, its deadline or the end of the client. `client`: a local client's name; empty:
    /// the one of this object.
    awaitable<Answer> ask(std::string client, Call call);
    ChannelClient* client_named(const std::string& name);
    Answer unanswered(const Call& call) const;

    const net::any_io_executor executor_;
    Channel& channel_;
    FarClients& clients_;
    const std::string who_;
    std::unique_ptr<ChannelClient> own_;
    bool finished_ = false;
};

}  // namespace bridge
