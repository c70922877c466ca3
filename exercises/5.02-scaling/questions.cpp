#include <fmt/format.h>

#include "claims.h"
#include "exercises/common/answers.h"
#include "judge.h"

namespace gradus::exercises {
namespace {

/// Dot products at growing d_k, 4000 pairs each. The variance of N pairs has a relative standard error of
/// sqrt((2 + 6/d) / N), 2.4 % at most; of the slope over four sizes, each four times the one before, that leaves 0.01.
struct Measured {
  std::vector<double> d, variance, spread, scaled;
  std::vector<Mean> mean;
};

Measured measure() {
  Measured m;
  for (const std::int64_t d : {4, 16, 64, 256}) {
    const double size = static_cast<double>(d);
    const Mean products = mean_of(draw_rows(d, 1, 4000, next_seed()).scores);
    m.d.push_back(size);
    m.mean.push_back(products);
    m.spread.push_back(products.deviation);
    m.variance.push_back(products.deviation * products.deviation);
    m.scaled.push_back(m.variance.back() / size);
  }
  return m;
}

}  // namespace

void divisor(Trial& t) {
  const double d = 64, root = std::sqrt(d);
  expect_number(
      t, "answer.divisor", root, 0.01,
      {{d, "root-missing", "that is d_k itself: variance grows like d_k, the spread only like its root."},
       {d * d, "squared", "that is d_k squared; it is the root of d_k that is wanted."},
       {1 / root, "factor-not-divisor", "by that number scores are multiplied. By which are they divided?"},
       {1, "not-divided", "then nothing would be divided."}});
}

void growth(Trial& t) {
  const Measured m = measure();
  const double within = 0.05;
  std::string means;
  bool stays = true;
  for (std::size_t i = 0; i < m.d.size(); ++i) {
    stays = stays && std::abs(m.mean[i].value) <= 4 * m.mean[i].error();
    means += fmt::format("\nd_k {:3}: {:5.2f} +- {:.2f}", m.d[i], m.mean[i].value, m.mean[i].error());
  }
  if (!stays) {  // four standard errors, four times: once in 4000 seeds
    stays = true;
    for (const Mean& again : measure().mean) stays = stays && std::abs(again.value) <= 4 * again.error();
  }
  const std::string shown =
      "each product is positive as often as negative. Measured here, with its error:" + means;
  expect_choice(
      t, "answer.mean", stays ? "stays" : "grows",
      {{"grows", "mean-grows", shown}, {"falls", "mean-falls", shown}, {"stays", "unknown", shown}});
  const double variance = power_of(m.d, m.variance), spread = power_of(m.d, m.spread),
               scaled = power_of(m.d, m.scaled);
  expect_number(t, "answer.variance_power", variance, within,
                {{spread, "variance-as-spread",
                  "that is the power of the standard deviation; the variance is its square."},
                 {2 * variance, "variance-squared",
                  "d_k terms of variance 1 each, and independent: variances add, they do not multiply."},
                 {0, "variance-constant", "each of the d_k terms brings a variance of its own."}});
  expect_number(
      t, "answer.spread_power", spread, within,
      {{variance, "spread-as-variance", "that is the power of the variance; the spread is its root."},
       {2, "variance-squared", "the spread is the root of the variance, not its square."},
       {spread / 2, "root-twice", "the root has been taken twice."},
       {0, "spread-constant", "the products do spread out. Which power is it for their variance?"}});
  expect_number(t, "answer.scaled_power", scaled, within,
                {{-1, "scaled-by-d", "that would be so if scores were divided by d_k, without the root."},
                 {spread, "scaled-once", "dividing by sqrt(d_k) divides the variance by its square, d_k."},
                 {variance, "scaled-not", "then the division would do nothing."}});
}

void freezing(Trial& t) {
  const double low = over(draw_rows(4, 16, 1000, next_seed()), 1, entropy).value,
               high = over(draw_rows(256, 16, 1000, next_seed()), 1, entropy).value;
  const std::string frozen =
      fmt::format("with 16 keys it is {:.1f} at d_k = 4 and {:.1f} at d_k = 256.", low, high);
  expect_choice(
      t, "answer.entropy",
      high < low - 0.2   ? "falls"
      : high > low + 0.2 ? "rises"
                         : "stays",
      {{"rises", "entropy-rises",
        frozen + " Scores that lie further apart make one weight win, which is less entropy, not more."},
       {"stays", "entropy-stays", frozen},
       {"falls", "unknown", frozen}});
  // At d_k = 10^8 the length of a query is 10^4 to within one part in 10^4.
  Rows rows{100'000'000, 16, 1000, std::vector<double>(16 * 1000)};
  const Philox random{next_seed(), 0};
  for (std::size_t i = 0; i < rows.scores.size(); ++i) rows.scores[i] = 1e4 * random.normal(i);
  if (const double largest_weight = t.number("answer.largest"); largest_weight > 1.02)
    fail_check("largest-above-one",
               fmt::format("answer.largest = {}: a weight is never above 1.", t.answer("answer.largest")));
  expect_number(t, "answer.largest", over(rows, 1, largest).value, 0.02,
                {{1.0 / 16, "largest-even",
                  "that is an equal weight for each of 16 keys, as for small scores. Scores grow here."},
                 {0, "largest-zero", "the weights sum to 1, so the largest cannot vanish."},
                 {0.5, "largest-half",
                  "two keys would have to tie for ever, while the gap between the two best scores grows."}});
}

}  // namespace gradus::exercises
