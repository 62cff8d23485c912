// The owner's judgement on every command that Chrome knows: one row a domain and decision, written to be read.
// A method that stands nowhere here is refused in `observe` and `test`, whatever Chrome is running.
// Source of the names: /json/protocol of Chromium 156 (59 domains, 674 commands).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "platform/core/names.hpp"

namespace relay {

/// How much of the protocol passes. Each includes the one before.
enum class Profile : std::uint8_t {
    observe,  // look: what a person in front of the screen could see, structure, console, traffic's outlines
    test,     // drive pages as a test would, change anything inside the browser's own profile; the machine stays out of
              // reach
    full,     // everything, unknown methods too; the owner trusts all who may broadcast
};
/// As the configuration and refusals write them.
inline constexpr std::pair<std::string_view, Profile> profile_names[] = {
    {"observe", Profile::observe}, {"test", Profile::test}, {"full", Profile::full}};
constexpr std::string_view name_of(Profile profile) noexcept {
    return platform::name_in(profile_names, profile);
}

/// What else there is to say about the methods of a row.
enum class Touch : std::uint8_t {
    neutral,  // may pass whatever the session's page stands at: enabling, lifecycle, leaving
    content,  // reads or writes the page: refused in a session whose page stands at a refused scheme
};

/// One decision.
struct PolicyRow {
    std::string_view domain;
    Profile least;  // the smallest profile in which the methods pass
    Touch touch;
    std::string_view methods;  // names without the domain, separated by spaces
};

/// All rows, by domain.
std::span<const PolicyRow> policy_table() noexcept;

/// A row's decision on one method.
struct Placement {
    Profile least;
    Touch touch;
};

/// Finds a method's placement; null where no row names it. Lives as long as the program.
const Placement* placement_of(std::string_view method);

}  // namespace relay
