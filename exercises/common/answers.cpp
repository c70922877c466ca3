#include "exercises/common/answers.h"

#include <fmt/format.h>

#include <cmath>

namespace gradus::exercises {
namespace {

/// A word without what does not count.
std::string bare(std::string word) {
  const auto outer = [](char c) { return c == '"' || c == '\'' || c == '`' || c == '.'; };
  while (!word.empty() && outer(word.back())) word.pop_back();
  while (!word.empty() && outer(word.front())) word.erase(0, 1);
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return word;
}

bool near(double a, double b, double within) { return a == b || std::abs(a - b) <= within; }

}  // namespace

void expect_number(const Trial& trial, const std::string& name, double expected, double within,
                   const std::vector<KnownNumber>& known) {
  const double got = trial.number(name);
  if (near(got, expected, within)) return;
  const std::string said = fmt::format("{} = {}: ", name, trial.answer(name));
  for (const KnownNumber& k : known)
    if (near(got, k.value, within)) fail_check(k.cause, said + k.sentence);
  fail_check("unknown", said + "we compute another number, and know no mistake that leads to yours.");
}

void expect_choice(const Trial& trial, const std::string& name, const std::string& expected,
                   const std::vector<Choice>& choices) {
  const std::string got = trial.answer(name);
  if (bare(got) == expected) return;
  std::string words;
  for (const Choice& c : choices) {
    if (c.word == bare(got)) fail_check(c.cause, fmt::format("{} = {}: {}", name, got, c.sentence));
    words += (words.empty() ? "" : ", ") + c.word;
  }
  fail_check("not-a-choice", fmt::format("{} = {}: choose one of {}", name, got, words));
}

void expect_predictions(const Trial& trial, std::initializer_list<const char*> names) {
  for (const char* name : names) trial.answer(name);
}

std::string expected_by_you(const Trial& trial, const std::string& name) {
  return fmt::format("you expected {}", trial.answer(name));
}

}  // namespace gradus::exercises
