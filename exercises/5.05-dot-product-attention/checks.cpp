#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "exercise.h"
#include "exercises/common/invariants.h"
#include "exercises/common/oracle.h"
#include "exercises/common/weights.h"
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
  return Array(answer(q, k, identities(k.size(0), k.size(1))));
}

/// One cause if a known mistake explains the answer, else the first difference.
void expect_attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  const Tensor y = answer(q, k, v);
  expect_result("output", y, attention(Array(q), Array(k), Array(v)),
                [&] { return explain_attention(Array(y), Array(q), Array(k), Array(v)); });
}

void shape(Trial& t) { answer(t.randn({B, Tq, d_k}), t.randn({B, Tk, d_k}), t.randn({B, Tk, d_v})); }

/// The case of the README.
const Array known_q({1, 2, 4}, {1, 0, 2, -1, 0, 1, -1, 1});
const Array known_k({1, 3, 4}, {1, 1, 0, 0, 0, 1, 1, 0, 1, 0, 1, -1});
const Array known_v({1, 3, 2}, {1, 2, 3, -1, 0, 4});

void known_values(Trial&) { expect_attention(known_q.tensor(), known_k.tensor(), known_v.tensor()); }

void rows(Trial& t) { expect_rows_sum_to_one(weights_of(t.randn({B, Tq, d_k}), t.randn({B, Tk, d_k}))); }

void scale(Trial& t) {
  const Tensor q = t.randn({B, Tq, d_k}), k = t.randn({B, Tk, d_k});
  expect_scale(weights_of(q, k), Array(q), Array(k));
}

void mean_of_values(Trial& t) {
  const Tensor v = t.randn({B, Tk, d_v});
  const Tensor q = zeros({B, Tq, d_k}), k = t.randn({B, Tk, d_k}), y = answer(q, k, v);
  fail_if_explained("output", explain_attention(Array(y), Array(q), Array(k), Array(v)));
  expect_close("With queries of 0, output", y, Array(v.mean({1}, true).expand({B, Tq, d_v})));
}

void batch(Trial& t) {
  expect_items_apart({t.randn({B, Tq, d_k}), t.randn({B, Tk, d_k}), t.randn({B, Tk, d_v})},
                     [](const auto& x) { return answer(x[0], x[1], x[2]); });
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
          "Scores of 34000, or rows of very different sizes, give NaN or infinity: e^x overflows, or all of "
          "a row underflows. Subtract each row's own maximum before the exponential.");
  expect_attention(q, k, v);
}

void numbers() {
  const Array q({1, 1, 2}, {1, 0}), k({1, 2, 2}, {1, 0, 0, 1}), v({1, 2, 2}, {10, 0, 0, 10});
  Recipe unscaled;
  unscaled.scale = Recipe::Scale::none;
  for (const Array& shown : {weights(q, k), attention(q, k, v), attention(q, k, v, {}, unscaled)})
    for (const double x : shown.values) fmt::print("{:.2f}\n", x);
  for (const Array& shown : {weights(known_q, known_k), attention(known_q, known_k, known_v)})
    for (const double x : shown.values) fmt::print("{:.3f}\n", x);
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
