// The published tests of the course "llm-first-principles", stage 5: 19-25, positions. They compare sinusoids with
// numbers at position 0 alone, where a table whose columns all have one frequency is right, and ask a shape of rotary
// positions. The strict twins pin every entry.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "course/agree.h"
#include "gradus/base/random.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "reference/expect.h"

using namespace gradus;
using course::Tensors;
using measure::array_of, measure::distance;
using nn::sinusoidal_positions, nn::LearnedPositions;

namespace {

/// How fast pair i turns: 10000^(-2 i / width).
double rate(std::int64_t pair, std::int64_t width) {
  return std::pow(10000, -2 * static_cast<double>(pair) / static_cast<double>(width));
}

Tensor sinusoids(std::int64_t count, std::int64_t width) {
  return sinusoidal_positions(count, width, Dtype::float64);
}

/// Rotary positions (Su et al. 2021) from the framework's ops: channels 2 i and 2 i + 1 of row t turn by positions[t]
/// times the rate of pair i.   x [T, D], positions [T]  ->  [T, D]
Tensor rotary(const Tensor& x, const Tensor& positions) {
  const std::int64_t T = x.size(0), pairs = x.size(1) / 2;
  std::vector<double> rates;
  for (std::int64_t i = 0; i < pairs; ++i) rates.push_back(rate(i, x.size(1)));
  const Tensor angle = positions.to(x.dtype()).unsqueeze(1) * tensor(rates, {pairs}).to(x.dtype());
  const Tensor split = x.reshape({T, pairs, 2}), a = split.select(2, 0), b = split.select(2, 1);
  return stack({a * cos(angle) - b * sin(angle), a * sin(angle) + b * cos(angle)}, 2).reshape(x.shape());
}

/// The same, one number at a time.
template <class S>
reference::Array<S> turned(const reference::Array<S>& x, const reference::Array<S>& positions) {
  return reference::generate<S>(x.shape, [&](const reference::Index& at) {
    const auto exponent = static_cast<long double>(at[1] - at[1] % 2) / static_cast<long double>(x.shape[1]);
    const long double angle = reference::real(positions({at[0]})) * std::pow(10000.0L, -exponent);
    const S even = x({at[0], at[1] - at[1] % 2}), odd = x({at[0], at[1] - at[1] % 2 + 1});
    return at[1] % 2 == 0 ? S(std::cos(angle)) * even - S(std::sin(angle)) * odd
                          : S(std::sin(angle)) * even + S(std::cos(angle)) * odd;
  });
}

}  // namespace

TEST_CASE("course 19: sinusoidal positions have a row for each position") {
  CHECK(sinusoidal_positions(50, 64).shape() == Shape{50, 64});
}

TEST_CASE("course 19, strict: every entry is the paper's, for any width and up to position 1000") {
  for (const std::int64_t width : {2, 4, 8, 64, 512}) {
    const auto expected = course::sinusoids<long double>(1001, width);
    CHECK(distance(array_of<long double>(sinusoids(1001, width)), expected) <= 1e-12);
    const Tensor narrow = sinusoidal_positions(1001, width);  // rounded once, from float64
    CHECK(distance(array_of<long double>(narrow), expected) <= 0x1p-24);
  }
}

TEST_CASE("course 20: no two of the first ten positions are alike") {
  const Tensor p = sinusoidal_positions(10, 64);
  for (std::int64_t i = 0; i < 10; ++i)
    for (std::int64_t j = i + 1; j < 10; ++j) CHECK(abs(p[i] - p[j]).sum().item() > 0.1);
}

TEST_CASE("course 20, strict: how alike two are depends on their distance alone, and falls with it") {
  const Tensor p = sinusoids(100, 64), alike = matmul(p, p.t());
  double before = 33;
  for (const std::int64_t steps : {0, 1, 2, 5, 10, 50}) {
    double expected = 0;
    for (std::int64_t i = 0; i < 32; ++i) expected += std::cos(static_cast<double>(steps) * rate(i, 64));
    for (std::int64_t t = 0; t + steps < 100; ++t)
      CHECK(std::fabs(alike[t][t + steps].item() - expected) <= 1e-12);
    CHECK(expected < before);
    before = expected;
  }
}

TEST_CASE("course 21: every entry lies between -1 and 1") {
  CHECK(max(abs(sinusoidal_positions(100, 64))).item() <= 1);
}

