#include "attention_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "exercise.h"
#include "exercises/common/invariants.h"
#include "exercises/common/masked.h"
#include "exercises/common/oracle.h"
#include "experiment.h"
#include "gradus/base/error.h"
#include "relative.h"

namespace gradus::exercises {

using relative::one_head;
using relative::Problem;

namespace {

constexpr std::int64_t B = 2, T = 5, d_k = 7, d_v = 4;
Array without_heads(const Array& x) { return Array({x.size(0), x.size(2), x.size(3)}, x.values); }

/// The learner's answer, with what must hold for any input.
Tensor answer(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& r) {
  const Unchanged inputs({q, k, v, r});
  const Tensor y = relative_attention(q, k, v, r);
  expect_shape("the output", y, {q.size(0), q.size(1), v.size(2)}, "[B, T, d_v]");
  inputs.expect();
  return y;
}

/// With the evidence that a check has, and the known mistake that explains y, if there is one.
[[noreturn]] void fail_with(const std::string& evidence, const char* cause, const Tensor& y,
                            const Problem& p) {
  const Array got(y);
  const auto known = relative::explain(Array({got.size(0), 1, got.size(1), got.size(2)}, got.values), p);
  fail_check(known ? known->name : cause,
             evidence + (known ? " Your output behaves as if " + known->sentence + "." : ""));
}

void expect_answer(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& r) {
  expect_relative(answer(q, k, v, r), one_head(q, k, v, r));
}

}  // namespace

void expect_on_tape(const char* what, const Tensor& result) {
  if (result.requires_grad()) return;
  fail_check(
      "no-gradient",
      fmt::format("The result of {} carries no gradient, so nothing could be learnt through it: numbers that "
                  "are read or written one by one pass the tape by. Build it from ops.",
                  what));
}

void expect_relative(const Tensor& y, const Problem& p) {
  const Array expected = relative::attention(p), got(y);
  const Array with_heads(expected.shape, got.values);
  if (distance(with_heads, expected) <= tolerance) return;
  fail_if_explained("output", relative::explain(with_heads, p));
  expect_close("output", y, Array(y.shape(), expected.values));
}

void expect_gradient(const char* what, const Tensor& of, const Problem& p, Array Problem::*part,
                     const Array& dout) {
  if (!of.grad().defined())
    fail_check("no-gradient",
               fmt::format("No gradient reaches {}: your result does not depend on it by ops.", what));
  const Array expected = relative::gradient(p, part, dout);
  expect_close(what, of.grad(), Array(of.shape(), expected.values), 1e-4);
}

void shape(Trial& t) {
  // Values as wide as the keys first: only then can r be added to them.
  const Tensor q = t.randn({B, T, d_k}), k = t.randn({B, T, d_k}), r = t.randn({T, d_k});
  const Tensor v = t.randn({B, T, d_k}), y = answer(q, k, v, r);
  for (const auto values : {relative::Way::Values::by_key, relative::Way::Values::by_distance}) {
    relative::Way way;
    way.values = values;
    const Problem p = one_head(q, k, v, r);
    if (distance(Array(y), without_heads(relative::attention(p, way))) <= 1e-5)
      fail_with("The values have changed.", "values-moved", y, p);
  }
  answer(q, k, t.randn({B, T, d_v}), r);
}

void blocked(Trial& t) {
  const Tensor q = t.randn({B, T, d_k}), k = t.randn({B, T, d_k}), r = t.randn({T, d_k});
  const Tensor v = identities(B, T);
  expect_masked(Array(answer(q, k, v, r)), without_heads(relative::scores(one_head(q, k, v, r))),
                causal_mask(T));
}

void no_positions(Trial& t) {
  const Tensor q = t.randn({B, T, d_k}), k = t.randn({B, T, d_k}), v = t.randn({B, T, d_v}),
               r = zeros({T, d_k});
  const Tensor y = answer(q, k, v, r);
  if (distance(Array(y), attention(Array(q), Array(k), Array(v), causal_mask(T))) > 1e-5)
    if (const auto cause = explain_attention(Array(y), Array(q), Array(k), Array(v), causal_mask(T)))
      fail_check(cause->name, "With a table of zeros your output behaves as if " + cause->sentence + ".");
  expect_relative(y, one_head(q, k, v, r));
}

void diagonals(Trial& t) {
  const Tensor q = t.randn({1, 1, d_k}).expand({1, T, d_k}).clone(),
               k = t.randn({1, 1, d_k}).expand({1, T, d_k}).clone();
  const Tensor r = t.randn({T, d_k}), v = identities(1, T), y = answer(q, k, v, r);
  const Array a(y);
  for (std::int64_t d = 1; d < T - 1; ++d)
    for (std::int64_t i = d + 1; i < T; ++i) {
      // The own place is the measure: weights of a row share their sum.
      const double first = a(0, d, 0) / a(0, d, d), other = a(0, i, i - d) / a(0, i, i);
      if (std::abs(other - first) <= 1e-4 * (1 + first)) continue;
      fail_with(
          fmt::format(
              "All queries are equal, and all keys. Yet the key {} back has {} times the weight of the "
              "query's own place for query {}, and {} times for query {}: your attention depends on where, "
              "not how far.",
              d, show(first), d, show(other), i),
          "absolute", y, one_head(q, k, v, r));
    }
  expect_relative(y, one_head(q, k, v, r));
}

void own_place(Trial& t) {
  const Tensor q = t.randn({1, T, d_k}), k = t.randn({1, T, d_k}), r = zeros({T, d_k}), v = identities(1, T);
  const Array before(answer(q, k, v, r));
  r.slice(0, 0, 1).copy_(t.randn({1, d_k}));
  const Tensor y = answer(q, k, v, r);
  const Array after(y);
  for (std::int64_t i = 2; i < T; ++i)
    for (std::int64_t j = 1; j < i; ++j) {
      const double x = before(0, i, j) / before(0, i, 0), z = after(0, i, j) / after(0, i, 0);
      if (std::abs(x - z) <= 1e-4 * (1 + x)) continue;
      fail_with(fmt::format("Only row 0 of the table is not 0, and that moves the key {} back from {} to {} "
                            "times the weight "
                            "of key 0 at query {}. It is for the distance 0.",
                            i - j, show(x), show(z), i),
                "unknown", y, one_head(q, k, v, r));
    }
  expect_relative(y, one_head(q, k, v, r));
}

void known_values(Trial&) {
  const Tensor x = tensor({{1, 0}, {0, 1}, {1, 1}}).unsqueeze(0);
  expect_answer(x, x, x, tensor({{0.5, 0}, {0, 1}, {-1, 0.5}}));
}

void every_shape(Trial& t) {
  for (int round = 0; round < 20; ++round) {
    const std::int64_t b = t.randint(1, 4), n = t.randint(1, 9), d = t.randint(1, 9);
    expect_answer(t.randn({b, n, d}), t.randn({b, n, d}), t.randn({b, n, t.randint(1, 9)}), t.randn({n, d}));
  }
}

void past(Trial& t) {
  const Tensor r = t.randn({T, d_k});
  expect_no_future(t, {t.randn({1, T, d_k}), t.randn({1, T, d_k}), t.randn({1, T, d_v})},
                   [&](const auto& x) { return answer(x[0], x[1], x[2], r.slice(0, 0, x[0].size(1))); });
}

void gradient(Trial& t) {
  Tensor q = t.randn({B, T, d_k}), r = t.randn({T, d_k});
  const Tensor k = t.randn({B, T, d_k}), v = t.randn({B, T, d_v}), dout = t.randn({B, T, d_v});
  r.requires_grad_();
  const Tensor y = relative_attention(q, k, v, r);
  expect_on_tape("relative_attention", y);
  y.backward(dout);
  const Problem p = one_head(q, k, v, r.detach());
  const Array by({B, 1, T, d_v}, Array(dout).values);
  expect_gradient("the gradient of the table", r, p, &Problem::positions, by);
  q.requires_grad_();
  relative_attention(q, k, v, r.detach()).backward(dout);
  expect_gradient("the gradient of q", q, p, &Problem::q, by);
}

void numbers() {
  const Tensor x = tensor({{1, 0}, {0, 1}, {1, 1}}).unsqueeze(0);
  const Problem p = one_head(x, x, x, tensor({{0.5, 0}, {0, 1}, {-1, 0.5}}));
  for (const auto row : {relative::Way::Row::distance, relative::Way::Row::backwards})
    for (const auto scale :
         {relative::Way::Scale::root_keys, relative::Way::Scale::none, relative::Way::Scale::missing}) {
      relative::Way way;
      way.row = row;
      way.position = scale;
      for (const double a : relative::weights(p, way).values) fmt::print("{:.2f}\n{:.6f}\n", a, a);
    }
  for (const double s : relative::position_scores(Array(x), p.positions).values) fmt::print("{:.1f}\n", s);
  for (const double s : relative::scores(p).values) fmt::print("{:.2f}\n", s);
  for (const double r : p.positions.values) fmt::print("{:.1f}\n", r);
  for (const double share : {enough, too_little, 1. / 16})
    fmt::print("{:.1f}\n{:.2f}\n{:.3f}\n{:.4f}\n", share, share, share, share);
}

}  // namespace gradus::exercises
