// The one function that decides what a failure of the cloud link means: its class, what to do, how long to wait, and a
// sentence for people. Pure. Codes and texts are Supabase Realtime's; a code that is not known counts as transient.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/core/time_point.hpp"

namespace realtime {

enum class Class : std::uint8_t {
    reauthenticate,  // A: the token expired: a fresh one, then one try at once, then slowly
    rights,          // B: the token is wrong or may not do this: wait for another token, look again slowly
    configuration,   // C: a setting is wrong: look again slowly
    switched_off,    // D: the service is off for this project: every few minutes
    limit,           // E: too much of something: 10 to 60 s
    transient,       // F: server or database in trouble: back off
    restart,         // G: the server restarts: soon, spread
    unknown,         // H: treated as F
};
inline constexpr std::size_t classes = 8;

/// Who ends a failure. It decides whether a try soon after is of use, and by which code a command ends that met it.
enum class Cause : std::uint8_t {
    passing,     // time alone: the network, a server in trouble, a limit
    credential,  // who can give another token, or more rights
    settings,    // who writes this machine's configuration: addresses, proxies, certificate files
    others,      // who runs what stands on the way (a proxy, a portal, a wrong certificate), or the service
};
/// Whether the next try would end in the same way unless somebody does something.
constexpr bool permanent(Cause cause) noexcept {
    return cause != Cause::passing;
}

std::string_view to_string(Class what) noexcept;

/// Another token is needed, or more rights for this one.
constexpr bool wants_token(Class what) noexcept {
    return what == Class::reauthenticate || what == Class::rights;
}
/// A fresh token of the same device is what is needed: worth one try at once.
constexpr bool wants_fresh_token(Class what) noexcept {
    return what == Class::reauthenticate;
}
/// The same token and the same settings are refused again, however often they are tried.
constexpr bool lasting(Class what) noexcept {
    return wants_token(what) || what == Class::configuration;
}
/// Another token may lead to another answer. A 403 without a word (`unknown`) may mean the token too.
constexpr bool may_be_the_token(Class what) noexcept {
    return lasting(what) || what == Class::unknown;
}
/// The server is away or in trouble: it did not say no.
constexpr bool is_outage(Class what) noexcept {
    return what == Class::transient || what == Class::restart || what == Class::unknown;
}
/// All agents of the server are sent away at the same time: their returns are spread.
constexpr bool sends_all_away(Class what) noexcept {
    return what == Class::restart;
}
/// The server named a trouble on its side that passes: the same message may be accepted a little later.
constexpr bool may_be_taken_later(Class what) noexcept {
    return what == Class::transient;
}

/// What helps, for a class that is mended in one way; empty for `reauthenticate` and `rights`, whose remedy depends on
/// where the token comes from.
std::string_view remedy_of(Class what) noexcept;

/// Of an agent that was paired; one that was given its token otherwise cannot pair.
inline constexpr std::string_view pair_again = "pair again (agent --pair)";

/// What happened, and where it was seen.
struct Signal {
    enum class Kind : std::uint8_t {
        upgrade,       // HTTP answer to the upgrade: `number` is the status, `text` the body
        join,          // join error: `text` is the reason ("Code: sentence", or free text)
        join_timeout,  // no answer to a join in time
        system,        // `system` message with status error, or the tenant-wide notice: `text` is the message
        channel,       // phx_close or phx_error without a system message before it: `text` is the reason, if any
        socket,        // the socket ended: `number` is the close code, 1006 where no close frame came
        silence,       // nothing came within the liveness deadline
        request,       // HTTP answer to an ordinary request: `number` is the status, `text` the body; the sentence
                       // goes on behind the name of who answered
        post,          // HTTP answer to a result that was posted, as of a `request`
        connect,       // no connection: `text` says why (DNS, TCP, proxy)
        barred,        // by a proxy or a portal; its administrator has to let us through
        trust,         // no trusted connection: `text` says what is wrong with the certificate
        unusable,  // no connection, for a setting that cannot be used (address, proxy, authorities): `text` says why
        ack,       // error answer to a broadcast: `text` is the error
    };
    Kind kind = Kind::connect;
    int number = 0;
    std::string_view text = {};
    bool without_key = false;  // no public key was sent: the token stood in for it
    /// How this agent comes by another token: what the sentences advise where one is needed.
    std::string_view renewal = pair_again;
};

/// Where the wait may fall: uniformly between `least` and `most`, or, with `backoff`, added to the doubling delay.
struct Wait {
    Duration least = Duration::zero();
    Duration most = Duration::zero();
    bool backoff = false;
};

struct Judgement {
    Class what = Class::unknown;
    Cause cause = Cause::passing;
    Wait wait;
    /// What is wrong and what to do about it, for status, log and doctor. Text of the server in it is unchecked: clean
    /// it before it reaches a terminal.
    std::string sentence;
    bool rate = false;       // closed for the tenant's events per second: the sending budget is halved
    bool too_large = false;  // the broadcast exceeded the payload limit: do not send it again
    bool replay = false;     // the replay asked for at the join was refused: leave it out
};

Judgement judge(const Signal& signal);

/// The server's code in front of ": ", or empty where there is none.
std::string_view code_of(std::string_view reason) noexcept;

}  // namespace realtime
