// Which clients get a server's few places: the decision behind HttpServer's limits. A user cannot shut others out by
// holding connections open; root and the service's own user have places that nobody else gets. Thread rule: the loop's
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace platform {

class ConnectionPlaces {
  public:
    using Id = std::uint64_t;

    struct Limits {
        std::size_t reserved = 0;  // places of root and the service's own user
        std::size_t others = 0;    // places of everybody else together
        std::size_t one = 0;       // of these, places of one user
    };
    explicit ConnectionPlaces(Limits limits) : limits_(limits) {}

    struct Admission {
        std::optional<Id> admitted;  // nothing: no place, and nobody who would have to go
        std::optional<Id> leaves;    // lost its place to the new one: to be closed
    };
    /// `user`: nothing where the system does not say (TCP). Where there is no place, the oldest connection of the
    /// fullest user goes that waits for its peer: the new one's own user beyond `one`.
    Admission admit(std::optional<unsigned> user, bool reserved);

    /// Its request is being answered: it stays until it waits again.
    void busy(Id id);
    /// It waits for its peer, which has to send a request or to take an answer.
    void waiting(Id id);
    void leave(Id id);

    std::vector<Id> all_waiting() const;
    std::size_t size() const noexcept { return entries_.size(); }

  private:
    struct Entry {
        Id id = 0;
        std::optional<unsigned> user;
        bool reserved = false;
        std::optional<std::uint64_t> waits_since;  // a count, not a time; nothing: busy
    };

    std::size_t count(bool reserved) const;
    std::size_t count_of(std::optional<unsigned> user) const;
    std::optional<Id> oldest_waiting(bool reserved, const std::optional<unsigned>* user) const;
    Entry* find(Id id);

    Limits limits_;
    std::vector<Entry> entries_;
    std::uint64_t counter_ = 0;
};

}  // namespace platform
