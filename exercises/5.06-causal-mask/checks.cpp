#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal.h"
#include "exercise.h"
#include "exercises/common/invariants.h"
#include "exercises/common/masked.h"
#include "exercises/common/oracle.h"
#include "exercises/common/weights.h"

namespace gradus::exercises {
namespace {

constexpr std::int64_t B = 2, T = 5, d_k = 7, d_v = 4;

// ----- the mask

Array mask_of(std::int64_t n) {
  const Tensor mask = create_causal_mask(n);
  expect_shape("the mask", mask, {n, n}, "[n, n]", false);
  return Array(mask);
}

void mask_shape(Trial&) {
  for (const std::int64_t n : {T, std::int64_t{1}}) mask_of(n);
}

void mask_values(Trial& t) {
  for (const std::int64_t n : {T, std::int64_t{1}, std::int64_t{2}, t.randint(6, 40), std::int64_t{300}})
    expect_causal(mask_of(n));
}

void mask_of_nothing(Trial&) {
  const Tensor mask = create_causal_mask(0);
  if (!mask.defined() || !(mask.shape() == Shape{0, 0}))
    fail_check("empty-mask", "The mask of 0 positions is a tensor of shape [0, 0].");
}

// ----- attention under a mask that the checks make

Tensor answer(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask, bool finite = true) {
  const Unchanged inputs({q, k, v, mask});
  const Tensor y = masked_attention(q, k, v, mask);
  expect_shape("the output", y, {q.size(0), q.size(1), v.size(2)}, "[B, Tq, d_v]", finite);
  inputs.expect();
  return y;
}

/// With V = I the output is the weights.
Array weights_of(const Tensor& q, const Tensor& k, const Tensor& mask) {
  return Array(answer(q, k, identities(k.size(0), k.size(1)), mask, false));
}

Tensor causal(std::int64_t n) { return causal_mask(n).tensor(); }

/// Any mask: about half of the keys are blocked, and each query keeps one.   [tq, tk]
Tensor random_mask(const Trial& t, std::int64_t tq, std::int64_t tk) {
  const Tensor mask = zeros({tq, tk});
  const Elements m(mask);
  for (std::int64_t i = 0; i < tq; ++i) {
    const std::int64_t kept = t.randint(0, tk);
    for (std::int64_t j = 0; j < tk; ++j)
      if (j != kept && t.randint(0, 2) == 1) m(i, j) = -INFINITY;
  }
  return mask;
}

/// One cause if a known mistake explains the answer, else the first difference.
void expect_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask) {
  const Tensor y = answer(q, k, v, mask);
  expect_result("output", y, attention(Array(q), Array(k), Array(v), Array(mask)),
                [&] { return explain_attention(Array(y), Array(q), Array(k), Array(v), Array(mask)); });
}

void shape(Trial& t) {
  answer(t.randn({B, T, d_k}), t.randn({B, T, d_k}), t.randn({B, T, d_v}), zeros({T, T}), false);
}

void nothing_blocked(Trial& t) {
  const Tensor q = t.randn({B, T, d_k}), k = t.randn({B, T, d_k});
  const Array a = weights_of(q, k, zeros({T, T}));
  const auto all = [&](auto holds) { return std::all_of(a.values.begin(), a.values.end(), holds); };
  bool causal_anyway = true;
  for (std::int64_t i = 0; i < T; ++i)
    for (std::int64_t j = 0; j < T; ++j)
      causal_anyway = causal_anyway && (std::abs(a(0, i, j)) > 0) == (j <= i);
  const std::string given = "With a mask of zeros, which allows everything, ";
  if (!all([](double w) { return std::isfinite(w); }))
    fail_check("not-finite", given + "your weights contain NaN or infinity.");
  if (all([](double w) { return std::abs(w) <= 0; }))
    fail_check("mask-inverted", given + "all your weights are 0: what the mask allows is blocked.");
  if (all([](double w) { return std::abs(w * T - 1) <= 1e-6; }))
    fail_check("mask-not-added", given +
                                     "every key has the same weight, as if all scores were equal. "
                                     "A product with 0 makes them so: the mask is added.");
  if (causal_anyway)
    fail_check("mask-own", given + "your weights are causal all the same: use the mask that is passed.");
  expect_rows_sum_to_one(a);
  try {
    expect_scale(a, Array(q), Array(k));
  } catch (Failure& failure) {
    failure.message += " scores() has already divided by sqrt(d_k).";
    throw;
  }
  expect_attention(q, k, t.randn({B, T, d_v}), zeros({T, T}));
}

void blocked(Trial& t) {
  const Tensor q = t.randn({B, T, d_k}), k = t.randn({B, T, d_k});
  expect_masked(weights_of(q, k, causal(T)), scores_of(Array(q), Array(k)), causal_mask(T));
  expect_attention(q, k, t.randn({B, T, d_v}), causal(T));
}

void strong_keys(Trial& t) {
  // The last key scores 60 more than the others. A number below -164 in the mask's place still gives exactly 0 in
  // float32, so -1e9 does, and -100 does not. Weights from a softmax over all keys, shared out anew among the allowed
  // ones, stay within float32 too: e^-60 = 9e-27.
  const Tensor q = ones({1, T, d_k}), k = t.randn({1, T, d_k});
  k.slice(1, T - 1, T).fill_(60 / std::sqrt(static_cast<double>(d_k)));
  expect_masked(weights_of(q, k, causal(T)), scores_of(Array(q), Array(k)), causal_mask(T));
}

void first_position(Trial& t) {
  const Tensor v = t.randn({B, T, d_v});
  const Tensor y = answer(t.randn({B, T, d_k}), t.randn({B, T, d_k}), v, causal(T));
  expect_close("row 0 of the output", y.slice(1, 0, 1), Array(v.slice(1, 0, 1)));
}

void any_mask(Trial& t) {
  for (int round = 0; round < 20; ++round) {
    const std::int64_t b = t.randint(1, 4), tq = t.randint(1, 9), tk = t.randint(1, 9), d = t.randint(1, 17);
    expect_attention(t.randn({b, tq, d}), t.randn({b, tk, d}), t.randn({b, tk, t.randint(1, 9)}),
                     random_mask(t, tq, tk));
  }
}

// ----- both together

Tensor causal_attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  return masked_attention(q, k, v, create_causal_mask(q.size(1)));
}

