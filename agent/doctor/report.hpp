// What the checks found, in the order in which they found it; and its two texts, for people and for programs.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "agent/doctor/finding.hpp"

namespace doctor {

class Report {
  public:
    void add(Finding finding) { findings_.push_back(std::move(finding)); }
    void add(std::string check, Outcome outcome, std::string what, std::string remedy = {});
    /// These could not be looked at, all for the same reason.
    void skip(std::initializer_list<const char*> checks, const std::string& why);

    /// The first of that check; null: there is none. Valid until the next add() or skip().
    Finding* find(std::string_view check);

    std::vector<Finding> take() { return std::move(findings_); }
    const std::vector<Finding>& findings() const noexcept { return findings_; }

  private:
    std::vector<Finding> findings_;
};

std::string for_people(const std::vector<Finding>& findings);
std::string as_json(const std::vector<Finding>& findings);
bool any_failed(const std::vector<Finding>& findings);

}  // namespace doctor
