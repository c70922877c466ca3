#include "exercises/common/least_squares.h"

#include <doctest/doctest.h>

#include <cmath>

#include "gradus/base/random.h"
#include "gradus/tensor/creation.h"
#include "reference/expect.h"

using namespace gradus;
using namespace gradus::exercises;

namespace {

Array random(std::int64_t rows, std::int64_t columns) {
  return Array(randn({rows, columns}, Dtype::float64));
}

/// a^T b where `first`, else a b.
Array times(const Array& a, const Array& b, bool first = false) {
  const std::int64_t n = a.size(first ? 1 : 0), inner = a.size(first ? 0 : 1);
  Array c({n, b.size(1)});
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < b.size(1); ++j)
      for (std::int64_t k = 0; k < inner; ++k) c(i, j) += (first ? a(k, i) : a(i, k)) * b(k, j);
  return c;
}

/// What w leaves of y, seen along each column of x: all 0 for the best w and for no other.
double gradient(const Array& x, const Array& y, const Array& w) {
  Array left = times(x, w);
  for (std::size_t i = 0; i < left.values.size(); ++i) left.values[i] -= y.values[i];
  const Array g = times(x, left, true);
  return distance(g, Array(g.shape));
}

/// Sets column c of x to what f says of each row.
template <class F> void set(Array& x, std::int64_t c, const F& f) {
  for (std::int64_t n = 0; n < x.size(0); ++n) x(n, c) = f(n);
}

}  // namespace

TEST_CASE("factors of which y is made come out again") {
  manual_seed(1);
  for (const std::int64_t p : {0, 1, 2, 7, 20})
    for (const std::int64_t q : {0, 1, 3})
      for (const std::int64_t rows : {p, p + 1, 3 * p + 2}) {
        const Array x = random(rows, p), w = random(p, q), found = least_squares(x, times(x, w));
        CAPTURE(p);
        CAPTURE(rows);
        CHECK(distance(found, w) <= 1e-9);
      }
}

TEST_CASE("what is left of any y is orthogonal to every column") {
  manual_seed(2);
  for (const std::int64_t p : {1, 2, 7, 20}) {
    const Array x = random(3 * p, p), y = random(3 * p, 2), w = least_squares(x, y);
    CHECK(gradient(x, y, w) <= 1e-12);
    Array other = w;
    other(p - 1, std::int64_t{1}) += 1e-3;
    CHECK_FALSE(gradient(x, y, other) <= 1e-6);
  }
}

TEST_CASE("columns that follow from earlier ones get 0, and the others what they get alone") {
  manual_seed(3);
  Array x = random(12, 6);
  const Array y = random(12, 2);
  set(x, 1, [&](std::int64_t) { return 0.0; });
  set(x, 3, [&](std::int64_t n) { return x(n, std::int64_t{0}) * 2 - x(n, std::int64_t{2}); });
  for (const bool rounded : {false, true}) {
    if (rounded) x = Array(x.tensor());  // float32 leaves something of a column that follows
    const Array w = least_squares(x, y);
    for (const std::int64_t follows : {1, 3})
      for (std::int64_t c = 0; c < 2; ++c) CHECK(std::abs(w(follows, c)) <= 0);
    CHECK(gradient(x, y, w) <= (rounded ? 1e-5 : 1e-12));
    Array rest({12, 4});
    const std::int64_t kept[] = {0, 2, 4, 5};
    for (std::int64_t c = 0; c < 4; ++c) set(rest, c, [&](std::int64_t n) { return x(n, kept[c]); });
    const Array alone = least_squares(rest, y);
    for (std::int64_t i = 0; i < 4; ++i)
      for (std::int64_t c = 0; c < 2; ++c) CHECK(std::abs(alone(i, c) - w(kept[i], c)) <= 1e-12);
  }
}

TEST_CASE("with fewer rows than columns the first ones explain y and the others get 0") {
  manual_seed(4);
  const Array x = random(3, 5), y = random(3, 2), w = least_squares(x, y);
  CHECK(distance(times(x, w), y) <= 1e-12);
  for (std::int64_t i = 3; i < 5; ++i) CHECK(std::abs(w(i, std::int64_t{0})) <= 0);
}

TEST_CASE("nothing but zeros asks for zeros, and the size of the columns does not matter") {
  manual_seed(5);
  const Array x = random(5, 3), y = random(5, 2), nothing({3, 2});
  CHECK(distance(least_squares(Array({5, 3}), y), nothing) <= 0);
  CHECK(distance(least_squares(x, Array({5, 2})), nothing) <= 0);
  for (const double size : {1e-12, 1e12}) {
    Array scaled = x;
    for (double& v : scaled.values) v *= size;
    Array w = least_squares(scaled, y);
    for (double& v : w.values) v *= size;
    CHECK(distance(w, least_squares(x, y)) <= 1e-12);
  }
}

TEST_CASE("columns that are nearly parallel keep their digits: the powers of 40 points") {
  Array x({40, 7}), w({7, 1}, {3, -1, 4, 1, -5, 9, 2});
  for (std::int64_t c = 0; c < 7; ++c)
    set(x, c, [&](std::int64_t n) { return std::pow(static_cast<double>(n) / 39, static_cast<double>(c)); });
  CHECK(distance(least_squares(x, times(x, w)), w) <= 1e-10);
}

TEST_CASE("tensors give the same as float32") {
  manual_seed(6);
  const Tensor x = randn({9, 4}), y = randn({9, 2}), w = least_squares(x, y);
  CHECK(w.dtype() == Dtype::float32);
  CHECK(distance(Array(w), least_squares(Array(x), Array(y))) <= 1e-6);
}

TEST_CASE("shapes that do not fit are refused, with both") {
  const auto of = [](const Shape& x, const Shape& y) {
    return error_of([&] { least_squares(Array(x), Array(y)); });
  };
  CHECK(has(of({4, 2}, {3, 2}), "[4, 2] and [3, 2]"));
  CHECK(has(of({4}, {4, 2}), "[4] and [4, 2]"));
  CHECK(has(of({4, 2}, {4}), "[4, 2] and [4]"));
}
