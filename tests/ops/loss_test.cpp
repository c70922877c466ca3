// ctest: LABELS gradcheck
#include "gradus/ops/loss.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "gradus/autograd/walk.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "ops/check_op.h"
#include "reference/expect.h"
#include "reference/loss.h"
#include "reference/measure.h"

using namespace gradus;

namespace {

using Targets = std::vector<std::int64_t>;

Tensor targets(const Targets& v) { return tensor(v, {static_cast<std::int64_t>(v.size())}); }

/// Everything cross_entropy is called by, fused and composed.
using Loss = Tensor (*)(const Tensor&, const Tensor&, CrossEntropyOptions);
constexpr Loss both[] = {cross_entropy, composed::cross_entropy};

/// The sum of every element, over n.
template <class A> A total_over(const A& x, long double n) {
  return reference::reduce(x, reference::every_axis(x), false, [n](const auto& row) {
    return reference::sum(row) / std::decay_t<decltype(row[0])>(n);
  });
}
template <class A> A squares(const A& a, const A& b) {
  return reference::zip(a, b, [](auto p, auto t) { return (p - t) * (p - t); });
}

}  // namespace

TEST_CASE("cross_entropy and mse_loss are right in every way") {
  check_op("cross_entropy",
           {{"mean",
             [](const auto& x) {
               const auto n = std::max<std::size_t>(x[1].data.size(), 1);
               return total_over(reference::cross_entropy(x[0], x[1], -100, 0), static_cast<long double>(n));
             }},
            {"sum, one class ignored",
             [](const auto& x) { return total_over(reference::cross_entropy(x[0], x[1], 1, 0), 1); }},
            {"none, smoothed, one class ignored",
             [](const auto& x) { return reference::cross_entropy(x[0], x[1], 1, 0.1); }}});
  check_op("mse_loss", {{"mean",
                         [](const auto& x) {
                           return total_over(
                               squares(x[0], x[1]),
                               static_cast<long double>(std::max<std::size_t>(x[0].data.size(), 1)));
                         }},
                        {"sum", [](const auto& x) { return total_over(squares(x[0], x[1]), 1); }},
                        {"none", [](const auto& x) { return squares(x[0], x[1]); }}});
}

TEST_CASE("cross_entropy: ignored targets count neither in the loss nor in the mean, with any smoothing") {
  const Tensor logits = randn({4, 6}, Dtype::float64), kept = logits.slice(0, 0, 4, 2);
  for (const Loss loss : both)
    for (const double smoothing : {0.0, 0.2})
      for (const Reduction reduction : {Reduction::mean, Reduction::sum}) {
        Tensor a = logits.clone().requires_grad_(), b = kept.clone().requires_grad_();
        const Tensor some =
            loss(a, targets({2, -100, 5, -100}), {.label_smoothing = smoothing, .reduction = reduction});
        const Tensor all = loss(b, targets({2, 5}), {.label_smoothing = smoothing, .reduction = reduction});
        CHECK(std::fabs(some.item() - all.item()) <= 1e-14);
        some.backward(), all.backward();
        CHECK(measure::distance(a.grad().slice(0, 0, 4, 2), b.grad()) <= 1e-14);
        CHECK(values(a.grad().slice(0, 1, 4, 2)) == Values(12, 0));
      }
}

TEST_CASE("cross_entropy: when every target is ignored, loss and gradient are 0, not NaN") {
  for (const Loss loss : both)
    for (const double smoothing : {0.0, 0.1})
      for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
        Tensor x = randn({3, 5}).requires_grad_();
        const Tensor y = loss(x, targets({-1, -1, -1}),
                              {.ignore_index = -1, .label_smoothing = smoothing, .reduction = reduction});
        for (const double v : values(y)) CHECK(v == 0);
        y.backward(ones_like(y));
        CHECK(values(x.grad()) == Values(15, 0));
      }
}

TEST_CASE("cross_entropy: extreme logits") {
  for (const Loss loss : both)
    for (const Dtype dtype : {Dtype::float32, Dtype::float64}) {
      Tensor x = tensor({{1e4, 0, -1e4}, {1e4, 0, -1e4}}, dtype).requires_grad_();
      const Tensor y = loss(x, targets({0, 2}), {.reduction = Reduction::none});
      CHECK(values(y) == Values{0, 2e4});
      y.backward(ones_like(y));
      CHECK(values(x.grad()) == Values{0, 0, 0, 1, 0, -1});
    }
}

TEST_CASE(
    "cross_entropy: uniform logits cost log V; the gradient's rows sum to 0; the loss is never negative") {
  CHECK(std::fabs(cross_entropy(zeros({2, 50}, Dtype::float64), targets({7, 0})).item() - std::log(50.0)) <=
        1e-15);
  Tensor x = randn({20, 9}, Dtype::float64).requires_grad_();
  const Tensor y =
      cross_entropy(x, randint(0, 9, {20}), {.label_smoothing = 0.3, .reduction = Reduction::none});
  for (const double v : values(y)) CHECK(v >= 0);
  y.backward(randn({20}, Dtype::float64));
  for (const double v : values(sum(x.grad(), {1}))) CHECK(std::fabs(v) <= 1e-14);
}

TEST_CASE("cross_entropy: higher axes are rows, and one row needs none") {
  const Tensor logits = randn({2, 3, 4}, Dtype::float64), t = randint(0, 4, {2, 3});
  CHECK(measure::same_bits(cross_entropy(logits, t), cross_entropy(logits.reshape({6, 4}), t.reshape({6}))));
  CHECK(cross_entropy(randn({4}), tensor(Targets{1}, {}), {.reduction = Reduction::none}).shape() == Shape{});
}

TEST_CASE("the losses: mistakes are explained") {
  const Tensor x = zeros({2, 3});
  CHECK(error_of([&] {
          cross_entropy(x, targets({0, 3}));
        }) ==
        "cross_entropy: target 3 at position 1 is not a class 0 ... 2\n"
        "  logits   float32 [2, 3]           a constant\n"
        "  targets  int64   [2]              a constant");
  CHECK(error_of([&] {
          cross_entropy(x, targets({0, -1}));
        }) ==
        "cross_entropy: target -1 at position 1 is not a class 0 ... 2\n"
        "  logits   float32 [2, 3]           a constant\n"
        "  targets  int64   [2]              a constant");
  CHECK(error_of([&] {
          cross_entropy(x, targets({0, 1, 2}));
        }) ==
        "cross_entropy: the targets must be int64, one for each row of logits\n"
        "  logits   float32 [2, 3]           a constant\n"
        "  targets  int64   [3]              a constant");
  CHECK(error_of([&] {
          cross_entropy(x, targets({0, 1}), {.label_smoothing = 1});
        }) == "cross_entropy: label smoothing must lie in [0, 1), not 1");
  CHECK(error_of([&] {
          mse_loss(x, zeros({2, 1}));
        }) ==
        "mse_loss: the shapes must be equal\n"
        "  prediction  float32 [2, 3]           a constant\n"
        "  target      float32 [2, 1]           a constant\n"
        "  reshape one of them on purpose; a loss that broadcasts is nearly always a mistake");
}
