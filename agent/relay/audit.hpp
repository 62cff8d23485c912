// The audit trail: one line a command, as JSON in a file that is rotated by size, in the journal with fields, or both.
// Never parameters or results; of a navigation at most its origin. Source: the device channel's contract, "Policy".
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/relay/settings.hpp"
#include "platform/net.hpp"

namespace platform {
class Worker;
}

namespace relay {

/// What became of one command. The views are read during the call.
struct AuditRecord {
    std::string_view id = {};      // JSON text of a number or string
    std::string_view client = {};  // empty: not a client's command
    std::string_view key = {};     // of a sealed client: whose it is
    std::string_view method = {};  // empty where it could not be read
    std::string_view session = {};
    std::string_view outcome = {};  // "ok", "error" (the browser's), or the reason of the agent's own answer
    std::string_view rule = {};     // which rule of the policy decided
    std::string_view origin = {};   // where a navigation leads; empty for none
    std::size_t command_bytes = 0;
    std::size_t result_bytes = 0;
    Duration took{};
};

/// The line, newline included; `time` is wall-clock time.
std::string write_audit_line(const AuditRecord& record, std::chrono::sys_time<std::chrono::milliseconds> time);

/// The line that stands for `lines` that could not be written: the first one when the trail goes on.
std::string write_audit_gap(std::uint64_t lines, std::chrono::sys_time<std::chrono::milliseconds> time);

/// While no line can be written, this often another try is made, even without a command, to see when it works again.
inline constexpr std::chrono::seconds audit_look_again{5};

/// One thread; lines are gathered on the loop and written on the worker.
class Audit {
  public:
    Audit(net::any_io_executor executor, const AuditSettings& settings, platform::Worker& files);
    ~Audit();
    Audit(const Audit&) = delete;
    Audit& operator=(const Audit&) = delete;

    bool on() const noexcept;
    void record(const AuditRecord& record);

    /// Why commands are refused now (`on_error = refuse` and the last line could not be written); empty: none is.
    const std::string& refusal() const noexcept;

    /// Why no line can be written now, with the file's name and the number of lost lines; empty: lines can be written.
    std::string trouble() const;

    /// Called after each change of trouble() other than of the number; must not destroy the Audit.
    void on_change(std::function<void()> listener);

    /// Lines that could not be written since the start.
    std::uint64_t lost() const noexcept;

    /// Writes until stop(), then what is left.
    awaitable<Error> run();
    void stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace relay
