#include "probes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "exercises/common/oracle.h"
#include "exercises/common/resembles.h"
#include "exercises/common/weights.h"

namespace gradus::exercises {

using heads::Weights;

Weights random_weights(const Trial& t, std::int64_t d) {
  const auto one = [&] { return Array(t.randn({d, d}) / std::sqrt(static_cast<double>(d))); };
  return {one(), one(), one(), one()};
}

Array answer(const MultiHeadAttention& layer, const Tensor& x, const Tensor& mask) {
  const Unchanged inputs(mask.defined() ? std::vector<Tensor>{x, mask} : std::vector<Tensor>{x});
  const Tensor y = layer.forward(x, mask);
  expect_shape("the output", y, x.shape(), "[B, T, d_model]");
  inputs.expect();
  return Array(y);
}

void explain(const Trial& t, const Array& mask) {
  const std::int64_t length = mask.values.empty() ? T : mask.size(0);
  const Weights w = random_weights(t, d_model);
  const Tensor x = t.randn({B, length, d_model});
  const Array got = answer(loaded(w, H), x, mask.values.empty() ? Tensor() : mask.tensor());
  if (const auto cause = heads::explain_forward(got, Array(x), w, H, mask))
    fail_check(cause->name, "Your layer behaves as if " + cause->sentence + ".");
}

void expect_forward(const Trial& t, const Array& got, const Tensor& x, const Weights& w, std::int64_t n,
                    const Array& mask) {
  const Array expected = heads::forward(Array(x), w, n, mask);
  if (distance(got, expected) <= 1e-5) return;
  explain(t, mask);
  expect_close("output", got.tensor(), expected);
}

void mean_of_values(Trial& t) {
  Weights w = random_weights(t, d_model);
  w.q = w.k = Array({d_model, d_model});
  const Tensor x = t.randn({B, T, d_model});
  const Array got = answer(loaded(w, H), x), expected = heads::forward(Array(x), w, H);
  if (distance(got, expected) <= 1e-5) return;
  explain(t);
  if (std::all_of(got.values.begin(), got.values.end(), [](double y) { return std::abs(y) <= 1e-6; }))
    fail_check("softmax-missing",
               "With W_q = W_k = 0 your output is 0 everywhere. All scores are 0 then, and all weights "
               "1/T: is there a softmax between the two?");
  const double keys = static_cast<double>(T), over = static_cast<double>(H);
  if (const auto cause = explain_by_resemblance(got, expected, {{keys / over, ""}}))
    fail_check(
        cause->name == "scale" ? "softmax-axis" : cause->name,
        cause->name == "scale"
            ? fmt::format(
                  "With scores of 0 each of {} keys must weigh 1/{}, and yours weigh 1/{}: the softmax runs "
                  "over the heads. It belongs on the keys, the last axis.",
                  T, T, H)
            : "With W_q = W_k = 0 your output " + cause->sentence + ".");
  expect_close("with W_q = W_k = 0, output", got.tensor(), expected);
}

/// Head h asks for position (h + 1) mod H, whatever stands there: W_q makes the same question of the constant column,
/// W_k an answer of the column that marks the position.
void steered(Trial& t) {
  constexpr std::int64_t positions = H, mark = d_model - positions - 1, constant = d_model - 1;
  const double strength = std::sqrt(60 * std::sqrt(static_cast<double>(d_k)));  // scores of 60 and 0
  Array x(t.randn({1, positions, d_model}));
  Weights w{Array({d_model, d_model}), Array({d_model, d_model}), identity(d_model), identity(d_model)};
  const auto target = [](std::int64_t h) { return (h + 1) % positions; };
  for (std::int64_t i = 0; i < positions; ++i) {
    for (std::int64_t j = 0; j < positions; ++j) x(0, i, mark + j) = i == j;
    x(0, i, constant) = 1;
  }
  for (std::int64_t h = 0; h < H; ++h) {
    w.q(constant, h * d_k) = strength;
    w.k(mark + target(h), h * d_k) = strength;
  }
  const Tensor input = x.tensor();
  const Array got = answer(loaded(w, H), input);
  if (distance(got, heads::forward(x, w, H)) <= 1e-5) return;
  explain(t);
  for (std::int64_t h = 0; h < H; ++h)
    for (std::int64_t p = 0; p < positions; ++p)
      for (std::int64_t g = 0; g < H; ++g) {
        double apart = 0;
        for (std::int64_t c = 0; c < d_k; ++c)
          apart = std::max(apart, std::abs(got(0, 0, h * d_k + c) - x(0, p, g * d_k + c)));
        if (apart > 1e-4 || (p == target(h) && g == h)) continue;
        fail_check(
            "heads-exchanged",
            fmt::format(
                "Head {} was made to look at position {}. Columns {} ... {} of the output, which are its "
                "own, show columns {} ... {} of position {}.",
                h, target(h), h * d_k, h * d_k + d_k - 1, g * d_k, g * d_k + d_k - 1, p));
      }
  expect_forward(t, got, input, w, H);
}

/// With values that mark their position, and W_o = I, each head's columns of the output are its weights.
void weights_of_heads(Trial& t) {
  constexpr std::int64_t positions = 4, n = 2, width = 6, d = n * width, mark = d - positions;
  Array x(t.randn({B, positions, d}));
  Weights w = random_weights(t, d);
  w.v = Array({d, d});
  w.o = identity(d);
  for (std::int64_t i = 0; i < positions; ++i) {
    for (std::int64_t b = 0; b < B; ++b)
      for (std::int64_t j = 0; j < positions; ++j) x(b, i, mark + j) = i == j;
    for (std::int64_t h = 0; h < n; ++h) w.v(mark + i, h * width + i) = 1;
  }
  const Tensor input = x.tensor();
  const Array got = answer(loaded(w, n), input);
  if (distance(got, heads::forward(x, w, n)) <= 1e-5) return;
  explain(t);
  const Array q = heads::split(heads::project(x, w.q), n), k = heads::split(heads::project(x, w.k), n);
  for (std::int64_t b = 0; b < B; ++b) {
    Array a({n, positions, positions});
    double over_heads = 0;  // how far the weights of a pair are from adding up to 1 over the heads
    for (std::int64_t i = 0; i < positions; ++i)
      for (std::int64_t j = 0; j < positions; ++j) {
        double total = 0;
        for (std::int64_t h = 0; h < n; ++h) total += a(h, i, j) = got(b, i, h * width + j);
        over_heads = std::max(over_heads, std::abs(total - 1));
      }
    if (over_heads <= 1e-5)
      fail_check("softmax-axis",
                 "The weights of a query and a key add up to 1 over the heads: the softmax runs over the "
                 "heads. It belongs on the keys, the last axis.");
    expect_rows_sum_to_one(a);
    expect_scale(a, heads::item(q, b), heads::item(k, b), d);
  }
  expect_forward(t, got, input, w, n);
}

}  // namespace gradus::exercises
