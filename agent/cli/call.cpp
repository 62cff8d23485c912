#include "agent/cli/call.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/bridge/core/far_text.hpp"
#include "agent/bridge/far_side.hpp"
#include "agent/cli/answer_file.hpp"
#include "agent/cli/as_controller.hpp"
#include "agent/cli/identity.hpp"
#include "agent/cli/progress.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/cli/trusting.hpp"
#include "platform/crypto.hpp"
#include "platform/json/core/check.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"
#include "platform/unwritten.hpp"
#include "platform/wait.hpp"

namespace cli::call_command {
namespace {

using control::Exit;
using namespace net::experimental::awaitable_operators;

/// The contract's bound.
constexpr std::size_t method_bytes = 128;
/// Of parameters on standard input; one broadcast carries less.
constexpr std::size_t input_bytes = std::size_t{8} << 20;
/// What is sent before the end, such as the IO.close of a large result.
constexpr Duration leave_grace = std::chrono::milliseconds{500};

/// Resolves when the page's load event is over.
constexpr std::string_view when_loaded =
    R"js({"awaitPromise":true,"returnByValue":true,"expression":"new Promise(done => )js"
    R"js(document.readyState === 'complete' ? done() : addEventListener('load', () => done()))"})js";

bool is_object(std::string_view text) {
    return platform::check_json(text).ok() && platform::json_kind(platform::trim(text)) == platform::JsonKind::object;
}

bool is_method(std::string_view text) {
    const auto dot = text.find('.');
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.'; };
    return text.size() <= method_bytes && dot != std::string_view::npos && dot > 0 && dot + 1 < text.size() &&
           text.find('.', dot + 1) == std::string_view::npos && std::all_of(text.begin(), text.end(), letter);
}

/// `-`: the parameters stand on standard input.
std::optional<std::string> read_input() {
    std::string text;
    std::array<char, 65536> buffer{};
    ssize_t n = 0;
    while (text.size() <= input_bytes && (n = ::read(STDIN_FILENO, buffer.data(), buffer.size())) > 0) {
        text.append(buffer.data(), static_cast<std::size_t>(n));
    }
    if (text.size() > input_bytes || !is_object(text)) return std::nullopt;
    return text;
}

/// The picture's kind by the ending of its file.
std::string picture_params(const std::filesystem::path& file) {
    const auto ending = file.extension();
    if (ending == ".jpg" || ending == ".jpeg") return R"({"format":"jpeg"})";
    return ending == ".webp" ? R"({"format":"webp"})" : R"({"format":"png"})";
}

/// Standard base64 as Chrome writes it.
std::optional<std::string> bytes_of(std::string text) {
    for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return platform::from_base64url(text);
}

Exit unwritten(const std::filesystem::path& file, const Error& why) {
    return complain(platform::explain_unwritten(std::filesystem::absolute(file), why)), Exit::failure;
}

Exit keep(AnswerFile& file, const std::string& result) {
    const auto tree = platform::parse_json(result);
    const auto data = tree ? platform::get_string(*tree, "data") : std::nullopt;
    const auto bytes = data ? bytes_of(*data) : std::nullopt;
    if (!bytes) return complain("the far browser's answer holds no file"), Exit::failure;
    if (const Error ec = file.write(*bytes)) return unwritten(file.path(), ec);
    print("Wrote " + file.path().string() + " (" + std::to_string(bytes->size()) + " bytes).\n");
    return Exit::ok;
}

/// What --screenshot and --pdf name.
struct AnswerFiles {
    explicit AnswerFiles(const arguments::Call& wished) : screenshot{wished.screenshot}, pdf{wished.pdf} {}

    /// Opens both, before this process becomes another user's. False: the reason was printed.
    bool open_now() {
        for (auto* const file : {&screenshot, &pdf}) {
            if (file->path().empty()) continue;
            const Error ec = file->open_now();
            if (ec) return unwritten(file->path(), ec), false;
        }
        return true;
    }

    AnswerFile screenshot;
    AnswerFile pdf;
};

/// The commands of one line, one after the other.
class Steps {
  public:
    Steps(bridge::FarSide& far, const arguments::Call& wished, AnswerFiles& files)
        : far_{far}, wished_{wished}, files_{files} {}

    awaitable<Exit> run() {
        Exit code = Exit::ok;
        if (!wished_.method.empty()) code = co_await method();
        if (code == Exit::ok && !wished_.open.empty()) code = co_await open();
        if (code == Exit::ok && !wished_.screenshot.empty()) {
            bridge::Call picture = make("Page.captureScreenshot", picture_params(wished_.screenshot));
            picture.last = wished_.pdf.empty();
            code = co_await file(std::move(picture), files_.screenshot);
        }
        if (code == Exit::ok && !wished_.pdf.empty()) {
            bridge::Call print = make("Page.printToPDF", R"({"printBackground":true})");
            print.last = true;
            code = co_await file(std::move(print), files_.pdf);
        }
        far_.stop(leave_grace);
        co_return code;
    }

  private:
    bridge::Call make(std::string method, std::string params) const {
        return {.method = std::move(method),
                .params = std::move(params),
                .session = wished_.session,
                .timeout = wished_.timeout,
                .show = show_transfers()};
    }

    awaitable<Exit> method() {
        bridge::Call call = make(wished_.method, wished_.params);
        call.last = true;
        const bridge::Answer answer = co_await far_.call(std::move(call));
        if (!answer.ok) co_return refuse(wished_.method, answer);
        print_json(answer.result + "\n");
        co_return Exit::ok;
    }

