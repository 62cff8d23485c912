// Commands of this end's own inside of a sealed client's stream, beside those of the local client: Agent.filePut, say.
// Their ids are strings, which those of a client are not. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace bridge {

/// What came back: the result, or the error, as JSON text.
struct Replied {
    bool ok = false;
    std::string text;
};

class Asks {
  public:
    using Done = std::function<void(Replied)>;

    struct Question {
        std::string_view method;
        std::string_view params = {};  // JSON text of an object; empty: none
    };
    struct Sent {
        std::uint64_t number;
        std::string message;
    };
    /// `done` is called once, by take() or fail_all(), unless forget() is called before.
    Sent add(const Question& question, Done done);
    void forget(std::uint64_t number) { waiting_.erase(number); }

    /// False: the message of the browser's is no reply to one of these.
    bool take(std::string_view message);
    /// `error`: JSON text of an error object.
    void fail_all(const std::string& error);

    bool empty() const noexcept { return waiting_.empty(); }

  private:
    std::map<std::uint64_t, Done> waiting_;
    std::uint64_t last_ = 0;
};

}  // namespace bridge
