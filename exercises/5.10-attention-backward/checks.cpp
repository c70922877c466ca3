#include "exercises/common/checks.h"

#include <fmt/format.h>

#include <cmath>

#include "exercise.h"
#include "exercises/common/gradient_rules.h"
#include "report.h"
#include "steps.h"

namespace gradus::exercises {
namespace {

using backward::expect_step;
using backward::fail_with_report;
using backward::Gradients;
using backward::Problem;
using backward::random_problem;
using backward::Step;

// Every axis has a size of its own, so that a mixed-up one cannot hide.
constexpr std::int64_t B = 2, Tq = 3, Tk = 5, d_k = 7, d_v = 4;

Problem problem(const Trial& t) { return random_problem(t, B, Tq, Tk, d_k, d_v); }

/// Query i may not see key i, and nobody sees the last key.
Array holes() {
  Array mask({Tq, Tk});
  for (std::int64_t i = 0; i < Tq; ++i) mask(i, i) = mask(i, Tk - 1) = -INFINITY;
  return mask;
}

template <Step step> void one_step(Trial& t) {
  expect_step(t, step, problem(t));
  Problem masked = problem(t);
  masked.mask = holes();
  expect_step(t, step, masked);
}

// ----- the whole backward pass

/// The learner's dQ, dK, dV, with what must hold for any input.
Gradients answer(const Problem& p, const std::vector<Tensor>& inputs) {
  const Unchanged unchanged(inputs);
  const AttentionGradients got = attention_backward(inputs[0], inputs[1], inputs[2], inputs[3],
                                                    inputs.size() > 4 ? inputs[4] : Tensor());
  const std::int64_t b = p.q.size(0), tq = p.q.size(1), tk = p.k.size(1);
  if (tq != tk && got.dq.defined() && got.dk.defined() && got.dq.shape() == p.k.shape &&
      got.dk.shape() == p.q.shape)
    fail_check("exchanged", "dQ has the shape of K, and dK that of Q: the two are exchanged.");
  expect_shape("dQ", got.dq, {b, tq, p.q.size(2)}, "[B, Tq, d_k]");
  expect_shape("dK", got.dk, {b, tk, p.q.size(2)}, "[B, Tk, d_k]");
  expect_shape("dV", got.dv, {b, tk, p.v.size(2)}, "[B, Tk, d_v]");
  unchanged.expect();
  Gradients g;
  g[Step::dq] = Array(got.dq);
  g[Step::dk] = Array(got.dk);
  g[Step::dv] = Array(got.dv);
  return g;
}

Gradients answer(const Problem& p) {
  std::vector<Tensor> inputs{p.q.tensor(), p.k.tensor(), p.v.tensor(), p.dout.tensor()};
  if (!p.mask.values.empty()) inputs.push_back(p.mask.tensor());
  return answer(p, inputs);
}

void expect_right(const Gradients& got, const Problem& p, const Gradients& right) {
  if (const auto cause = backward::explain_whole(got, p))
    fail_with_report(p, cause->name, cause->sentence + ".");
  for (const Step step : {Step::dv, Step::dq, Step::dk}) try {
      expect_close(backward::name_of(step), got[step].tensor(), right[step]);
    } catch (const Failure& failure) { fail_with_report(p, failure.cause, failure.message); }
}

void expect_whole(const Problem& p) { expect_right(answer(p), p, backward::by_loops(p)); }

void whole(Trial& t) { expect_whole(problem(t)); }

void mask(Trial& t) {
  Problem p = problem(t);
  p.mask = holes();
  const Gradients g = answer(p);
  expect_right(g, p, backward::by_loops(p));
  for (std::int64_t b = 0; b < B; ++b)
    for (std::int64_t c = 0; c < d_k; ++c)
      if (g[Step::dk](b, Tk - 1, c) != 0)
        fail_check("mask-leaks",
                   fmt::format("No query may see the last key, and yet dK[{}, {}, {}] is {:.2e}: what has "
                               "weight 0 gets exactly 0.",
                               b, Tk - 1, c, g[Step::dk](b, Tk - 1, c)));
}

void invariants(Trial& t) {
  const Problem p = problem(t);
  const Gradients g = answer(p);
  for (std::int64_t b = 0; b < B; ++b) {
    for (std::int64_t c = 0; c < d_k; ++c) {
      double sum = 0;
      for (std::int64_t j = 0; j < Tk; ++j) sum += g[Step::dk](b, j, c);
      if (!(std::abs(sum) <= 1e-4))
        fail_check("row-term",
                   fmt::format("The sum over the keys of column {} of dK is {:.2f}. Adding one vector to all "
                               "keys changes nothing, so it must be 0: the softmax couples the entries of "
                               "a row.",
                               c, sum));
    }
    double q = 0, k = 0;
    for (std::int64_t i = 0; i < Tq; ++i)
      for (std::int64_t c = 0; c < d_k; ++c) q += p.q(b, i, c) * g[Step::dq](b, i, c);
    for (std::int64_t j = 0; j < Tk; ++j)
      for (std::int64_t c = 0; c < d_k; ++c) k += p.k(b, j, c) * g[Step::dk](b, j, c);
    if (!(std::abs(q - k) <= 1e-4))
      fail_check(
          "scale",
          fmt::format("The sum of Q dQ is {:.3f} and that of K dK {:.3f}: scores depend on Q K^T alone, "
                      "so the two must agree.",
                      q, k));
    for (std::int64_t c = 0; c < d_v; ++c) {
      double dv = 0, dout = 0;
      for (std::int64_t j = 0; j < Tk; ++j) dv += g[Step::dv](b, j, c);
      for (std::int64_t i = 0; i < Tq; ++i) dout += p.dout(b, i, c);
      if (!(std::abs(dv - dout) <= 1e-4))
        fail_check("transposed",
                   fmt::format("Column {} of dV adds up to {:.3f} over the keys, that of dO to {:.3f} over "
                               "the queries: weights add up to 1, so what goes in must come out.",
                               c, dv, dout));
    }
  }
}

void equal_values(Trial& t) {
  Problem p = problem(t);
  for (std::int64_t b = 0; b < B; ++b)
    for (std::int64_t j = 1; j < Tk; ++j)
      for (std::int64_t c = 0; c < d_v; ++c) p.v(b, j, c) = p.v(b, 0, c);
  const Gradients g = answer(p);
  for (const Step step : {Step::dq, Step::dk})
    for (const double x : g[step].values)
      if (!(std::abs(x) <= 1e-5))
        fail_check(
            "row-term",
            fmt::format("All values are equal, so it does not matter who looks where, and {} must be 0; "
                        "yours has {:.2f}.",
                        backward::name_of(step), x));
}

void linear(Trial& t) {
  const Problem p = problem(t);
  Problem twice = p;
  for (double& x : twice.dout.values) x *= 2;
  const Gradients once = answer(p), g = answer(twice);
  for (const Step step : {Step::dq, Step::dk, Step::dv})
    for (std::size_t i = 0; i < g[step].values.size(); ++i)
      if (!(std::abs(g[step].values[i] - 2 * once[step].values[i]) <=
            1e-5 * (1 + std::abs(g[step].values[i]))))
        fail_check("not-linear",
                   fmt::format("Twice the dO does not give twice the {}: a gradient is linear in it.",
                               backward::name_of(step)));
}

void every_shape(Trial& t) {
  for (int round = 0; round < 20; ++round) {
    Problem p = random_problem(t, t.randint(1, 4), t.randint(1, 7), t.randint(1, 7), t.randint(1, 9),
                               t.randint(1, 9));
    expect_whole(p);
  }
}

void views(Trial& t) {  // the same numbers, laid out differently
  const std::vector<Tensor> x{t.randn({B, d_k, Tq}).transpose(1, 2), t.randn({Tk, B, d_k}).transpose(0, 1),
                              t.randn({B, Tk, 2 * d_v}).slice(2, 0, 2 * d_v, 2),
                              t.randn({d_v, Tq, B}).permute({2, 1, 0})};
  const Problem p{Array(x[0]), Array(x[1]), Array(x[2]), Array(x[3]), {}};
  expect_right(answer(p, x), p, backward::by_loops(p));
}

void witnesses(Trial& t) {
  Problem p = random_problem(t, 1, 4, 6, 5, 3);
  const Gradients g = answer(p);
  expect_right(g, p, backward::by_tape(p));
  expect_right(g, p, backward::by_differences(p));
}

// ----- to look at

/// The case of the README, which is that of 5.5 with a dO.
Problem example() {
  return {Array({1, 2, 4}, {1, 0, 2, -1, 0, 1, -1, 1}),
          Array({1, 3, 4}, {1, 1, 0, 0, 0, 1, 1, 0, 1, 0, 1, -1}),
          Array({1, 3, 2}, {1, 2, 3, -1, 0, 4}),
          Array({1, 2, 2}, {1, -1, 0.5, 2}),
          {}};
}

void experiment(Trial&) {
  fmt::print(
      "The case of the README, one item, Tq = 2, Tk = 3, d_k = 4, d_v = 2. Each gradient is made from yours\n"
      "before it; * marks rows that differ.\n\n{}",
      backward::full_report(example()));
}

void numbers() {
  const Problem p = example();
  const Gradients g = backward::by_loops(p);
  const auto show_all = [](const Array& x) {
    for (const double value : x.values) fmt::print("{:.3f}\n", std::abs(value));
  };
  show_all(p.weights());
  for (const Step step : backward::steps) show_all(g[step]);
  for (const double x : p.dout.values) fmt::print("{}\n", x);
}

}  // namespace

const Exercise exercise{
    {
        {"dV", "dV is right", one_step<Step::dv>},
        {"dA", "dA is right", one_step<Step::da>},
        {"dS", "dS is right", one_step<Step::ds>},
        {"dQ", "dQ is right", one_step<Step::dq>},
        {"dK", "dK is right", one_step<Step::dk>},
        {"whole", "the whole backward pass puts them together", whole},
        {"mask", "what the mask blocks gets exactly nothing", mask},
        {"sums", "sums that must vanish vanish, and others agree", invariants},
        {"equal values", "with equal values it does not matter who looks where", equal_values},
        {"linear", "gradients grow in proportion with dO", linear},
        {"witnesses", "the tape and finite differences agree with you", witnesses},
        {"shapes", "20 random shapes agree with plain loops in double", every_shape},
        {"views", "the answer does not depend on how the inputs lie in memory", views},
    },
    experiment,
    numbers};

}  // namespace gradus::exercises
