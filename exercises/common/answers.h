#pragma once
// The answers of answers.txt against what the checks compute, and the predictions against what was measured.
#include <initializer_list>
#include <string>
#include <vector>

#include "exercises/common/checks.h"

namespace gradus::exercises {

/// A wrong number that we know, and what to say to it.
struct KnownNumber {
  double value;
  const char* cause;
  std::string sentence;
};

/// Fails unless the learner's number lies within `within` of `expected` (infinities: is it): with the cause and the
/// sentence of the known number that it is, else with what they both lack.
void expect_number(const Trial& trial, const std::string& name, double expected, double within,
                   const std::vector<KnownNumber>& known);

/// One of the words that a question offers; cause and sentence are for when it is not the right one.
struct Choice {
  std::string word;
  const char* cause = "unknown";
  std::string sentence = {};
};

/// Fails unless the learner chose `expected` among the words. Capitals, quotes around and a dot behind do not count.
void expect_choice(const Trial& trial, const std::string& name, const std::string& expected,
                   const std::vector<Choice>& choices);

/// NotWritten while one of these predictions is "?". They are never judged.
void expect_predictions(const Trial& trial, std::initializer_list<const char*> names);

/// "you expected 0.9": for the line that shows what was measured.
std::string expected_by_you(const Trial& trial, const std::string& name);

}  // namespace gradus::exercises
