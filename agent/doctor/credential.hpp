// The credential: whether there is one, where it may go, how long it lasts, and whether it travels in the address.
#pragma once

#include "agent/doctor/report.hpp"
#include "agent/doctor/subject.hpp"

namespace doctor {

/// Finds the credential and binds it, as the agent does: sets the subject's `credential`, `config` and `elsewhere`.
void look_at_pairing(Subject& subject, Report& report);

/// Of the credential that was found.
void look_at_token(const Subject& subject, Report& report);

}  // namespace doctor
