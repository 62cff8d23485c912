// Credentials as texts: the stored file, sealed or not, a token that somebody hands in, the answer of a token endpoint.
#include <string>

#include "agent/credentials/format.hpp"
#include "agent/credentials/token_endpoint.hpp"
#include "agent/pairing/token_input.hpp"
#include "bytes.hpp"

using fuzz::expect;

namespace {

void read_file(std::string_view text) {
    static const credentials::Secret key{std::string(32, 'k')};
    if (credentials::is_sealed(text)) {
        expect(!credentials::unseal_text(key, text), "a text that was never sealed opens");
    }
    const auto stored = credentials::from_text(text);
    if (!stored) return;
    expect(!stored->credential.access_token.empty(), "a credential without a token");
    expect(credentials::normalise_uuid(stored->credential.device_uuid).has_value(), "a credential of no device");
    const auto written = credentials::to_text(stored->credential, stored->machine);
    const auto again = credentials::from_text(written.reveal());
    expect(again.has_value(), "a credential that was written cannot be read");
    const auto twice = credentials::to_text(again->credential, again->machine);
    expect(twice.reveal() == written.reveal(), "a credential changes when it is written again");
}

void hand_in(std::string_view text) {
    const credentials::WallTime now{std::chrono::seconds{1'800'000'000}};
    pairing::TokenInput token;
    const auto problem = pairing::read_token(text, token);
    if (problem) return expect(!problem->what.empty(), "a problem without a sentence");
    expect(!token.access_token.empty() || token.refresh, "a token that is none");
    expect(!pairing::describe(token, now).empty(), "a token without a description");
    pairing::judge_life(token, now, false);
}

void answer(std::string_view text, int status) {
    platform::http::Response response;
    response.status = status;
    response.body = text;
    const auto read = credentials::read_token_answer(response);
    if (read.grant) {
        expect(!read.grant->access_token.empty(), "a grant without a token");
        const auto life = read.grant->expires_in;
        if (life) {
            expect(*life >= credentials::shortest_token_life && *life <= credentials::longest_token_life,
                   "a token's life out of its range");
        }
    } else {
        expect(!read.description.empty(), "no token, and no sentence why");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Bytes bytes{data, size};
    constexpr int statuses[] = {200, 400, 401, 429, 500, 302};
    const int status = statuses[bytes.below(std::size(statuses))];
    const auto text = bytes.rest();
    read_file(text);
    hand_in(text);
    answer(text, status);
    return 0;
}
