#include "gradus/kernels/reduce.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/measure.h"

using namespace gradus;
using kernels::Reduce;

namespace {

using Size = std::int64_t;
using Real = long double;

struct Box {
  Size outer, n, inner;
  Size in() const { return outer * n * inner; }
  Size out() const { return outer * inner; }
};

/// Rows and columns, short and long enough to be cut, odd sizes, single elements, nothing.
const Box boxes[] = {{1, 1, 1},    {1, 7, 1},    {5, 13, 1},    {3, 4097, 1},  {2, 70001, 1}, {900, 33, 1},
                     {1, 5, 3},    {1, 300, 65}, {4, 1000, 17}, {2, 257, 129}, {1, 3, 1100},  {40, 9, 64},
                     {1, 2000, 2}, {0, 5, 3},    {3, 5, 0},     {2, 0, 3},     {2, 0, 1}};

template <class F> std::vector<Real> per_column(const Box& b, F f) {
  std::vector<Real> y;
  for (Size o = 0; o < b.outer; ++o)
    for (Size j = 0; j < b.inner; ++j)
      y.push_back(f([&b, o, j](Size i) { return static_cast<std::size_t>((o * b.n + i) * b.inner + j); }));
  return y;
}

template <class T> std::vector<Real> naive(Reduce f, const Box& b, const std::vector<T>& x) {
  return per_column(b, [&](auto at) {
    Real total = f == Reduce::max ? -measure::infinity : f == Reduce::min ? measure::infinity : 0;
    for (Size i = 0; i < b.n; ++i) {
      const Real v = x[at(i)];
      total = f == Reduce::sum   ? total + v
              : f == Reduce::max ? std::fmax(total, v)
              : f == Reduce::min ? std::fmin(total, v)
                                 : total + std::exp(v);
    }
    return f == Reduce::logsumexp ? std::log(total) : total;
  });
}

template <class T> std::vector<T> reduced(Reduce f, const Box& b, const std::vector<T>& x) {
  std::vector<T> y(static_cast<std::size_t>(b.out()));
  kernels::reduce(f, b.outer, b.n, b.inner, x.data(), y.data());
  return y;
}

template <class T> T of_row(Reduce f, const std::vector<T>& x) {
  return reduced(f, {1, static_cast<Size>(x.size()), 1}, x)[0];
}

/// The middle of three columns, so that the column loops are tried with the same numbers.
template <class T> T of_column(Reduce f, const std::vector<T>& x) {
  std::vector<T> three;
  for (const T v : x) three.insert(three.end(), {T(1), v, T(2)});
  return reduced(f, {1, static_cast<Size>(x.size()), 3}, three)[1];
}

}  // namespace

TEST_CASE_TEMPLATE("reductions agree with a naive loop over every kind of box", T, float, double) {
  measure::on_every_target([] {
    for (const Box& b : boxes) {
      INFO("box ", b.outer, " x ", b.n, " x ", b.inner);
      const std::vector<T> x = measure::numbers<T>(b.in(), 1, 2);
      const double unit = std::numeric_limits<T>::epsilon();
      CHECK(measure::distance(reduced(Reduce::max, b, x), naive(Reduce::max, b, x)) == 0);
      CHECK(measure::distance(reduced(Reduce::min, b, x), naive(Reduce::min, b, x)) == 0);
      CHECK(measure::distance(reduced(Reduce::logsumexp, b, x), naive(Reduce::logsumexp, b, x)) <= 4 * unit);
      // A sum's error is measured by the size of its terms: sqrt(n) of them, 2 each.
      const double scale = 2 * std::sqrt(static_cast<double>(b.n)) + 1;
      CHECK(measure::distance(reduced(Reduce::sum, b, x), naive(Reduce::sum, b, x)) <= 4 * unit * scale);
    }
  });
}

