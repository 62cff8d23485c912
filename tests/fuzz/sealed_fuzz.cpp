// The path of a sealed client's records: an agent's connection that takes any bytes in place of the controller's, and
// two honest ends whose records somebody changes, drops, doubles and swaps. Nothing comes out but a beginning of what
// was put in, and after a failure nothing at all.
#include <memory>
#include <string>
#include <vector>

#include "agent/realtime/core/raw_payload.hpp"
#include "agent/relay/core/message_stream.hpp"
#include "agent/relay/core/sealed_text.hpp"
#include "bytes.hpp"
#include "platform/sealed.hpp"

using fuzz::expect;
using platform::SealedConnection;

namespace {

struct Sealers {
    const platform::KeyPair agent_key = platform::KeyPair::make();
    const platform::KeyPair controller_key = platform::KeyPair::make();
    const platform::SealedParty agents{platform::SealedRole::agent, agent_key};
    const platform::SealedParty controllers{platform::SealedRole::controller, controller_key};

    std::unique_ptr<SealedConnection> make(bool agent) const {
        const auto wanted = agent ? controller_key.public_key() : agent_key.public_key();
        return std::make_unique<SealedConnection>(
            agent ? agents : controllers,
            SealedConnection::Opening{.binding = "fuzz",
                                      .takes = [wanted](const platform::PublicKey& key) { return key == wanted; }});
    }
};

const Sealers& sealers() {
    static const Sealers made;
    return made;
}

/// Nobody proves a key without having one.
void take_any_bytes(std::string_view bytes) {
    const auto agent = sealers().make(true);
    expect(agent->feed(bytes).empty(), "plain text before the handshake");
    expect(agent->state() != SealedConnection::State::open, "a key was proved that nobody has");
    expect(agent->bytes() <= bytes.size() + 64 * 1024, "an answer without bound");
}

void meddle(fuzz::Bytes& bytes) {
    const auto controller = sealers().make(false);
    const auto agent = sealers().make(true);
    agent->feed(controller->take_records());
    controller->feed(agent->take_records());
    agent->feed(controller->take_records());
    expect(agent->state() == SealedConnection::State::open, "two honest ends do not meet");
    std::string sent, came, earlier;
    while (!bytes.empty()) {
        const std::string text{bytes.take(1 + bytes.below(40))};
        if (text.empty()) return;  // nothing is sealed, and there is nothing to meddle with
        controller->write(text);
        sent += text;
        std::string records = controller->take_records();
        switch (bytes.below(8)) {
            case 0:
                records[bytes.byte() % records.size()] ^= static_cast<char>(1 + bytes.below(255));
                break;
            case 1:
                records.erase(bytes.byte() % records.size());
                break;
            case 2:
                records += records;
                break;
            case 3:
                records.swap(earlier);
                break;
            default:
                earlier = records;
        }
        const bool failed = agent->state() == SealedConnection::State::failed;
        const std::string plain = agent->feed(records);
        expect(!failed || plain.empty(), "plain text after a failure");
        came += plain;
        expect(sent.starts_with(came), "something came out that was not put in");
    }
}

/// What an agent takes for messages inside of the seal, which a listed controller may write as it likes.
void take_any_plain(fuzz::Bytes& bytes) {
    relay::SealedFrames frames{200};
    while (!bytes.empty()) {
        const std::string plain{bytes.take(1 + bytes.below(60))};
        relay::StreamReceiver::Received out;
        frames.take(plain, out);
        expect(out.wrong.empty() || out.messages.empty(), "messages of what breaks the rules");
        for (const auto message : out.messages) {
            expect(message.starts_with('{') && message.size() <= 200, "a message that is none");
            expect(fuzz::inside(message, *out.whole), "a message lies outside of what came");
        }
        if (!out.wrong.empty()) return;
    }
}

/// Posts for a sealed stream, one a line, of any member of the channel. One with a zero byte comes raw.
void take_any_posts(fuzz::Bytes& bytes) {
    relay::MessageStream stream{{}, 600, 100};
    stream.carry_bytes();
    while (!bytes.empty()) {
        const std::string payload{bytes.until('\n')};
        const auto [text, raw] = realtime::split_raw(payload);
        const auto received = stream.receive(text, TimePoint{}, raw);
        expect(received.messages.empty(), "messages of a stream of bytes");
        expect(received.wrong.empty() || received.bytes().empty(), "bytes of a post that is none");
        expect(received.bytes().size() <= payload.size(), "more bytes than came");
        expect(raw.empty() || received.bytes().empty() || received.bytes() == raw, "other bytes than came");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Bytes bytes{data, size};
    switch (bytes.below(4)) {
        case 0:
            take_any_bytes(bytes.rest());
            break;
        case 1:
            meddle(bytes);
            break;
        case 2:
            take_any_plain(bytes);
            break;
        default:
            take_any_posts(bytes);
    }
    return 0;
}