TEST_CASE(
    "course 21, strict: each pair is a point on a circle, and a step of k turns it by what row k says") {
  const Tensor p = sinusoids(100, 64);
  CHECK(max(abs(sum(square(p.reshape({100, 32, 2})), {2}) - 1.0)).item() <= 1e-14);
  for (const std::int64_t k : {1, 3, 17}) {
    const Tensor now = p.slice(0, 0, 100 - k), then = p.slice(0, k, 100), step = p[k];
    const auto sines = [](const Tensor& x) { return x.slice(-1, 0, 64, 2); };
    const auto cosines = [](const Tensor& x) { return x.slice(-1, 1, 64, 2); };
    CHECK(distance(sines(then), sines(now) * cosines(step) + cosines(now) * sines(step)) <= 1e-13);
    CHECK(distance(cosines(then), cosines(now) * cosines(step) - sines(now) * sines(step)) <= 1e-13);
  }
}

TEST_CASE("course 22: position 0 is 0, 1, 0, 1, ...") {
  CHECK(values(sinusoidal_positions(1, 8)[0]) == Values{0, 1, 0, 1, 0, 1, 0, 1});
}

TEST_CASE("course 22, strict: position 1 shows the rates: 1 at first, each smaller by one ratio") {
  const Values first = values(sinusoids(2, 8)[1]);
  double last = std::pow(10000, 0.25);
  for (std::size_t i = 0; i < 8; i += 2) {
    const double turned = std::atan2(first[i], first[i + 1]);
    CHECK(std::fabs(last / turned - 10) <= 1e-10);  // 10000^(2 / 8)
    last = turned;
  }
}

TEST_CASE("course 23: learned positions have a row for each position") {
  CHECK(LearnedPositions(100, 64)(zeros({1, 50, 64})).shape() == Shape{1, 50, 64});
}

TEST_CASE(
    "course 23, strict: row t of the table is added to token t, from any start; beyond it is an error") {
  const LearnedPositions positions(100, 8);
  const Tensor x = randn({3, 50, 8}), table = positions.table.weight;
  CHECK(measure::same_bits(positions(x), x + table.slice(0, 0, 50)));
  CHECK(measure::same_bits(positions(x, 50), x + table.slice(0, 50, 100)));
  CHECK_THROWS_AS(positions(x, 51), Error);
}

TEST_CASE("course 24: learned positions are one parameter") {
  const std::vector<Tensor> all = parameters(LearnedPositions(100, 64));
  REQUIRE(all.size() == 1);
  CHECK(all[0].shape() == Shape{100, 64});
}

TEST_CASE(
    "course 24, strict: a row learns from every sequence that has its position, the others not at all") {
  const LearnedPositions positions(9, 4);
  const Tensor dy = randn({3, 5, 4});
  positions(zeros({3, 5, 4})).backward(dy);
  const Tensor g = positions.table.weight.grad();
  CHECK(distance(g.slice(0, 0, 5), sum(dy, {0})) <= 1e-6);
  CHECK(values(g.slice(0, 5, 9)) == Values(16, 0));
}

TEST_CASE("course 25: rotary positions keep the shape") {
  CHECK(rotary(randn({10, 64}), arange(10)).shape() == Shape{10, 64});
}

TEST_CASE(
    "course 25, strict: each pair turns by position times rate, value and gradient; only distance counts") {
  const Tensor places = tensor({0, 1, 2, 7, 100}, Dtype::int64);
  course::agrees([](const Tensors& x) { return rotary(x[0], x[1]); },
                 [](const auto& x) { return turned(x[0], x[1]); }, {randn({5, 6}), places});

  const Tensor q = randn({1, 64}, Dtype::float64), k = randn({1, 64}, Dtype::float64);
  const auto at = [](const Tensor& x, std::int64_t t) { return rotary(x, tensor({t}, Dtype::int64)); };
  const auto score = [&](std::int64_t i, std::int64_t j) { return matmul(at(q, i), at(k, j).t()).item(); };
  CHECK(measure::same_bits(at(q, 0), q));
  CHECK(std::fabs(square(at(q, 31)).sum().item() - square(q).sum().item()) <= 1e-12);
  for (const std::int64_t shift : {1, 10, 300})
    CHECK(std::fabs(score(7 + shift, 3 + shift) - score(7, 3)) <= 1e-11);
  CHECK(std::fabs(score(8, 3) - score(7, 3)) > 0.01);
}
