#pragma once
// What the exercise's functions must give, by plain loops in double, and what known mistakes give instead.
#include <optional>
#include <string>
#include <vector>

#include "exercise.h"
#include "exercises/common/array.h"
#include "exercises/common/oracle.h"

namespace gradus::exercises::judge {

using Tokens = std::vector<std::int64_t>;

/// Names of the roles as answers.txt spells them.
extern const std::vector<std::pair<Role, std::string>> roles;
std::string name_of(Role role);

/// How copy_loss may be computed; the first value of each is the right one.
struct LossRecipe {
  enum class Heads { beside, added } heads = Heads::beside;
  enum class Targets { both, first, later, swapped_window } targets = Targets::both;
  enum class Measure { share, explained, root, mean, sum } measure = Measure::share;
};
double copy_loss(const Array& windows, const Array& patterns, const LossRecipe& recipe = {});
/// Which patterns are tried: the grid; those with nothing left for the rest; those with something left; those with all on
/// one of the two, and with nothing on both; the grid with the whole rest on each of the other tokens, or divided by all K;
/// all of the square, where the rest is below 0 beyond a + b = 1. Or the grid, for its worst.
enum class Sweep { grid, edge, inside, corners, whole_numbers, heavy_rest, thin_rest, square, worst };
double best_of_one_head(const Array& windows, std::int64_t steps, Sweep sweep = Sweep::grid);
struct SweepRun {
  Array windows;
  std::int64_t steps;
  double got;
};
std::optional<Cause> explain_sweep(const std::vector<SweepRun>& runs);  ///< the one that gives them all
/// The expected loss of one head with the weights a, b, and c on each of `others` tokens when all tokens are independent:
/// its mixture m = a x_0 + b x_1 + ... tells cov(x_0, m)^2 / var(m) = a^2 / (a^2 + b^2 + others c^2) of x_0, likewise of
/// x_1.
double expected_loss(double a, double b, double c, std::int64_t others);

/// The known mistake that gives `got`.
std::optional<Cause> explain_loss(double got, const Array& windows, const Array& patterns);

/// How role_score may be computed; the first value of each is the right one.
struct ScoreRecipe {
  bool transposed = false;
  std::int64_t first_row = 2;
  bool all_rows = false;   ///< rows without keys count
  bool key_mean = false;   ///< the mean over a row's keys instead of their sum
  bool copy_self = false;  ///< same_token: j = i is a key too
  enum class Induction { after, copy, before, not_itself } induction = Induction::after;
  enum class Entropy { share, nats, bits, longest, fewer } entropy = Entropy::share;
};
double role_score(Role role, const Array& weights, const Tokens& tokens, const ScoreRecipe& recipe = {});
std::optional<Cause> explain_score(double got, Role role, const Array& weights, const Tokens& tokens);

/// Causal weights [T, T] of a head of this role: `noise` of each row is spread at random, and all of a row that has no key.
Array head_of(Role role, const Tokens& tokens, double noise);
Tokens random_tokens(std::int64_t length, std::int64_t vocab);

/// The role with the largest score.
Role label(const Array& weights, const Tokens& tokens);

}  // namespace gradus::exercises::judge
