#include "agent/cli/doctor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <string_view>

#include "agent/cli/terminal.hpp"
#include "agent/control/exit_code.hpp"
#include "agent/control/running_agent.hpp"
#include "agent/doctor/doctor.hpp"
#include "agent/doctor/report.hpp"
#include "platform/json/tree.hpp"
#include "platform/unique_fd.hpp"
#include "platform/unwritten.hpp"

namespace cli::doctor_command {
namespace {

using control::Exit;

int fail(const std::string& what, int error) {
    complain(what + ": " + Error(error, boost::system::generic_category()).message());
    return static_cast<int>(Exit::failure);
}

int fill_bundle(const platform::UniqueFd& file, const std::string& name, const config::Loaded& loaded) {
    const auto bundle = doctor::support_bundle(loaded);
    if (::ftruncate(file.get(), 0) != 0) return fail(name, errno);
    std::string_view text = bundle;
    while (!text.empty()) {
        const auto n = ::write(file.get(), text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            const Error ec{errno, boost::system::system_category()};
            complain("the bundle is not whole: " + platform::explain_unwritten(name, ec));
            return static_cast<int>(Exit::failure);
        }
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    if (answers_in_json()) print_json(platform::to_text(nlohmann::json{{"file", name}}) + "\n");
    if (!answers_in_json()) print("Written: " + name + "\n");
    return static_cast<int>(Exit::ok);
}

}  // namespace

int run_doctor(const config::Loaded& loaded, const std::string& device, bool json) {
    if (const Error ec = control::running::become_owner_of(loaded.config.paths.state))
        return fail("becoming the service's user", ec.value());
    const auto findings = doctor::examine(loaded, device);
    if (json) print_json(doctor::as_json(findings));
    if (!json) print(doctor::for_people(findings));
    return static_cast<int>(doctor::any_failed(findings) ? Exit::failure : Exit::ok);
}

int write_bundle(const std::string& name, const config::Loaded& loaded) {
    const platform::UniqueFd file{::open(name.c_str(), O_WRONLY | O_CREAT | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0600)};
    struct stat about {};
    if (!file || ::fstat(file.get(), &about) != 0) return fail(name, errno);
    // Somebody else's file, put there before, would be theirs to read.
    if (about.st_uid != ::geteuid()) return fail(name + " belongs to another user", EEXIST);
    if (!S_ISREG(about.st_mode)) return fail(name + " is no file", EEXIST);
    if (::fchmod(file.get(), 0600) != 0) return fail(name, errno);
    if (const Error ec = control::running::become_owner_of(loaded.config.paths.state))
        return fail("becoming the service's user", ec.value());
    return fill_bundle(file, name, loaded);
}

}  // namespace cli::doctor_command
