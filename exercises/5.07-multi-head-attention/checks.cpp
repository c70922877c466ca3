#include "exercises/common/checks.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "construction.h"
#include "exercise.h"
#include "exercises/common/heads.h"
#include "exercises/common/invariants.h"
#include "exercises/common/oracle.h"
#include "exercises/common/resembles.h"
#include "gradus/ops/reduce.h"
#include "probes.h"

namespace gradus::exercises {
namespace {

using heads::Weights;

// ----- the two reshapes

/// Fails when `got` is not `expected` = what(x): with the cause that explains it, if there is one.
void expect_reshape(const char* what, const Tensor& x, const Tensor& got, const Array& expected,
                    const char* axes, std::optional<Cause> (*explain)(const Array& got, const Array& x)) {
  const bool shape_fits = got.defined() && got.shape() == expected.shape;
  const auto cause = got.defined() ? explain(Array(got), Array(x)) : std::nullopt;
  // The right numbers in some order: where the shape is wrong, that says more.
  if (cause && (shape_fits || cause->name != "order"))
    fail_check(cause->name, fmt::format("{} gives {} from {}; it {}.", what, to_string(got.shape()),
                                        to_string(x.shape()), cause->sentence));
  expect_shape(what, got, expected.shape, axes);
  expect_close(what, got, expected);
}

void split(Trial& t) {
  const MultiHeadAttention layer = made(d_model, H);
  const Tensor x = t.randn({B, T, d_model});
  const Unchanged input({x});
  const Tensor got = layer.split_heads(x);
  input.expect();
  expect_reshape("split_heads", x, got, heads::split(Array(x), H), "[B, H, T, d_k]",
                 [](const Array& y, const Array& from) { return heads::explain_split(y, from, H); });
}

void merge(Trial& t) {
  const MultiHeadAttention layer = made(d_model, H);
  const Tensor x = t.randn({B, H, T, d_k});
  const Unchanged input({x});
  const Tensor got = layer.merge_heads(x);
  input.expect();
  expect_reshape("merge_heads", x, got, heads::merge(Array(x)), "[B, T, d_model]", heads::explain_merge);
}

void there_and_back(Trial& t) {
  const MultiHeadAttention layer = made(d_model, H);
  const Tensor x = t.randn({B, T, d_model});
  expect_close("merge_heads(split_heads(x))", layer.merge_heads(layer.split_heads(x)), Array(x));
}

// ----- the layer

void one_head(Trial& t) {
  const Weights w = random_weights(t, 7);
  const Tensor x = t.randn({B, T, 7});
  expect_forward(t, answer(loaded(w, 1), x), x, w, 1);
}

void known_weights(Trial& t) {
  const Weights w = random_weights(t, d_model);
  const Tensor x = t.randn({B, T, d_model});
  expect_forward(t, answer(loaded(w, H), x), x, w, H);
}

void order(Trial& t) {
  const MultiHeadAttention layer = loaded(random_weights(t, d_model), H);
  const Tensor x = t.randn({1, T, d_model});
  Array backward(x);
  for (std::int64_t i = 0; i < T; ++i)
    for (std::int64_t c = 0; c < d_model; ++c) backward(0, i, c) = Array(x)(0, T - 1 - i, c);
  const Array y = answer(layer, x), z = answer(layer, backward.tensor());
  for (std::int64_t i = 0; i < T; ++i)
    for (std::int64_t c = 0; c < d_model; ++c)
      if (!(std::abs(y(0, i, c) - z(0, T - 1 - i, c)) <= 1e-5 * (1 + std::abs(y(0, i, c)))))
        fail_check("order-matters",
                   "With the positions in reverse the output is not the same in reverse: without a mask "
                   "attention does not know which position is which.");
}

void batch(Trial& t) {
  const MultiHeadAttention layer = loaded(random_weights(t, d_model), H);
  expect_items_apart({t.randn({B, T, d_model})}, [&](const auto& x) { return answer(layer, x[0]).tensor(); });
}

void masked(Trial& t) {
  Weights w = random_weights(t, d_model);
  w.o = identity(d_model);  // so that the heads can be looked at one by one
  const Tensor x = t.randn({B, T, d_model});
  Array holes = causal_mask(T);
  holes(0, T - 1) = 0;
  holes(3, 1) = -INFINITY;
  for (const Array& mask : {causal_mask(T), holes}) {
    const Array got = answer(loaded(w, H), x, mask.tensor()), each = heads::split(got, H);
    if (distance(got, heads::forward(Array(x), w, H, mask)) <= 1e-5) continue;
    explain(t, mask);
    const auto part = [&](const Array& m) { return heads::split(heads::project(Array(x), m), H); };
    for (std::int64_t b = 0; b < B; ++b)
      if (const auto cause =
              explain_attention(heads::item(each, b), heads::item(part(w.q), b), heads::item(part(w.k), b),
                                heads::item(part(w.v), b), mask, d_model))
        fail_check(cause->name, "With a mask your heads behave as if " + cause->sentence + ".");
    expect_forward(t, got, x, w, H, mask);
  }
}

void later_positions(Trial& t) {
  const MultiHeadAttention layer = loaded(random_weights(t, d_model), H);
  expect_no_future(t, {t.randn({1, T, d_model})}, [&](const auto& x) {
    return answer(layer, x[0], causal_mask(x[0].size(1)).tensor()).tensor();
  });
}

void every_shape(Trial& t) {
  for (int round = 0; round < 20; ++round) {
    const std::int64_t n = t.randint(1, 5), d = n * t.randint(1, 5);
    const Weights w = random_weights(t, d);
    const Tensor x = t.randn({t.randint(1, 4), t.randint(1, 8), d});
    expect_forward(t, answer(loaded(w, n), x), x, w, n);
  }
}

void views(Trial& t) {  // the same numbers, laid out differently
  const Weights w = random_weights(t, d_model);
  const Tensor x = t.randn({T, d_model, B}).permute({2, 0, 1});
  expect_forward(t, answer(loaded(w, H), x), x, w, H);
}

/// d/dW of the sum of r y, against the central difference of the loops.
void gradients(Trial& t) {
  constexpr std::int64_t d = 6, n = 2;
  Weights w = random_weights(t, d);
  const MultiHeadAttention layer = loaded(w, n);
  const Tensor x = t.randn({2, 3, d}), r = t.randn({2, 3, d});
  const Tensor loss = (layer.forward(x) * r).sum();
  if (!loss.requires_grad())
    fail_check("no-gradient",
               "No gradient comes back from the output: it is not made by ops of the framework from w_q, "
               "w_k, w_v and w_o.");
  loss.backward();
  const Array weights_of_loss(r), input(x);
  const auto value = [&] {
    const Array y = heads::forward(input, w, n);
    double total = 0;
    for (std::size_t i = 0; i < y.values.size(); ++i) total += weights_of_loss.values[i] * y.values[i];
    return total;
  };
  const std::array<Array*, 4> mine{&w.q, &w.k, &w.v, &w.o};
  for (std::size_t m = 0; m < names.size(); ++m) {
    const Tensor gradient = matrices(layer)[m]->grad();
    if (!gradient.defined())
      fail_check("no-gradient", fmt::format("No gradient reaches {}: it would never learn.", names[m]));
    const Array expected = differences(*mine[m], 1e-5, value);
    if (distance(Array(gradient), expected) <= 1e-4) continue;
    const auto cause = explain_by_resemblance(Array(gradient), expected);
    fail_check("no-gradient", fmt::format("The gradient of {} {}: part of the way back is cut.", names[m],
                                          cause ? cause->sentence : "is not that of the output"));
  }
}

void numbers() { fmt::print("{}\n", start_deviation); }

}  // namespace

const Exercise exercise{
    {
        {"parameters", "there are four matrices of d_model x d_model to train", parameters_listed},
        {"starting values", "each is a draw of its own from N(0, 0.02)", initial_values},
        {"divisible", "a d_model that the heads do not divide is refused", refusal},
        {"split", "each head gets its own block of columns, at every position", split},
        {"merge", "the heads' columns come back side by side", merge},
        {"split and merge", "merge_heads(split_heads(x)) is x", there_and_back},
        {"batch", "items of a batch do not see each other", batch},
        {"mean", "with W_q = W_k = 0 the output is that of the mean over all positions", mean_of_values},
        {"weights", "each head's weights sum to 1 over the keys, and its scores are divided by sqrt(d_k)",
         weights_of_heads},
        {"steered heads", "heads that are made to look at different positions do", steered},
        {"one head", "one head is 5.5 with projections", one_head},
        {"known weights", "three heads with loaded weights agree with plain loops", known_weights},
        {"order", "without a mask no position is special", order},
        {"mask", "every head obeys the mask", masked},
        {"later positions", "with a causal mask no position sees a later one", later_positions},
        {"gradients", "gradients reach all four matrices", gradients},
        {"shapes", "20 random shapes agree with plain loops in double", every_shape},
        {"views", "the answer does not depend on how the input lies in memory", views},
    },
    nullptr,
    numbers};

}  // namespace gradus::exercises
