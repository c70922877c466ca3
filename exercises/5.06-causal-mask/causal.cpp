#include "causal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "exercises/common/checks.h"
#include "exercises/common/masked.h"

namespace gradus::exercises {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A value that a mask of 0 and -inf does not have.
void expect_two_values(const Array& mask) {
  const std::int64_t n = mask.size(0);
  const auto count = [&](double value) { return std::count(mask.values.begin(), mask.values.end(), value); };
  const bool ones = count(1) > 0 && count(0) + count(1) == n * n;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      const double x = mask(i, j);
      if (x == -infinity || (std::abs(x) <= 0 && !ones)) continue;
      const std::string place = fmt::format("mask[{}, {}] is {}", i, j,
                                            std::isnan(x)   ? "NaN"
                                            : x == infinity ? "+infinity"
                                                            : show(x));
      if (std::isnan(x))
        fail_check("mask-nan",
                   place + ": 0 * -infinity is NaN. Choose the value of each place, do not multiply.");
      if (x == infinity)
        fail_check("mask-sign", place + ": that key would take all the weight. -INFINITY blocks.");
      if (ones)
        fail_check(
            "mask-zero-one",
            "The mask is made of 0 and 1. It is added to the scores, so 0 means \"as it is\" and -infinity "
            "means \"blocked\"; 1 more or less blocks nothing.");
      if (j <= i)
        fail_check("mask-not-zero",
                   place + ": where attention is allowed the mask is added and changes nothing, so it is 0.");
      if (std::exp(static_cast<float>(x)) > 0)
        fail_check(
            "mask-finite",
            fmt::format("{}, which leaks: among equal scores that key keeps e^{:.0f} of an allowed one's "
                        "weight. Only -INFINITY leaves exactly 0.",
                        place, x));
      fail_check("mask-finite",
                 place +
                     ", large, but a number. e^x is 0 only as long as an allowed key is there: a query whose "
                     "keys are all blocked would spread evenly over what it must not see. And a number is a "
                     "bound for the scores: one that is larger comes through. -INFINITY has neither limit.");
    }
}

}  // namespace

void expect_causal(const Array& mask) {
  const std::int64_t n = mask.size(0);
  expect_two_values(mask);
  if (const auto cause = explain_triangle(mask))
    fail_check(cause->name, "With your mask " + cause->sentence + ".");
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      if (std::isinf(mask(i, j)) != (j > i))
        fail_unexplained(fmt::format("mask[{}, {}] is {}: position {} {} attend to position {}.", i, j,
                                     show(mask(i, j)), i, j > i ? "must not" : "may", j));
}

}  // namespace gradus::exercises