TEST_CASE("a float sum of 2^25 ones is exact") {
  const Size n = Size{1} << 25;
  const std::vector<float> ones(static_cast<std::size_t>(n), 1.0f);
  CHECK(reduced(Reduce::sum, {1, n, 1}, ones)[0] == 33554432.0f);
  CHECK(reduced(Reduce::sum, {1, n / 2, 2}, ones)[1] == 16777216.0f);
  std::vector<float> steps(static_cast<std::size_t>(n) / 8, 0.1f);  // float sums stall near 2^20 here
  CHECK(measure::ulps(of_row(Reduce::sum, steps),
                      static_cast<Real>(0.1f) * static_cast<Real>(steps.size())) <= 8);
}

TEST_CASE_TEMPLATE("NaN wins, wherever it stands", T, float, double) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  measure::on_every_target([&] {
    for (const std::size_t n : {1u, 5u, 16u, 40u, 300u})
      for (std::size_t place = 0; place < n; place += n / 5 + 1) {
        std::vector<T> x = measure::numbers<T>(static_cast<Size>(n), 2);
        x[place] = nan;
        for (const Reduce f : {Reduce::sum, Reduce::max, Reduce::min, Reduce::logsumexp}) {
          CHECK(std::isnan(of_row(f, x)));
          CHECK(std::isnan(of_column(f, x)));
        }
        if (place + 1 < n) x.back() = nan;  // a second one does not change where the first is
        Size first = -1;
        kernels::argmax(1, static_cast<Size>(n), 1, x.data(), &first);
        CHECK(first == static_cast<Size>(place));
        kernels::argmin(1, static_cast<Size>(n), 1, x.data(), &first);
        CHECK(first == static_cast<Size>(place));
      }
  });
}

TEST_CASE_TEMPLATE("logsumexp survives large numbers and infinities", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity();
  const auto both = [](const std::vector<T>& x, T want) {
    CHECK(of_row(Reduce::logsumexp, x) == want);
    CHECK(of_column(Reduce::logsumexp, x) == want);
  };
  both({T(1e4), 0, T(-1e4)}, T(1e4));
  both({-inf, -inf, -inf}, -inf);
  both({-inf, 3, -inf}, 3);
  both({inf, 3}, inf);
  both({inf, -inf}, inf);
  CHECK(measure::ulps(of_row<T>(Reduce::logsumexp, {T(-1e4), T(-1e4)}), -1e4L + std::log(2.0L)) <= 1);
  CHECK(reduced<T>(Reduce::logsumexp, {1, 0, 1}, {})[0] == -inf);
  CHECK(reduced<T>(Reduce::max, {1, 0, 1}, {})[0] == -inf);
  CHECK(reduced<T>(Reduce::sum, {2, 0, 3}, {}) == std::vector<T>(6, 0));
}

TEST_CASE_TEMPLATE("argmax and argmin find the first", T, float, double) {
  for (const Box& b : boxes) {
    if (b.n == 0) continue;
    std::vector<T> x = measure::numbers<T>(b.in(), 3);
    for (T& v : x) v = std::round(v * 2);  // many ties
    std::vector<Size> largest(static_cast<std::size_t>(b.out())), smallest = largest;
    kernels::argmax(b.outer, b.n, b.inner, x.data(), largest.data());
    kernels::argmin(b.outer, b.n, b.inner, x.data(), smallest.data());
    const auto first = [&](T sign) {
      return per_column(b, [&](auto at) {
        Size best = 0;
        for (Size i = 1; i < b.n; ++i)
          if (sign * x[at(i)] > sign * x[at(best)]) best = i;
        return static_cast<Real>(best);
      });
    };
    INFO("box ", b.outer, " x ", b.n, " x ", b.inner);
    CHECK(measure::distance(largest, first(1)) == 0);
    CHECK(measure::distance(smallest, first(-1)) == 0);
  }
}

TEST_CASE_TEMPLATE("reductions have the same bits on any number of threads", T, float, double) {
  for (const Box& b : {Box{1, 300001, 1}, Box{1, 5000, 65}, Box{700, 100, 1}, Box{3, 700, 600}}) {
    const std::vector<T> x = measure::numbers<T>(b.in(), 4);
    for (const Reduce f : {Reduce::sum, Reduce::max, Reduce::logsumexp})
      CHECK(measure::same_on_any_number_of_threads([&] { return reduced(f, b, x); }));
  }
}
