#include "agent/control/core/health.hpp"

namespace control {
namespace {

using std::chrono::seconds;

seconds ends_ahead(const Vitals& vitals) {
    return vitals.token_given ? seconds{given_token_ends_ahead} : seconds{token_ends_ahead};
}

bool token_ends(const Vitals& vitals) {
    if (!vitals.token_left) return false;
    if (*vitals.token_left <= seconds::zero()) return true;
    // A refresh is tried shortly before the end alone: one that failed means that the end is near.
    if (vitals.token_refreshed) return !vitals.token_trouble.empty();
    return *vitals.token_left <= ends_ahead(vitals);
}

/// "what: why", or "what" where there is no why.
std::string with(std::string what, std::string_view why) {
    if (!why.empty()) what.append(": ").append(why);
    return what;
}

std::string token_sentence(const Vitals& vitals) {
    std::string text = "the device's token ";
    const bool over = vitals.token_left.value_or(seconds::zero()) <= seconds::zero();
    if (over) text += "has run out";
    if (!over) text.append("runs out in ").append(vitals.token_left_words);
    if (!vitals.token_refreshed) text += " and cannot be refreshed";
    return with(std::move(text), vitals.token_trouble);
}

std::string link_sentence(const Vitals& vitals) {
    std::string text = "the device's channel is not joined (";
    text.append(to_string(vitals.link)).append(")");
    return with(std::move(text), vitals.link_reason);
}

std::string audit_remedy(const Vitals&) {
    return "make room at audit.file, or let the agent's user write there; the agent then goes on by itself";
}

struct Row {
    Trouble what;
    std::string_view name;
    bool serves;  // commands are answered by the browser all the same
    bool (*applies)(const Vitals&);
    std::string (*sentence)(const Vitals&);
    std::string (*remedy)(const Vitals&);
};

using V = const Vitals&;

constexpr std::array<Row, troubles> rows{{
    {Trouble::unpaired, "unpaired", false, [](V v) { return !v.paired; },
     [](V v) { return with("at the activation gate", v.gate_reason); }, [](V v) { return v.gate_remedy; }},
    {Trouble::not_joined, "not_joined", false, [](V v) { return v.link != realtime::State::joined; }, link_sentence,
     [](V) { return std::string{"agent --doctor finds out why; agent --status has the time of the next try"}; }},
    {Trouble::paused, "paused", false, [](V v) { return !v.paused.empty(); },
     [](V v) { return std::string{"paused "}.append(v.paused); }, [](V) { return std::string{"agent --resume"}; }},
    {Trouble::yielding, "yielding", false, [](V v) { return v.yielding; },
     [](V) { return std::string{"another agent of this device was there before: this one relays nothing"}; },
     [](V) {
         return std::string{
             "stop one of them, or pair this machine as a separate device (agent --unpair, then agent --pair)"};
     }},
    {Trouble::no_browser, "no_browser", false, [](V v) { return v.browser_known && !v.browser_answers; },
     [](V v) { return with("no browser answers", v.browser_reason); }, [](V v) { return v.browser_remedy; }},
    {Trouble::audit_refuses, "audit_refuses", false, [](V v) { return v.audit_refuses && !v.audit.empty(); },
     [](V v) {
         return with("every command is refused, since audit.on_error is refuse and no audit line can be written",
                     v.audit);
     },
     audit_remedy},
    {Trouble::not_accepted, "not_accepted", false, [](V v) { return !v.not_accepted.empty(); },
     [](V v) { return with("the backend does not accept the results", v.not_accepted); },
     [](V) {
         return std::string{
             "give the token's role the right to insert into realtime.messages of this topic; agent --doctor tries it"};
     }},
    {Trouble::disputed, "disputed", true, [](V v) { return v.disputed; },
     [](V) {
         return std::string{
             "a member of the channel claims to be this device and answers nothing: this agent relays in spite of it"};
     },
     [](V) { return std::string{"find out who may track presence on the device's channel, or stop the other agent"}; }},
    {Trouble::token_ends, "token_ends", true, token_ends, token_sentence, [](V v) { return v.token_remedy; }},
    {Trouble::audit_stopped, "audit_stopped", true, [](V v) { return !v.audit_refuses && !v.audit.empty(); },
     [](V v) { return with("the audit trail stopped", v.audit); }, audit_remedy},
    {Trouble::spool_full, "spool_full", true, [](V v) { return !v.spool.empty(); },
     [](V v) { return with("the spool has no room for downloads and uploads", v.spool); },
     [](V) {
         return std::string{
             "remove files from spool.folder, make room on its disk, or set spool.quota and spool.max_files higher"};
     }},
}};

constexpr bool in_order() {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].what != static_cast<Trouble>(i)) return false;
    }
    return true;
}
static_assert(in_order(), "a row a trouble, at its place");

}  // namespace

std::string_view to_string(Trouble trouble) noexcept {
    return rows[static_cast<std::size_t>(trouble)].name;
}

std::optional<Trouble> trouble_named(std::string_view name) noexcept {
    for (const Row& row : rows) {
        if (row.name == name) return row.what;
    }
    return std::nullopt;
}

bool serves(Trouble trouble) noexcept {
    return rows[static_cast<std::size_t>(trouble)].serves;
}

std::vector<Ailment> examine(const Vitals& vitals) {
    std::vector<Ailment> found;
    for (const Row& row : rows) {
        if (row.applies(vitals)) found.push_back({row.what, row.sentence(vitals), row.remedy(vitals)});
        if (!vitals.paired) break;  // nothing else is there to be looked at
    }
    return found;
}

std::optional<seconds> token_holds(const Vitals& vitals) {
    if (!vitals.token_left || *vitals.token_left <= seconds::zero()) return std::nullopt;
    const auto until_it_counts = *vitals.token_left - ends_ahead(vitals);
    const bool counts = vitals.token_refreshed || until_it_counts <= seconds::zero();
    return counts ? *vitals.token_left : until_it_counts;
}

}  // namespace control
