#include "gradus/kernels/softmax.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/measure.h"
#include "reference/softmax.h"

using namespace gradus;

namespace {

using Size = std::int64_t;
using Real = long double;

struct Rows {
  Size rows, n;
};
const Rows sizes[] = {{0, 5}, {3, 0}, {1, 1}, {3, 7}, {5, 16}, {2, 33}, {400, 65}, {3, 5000}};

template <class T> using Map = void (*)(Size, Size, const T*, T*);
template <class T> using Backward = void (*)(Size, Size, const T*, const T*, T*);

template <class T> std::vector<T> forward(Map<T> f, Rows s, const std::vector<T>& x) {
  std::vector<T> y(x.size());
  f(s.rows, s.n, x.data(), y.data());
  return y;
}
template <class T>
std::vector<T> backward(Backward<T> f, Rows s, const std::vector<T>& y, const std::vector<T>& dy) {
  std::vector<T> dx(y.size());
  f(s.rows, s.n, y.data(), dy.data(), dx.data());
  return dx;
}
template <class T> std::vector<T> of_row(Map<T> f, const std::vector<T>& x) {
  return forward(f, {1, static_cast<Size>(x.size())}, x);
}

/// dx_j = sum_i dy_i (the derivative of y_i by x_j), straight from the Jacobian.
std::vector<Real> naive_backward(bool log, Rows s, const std::vector<Real>& p, const std::vector<Real>& dy) {
  std::vector<Real> dx(p.size());
  for (Size r = 0; r < s.rows; ++r)
    for (Size i = 0; i < s.n; ++i)
      for (Size j = 0; j < s.n; ++j) {
        const std::size_t a = static_cast<std::size_t>(r * s.n + i),
                          b = static_cast<std::size_t>(r * s.n + j);
        dx[b] += dy[a] * (log ? (i == j) - p[b] : p[a] * ((i == j) - p[b]));
      }
  return dx;
}

template <class T> constexpr T inf = std::numeric_limits<T>::infinity();

}  // namespace

TEST_CASE_TEMPLATE("softmax and log_softmax agree with their definitions, and with the Jacobian", T, float,
                   double) {
  measure::on_every_target([] {
    const double unit = std::numeric_limits<T>::epsilon();
    for (const Rows& s : sizes) {
      INFO("rows ", s.rows, " of ", s.n);
      const std::vector<T> x = measure::numbers<T>(s.rows * s.n, 1, 3),
                           dy = measure::numbers<T>(s.rows * s.n, 2);
      const reference::Array<Real> wide{{s.rows, s.n}, measure::wide(x)};
      const std::vector<Real> p = s.n == 0 ? wide.data : reference::softmax(wide, -1).data;
      const std::vector<Real> log_p = s.n == 0 ? wide.data : reference::log_softmax(wide, -1).data;
      const std::vector<T> y = forward<T>(kernels::softmax, s, x),
                           log_y = forward<T>(kernels::log_softmax, s, x);
      double worst = 0;
      for (std::size_t i = 0; i < y.size(); ++i) worst = std::fmax(worst, measure::ulps(y[i], p[i]));
      CHECK(worst <= 24);  // x - max, down to -32 here, is rounded: 16 units of a tiny weight
      CHECK(measure::distance(log_y, log_p) <= 4 * unit);
      if (s.n > 1000) continue;
      CHECK(measure::distance(backward<T>(kernels::softmax_backward, s, y, dy),
                              naive_backward(false, s, p, measure::wide(dy))) <= 8 * unit);
      CHECK(measure::distance(backward<T>(kernels::log_softmax_backward, s, log_y, dy),
                              naive_backward(true, s, p, measure::wide(dy))) <= 16 * unit);
    }
  });
}

TEST_CASE_TEMPLATE("large logits, equal logits and a million classes", T, float, double) {
  CHECK(of_row<T>(kernels::softmax, {T(1e4), 0, T(-1e4)}) == std::vector<T>{1, 0, 0});
  CHECK(of_row<T>(kernels::log_softmax, {T(1e4), 0, T(-1e4)}) == std::vector<T>{0, T(-1e4), T(-2e4)});
  CHECK(of_row<T>(kernels::softmax, std::vector<T>(8, T(-1e4))) == std::vector<T>(8, T(0.125)));
  const std::vector<T> many = of_row<T>(kernels::softmax, measure::numbers<T>(1000000, 3));
  Real total = 0;
  for (const T p : many) total += p;
  CHECK(measure::ulps(static_cast<T>(total), 1) <= 4);
}

