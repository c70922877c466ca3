// ctest: LABELS gradcheck
#include "gradus/autograd/resemblance.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "gradus/autograd/gradcheck.h"
#include "gradus/autograd/record.h"
#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "reference/expect.h"

using namespace gradus;
using Inputs = const std::vector<Tensor>&;
using How = Resemblance::How;

namespace {

Tensor random(const Shape& shape) { return randn(shape, Dtype::float64); }

/// Rows (axis 0) in another order.
Tensor rows(const Tensor& x, const std::vector<std::int64_t>& order) {
  std::vector<Tensor> parts;
  for (const std::int64_t i : order) parts.push_back(x.select(0, i));
  return stack(parts);
}

std::string sentence(const Tensor& got, const Tensor& expected) {
  const auto r = resemblance(got, expected);
  return r ? r->sentence : "none";
}

/// The message of gradcheck on an op with this value and this rule.
template <class V, class R>
std::string verdict(const Tensor& x, V value, R rule, std::int64_t directions = 0) {
  const auto f = [=](Inputs in) {
    return record("planted", value(in[0].detach()),
                  wrt(in[0], [x = Saved(in[0]), rule](const Tensor& dy) { return rule(dy, x.get()); }));
  };
  return gradcheck(f, {x}, {.directions = directions}).message;
}

}  // namespace

TEST_CASE("resemblance: a constant factor is found, and named where it is a number with a meaning") {
  manual_seed(1);
  const Tensor e = random({3, 7});
  CHECK(resemblance(e * 2.0, e)->how == How::factor);
  CHECK(std::fabs(resemblance(e * 1.234, e)->factor - 1.234) <= 1e-12);
  CHECK(sentence(e * 2.0, e) == "is 2 times what is expected");
  CHECK(sentence(e / 2.0, e) == "is 1/2 = 0.5 times what is expected");
  CHECK(sentence(e * 1.234, e) == "is 1.234 times what is expected");
  CHECK(sentence(e * -5.0, e) == "is -5 times what is expected");
  CHECK(sentence(e * 7.0, e) == "is 7 (7 is the size of axis 1) times what is expected");
  CHECK(sentence(e / std::sqrt(7.0), e) ==
        "is 1/sqrt(7) = 0.378 (7 is the size of axis 1) times what is expected");
  CHECK(sentence(e * std::sqrt(11.0), e) == "is sqrt(11) = 3.317 times what is expected");
  CHECK(resemblance(-e, e)->how == How::sign);
  CHECK(resemblance(e * 0.0, e)->how == How::zero);
  // Of one number every other is a multiple: that alone says nothing.
  CHECK(sentence(scalar(1.2345, Dtype::float64), scalar(1, Dtype::float64)) == "none");
  CHECK(sentence(scalar(2, Dtype::float64), scalar(1, Dtype::float64)) == "is 2 times what is expected");
}

TEST_CASE("resemblance: exchanged axes are found, in the shape and in the memory order") {
  manual_seed(2);
  const Tensor square = random({4, 4}), batch = random({2, 3, 5});
  const auto r = resemblance(square.t(), square);
  CHECK(r->how == How::transposed);
  CHECK(r->axis == 0);
  CHECK(r->other_axis == 1);
  CHECK(sentence(square.t() * -2.0, square) == "is what is expected with axes 0 and 1 exchanged, times -2");
  CHECK(sentence(batch.transpose(0, 2), batch) == "is what is expected with axes 0 and 2 exchanged");
  CHECK(resemblance(batch.transpose(1, 2).reshape({2, 3, 5}), batch)->how == How::misread);
  CHECK(resemblance(batch.reshape({2, 5, 3}), batch)->how == How::reshaped);
}

TEST_CASE("resemblance: another order along an axis is found, and what kind of order") {
  manual_seed(3);
  const Tensor e = random({4, 3});
  CHECK(sentence(rows(e, {3, 2, 1, 0}), e) == "is what is expected in reverse along axis 0");
  CHECK(sentence(rows(e, {3, 0, 1, 2}), e) == "is what is expected shifted by 1 along axis 0");
  CHECK(sentence(rows(e, {1, 2, 3, 0}), e) == "is what is expected shifted by -1 along axis 0");
  CHECK(sentence(rows(e, {0, 2, 1, 3}), e) == "is what is expected with axis 0 in the order [0, 2, 1, 3]");
  CHECK(sentence(rows(e.t(), {0, 2, 1}).t(), e) == "is what is expected with axis 1 in the order [0, 2, 1]");
  const Tensor two_axes = rows(rows(e, {1, 0, 2, 3}).t(), {0, 2, 1}).t();
  CHECK(resemblance(two_axes, e)->how == How::reordered);
  CHECK(resemblance(random({2000}), random({2000})) == std::nullopt);
}

TEST_CASE("resemblance: sums over an axis are found, repeated or not, and so is a mean") {
  manual_seed(4);
  const Tensor e = random({2, 3, 5});
  CHECK(sentence(e.sum({0}), e) == "is what is expected summed over axis 0");
  CHECK(sentence(e.sum({1}, true), e) == "is what is expected summed over axis 1");
  CHECK(sentence(e.sum({0}, true).expand({2, 3, 5}), e) ==
        "is what is expected summed over axis 0 and repeated along it");
  CHECK(sentence(e.mean({2}, true).expand({2, 3, 5}), e) ==
        "is what is expected averaged over axis 2 and repeated along it");
  // The sum over the wrong axis of a square: nothing is left but the total.
  const Tensor terms = random({6, 6}) + 1.0;
  CHECK(resemblance(terms.sum({1}), terms.sum({0}))->how == How::respread);
  CHECK(resemblance(softmax(terms, 0), softmax(terms, 1))->how == How::respread);
}

