#include <fmt/format.h>

#include <optional>

#include "claims.h"
#include "exercise.h"
#include "judge.h"

namespace gradus::exercises {
namespace {

constexpr std::int64_t n = 1000, judged = 4000;

struct Case {
  std::int64_t d, keys;
  bool scaled;
};

double asked(const Case& c, std::int64_t rows) {
  const double h = mean_entropy(c.d, c.keys, c.scaled, rows);
  if (std::isnan(h))
    fail_check("not-a-number",
               fmt::format("mean_entropy({}, {}, {}, {}) is NaN.", c.d, c.keys, c.scaled, rows));
  return h;
}

double right_divisor(const Case& c) { return c.scaled ? root(c.d) : 1; }
Rows rows_of(const Case& c) { return draw_rows(c.d, c.keys, judged, next_seed()); }

/// Four standard errors of the learner's n rows and the judge's together.
bool fits(double got, const Mean& expected) {
  return std::abs(got - expected.value) <=
         4 * expected.deviation * std::sqrt(1.0 / n + 1 / static_cast<double>(expected.n)) + 1e-5;
}

/// A wrong result, computed from the judge's rows, and what it means.
struct Wrong {
  const char* cause;
  Mean (*of)(const Rows& rows, const Case& c);
  const char* sentence;
};

Mean times(Mean m, double factor) { return {m.value * factor, m.deviation * std::abs(factor), m.n}; }
Mean right(const Rows& rows, const Case& c) { return over(rows, right_divisor(c), entropy); }
Mean with_divisor(const Rows& rows, const Case& c, double divisor) {
  return over(rows, c.scaled ? divisor : 1, entropy);
}

/// Softmax over the n rows instead of the keys: each key's column sums to 1.
Mean of_columns(const Rows& rows, const Case& c) {
  std::vector<double> entropies(static_cast<std::size_t>(n), 0);
  for (std::int64_t j = 0; j < rows.keys; ++j) {
    std::vector<double> column;
    for (std::int64_t i = 0; i < n; ++i) column.push_back(rows.row(i)[j]);
    const std::vector<double> a = weights_of(column.data(), n, right_divisor(c));
    for (std::size_t i = 0; i < a.size(); ++i)
      if (a[i] > 0) entropies[i] -= a[i] * std::log(a[i]);
  }
  return mean_of(entropies);
}

/// The entropy of the mean weights: nearly ln keys. They err by their deviation / sqrt(n), the entropy by the square of it.
Mean of_average(const Rows& rows, const Case& c) {
  std::vector<double> average(static_cast<std::size_t>(rows.keys), 0);
  for (std::int64_t i = 0; i < n; ++i) {
    const std::vector<double> a = weights_of(rows.row(i), rows.keys, right_divisor(c));
    for (std::size_t j = 0; j < a.size(); ++j) average[j] += a[j] / static_cast<double>(n);
  }
  return {entropy(average), 0.05, judged};
}

Mean even_entries(const Case& c, double low) {
  return right(draw_even_rows(c.d, c.keys, n, low, next_seed()), c);
}

const Wrong wrongs[] = {
    {"scale-ignored", [](const Rows& r, const Case&) { return over(r, 1, entropy); },
     "scores are never divided, whatever `scaled` says"},
    {"scaled-always", [](const Rows& r, const Case& c) { return over(r, root(c.d), entropy); },
     "scores are always divided, whatever `scaled` says"},
    {"scale-inverted",
     [](const Rows& r, const Case& c) { return over(r, c.scaled ? 1 : root(c.d), entropy); },
     "scores are divided when `scaled` is false, and not when it is true"},
    {"divided-by-d",
     [](const Rows& r, const Case& c) { return with_divisor(r, c, static_cast<double>(c.d)); },
     "scores are divided by d: the root is missing"},
    {"multiplied", [](const Rows& r, const Case& c) { return with_divisor(r, c, 1 / root(c.d)); },
     "scores are multiplied by sqrt(d) instead of divided"},
    {"root-of-keys", [](const Rows& r, const Case& c) { return with_divisor(r, c, root(c.keys)); },
     "scores are divided by the root of the number of keys; it is their width d that counts"},
    {"bits", [](const Rows& r, const Case& c) { return times(right(r, c), 1 / std::log(2.0)); },
     "logarithms are to the base 2: bits, 1.4427 times as many as nats"},
    {"decimal", [](const Rows& r, const Case& c) { return times(right(r, c), 1 / std::log(10.0)); },
     "logarithms are to the base 10; nats use the natural one"},
    {"averaged-over-keys",
     [](const Rows& r, const Case& c) { return times(right(r, c), 1 / static_cast<double>(c.keys)); },
     "the terms of a row are averaged: its entropy is their sum over the keys, and only rows are averaged"},
    {"summed-over-rows", [](const Rows& r, const Case& c) { return times(right(r, c), n); },
     "the entropies of the rows are added up, not averaged"},
    {"sign", [](const Rows& r, const Case& c) { return times(right(r, c), -1); },
     "the sign is missing: ln a is negative, and -a ln a is not"},
    {"entropy-of-average", of_average,
     "weights are averaged first, and the entropy is that of their mean, which is nearly even: each row's "
     "entropy comes first, their mean last"},
    {"softmax-axis", of_columns, "the softmax runs over the rows; it belongs on the keys of each row"},
    {"one-score",
     [](const Rows&, const Case&) {
       return Mean{0, 0, judged};
     },
     "there is one score in each row, and the softmax of one number is 1. A row has as many scores as keys, "
     "and the "
     "softmax runs over them"},
    {"perplexity",
     [](const Rows& r, const Case& c) {
       return over(r, right_divisor(c), [](const std::vector<double>& a) { return std::exp(entropy(a)); });
     },
     "you return e^H, the number of keys in play (the perplexity), not H"},
    {"weight-missing",
     [](const Rows& r, const Case& c) {
       return over(r, right_divisor(c), [](const std::vector<double>& a) {
         double sum = 0;
         for (const double x : a) sum -= std::log(x);
         return sum;
       });
     },
     "the logarithms are added up without their weights: a term is -a ln a"},
    {"relative",
     [](const Rows& r, const Case& c) {
       return times(right(r, c), 1 / std::log(static_cast<double>(c.keys)));
     },
     "the entropy is divided by that of even weights, ln keys"},
    {"largest-weight", [](const Rows& r, const Case& c) { return over(r, right_divisor(c), largest); },
     "you return the mean of the largest weight"},
    {"even-entries", [](const Rows&, const Case& c) { return even_entries(c, 0); },
     "entries come evenly from [0, 1); N(0, 1) is randn"},
    {"even-entries", [](const Rows&, const Case& c) { return even_entries(c, -1); },
     "entries come evenly from [-1, 1); N(0, 1) is randn"},
};

/// Cases in which no two of these agree all the time.
[[noreturn]] void explain(const Case& wrong, double got, double expected) {
  const std::vector<Case> cases = {{64, 16, false}, {64, 16, true}, {4, 7, false}, {9, 12, true}};
  std::vector<double> values;
  std::vector<Rows> rows;
  for (const Case& c : cases) {
    values.push_back(asked(c, n));
    rows.push_back(rows_of(c));
  }
  for (const Wrong& w : wrongs) {
    bool all = true;
    for (std::size_t i = 0; i < cases.size(); ++i) all = all && fits(values[i], w.of(rows[i], cases[i]));
    if (all)
      fail_check(w.cause,
                 fmt::format("Your entropies behave as if {}.\n[consistent in {} cases of other d and keys]",
                             w.sentence, cases.size()));
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const double most = std::log(static_cast<double>(cases[i].keys));
    if (!(values[i] >= -1e-3 && values[i] <= most + 1e-3))
      fail_check("not-an-entropy", fmt::format("mean_entropy({}, {}, {}, {}) is {}. An entropy lies between "
                                               "0 and ln {} = {:.2f}, if the weights of "
                                               "each row sum to 1.",
                                               cases[i].d, cases[i].keys, cases[i].scaled, n, show(values[i]),
                                               cases[i].keys, most));
  }
  // Keys shared by all rows have lengths of their own, which no number of rows averages away.
  // Estimates from independent rows scatter a quarter as much when there are 16 times as many.
  const auto scatter = [&](std::int64_t rows_drawn) {
    std::vector<double> estimates;
    for (int call = 0; call < 60; ++call) estimates.push_back(asked(cases[2], rows_drawn));
    return mean_of(estimates).deviation;
  };
  const double many = scatter(n), few = scatter(n / 16);
  if (many > 0.45 * few && many > 4 * right(rows[2], cases[2]).deviation / root(n))
    fail_check(
        "shared-vectors",
        fmt::format("At d = 4 the estimates from {} rows scatter as much as those from {}: the rows are not "
                    "independent. Does each of them have a query and keys of its own?",
                    n, n / 16));
  fail_unexplained(
      fmt::format("mean_entropy({}, {}, {}, {}) is {}, more than four standard errors from {:.2f}.", wrong.d,
                  wrong.keys, wrong.scaled, n, show(got), expected));
}

}  // namespace

void entropies(Trial& t) {
  for (const Case& c :
       {Case{64, 16, false}, Case{64, 16, true}, Case{4, 7, true}, Case{1, 9, false},
        Case{t.randint(8, 40), t.randint(5, 20), false}, Case{t.randint(8, 40), t.randint(5, 20), true}}) {
    const Mean expected = right(rows_of(c), c);
    const double got = asked(c, n);
    // Right answers miss the band once in some ten thousand times: twice in a row is no accident.
    if (!fits(got, expected) && !fits(asked(c, n), right(rows_of(c), c))) explain(c, got, expected.value);
  }
}

void drawn_rows(Trial&) {
  const Case c{4, 6, false};
  if (asked(c, 10) == asked(c, 10))
    fail_check(
        "not-measured",
        "Two calls give the same number to the last digit. It is to be measured: drawn afresh in every "
        "call, without a seed of your own.");
  // The deviation of 80 estimates errs by some 8 %.
  const std::int64_t rows = 100;
  const double expected = right(rows_of(c), c).deviation / root(rows);
  const auto scatter = [&] {
    std::vector<double> estimates;
    for (int i = 0; i < 80; ++i) estimates.push_back(asked(c, rows));
    return mean_of(estimates).deviation / expected;
  };
  double ratio = scatter();
  if (!(ratio > 0.6 && ratio < 1.6)) ratio = scatter();
  if (ratio >= 1.6)
    fail_check(
        "shared-vectors",
        fmt::format("80 estimates from {} rows scatter {:.1f} times as much as they should: the rows are "
                    "not independent. Does each of them have a query and keys of its own?",
                    rows, ratio));
  if (!(ratio > 0.6))
    fail_check("n-ignored",
               fmt::format(
                   "80 estimates from {} rows scatter {:.2f} times as much as they should: another number of "
                   "rows is drawn than n, the last argument.",
                   rows, ratio));
}

void frozen_rows(Trial&) {
  const double h = mean_entropy(4096, 16, false, 20);
  if (std::isnan(h))
    fail_check(
        "zero-times-log-zero",
        "At d = 4096 the entropy is NaN. Unscaled scores lie hundreds apart there, and weights are exactly "
        "0: 0 times "
        "ln 0 is NaN. Such a weight counts 0; log_softmax gives its logarithm without asking for ln 0.");
  if (!(h >= -1e-5 && h <= std::log(16.0)))
    fail_check("unknown",
               fmt::format("mean_entropy(4096, 16, false, 20) is {}; it lies between 0 and ln 16.", h));
}

}  // namespace gradus::exercises
