// The lifecycle of the browser link: its states and the one table of what leads from which to which.
#pragma once

#include <cstdint>
#include <string_view>

namespace cdp {

/// A separate state machine: the cloud side stays joined whatever happens here.
enum class BrowserState : std::uint8_t {
    absent,     // nothing runs and nothing is tried (not started yet, stopped, unpaired)
    launching,  // a process was started, or a connection is tried; no answer yet
    attached,   // commands are answered
    lost,       // it went; the next try has a time and a reason
};

enum class BrowserEvent : std::uint8_t {
    start,     // a try begins
    answered,  // the first exchange is done
    ended,     // the try failed, or the connection ended
    stop,      // all is down, by our own wish
};

/// An unknown pair changes nothing.
constexpr BrowserState next(BrowserState now, BrowserEvent event) noexcept {
    struct Transition {
        BrowserState from;
        BrowserEvent event;
        BrowserState to;
    };
    using S = BrowserState;
    using E = BrowserEvent;
    // clang-format off
    constexpr Transition transitions[] = {
        {S::absent,    E::start,    S::launching},
        {S::lost,      E::start,    S::launching},
        {S::launching, E::answered, S::attached},
        {S::launching, E::ended,    S::lost},
        {S::attached,  E::ended,    S::lost},
        {S::launching, E::stop,     S::absent},
        {S::attached,  E::stop,     S::absent},
        {S::lost,      E::stop,     S::absent},
    };
    // clang-format on
    for (const auto& row : transitions) {
        if (row.from == now && row.event == event) return row.to;
    }
    return now;
}

constexpr std::string_view name_of(BrowserState state) noexcept {
    switch (state) {
        case BrowserState::absent:
            return "absent";
        case BrowserState::launching:
            return "launching";
        case BrowserState::attached:
            return "attached";
        case BrowserState::lost:
            return "lost";
    }
    return "unknown";
}

static_assert(next(BrowserState::absent, BrowserEvent::start) == BrowserState::launching);
static_assert(next(BrowserState::absent, BrowserEvent::ended) == BrowserState::absent);
static_assert(next(BrowserState::attached, BrowserEvent::ended) == BrowserState::lost);

}  // namespace cdp
