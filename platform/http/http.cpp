#include "platform/http/http.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

#include "platform/http/curl_transfer.hpp"
#include "platform/tunnel.hpp"
#include "platform/url.hpp"

namespace platform::http {

namespace {

constexpr std::size_t max_headers = std::size_t{64} << 10;  // bytes of an answer's headers in all

class HttpCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "http"; }
    std::string message(int value) const override {
        switch (static_cast<Errc>(value)) {
            case Errc::not_https:
                return "The address must begin with https:// (http:// is for this machine only).";
            case Errc::bad_url:
                return "The address is not an http or https address that can be used.";
            case Errc::too_large:
                return "The server's answer is larger than it may be.";
            case Errc::timed_out:
                return "The server's answer was not complete in time.";
            case Errc::broken:
                return "The connection broke, or what answered does not speak HTTP.";
            case Errc::bad_header:
                return "A header for the request has a line break or a wrong name.";
        }
        return "Unknown HTTP error.";
    }
};

struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

// What the callbacks fill.
struct Receiver {
    Response response;
    std::size_t max_body = 0;
    std::size_t header_bytes = 0;
    bool too_large = false;
};

std::string lower(std::string_view text) {
    std::string copy(text);
    std::ranges::transform(copy, copy.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return copy;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const std::size_t first = text.find_first_not_of(space);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::size_t on_body(const char* bytes, std::size_t, std::size_t count, void* context) {
    auto* receiver = static_cast<Receiver*>(context);
    receiver->too_large = receiver->response.body.size() + count > receiver->max_body;
    if (receiver->too_large) return 0;
    receiver->response.body.append(bytes, count);
    return count;
}

std::size_t on_header(const char* bytes, std::size_t, std::size_t count, void* context) {
    auto* receiver = static_cast<Receiver*>(context);
    const std::string_view line(bytes, count);
    receiver->header_bytes += count;
    receiver->too_large = receiver->header_bytes > max_headers;
    if (receiver->too_large) return 0;
    // A new status line begins a new answer: what came before was an interim one.
    if (line.starts_with("HTTP/")) receiver->response.headers.clear();
    const std::size_t colon = line.find(':');
    if (colon == line.npos || line.starts_with("HTTP/")) return count;
    receiver->response.headers.emplace_back(lower(line.substr(0, colon)), trim(line.substr(colon + 1)));
    return count;
}

bool is_right_header(const std::string& name, const std::string& value) {
    const auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
    return !name.empty() && name.find_first_of(": \t") == name.npos && std::ranges::none_of(name, breaks) &&
           std::ranges::none_of(value, breaks);
}

Result<HeaderList> make_headers(const Request& request) {
    HeaderList list;
    const auto add = [&list](const std::string& line) {
        curl_slist* longer = curl_slist_append(list.get(), line.c_str());
        if (!longer) throw std::bad_alloc();
        (void)list.release();
        list.reset(longer);
    };
    add("Expect:");  // no waiting for "100 Continue"
    for (const auto& [name, value] : request.headers) {
        if (!is_right_header(name, value)) return Errc::bad_header;
        // curl takes "Name:" as an order to leave the header out, and "Name;" as one without a value.
        add(value.empty() ? name + ';' : name + ": " + value);
    }
    return list;
}

void set_method(CURL* easy, const Request& request) {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    const bool has_body =
        !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (!has_body) return;
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
}

Result<Url> check_url(const std::string& text) {
    Result<Url> url = parse_url(text);
    if (!url || (url->scheme != "https" && url->scheme != "http")) return Errc::bad_url;
    if (url->scheme == "http" && !is_loopback(url->host)) return Errc::not_https;
    return url;
}

void receive_into(CURL* easy, Receiver& receiver) {
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &receiver);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &receiver);
}

/// What curl has read off the answer itself.
void read_facts(CURL* easy, Response& response) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    response.status = static_cast<int>(status);
    curl_off_t seconds = 0;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    response.retry_after = std::chrono::seconds(seconds);
}

// Runs on the worker.
NetResult<Response> perform(const Request& request, const Url& url, const NetOptions& options,
                            const ProxyChoice& choice, std::stop_token stop) {
    Receiver receiver;
    receiver.max_body = request.max_body;
    const Result<HeaderList> headers = make_headers(request);
    if (!headers) return headers.error();
    HeaderList addresses;
    CurlTransfer transfer(options, choice);
    CURL* easy = transfer.handle();
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, url.scheme.c_str());
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "bmc-agent/" BMC_VERSION);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers->get());
    receive_into(easy, receiver);
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(request.timeout);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
    set_method(easy, request);
    if (is_loopback(url.host) && !is_address(url.host)) {
        // Not the resolver's business: it may send a name under localhost anywhere.
        const std::string entry = url.host + ':' + std::to_string(url.port) + ":127.0.0.1,[::1]";
        addresses.reset(curl_slist_append(nullptr, entry.c_str()));
        curl_easy_setopt(easy, CURLOPT_RESOLVE, addresses.get());
    }
    const Error ec = transfer.run(std::move(stop), Errc::broken);
    if (receiver.too_large) return transfer.failure(Errc::too_large, url.host, url.port);
    if (ec == TunnelErrc::timed_out && transfer.connected()) {
        return transfer.failure(Errc::timed_out, url.host, url.port, request.timeout);
    }
    if (ec) return transfer.failure(ec, url.host, url.port);
    read_facts(easy, receiver.response);
    return std::move(receiver.response);
}

}  // namespace

const boost::system::error_category& http_category() noexcept {
    static const HttpCategory category;
    return category;
}

std::string_view Response::header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, &Headers::value_type::first);
    return found == headers.end() ? std::string_view() : found->second;
}

awaitable<NetResult<Response>> fetch(Worker& network, Request request, NetOptions options) {
    const Result<Url> url = check_url(request.url);
    if (!url) co_return url.error();
    Way way;
    way.host = url->host;
    way.port = url->port;
    const Result<ProxyChoice> choice = read_proxy_choice(options, url->host);
    if (!choice) co_return explain_way(choice.error(), way);
    auto ask = [request = std::move(request), url = *url, options = std::move(options), choice = *choice](
                   std::stop_token stop) { return perform(request, url, options, choice, std::move(stop)); };
    NetResult<Response> response = co_await run_blocking(network, std::move(ask));
    co_return std::move(response);
}

}  // namespace platform::http
