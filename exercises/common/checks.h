#pragma once
// What an exercise's checks are written with: exercises/5.05-dot-product-attention/checks.cpp shows how.
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "exercises/common/array.h"
#include "exercises/common/cause.h"
#include "exercises/common/todo.h"
#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

/// A check did not hold. `cause` names the mistake that explains it ("scale"), or is "unknown".
struct Failure {
  std::string cause;
  std::string message;  ///< in the learner's terms, with evidence; may be several lines
};

[[noreturn]] void fail_check(std::string cause, std::string message);
/// With the cause "unknown": the message, and that no mistake we know explains it.
[[noreturn]] void fail_unexplained(const std::string& message);
/// Fails if there is a cause: "Your WHAT behaves as if SENTENCE."
void fail_if_explained(const std::string& what, const std::optional<Cause>& cause);

/// What a check has to work with. The thread's generator is seeded afresh for every check, so that one check
/// alone sees what it sees among the others.
struct Trial {
  std::uint64_t seed = 1;
  std::map<std::string, std::string> answers;  ///< of answers.txt
  mutable std::set<std::string> asked = {};    ///< the names of those that were asked for

  /// The learner's answer to a question; NotWritten while it is "?".
  std::string answer(const std::string& name) const;
  double number(
      const std::string& name) const;  ///< the same as a number or a / b; a failure when it is neither

  Tensor randn(const Shape& shape) const;
  std::int64_t randint(std::int64_t low, std::int64_t high) const;  ///< in [low, high)
};

struct Check {
  const char* name;   ///< one word or two, for messages and tests
  const char* claim;  ///< what holds when it passes
  void (*run)(Trial& trial);
  bool full = false;  ///< only with --full: it trains
};

/// What checks.cpp of an exercise defines.
struct Exercise {
  std::vector<Check> checks;
  void (*experiment)(Trial& trial) = nullptr;  ///< `gradus exercise run`: prints, judges nothing
  void (*numbers)() = nullptr;                 ///< prints every number that the exercise's pages mention
};
extern const Exercise exercise;

/// Fails unless the learner's result is there, is float32, has this shape, and is finite (unless told that
/// infinities are in order). `axes` names the axes: "[B, Tq, d_v]".
void expect_shape(const char* what, const Tensor& result, const Shape& expected, const char* axes,
                  bool finite = true);

/// The learner's number; fails when it is NaN or infinite.
double expect_finite(const char* what, double x);

/// Fails unless |got - expected| <= 1e-5 (1 + |expected|): with the cause that explain() finds, else with both numbers.
template <class Explain>
void expect_value(const std::string& what, double got, double expected, const Explain& explain) {
  if (difference(got, expected) <= tolerance) return;
  fail_if_explained(what, explain());
  fail_unexplained(what + " is " + show(got) + ", expected " + show(expected) + ".");
}

/// Fails with the first differing element unless |got - expected| <= 1e-5 (1 + |expected|) everywhere: the
/// check for when no known mistake explains the result.
void expect_close(const char* what, const Tensor& got, const Array& expected, double within = tolerance);

/// The same, with the cause that explain() finds, if it finds one.
template <class Explain>
void expect_result(const char* what, const Tensor& got, const Array& expected, const Explain& explain) {
  if (distance(Array(got), expected) <= tolerance) return;
  fail_if_explained(what, explain());
  expect_close(what, got, expected);
}

/// As values, they make the output of attention its weights.   [batch, t, t]
Tensor identities(std::int64_t batch, std::int64_t t);

/// Fails when a tensor that was handed to the learner is no longer what it was.
class Unchanged {
 public:
  explicit Unchanged(std::vector<Tensor> inputs);
  void expect() const;

 private:
  std::vector<Tensor> inputs_;
  std::vector<std::vector<float>> before_;
};

}  // namespace gradus::exercises
