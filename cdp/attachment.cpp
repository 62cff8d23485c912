#include "cdp/attachment.hpp"

#include <utility>

#include "cdp/core/targets.hpp"
#include "cdp/error.hpp"

namespace cdp {

Attachment::Attachment(AttachmentNeeds needs)
    : places_{needs.places},
      owner_{needs.owner},
      asker_{needs.asker},
      link_{std::move(needs.executor),    std::move(needs.transport), needs.settings, *this, *this,
            std::move(needs.root_session)},
      guard_{link_, needs.settings, places_},
      pages_{link_, needs.settings},
      downloads_{link_, pages_, needs.settings},
      exchange_{link_, needs.settings, *this},
      keeper_{{link_, needs.settings, pages_, places_, owner_}},
      silence_{link_, keeper_, needs.settings} {}

awaitable<Error> Attachment::run() {
    exchange_.start();
    const Error why = co_await link_.run();
    ready_ = false;
    keeper_.reset();
    co_return why;
}

void Attachment::leave(Duration limit) {
    link_.ask(Own::last_word, {}, "Browser.getVersion", {}, limit);  // the browser takes commands in their order
}

void Attachment::on_exchanged(const BrowserVersion& version) {
    pages_.begin();
    ready_ = true;
    owner_.on_ready(version);
}

void Attachment::on_own(Own what, Fate fate, std::string_view body) {
    if (FirstExchange::is_step(what)) return exchange_.on_own(what, fate, body);
    if (DefaultPageKeeper::is_step(what)) return keeper_.on_own(what, fate, body);
    if (what == Own::last_word) return link_.end(Errc::stopped);
    if (what == Own::contexts) downloads_.on_contexts(fate == Fate::result ? body : std::string_view{});
}

void Attachment::on_step(const Pending& command, Fate fate, std::string_view body) {
    const auto own = static_cast<Own>(command.own);
    if (own == Own::page_check) return silence_.on_check(command, fate);
    if (own == Own::close_look) return pages_.on_close_look(command, fate);
    guard_.on_step(command, fate, body);
}

void Attachment::on_own_event(std::string_view method, std::string_view params) {
    if (method == "Target.targetCreated") return pages_.on_target_created(params);
    if (method == "Browser.downloadWillBegin") return downloads_.on_begin(params);
}

void Attachment::submit(const Request& request, std::string_view session) {
    if (const auto why = refusal(request, session)) {
        return asker_.on_answer({request.ticket, why->fate, why->text, session});
    }
    // The page's own session may be forgotten by notice(): the link copies it first.
    const bool sent = link_.submit(request, session);
    if (sent) notice(request, session);
}

bool Attachment::forget(Ticket ticket) {
    if (!link_.forget(ticket)) return false;
    pages_.on_answer(ticket, Fate::lost);
    return true;
}

void Attachment::on_answer(const Answer& answer) {
    pages_.on_answer(answer.ticket, answer.fate);
    asker_.on_answer(answer);
}

void Attachment::notice(const Request& request, std::string_view session) {
    std::string target;
    const bool surely = request.method == "Target.closeTarget";
    if (surely) {
        target = member(request.params, "targetId");
    } else if (request.method == "Page.close") {
        if (const TargetInfo* const own = link_.sessions().target_of(session)) target = own->id;
    } else {
        return;
    }
    pages_.on_asked(request.ticket, target, surely);
    keeper_.on_closing(target);
}

std::optional<Attachment::Refusal> Attachment::refusal(const Request& request, std::string_view session) const {
    if (session.empty()) return std::nullopt;
    if (guard_.settles_another(session, request.method, request.params)) {
        return Refusal{Fate::error, R"({"code":-32602,"message":"Invalid InterceptionId."})"};
    }
    if (!request.content || places_ == nullptr) return std::nullopt;
    // Chrome tells of a session before anybody may know its id: this one is none.
    const Session* const known = link_.sessions().find(session);
    if (known == nullptr) {
        return Refusal{Fate::error, R"({"code":-32001,"message":"Session with given id not found."})"};
    }
    if (may_be_read(link_.sessions().target(known->target), places_)) return std::nullopt;
    return Refusal{Fate::refused,
                   "The session's page stands where the policy lets nothing be read or changed. Navigate away first."};
}

void Attachment::on_session_gone(std::string_view session, bool crashed) {
    if (!crashed) guard_.on_session_gone(session);
    if (session == link_.own_session() && !crashed) {
        problem_ = "The browser ended the session that the agent keeps for itself.";
        return link_.end(Errc::unexpected_answer);
    }
    keeper_.on_session_gone(session, crashed);
}

}  // namespace cdp
