// What the machine's owner may set about the relay. Config fills it; every field has its default here. A few have no
// option: they are constants that only tests change.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "agent/relay/core/policy.hpp"
#include "agent/relay/core/trust.hpp"
#include "platform/core/time_point.hpp"

namespace relay {

using namespace std::chrono_literals;

/// Results beyond the payload limit, kept for IO.read (contract, "Results over the size limit").
struct StreamSettings {
    std::string folder;                                       // for spilled ones; empty: $TMPDIR, else /tmp
    std::size_t max_count = 16;                               // kept at a time
    std::size_t max_bytes = std::size_t{1} << 30;             // of all together, in memory and on disk
    std::size_t memory_bytes = std::size_t{8} * 1024 * 1024;  // a larger one goes to a private temporary file
    Duration idle_limit = 5min;  // unread after this it is forgotten; no option: max_count and max_bytes are the bounds
    Duration evict_after = 30s;  // when room is short, the one longest unread goes, if nobody has read it for this time
};

/// One line a command (contract, "Policy": the audit trail).
struct AuditSettings {
    enum class OnError : std::uint8_t {
        proceed,  // commands are relayed although their line could not be written
        refuse,   // commands are refused until lines can be written again
    };
    enum class Urls : std::uint8_t {
        origin,  // a navigation's scheme, host and port
        none,    // nothing of it
    };
    bool journal = false;                                   // a line of the log, with fields
    std::string file;                                       // empty: no file
    std::size_t max_bytes = std::size_t{16} * 1024 * 1024;  // then it is renamed to `file.1` and begun anew
    int keep = 5;                                           // renamed ones kept: file.1 … file.5
    OnError on_error = OnError::proceed;
    Urls urls = Urls::origin;
};

/// The folder that browser and agent share for downloads and uploads (contract, "Spool").
struct SpoolSettings {
    std::string folder;  // absolute; empty: downloads go nowhere and uploads are refused
    std::string
        refused;  // why the folder that was wanted is not used: a sentence with its name; then `folder` is empty
    /// Bytes of all files. Beyond it the oldest go, and of those that are being written the largest is cancelled.
    std::size_t quota = std::size_t{2} << 30;
    std::size_t max_files = 4096;            // beyond it the oldest go
    std::size_t max_downloads = 32;          // at a time; beyond it they are cancelled
    Duration check_every = 10s;              // while nothing is being written to it, and the system does not watch it
    Duration check_watched_every = 10min;    // while the system tells of each file that comes or goes
    Duration check_downloads_every = 200ms;  // while a download is in work; sooner where one may pass the quota by then
    /// We launch the browser, or our host does: its downloads are directed from its first moment. In one of somebody
    /// else's only what the commands ask for is.
    bool browser_is_ours = true;
};

/// Controllers that speak the whole protocol (contract, "Clients").
struct ClientSettings {
    bool allow_exclusive = false;  // a client may have the browser for itself
    std::size_t max_count = 32;    // at a time
    /// Bytes held in memory for one client: what it was not sent yet, and what it has not acknowledged. Beyond it it is
    /// ended.
    std::size_t max_bytes = std::size_t{128} * 1024 * 1024;
    std::size_t max_bytes_of_all = std::size_t{256} * 1024 * 1024;  // beyond it the one that holds most is ended
    /// Where what waits for a client beyond `spill_beyond` lies, in files without a name; empty: it stays in memory.
    std::string spill_folder;
    std::size_t spill_beyond = std::size_t{8} * 1024 * 1024;  // bytes that wait in memory; no option
    std::size_t max_spilled = std::size_t{1}
                              << 30;  // bytes in files of all; beyond it the one that has most is ended; 0: no files
    std::size_t max_message = std::size_t{100} * 1024 * 1024;  // from a client, in parts or not
    Duration finish_limit = 5s;    // for a client that ends by itself to acknowledge what it was sent last
    Duration session_limit = 30s;  // for a sealed client's session to come; no option
    Duration prove_limit = 10s;    // for a sealed client to prove its key; no option
    std::size_t max_unproved = 8;  // sealed clients that have not: every member of the channel can open them; no option
    Duration blocked_again = 1s;   // after which a full outbox is tried again
    /// How long what the browser says waits for more (core/gather). No option: they are short beside any network.
    Duration gather_replies = 3ms;     // after a reply, while other commands of the client wait for theirs
    Duration gather_last_reply = 1ms;  // after the last of them: the client goes on with it
    Duration gather_events = 6ms;      // after an event for which the browser waits
    Duration gather_most = 20ms;       // after the first of these that waits
    /// News (other events) may wait for as long as the browser goes on to produce them.
    /// Where the pace is lower than one broadcast in `gather_news`, they wait for such a time of the pace. News of what
    /// is under way wait for the news of how it ends.
    Duration gather_news = 15ms;
    Duration gather_most_news = 100ms;  // after the first of them
    /// For a broadcast to be answered in, beyond which new pages of others wait for the client no longer. It
    /// acknowledges after a second at the latest.
    Duration silent_after = 5s;
    Duration let_go_again = 1s;  // after which the browser is asked again to let go on what it did not
};

struct Settings {
    PolicySettings policy;
    TrustSettings trust;
    Duration timeout = 30s;       // for a command that names no limit
    Duration max_timeout = 5min;  // caps the one that it names
    bool default_page = true;     // off: a command without a session goes to the browser target
    /// The browser shows windows, or we do not know: its clipboard and its notifications are those of a person.
    bool browser_has_window = false;
    /// Commands of a sender that is alone, from their arrival until their result is acknowledged; all senders together
    /// have twice as many. Beyond it: `overloaded`.
    std::size_t max_in_flight = 2048;
    /// Browser contexts that controllers may have at a time. Beyond it: `overloaded`.
    std::size_t max_contexts = 64;
    /// Commands at the browser of senders that were not seen before: names can be invented without end, so these share
    /// the places. Beyond it the one that has been there for longest makes room, if it had its turn; else the new one
    /// is refused.
    std::size_t max_strangers_at_browser = 512;
    Duration stranger_turn = 250ms;
    /// Bytes of parameters of the commands that the browser has not answered yet. Beyond it: `overloaded`. No option:
    /// room for one command of the greatest size that Chrome takes.
    std::size_t max_bytes_in_flight = std::size_t{128} * 1024 * 1024;
    /// Answers that the outbox had no room for, held here until it has. Beyond it they are dropped and counted. No
    /// option: four times max_in_flight.
    std::size_t max_waiting_answers = 8192;
    StreamSettings streams;
    AuditSettings audit;
    SpoolSettings spool;
    ClientSettings clients;
};

}  // namespace relay
