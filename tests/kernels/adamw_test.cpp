#include "gradus/kernels/adamw.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/measure.h"

using namespace gradus;

namespace {

using Size = std::int64_t;
using Real = long double;

template <class T> struct State {
  std::vector<T> p, g, m, v;
  explicit State(Size n)
      : p(measure::numbers<T>(n, 1)), g(measure::numbers<T>(n, 2)), m(p.size()), v(p.size()) {}
  void step(const kernels::AdamW& s) {
    kernels::adamw(static_cast<Size>(p.size()), p.data(), g.data(), m.data(), v.data(), s);
  }
};

kernels::AdamW at_step(int t, double lr = 1e-2, double weight_decay = 0.1, double grad_scale = 1) {
  return {lr, 0.9, 0.99, 1e-8, weight_decay, 1 - std::pow(0.9, t), 1 - std::pow(0.99, t), grad_scale};
}

}  // namespace

TEST_CASE_TEMPLATE("fifty steps agree with the definition", T, float, double) {
  measure::on_every_target([] {
    for (const Size n : {0, 1, 7, 16, 33, 20000}) {
      State<T> s(n);
      std::vector<Real> p = measure::wide(s.p), m(p.size()), v(p.size());
      for (int t = 1; t <= 50; ++t) {
        const double scale = t % 3 == 0 ? 0.25 : 1;
        s.step(at_step(t, 1e-2, 0.1, scale));
        for (std::size_t i = 0; i < p.size(); ++i) {
          const Real g = static_cast<Real>(s.g[i]) * static_cast<Real>(scale);
          m[i] = 0.9L * m[i] + 0.1L * g;
          v[i] = 0.99L * v[i] + 0.01L * g * g;
          p[i] = p[i] * (1 - 1e-3L) - 1e-2L * (m[i] / (1 - std::pow(0.9L, t))) /
                                          (std::sqrt(v[i] / (1 - std::pow(0.99L, t))) + 1e-8L);
        }
      }
      CHECK(measure::distance(s.p, p) <= 50 * std::numeric_limits<T>::epsilon());
      CHECK(measure::distance(s.m, m) <= 20 * std::numeric_limits<T>::epsilon());
      CHECK(measure::distance(s.v, v) <= 20 * std::numeric_limits<T>::epsilon());
    }
  });
}

TEST_CASE_TEMPLATE("lr = 0 leaves every bit, even under an infinite gradient; no gradient leaves only decay",
                   T, float, double) {
  measure::on_every_target([] {
    State<T> s(37);
    s.p[3] = T(-0.0);
    s.g[5] = std::numeric_limits<T>::infinity();
    const std::vector<T> before = s.p;
    s.step(at_step(1, 0));
    CHECK(measure::same_bits(s.p, before));
    CHECK(s.m[5] == std::numeric_limits<T>::infinity());
    CHECK(s.m[6] != 0);

    State<T> quiet(37);
    quiet.g.assign(37, 0);
    const std::vector<T> start = quiet.p;
    quiet.step(at_step(1));
    for (std::size_t i = 0; i < 37; ++i) CHECK(quiet.p[i] == start[i] * static_cast<T>(1 - 1e-2 * 0.1));
  });
}

TEST_CASE_TEMPLATE("gradients whose squares vanish or overflow give no NaN", T, float, double) {
  State<T> s(4);
  s.g = {T(1e-30), T(-1e-30), T(1e18), T(-1e18)};
  for (int t = 1; t <= 3; ++t) s.step(at_step(t));
  for (const T x : s.p) CHECK(std::isfinite(x));
  State<T> late(8);
  late.step(at_step(1000000));
  for (const T x : late.p) CHECK(std::isfinite(x));
}

TEST_CASE_TEMPLATE("sum_of_squares is in double, and shows infinity and NaN", T, float, double) {
  measure::on_every_target([] {
    for (const Size n : {0, 1, 3, 16, 100, 50001}) {
      const std::vector<T> x = measure::numbers<T>(n, 3);
      Real want = 0;
      for (const T v : x) want += static_cast<Real>(v) * static_cast<Real>(v);
      CHECK(measure::ulps(kernels::sum_of_squares(n, x.data()), want) <= 64);
    }
    std::vector<T> x(100, T(1e20));
    CHECK(measure::ulps(kernels::sum_of_squares(100, x.data()),
                        100 * static_cast<Real>(T(1e20)) * static_cast<Real>(T(1e20))) <= 16);
    x[99] = std::numeric_limits<T>::infinity();
    CHECK(kernels::sum_of_squares(100, x.data()) == std::numeric_limits<double>::infinity());
    x[0] = std::numeric_limits<T>::quiet_NaN();
    CHECK(std::isnan(kernels::sum_of_squares(100, x.data())));
  });
}

TEST_CASE("a step and a norm have the same bits on any number of threads") {
  CHECK(measure::same_on_any_number_of_threads([] {
    State<float> s(100000);
    s.step(at_step(1));
    return s.p;
  }));
  const std::vector<float> x = measure::numbers<float>(300000, 4);
  CHECK(measure::same_on_any_number_of_threads(
      [&] { return std::vector<double>{kernels::sum_of_squares(300000, x.data())}; }));
}