void known_values(Trial&) {
  const Tensor x = tensor({{1, 0}, {0, 1}, {1, 1}}).unsqueeze(0);
  expect_close("output", causal_attention(x, x, x), attention(Array(x), Array(x), Array(x), causal_mask(3)));
}

void past(Trial& t) {
  expect_no_future(t, {t.randn({1, T, d_k}), t.randn({1, T, d_k}), t.randn({1, T, d_v})},
                   [](const auto& x) { return causal_attention(x[0], x[1], x[2]); });
}

void numbers() {
  const Array x({1, 3, 2}, {1, 0, 0, 1, 1, 1});
  for (const Array& shown : {weights(x, x), weights(x, x, causal_mask(3)), scores_of(x, x)})
    for (const double w : shown.values) fmt::print("{:.2f}\n", w);
  Recipe late;
  late.mask = Recipe::Mask::after;
  const Array lost = weights(x, x, causal_mask(3), late);
  for (std::int64_t i = 0; i < 3; ++i) fmt::print("{:.2f}\n", lost(0, i, 0) + lost(0, i, 1) + lost(0, i, 2));
}

}  // namespace

const Exercise exercise{
    {
        {"mask shape", "the mask has a row and a column for every position", mask_shape},
        {"mask values", "it is 0 up to the diagonal and -inf after it", mask_values},
        {"mask of nothing", "for no positions it is empty", mask_of_nothing},
        {"shape", "the output has a row for every query and a column for every value column", shape},
        {"nothing blocked", "a mask of zeros leaves the attention of 5.5", nothing_blocked},
        {"blocked", "blocked weights are exactly 0, and the others sum to 1", blocked},
        {"strong keys", "a blocked key stays blocked however well it fits", strong_keys},
        {"first position", "position 0 sees itself alone", first_position},
        {"any mask", "20 random shapes and masks agree with plain loops in double", any_mask},
        {"known values", "a small case worked by hand comes out", known_values},
        {"past", "neither another end nor another token changes what comes before", past},
    },
    nullptr,
    numbers};

}  // namespace gradus::exercises