TEST_CASE_TEMPLATE("masked places have weight 0 and gradient 0, and a fully masked row is all zeros", T,
                   float, double) {
  measure::on_every_target([] {
    const std::vector<T> x = {-inf<T>, 1, -inf<T>, 2, -inf<T>, -inf<T>, -inf<T>, -inf<T>, 0, 0, 0, 0};
    const std::vector<T> y = forward<T>(kernels::softmax, {3, 4}, x);
    CHECK(y[0] == 0);
    CHECK(y[2] == 0);
    CHECK(measure::distance(std::vector<T>{y[1] + y[3]}, std::vector<T>{1}) <= 1e-6);
    for (std::size_t i = 4; i < 8; ++i) CHECK(y[i] == 0);
    for (std::size_t i = 8; i < 12; ++i) CHECK(y[i] == T(0.25));
    std::vector<T> dy = {inf<T>, 1, std::numeric_limits<T>::quiet_NaN(), 3, 1, 2, 3, 4, 1, 2, 3, 4};
    const std::vector<T> dx = backward<T>(kernels::softmax_backward, {3, 4}, y, dy);
    CHECK(dx[0] == 0);
    CHECK(dx[2] == 0);
    CHECK(dx[1] < 0);
    CHECK(dx[3] > 0);
    for (std::size_t i = 4; i < 8; ++i) CHECK(dx[i] == 0);
    CHECK(dx[8] == T(-0.375));

    const std::vector<T> log_y = forward<T>(kernels::log_softmax, {3, 4}, x);
    CHECK(log_y[0] == -inf<T>);
    for (std::size_t i = 4; i < 8; ++i) CHECK(log_y[i] == -inf<T>);
    const std::vector<T> log_dx =
        backward<T>(kernels::log_softmax_backward, {3, 4}, log_y, std::vector<T>(12, 1));
    for (std::size_t i = 4; i < 8; ++i) CHECK(log_dx[i] == 0);
    CHECK(log_dx[0] == 1);
  });
}

TEST_CASE_TEMPLATE("NaN spoils its own row only", T, float, double) {
  for (const std::size_t place : {0u, 17u, 36u}) {
    std::vector<T> x = measure::numbers<T>(3 * 37, 4);
    x[37 + place] = std::numeric_limits<T>::quiet_NaN();
    for (const Map<T> f : {Map<T>(kernels::softmax), Map<T>(kernels::log_softmax)}) {
      const std::vector<T> y = forward(f, {3, 37}, x);
      std::size_t bad = 0, bad_in_row = 0;
      for (std::size_t i = 0; i < y.size(); ++i) {
        bad += std::isnan(y[i]);
        bad_in_row += std::isnan(y[i]) && i / 37 == 1;
      }
      CHECK(bad == 37);
      CHECK(bad_in_row == 37);
    }
  }
}

TEST_CASE_TEMPLATE("softmax works in place and has the same bits in any row and on any number of threads", T,
                   float, double) {
  const Rows s{300, 77};
  const std::vector<T> x = measure::numbers<T>(s.rows * s.n, 5), dy = measure::numbers<T>(s.rows * s.n, 6);
  const std::vector<T> y = forward<T>(kernels::softmax, s, x);
  std::vector<T> in_place = x, dx_in_place = dy;
  kernels::softmax(s.rows, s.n, in_place.data(), in_place.data());
  CHECK(measure::same_bits(in_place, y));
  kernels::softmax_backward(s.rows, s.n, y.data(), dx_in_place.data(), dx_in_place.data());
  CHECK(measure::same_bits(dx_in_place, backward<T>(kernels::softmax_backward, s, y, dy)));
  const std::vector<T> row(x.begin() + 77, x.begin() + 154), want(y.begin() + 77, y.begin() + 154);
  CHECK(measure::same_bits(of_row<T>(kernels::softmax, row), want));
  CHECK(measure::same_on_any_number_of_threads([&] { return forward<T>(kernels::log_softmax, s, x); }));
}
