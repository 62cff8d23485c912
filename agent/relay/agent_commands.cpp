#include "agent/relay/agent_commands.hpp"

#include "agent/relay/core/route.hpp"
#include "platform/clock.hpp"

namespace relay {

void AgentCommands::carry_out(Flight& flight, std::string_view params) {
    flight.phase = Phase::at_agent;
    Answers& answers = needs_.answers;
    if (flight.method == "Agent.getInfo") {
        // Whose keys are at work is said inside of TLS alone: a plain answer is read by everybody on the channel.
        const bool with_keys = flight.held.sealed;
        return answers.give_result(flight,
                                   write_info(identity_, needs_.browser.status(), needs_.settings,
                                              {needs_.sink.payload_limit(), needs_.drivers(with_keys), fingerprint_}));
    }
    const bool reads = flight.method == "IO.read";
    if (!reads && flight.method != "IO.close") {
        const std::string sentence = "'" + flight.method + "' wasn't found";
        return answers.give_error(flight, write_cdp_error(flight.id, method_not_found_code, sentence));
    }
    const IoParams io = parse_io_params(params);
    if (!io.wrong.empty()) {
        return answers.give_error(flight, write_cdp_error(flight.id, invalid_params_code, io.wrong));
    }
    return reads ? read_stream(flight, io) : close_stream(flight, io);
}

void AgentCommands::close_stream(Flight& flight, const IoParams& io) {
    if (needs_.streams.close(io.handle)) return needs_.answers.give_result(flight, "{}");
    needs_.answers.give_error(flight, write_cdp_error(flight.id, invalid_params_code, invalid_stream_handle));
}

void AgentCommands::read_stream(const Flight& flight, const IoParams& io) {
    const std::size_t around = result_size(flight.id, piece_overhead);
    const std::size_t limit = needs_.sink.payload_limit();
    const ReadRequest request{io.handle, io.offset, io.size, limit > around ? limit - around : 0};
    const realtime::Ticket ticket = flight.ticket;
    needs_.streams.read(request, platform::BootClock::now(),
                        [this, ticket](const Piece& piece) { on_piece(ticket, piece); });
}

void AgentCommands::on_piece(realtime::Ticket ticket, const Piece& piece) {
    Flight* const flight = needs_.flights.find(ticket);
    if (flight == nullptr || flight->phase != Phase::at_agent) return;  // answered by us meanwhile
    Answers& answers = needs_.answers;
    if (!piece.known) {
        return answers.give_error(*flight, write_cdp_error(flight->id, invalid_params_code, invalid_stream_handle));
    }
    if (piece.failed) {
        return answers.give_error(*flight,
                                  write_cdp_error(flight->id, server_error_code, "The stream's file cannot be read."));
    }
    answers.give_piece(*flight, write_piece(piece));
}

}  // namespace relay
