#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "exercise.h"
#include "exercises/common/checks.h"
#include "exercises/common/oracle.h"
#include "gradus/tensor/creation.h"

namespace gradus::exercises {
namespace {

// Every axis has a size of its own, so that a mixed-up one cannot hide.
constexpr std::int64_t B = 2, Tq = 3, Tk = 5, d_k = 7, d_v = 4;

/// The learner's answer, with what must hold for any input: shape, finite numbers, inputs left alone.
Tensor answer(const Tensor& q, const Tensor& k, const Tensor& v) {
  const Unchanged inputs({q, k, v});
  const Tensor y = attention(q, k, v);
  expect_shape("the output", y, {q.size(0), q.size(1), v.size(2)}, "[B, Tq, d_v]");
  inputs.expect();
  return y;
}

/// With V = I the output is the weights.
Array weights_of(const Tensor& q, const Tensor& k) {
  const std::int64_t b = k.size(0), t = k.size(1);
  return Array(answer(q, k, eye(t).expand({b, t, t}).clone()));
}

/// One cause if a known mistake explains the answer, else the first difference.
void expect_attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  const Tensor y = answer(q, k, v);
  const Array expected = attention(Array(q), Array(k), Array(v));
  if (distance(Array(y), expected) <= 1e-5) return;
  if (const auto cause = explain_attention(Array(y), Array(q), Array(k), Array(v)))
    fail_check(cause->name, "Your output behaves as if " + cause->sentence + ".");
  expect_close("output", y, expected);
}

void shape(Trial& t) { answer(t.randn({B, Tq, d_k}), t.randn({B, Tk, d_k}), t.randn({B, Tk, d_v})); }

void known_values(Trial&) {
  const Tensor q = tensor({{1, 0, 2, -1}, {0, 1, -1, 1}}).unsqueeze(0);
  const Tensor k = tensor({{1, 1, 0, 0}, {0, 1, 1, 0}, {1, 0, 1, -1}}).unsqueeze(0);
  expect_attention(q, k, tensor({{1, 2}, {3, -1}, {0, 4}}).unsqueeze(0));
}

void rows(Trial& t) { expect_rows_sum_to_one(weights_of(t.randn({B, Tq, d_k}), t.randn({B, Tk, d_k}))); }

void scale(Trial& t) {
  const Tensor q = t.randn({B, Tq, d_k}), k = t.randn({B, Tk, d_k});
  expect_scale(weights_of(q, k), Array(q), Array(k));
}

void mean_of_values(Trial& t) {
  const Tensor v = t.randn({B, Tk, d_v});
  const Tensor y = answer(zeros({B, Tq, d_k}), t.randn({B, Tk, d_k}), v);
  expect_close("output for queries that are 0", y, Array(v.mean({1}, true).expand({B, Tq, d_v})));
}

void batch(Trial& t) {
  const Tensor q = t.randn({B, Tq, d_k}), k = t.randn({B, Tk, d_k}), v = t.randn({B, Tk, d_v});
  const Array together(answer(q, k, v));
  const Array first(answer(q.slice(0, 0, 1), k.slice(0, 0, 1), v.slice(0, 0, 1)));
  const Array second(answer(q.slice(0, 1, 2), k.slice(0, 1, 2), v.slice(0, 1, 2)));
  for (std::int64_t i = 0; i < Tq; ++i)
    for (std::int64_t c = 0; c < d_v; ++c)
      for (const std::int64_t b : {0, 1}) {
        const double alone = (b == 0 ? first : second)(std::int64_t{0}, i, c);
        if (std::abs(together(b, i, c) - alone) <= 1e-5) continue;
        fail_check("batch-mixed",
                   fmt::format("Item {} of the batch gives {} at [{}, {}] among others, and {} alone:\n"
                               "items of a batch must not see each other.",
                               b, show(together(b, i, c)), i, c, show(alone)));
      }
}

void every_shape(Trial& t) {
  for (int round = 0; round < 20; ++round) {
    const std::int64_t b = t.randint(1, 4), tq = t.randint(1, 9), tk = t.randint(1, 9), d = t.randint(1, 17);
    expect_attention(t.randn({b, tq, d}), t.randn({b, tk, d}), t.randn({b, tk, t.randint(1, 9)}));
  }
}

void views(Trial& t) {  // the same numbers, laid out differently
  const Tensor q = t.randn({B, d_k, Tq}).transpose(1, 2), k = t.randn({Tk, B, d_k}).transpose(0, 1);
  expect_attention(q, k, t.randn({B, Tk, 2 * d_v}).slice(2, 0, 2 * d_v, 2));
}

/// Scores up to 1e5, and rows of very different sizes: what is subtracted must be each row's own maximum.
void large_scores(Trial& t) {
  const Tensor k = eye(d_k).unsqueeze(0) * 300, v = t.randn({1, d_k, d_v});
  Array rows({1, 4, d_k});
  rows(0, 0, 0) = 300;                                          // one key wins
  rows(0, 1, 1) = 3;                                            // the same, a hundred times smaller
  rows(0, 2, 2) = 300, rows(0, 2, 3) = 150;                     // two large ones, of which one wins
  for (std::int64_t c = 0; c < d_k; ++c) rows(0, 3, c) = -300;  // all alike, far below 0
  const Tensor q = rows.tensor(), y = attention(q, k, v);
  for (const float x : y.to_vector<float>())
    if (!std::isfinite(x))
      fail_check(
          "overflow",
          "Scores of 34000, or rows of very different sizes, give NaN or infinity: e^x overflows, or all of\n"
          "a row underflows. Subtract each row's own maximum before the exponential.");
  expect_attention(q, k, v);
}

void numbers() {
  const Array q({1, 1, 2}, {1, 0}), k({1, 2, 2}, {1, 0, 0, 1}), v({1, 2, 2}, {10, 0, 0, 10});
  Recipe unscaled;
  unscaled.scale = Recipe::Scale::none;
  for (const Array& shown : {weights(q, k), attention(q, k, v), attention(q, k, v, {}, unscaled)})
    for (const double x : shown.values) fmt::print("{:.2f}\n", x);
  fmt::print("{:.2f}\n", 1 / std::sqrt(2.0));
}

}  // namespace

const Exercise exercise{
    {
        {"shape", "the output has a row for every query and a column for every value column", shape},
        {"rows", "the weights of each query sum to 1", rows},
        {"scale", "scores are divided by sqrt(d_k)", scale},
        {"mean", "a query of zeros gives the mean of the values", mean_of_values},
        {"known values", "a small case worked by hand comes out", known_values},
        {"batch", "items of a batch do not see each other", batch},
        {"shapes", "20 random shapes agree with plain loops in double", every_shape},
        {"views", "the answer does not depend on how the inputs lie in memory", views},
        {"large scores", "large scores give finite numbers", large_scores},
    },
    nullptr,
    numbers};

}  // namespace gradus::exercises