    awaitable<Exit> open() {
        std::string params = R"({"url":)";
        platform::append_quoted(params, wished_.open);
        params += '}';
        bridge::Call call = make("Page.navigate", std::move(params));
        const bridge::Answer answer = co_await far_.call(std::move(call));
        if (!answer.ok) co_return refuse("Page.navigate", answer);
        const auto tree = platform::parse_json(answer.result);
        const auto problem = tree ? platform::get_string(*tree, "errorText").value_or("") : "";
        if (!problem.empty()) co_return complain("the page was not opened: " + problem), Exit::failure;
        // A page that moves on by itself breaks the wait off: it is open all the same.
        bridge::Call wait = make("Runtime.evaluate", std::string{when_loaded});
        wait.last = wished_.screenshot.empty() && wished_.pdf.empty();
        const bridge::Answer loaded = co_await far_.call(std::move(wait));
        const bool slow = !loaded.ok && !bridge::read_error(loaded.error).source.empty();
        if (slow) co_return refuse("waiting for the page's load", loaded);
        print("Opened " + wished_.open + "\n");
        co_return Exit::ok;
    }

    awaitable<Exit> file(bridge::Call call, AnswerFile& into) {
        const std::string method = call.method;
        call.repeatable = true;  // a second picture does no harm
        const bridge::Answer answer = co_await far_.call(std::move(call));
        if (!answer.ok) co_return refuse(method, answer);
        co_return keep(into, answer.result);
    }

    Exit refuse(std::string_view what, const bridge::Answer& answer) const {
        const bridge::ErrorText error = bridge::read_error(answer.error);
        const std::string code = error.source.empty() ? " (" + std::to_string(error.code) + ")" : std::string{};
        complain(std::string{what} + ": " + error.message + code + advice_on_trust(answer.error));
        return exit_of(answer.error, control::exit_of(far_.cause()));
    }

    bridge::FarSide& far_;
    const arguments::Call& wished_;
    AnswerFiles& files_;
};

awaitable<Exit> serve(bridge::Controller& controller, const arguments::Call& wished, AnswerFiles& files,
                      Trusting& trusting) {
    const bridge::FoundDevice found = co_await controller.find(wished.device);
    if (!found.device) {
        complain(found.problem);
        co_return found.named_none ? Exit::no_device : control::exit_of(found.cause);
    }
    const Trusting::Settled settled = co_await trusting.settle(controller, *found.device);
    if (settled.code != Exit::ok) co_return settled.code;
    bridge::FarSide far{controller.far_needs(), *found.device, settled.keys};
    if (settled.keys) trusting.resume(far, *settled.keys);
    Steps steps{far, wished, files};
    std::optional<Exit> code;
    auto stepping = platform::into(code, steps.run());
    co_await (far.run() && std::move(stepping));
    if (settled.keys) trusting.keep_session(far, *settled.keys);
    co_return *code;
}

}  // namespace

std::string what_is_wrong(const arguments::Call& call) {
    const bool does = !call.open.empty() || !call.screenshot.empty() || !call.pdf.empty();
    if (call.device.empty()) return "--call needs a device: its uuid or its name (agent --devices lists them)";
    if (call.method.empty() && !does) return "--call needs a METHOD behind the device, --open, --screenshot or --pdf";
    if (!call.method.empty() && does) return "--open, --screenshot and --pdf stand in a METHOD's place";
    if (!call.method.empty() && !is_method(call.method)) {
        return "--call: a method is written Domain.name, such as Page.reload";
    }
    if (call.params == "-" && call.token.standard_input) {
        return "--call: parameters and token cannot both come from standard input";
    }
    if (!call.params.empty() && call.params != "-" && !is_object(call.params)) {
        return "--call: PARAMS must be a JSON object, or - to read one from standard input";
    }
    return {};
}

Exit exit_of(std::string_view error, Exit barred) {
    const bridge::ErrorText text = bridge::read_error(error);
    if (text.source == "bridge") {
        if (text.reason == "barred") return barred;
        if (text.reason == "unreachable") return Exit::unavailable;
        if (text.reason == "untrusted") return Exit::untrusted;
        return text.reason == "unanswered" ? Exit::unanswered : Exit::failure;
    }
    if (text.source != "agent") return Exit::failure;  // the browser's own word
    if (text.reason == "denied") return Exit::policy_refuses;
    if (text.reason == "timeout") return Exit::unanswered;
    if (text.reason == "browser_unavailable" || text.reason == "browser_lost") return Exit::no_browser;
    const bool passing =
        text.reason == "busy" || text.reason == "overloaded" || text.reason == "stopping" || text.reason == "stale";
    return passing ? Exit::temporary : Exit::failure;
}

Exit run(const arguments::Call& given, const config::Config& config) {
    arguments::Call wished = given;
    if (wished.params == "-") {
        auto params = read_input();
        if (!params) {
            return complain("--call: there must be one JSON object on standard input, of 8 MiB at most"), Exit::usage;
        }
        wished.params = std::move(*params);
    }
    AnswerFiles files{wished};
    if (!becomes(wished.token, config).empty() && !files.open_now()) return Exit::failure;
    Trusting trusting{wished.trust, config};
    if (!trusting.read_key_file()) return Exit::failure;
    const auto command = [&](bridge::Controller& controller) { return serve(controller, wished, files, trusting); };
    return as_controller(wished.token, config, command);
}

}  // namespace cli::call_command
