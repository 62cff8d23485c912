// How commands end: the answer of the browser or of the agent is written as a result, kept as a stream if it is too
// large, published, and forgotten once the backend has acknowledged it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/realtime/core/outbox.hpp"
#include "agent/relay/audit.hpp"
#include "agent/relay/core/command.hpp"
#include "agent/relay/core/flights.hpp"
#include "agent/relay/core/result.hpp"
#include "agent/relay/core/tickets.hpp"
#include "agent/relay/core/traffic.hpp"
#include "agent/relay/io_streams.hpp"
#include "agent/relay/result_sink.hpp"
#include "agent/relay/waiting_answers.hpp"

namespace relay {

/// A command that is answered at once and gets no flight.
struct Unrelayed {
    std::string_view id;  // JSON text
    std::string_view method = {};
    std::string_view session = {};
    realtime::SenderId sender = 0;
    std::size_t bytes = 0;  // of its payload
};

/// What Answers works with; all of it outlives it.
struct AnswersNeeds {
    ResultSink& sink;
    Tickets& tickets;
    Flights& flights;
    IoStreams& streams;
    Audit& audit;
    Traffic& traffic;
    std::size_t max_waiting;  // small answers that the sink has no room for, in each lane
};

/// Takes the outcome of a client's command.
class ClientReplies {
  public:
    /// `outcome` as in the audit trail. `text` is the browser's result where it is "ok", else the answer that a command
    /// without a client has.
    virtual void on_outcome(const Flight& flight, std::string_view outcome, std::string_view text) = 0;

  protected:
    ~ClientReplies() = default;
};

/// Each call answers its command once; the Flight may have ended when it returns.
class Answers {
  public:
    explicit Answers(const AnswersNeeds& needs) noexcept;

    /// Before the first command of a client. Must outlive the Answers' last call.
    void connect(ClientReplies& replies) noexcept { replies_ = &replies; }

    /// Refuses a command that cannot be read. The refusal may be dropped: perhaps nobody waits for it.
    void refuse_unreadable(const Unreadable& wrong, std::size_t payload_bytes, realtime::SenderId sender,
                           Reason reason = Reason::bad_request);
    void refuse_unrelayed(const Unrelayed& command, const Refusal& refusal);

    /// `text` is JSON text of the result. `memory`: of the message that it lies in, which is not copied if it is large.
    void give_result(Flight& flight, std::string_view text, platform::MessageMemory* memory = nullptr);
    /// A piece of a stream, which was cut to fit; `text` is the result of the IO.read.
    void give_piece(Flight& flight, std::string_view text);
    /// `payload` is the whole answer with an error in the browser's shape.
    void give_error(Flight& flight, std::string payload);
    void refuse(Flight& flight, const Refusal& refusal);

    /// What became of a message; see Router::on_settled.
    void on_settled(realtime::Ticket ticket, realtime::Settled how, std::string_view payload);

    /// From now on the sink is called when the last unanswered command was answered.
    void announce_last() noexcept { announces_last_ = true; }

    /// Answers that wait until the sink has room.
    std::size_t waiting() const noexcept { return waiting_.size(); }

  private:
    void give_stream(Flight& flight, std::string_view result, std::string_view why);
    void refuse_settled(Flight& flight, std::string_view payload);
    void finish(Flight& flight, std::string_view outcome, platform::SharedText payload);
    void finish_for_client(Flight& flight, std::string_view outcome, std::string_view text);
    void record(const Flight& flight, std::string_view outcome, std::size_t result_bytes, Duration took);
    void publish_result(const Flight& flight, platform::SharedText payload);
    void publish_small(realtime::Message message);

    ResultSink& sink_;
    Tickets& tickets_;
    Flights& flights_;
    IoStreams& streams_;
    Audit& audit_;
    Traffic& traffic_;
    WaitingAnswers waiting_;
    ClientReplies* replies_ = nullptr;
    bool announces_last_ = false;
};

}  // namespace relay