TEST_CASE("resemblance: what is right, what is not finite and what is merely wrong resembles nothing") {
  manual_seed(5);
  const Tensor e = random({3, 4});
  CHECK(sentence(e, e) == "none");
  CHECK(sentence(e + e * 1e-8, e) == "none");
  CHECK(sentence(e + 0.1, e) == "none");
  CHECK(sentence(e * e, e) == "none");
  Tensor one = e.clone();
  one.select(0, 1).slice(0, 2, 3).mul_(1.5);
  CHECK(sentence(one, e) == "none");
  one.select(0, 1).slice(0, 2, 3).fill_(not_a_number);
  CHECK(sentence(one, e) == "none");
  CHECK(sentence(zeros({0, 2}), zeros({2, 0})) == "none");
  CHECK(sentence(random({2}), random({3})) == "none");
  for (int seed = 0; seed < 200; ++seed) CHECK(resemblance(random({3, 3}), random({3, 3})) == std::nullopt);
  // A softmax's gradient adds up to 0 along each row, right or wrong: equal totals prove nothing.
  const Tensor a = softmax(random({3, 4})), b = softmax(random({3, 4}));
  CHECK(sentence(a * (e - (a * e).sum({1}, true)), b * (e - (b * e).sum({1}, true))) == "none");
}

TEST_CASE("resemblance: float32 is compared at a tolerance of its own") {
  manual_seed(6);
  const Tensor e = random({3, 4}), got = (e * std::sqrt(3.0)).to(Dtype::float32);
  CHECK(resemblance(got, e, 1e-5)->how == How::factor);
  CHECK(resemblance(got, e, 1e-5)->sentence ==
        "is sqrt(3) = 1.732 (3 is the size of axis 0) times what is expected");
}

TEST_CASE("gradcheck: a wrong factor, a wrong sign and a missing transpose are called by name") {
  manual_seed(7);
  const Tensor x = random({4, 4});
  const auto one = [](const Tensor& dy, const Tensor&) { return dy; };
  const std::string factor = verdict(
      x, [](const Tensor& v) { return square(v); },
      [](const Tensor& dy, const Tensor& v) { return dy * v * 4.0; });
  CHECK(factor.starts_with("first order: input 0 at ["));
  CHECK(has(factor, "\n  the analytic gradient of input 0 is 2 times what is expected"));
  CHECK(has(verdict(
                x, [](const Tensor& v) { return cos(v); },
                [](const Tensor& dy, const Tensor& v) { return dy * sin(v); }),
            "has the opposite sign"));
  CHECK(has(verdict(
                x, [](const Tensor& v) { return v.t().clone(); }, one),
            "with axes 0 and 1 exchanged"));
  CHECK(has(verdict(
                random({2, 3}), [](const Tensor& v) { return v.t().clone(); },
                [](const Tensor& dy, const Tensor&) {
                  return dy.reshape({2, 3});
                }),
            "a reshape is no transpose"));
  CHECK(has(verdict(
                x,
                [](const Tensor& v) {
                  return rows(v, {3, 2, 1, 0});
                },
                one),
            "in reverse along axis 0"));
  CHECK(has(verdict(
                x, [](const Tensor& v) { return exp(v); },
                [](const Tensor& dy, const Tensor&) { return zeros_like(dy); }),
            "is 0 everywhere"));
  CHECK(has(verdict(
                random({4}),
                [](const Tensor& v) {
                  return v.expand({4, 4}).clone();
                },
                [](const Tensor& dy, const Tensor&) { return dy.sum({1}); }),
            "summed or normalised over the wrong axis?"));
}

TEST_CASE("gradcheck: along random directions only what is the same everywhere is named") {
  manual_seed(8);
  const auto same = [](const Tensor& v) { return v.clone(); };
  const Tensor x = random({5, 6});
  const std::string factor = verdict(
      x, same, [](const Tensor& dy, const Tensor&) { return dy * 3.0; }, 3);
  CHECK(has(factor, "the analytic gradient of input 0 is 3 times what is expected"));
  CHECK(has(verdict(
                x, same, [](const Tensor& dy, const Tensor&) { return -dy; }, 3),
            "opposite sign"));
  CHECK_FALSE(has(verdict(
                      x,
                      [](const Tensor& v) {
                        return rows(v, {1, 0, 2, 3, 4});
                      },
                      [](const Tensor& dy, const Tensor&) { return dy; }, 3),
                  "what is expected"));
}

TEST_CASE("gradcheck: of several inputs the one that is wrong is named, and one that is right is not") {
  manual_seed(9);
  const auto f = [](Inputs x) {
    return record("product", x[0].detach() * x[1].detach(),
                  wrt(x[0], [b = Saved(x[1])](const Tensor& dy) { return dy * b.get(); }),
                  wrt(x[1], [a = Saved(x[0])](const Tensor& dy) { return dy * a.get() * -1.0; }));
  };
  const GradcheckReport r = gradcheck(f, {random({3}), random({3})});
  CHECK_FALSE(r.ok);
  CHECK(has(r.message, "the analytic gradient of input 1 has the opposite sign"));
  CHECK_FALSE(has(gradcheck([](Inputs x) { return x[0] * x[1]; }, {random({3}), random({3})}).message, "\n"));
}
