#include <fmt/format.h>

#include "claims.h"
#include "exercise.h"
#include "judge.h"

namespace gradus::exercises {
namespace {

constexpr std::int64_t n = 10000;

/// Summed over the n pairs there are d numbers, each of n products; their variance errs by sqrt(2 / (d - 1)).
bool sums_over_pairs() {
  for (const std::int64_t pairs : {n, n / 16})
    if (!(std::abs(dot_product_variance(256, pairs) / static_cast<double>(pairs) - 1) <=
          4 * std::sqrt(2. / 255)))
      return false;
  return true;
}

[[noreturn]] void fail_axis(const std::string& evidence) {
  fail_check("wrong-axis", evidence +
                               "That is about n at large d: you sum over the pairs (axis 0) instead of over "
                               "the entries of each (axis 1).");
}

double asked(std::int64_t d, std::int64_t count) {
  const double v = dot_product_variance(d, count);
  if (!std::isfinite(v) && sums_over_pairs())
    fail_axis(fmt::format("dot_product_variance({}, {}) is {}, and {} for a d of 256. ", d, count, v,
                          show(dot_product_variance(256, count))));
  if (!std::isfinite(v))
    fail_check("not-finite", fmt::format("dot_product_variance({}, {}) is {}.", d, count, v));
  return v;
}

/// The standard error of the variance of `count` dot products, relative to it. A product of two normal numbers has an excess
/// kurtosis of 6, a sum of d such products 6/d, and a variance of count values then errs by sqrt((2 + 6/d) / count).
double relative_error(std::int64_t d, std::int64_t count) {
  return std::sqrt((2 + 6 / static_cast<double>(d)) / static_cast<double>(count));
}

/// The standard deviation of some estimates, over their own size.
double spread_of_estimates(std::int64_t d, std::int64_t count, int estimated = 100) {
  std::vector<double> estimates;
  for (int i = 0; i < estimated; ++i) estimates.push_back(asked(d, count));
  const Mean m = mean_of(estimates);
  return m.deviation / std::abs(m.value);
}

/// A wrong result as a function of d, and what it means.
struct Law {
  const char* cause;
  double (*of)(double d);
  const char* sentence;
};

const Law laws[] = {
    {"standard-deviation", [](double d) { return std::sqrt(d); },
     "It grows like sqrt(d): that is the standard deviation, whose square is asked for"},
    {"divided", [](double) { return 1.0; },
     "It is 1 for every d: the products are divided by sqrt(d). Here they are to be measured as they are"},
    {"divided-by-d", [](double d) { return 1 / d; },
     "It falls like 1/d: the d terms of a dot product are averaged, not added up"},
    {"even-entries", [](double d) { return 7 * d / 144; },
     "It is 7/144 of what is expected: entries seem to come from [0, 1) evenly; N(0, 1) is randn"},
    {"even-entries", [](double d) { return d / 9; },
     "It is 1/9 of what is expected: entries seem to come from [-1, 1) evenly; N(0, 1) is randn"},
    {"same-vector", [](double d) { return 2 * d; },
     "It is twice what is expected, as if a query met itself instead of a key, or the two were added"},
    {"summed", [](double d) { return d * static_cast<double>(n); },
     "It is n times what is expected: squares are added up, but not averaged"},
};

[[noreturn]] void explain(std::int64_t wrong, double got) {
  const std::vector<std::int64_t> sizes = {4, 16, 64};
  std::vector<double> values;
  for (const std::int64_t d : sizes) values.push_back(asked(d, n));
  const auto follows = [&](auto within) {
    for (std::size_t i = 0; i < sizes.size(); ++i)
      if (!within(values[i], sizes[i])) return false;
    return true;
  };
  const std::string table = fmt::format("dot_product_variance is {} at d = 4, {} at 16 and {} at 64. ",
                                        show(values[0]), show(values[1]), show(values[2]));
  for (const Law& law : laws) {
    if (!follows([&](double v, std::int64_t d) {
          const double expected = law.of(static_cast<double>(d));
          return std::abs(v / expected - 1) <= 4 * relative_error(d, n);
        }))
      continue;
    // 20 dot products of 64 entries err by 0.32, the variance of their 1280 terms by 0.08.
    if (law.cause == std::string("divided") && spread_of_estimates(64, 20) < 0.2)
      fail_check("not-added-up",
                 table +
                     "It is 1 for every d: that is the variance of single terms q_c k_c. A dot product is "
                     "the sum of d of them.");
    fail_check(law.cause, table + law.sentence + ".");
  }
  if (follows(
          [](double v, std::int64_t d) { return std::abs(v) <= 4 * std::sqrt(static_cast<double>(d) / n); }))
    fail_check("mean-not-variance",
               table + "That is near 0, as the mean of the products is. Their variance is asked for.");
  if (sums_over_pairs()) fail_axis(table);
  // A query shared by all pairs has a length of its own, which no number of pairs averages away.
  const double many = spread_of_estimates(4, n, 60), few = spread_of_estimates(4, n / 16, 60);
  if (many > 0.45 * few && many > 4 * relative_error(4, n))
    fail_check("shared-vectors",
               fmt::format(
                   "At d = 4 the estimates from {} pairs scatter as much as those from {}: the pairs are not "
                   "independent. Does each of them have its own query and its own key?",
                   n, n / 16));
  fail_unexplained(fmt::format("dot_product_variance({}, {}) is {}, more than four standard errors from {}.",
                               wrong, n, show(got), wrong));
}

}  // namespace

void variance(Trial&) {
  for (const std::int64_t d : {1, 4, 16, 64, 256}) {
    const auto fits = [&](double v) {
      return std::abs(v / static_cast<double>(d) - 1) <= 4 * relative_error(d, n);
    };
    const double got = asked(d, n);
    // Right answers miss the band once in some ten thousand times: twice in a row is no accident.
    if (!fits(got) && !fits(asked(d, n))) explain(d, got);
  }
}

void drawn_pairs(Trial&) {
  if (asked(16, 50) == asked(16, 50))
    fail_check(
        "not-measured",
        "Two calls give the same number to the last digit. It is to be measured: drawn afresh in every "
        "call, without a seed of your own.");
  // The deviation of 100 estimates errs by 9 %.
  const std::int64_t d = 16, count = 100;
  double ratio = spread_of_estimates(d, count) / relative_error(d, count);
  if (!(ratio > 0.6 && ratio < 1.6)) ratio = spread_of_estimates(d, count) / relative_error(d, count);
  if (ratio >= 1.6)
    fail_check(
        "shared-vectors",
        fmt::format(
            "100 estimates from {} pairs scatter {:.1f} times as much as they should: the pairs are not "
            "independent. Does each of them have its own query and its own key?",
            count, ratio));
  if (!(ratio > 0.6))
    fail_check(
        "n-ignored",
        fmt::format("100 estimates from {} pairs scatter {:.2f} times as much as they should: another number "
                    "of products is taken than n, the second argument.",
                    count, ratio));
  // Where d = 1 and the two factors are normal, an estimate errs by sqrt(8 / n); for a sum, or for even entries, by half of
  // that. The deviation of 200 estimates errs by 6 %.
  const auto at_one = [] { return spread_of_estimates(1, 400, 200) / relative_error(1, 400); };
  if (!(at_one() > 0.75) && !(at_one() > 0.75))
    fail_check("not-a-product",
               "The variance is right, but at d = 1 estimates scatter half as much as those of a product of "
               "two normal numbers, "
               "which is often small and sometimes large. Is each entry of the query multiplied with one of "
               "the key, and are "
               "both from N(0, 1)?");
}

}  // namespace gradus::exercises
