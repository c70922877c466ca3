#include "gradus/kernels/unary.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "gradus/base/error.h"
#include "kernels/measure.h"
#include "reference/dual.h"
#include "reference/elementwise.h"

using namespace gradus;
using kernels::Unary;
using reference::Dual;

namespace {

using Real = long double;

/// A function, its definition, the largest argument (either sign) it is tried with, and the error it may have
/// in units in the last place.
struct Function {
  std::string name;
  Unary f;
  Real (*value)(Real);
  double range;
  double tolerance;
};

/// x Phi(x) without the cancellation of 1 + erf.
Real gelu_erf(Real x) { return x * std::erfc(-x / std::sqrt(2.0L)) / 2; }
/// x (1 + tanh u) / 2 likewise: (1 + tanh u) / 2 = 1 / (1 + exp(-2 u)).
Real gelu_tanh(Real x) {
  return x / (1 + std::exp(-2 * std::sqrt(2 * std::numbers::inv_pi_v<Real>) * (x + 0.044715L * x * x * x)));
}

const Function functions[] = {
    {"neg", Unary::neg, [](Real x) { return -x; }, 1e30, 0},
    {"abs", Unary::abs, [](Real x) { return std::fabs(x); }, 1e30, 0},
    {"sign", Unary::sign, reference::sign<Real>, 1e30, 0},
    {"exp", Unary::exp, [](Real x) { return std::exp(x); }, 800, 1.5},
    {"log", Unary::log, [](Real x) { return std::log(x); }, 1e38, 1.5},
    {"sqrt", Unary::sqrt, [](Real x) { return std::sqrt(x); }, 1e30, 0.51},
    {"rsqrt", Unary::rsqrt, [](Real x) { return 1 / std::sqrt(x); }, 1e30, 1.51},
    {"square", Unary::square, [](Real x) { return x * x; }, 1e10, 0.51},
    {"tanh", Unary::tanh, [](Real x) { return std::tanh(x); }, 50, 3},
    {"sigmoid", Unary::sigmoid, reference::sigmoid<Real>, 700, 3},
    {"erf", Unary::erf, [](Real x) { return std::erf(x); }, 10, 3},
    {"relu", Unary::relu, reference::relu<Real>, 1e30, 0},
    {"gelu_erf", Unary::gelu_erf, gelu_erf, 38, 8},
    {"gelu_tanh", Unary::gelu_tanh, gelu_tanh, 5, 40},
    {"silu", Unary::silu, reference::silu<Real>, 700, 4},
    {"sin", Unary::sin, [](Real x) { return std::sin(x); }, 1e5, 1},
    {"cos", Unary::cos, [](Real x) { return std::cos(x); }, 1e5, 1},
};

/// Numbers of every size: uniform in +-range, and with exponents spread evenly down to tiny ones.
template <class T> std::vector<T> arguments(double range) {
  std::vector<T> x;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const double u = 2 * Philox{11}.uniform(i) - 1, e = Philox{12}.uniform(i);
    x.push_back(static_cast<T>(i % 2 ? u * range : u * range * std::exp2(-60 * e)));
    if (i % 8 == 0) x.back() = static_cast<T>(1 + u * std::exp2(-40 * e));
  }
  for (const double v : {0.0, -0.0, 1.0, -1.0, 0.5, -0.5}) x.push_back(static_cast<T>(v));
  return x;
}

template <class T> constexpr T inf = std::numeric_limits<T>::infinity();
template <class T> constexpr T not_a_number = std::numeric_limits<T>::quiet_NaN();

template <class T> T at(Unary f, T x) {
  T y = 0;
  kernels::unary(f, 1, &x, &y);
  return y;
}
template <class T> T slope_at(Unary f, T x, T dy = 1) {
  T dx = 0;
  kernels::unary_backward(f, 1, &x, &dy, &dx);
  return dx;
}

}  // namespace

TEST_CASE_TEMPLATE("every function is exact to a few units in the last place on every instruction set", T,
                   float, double) {
  // A product with a subnormal factor (x sigmoid(x) at -100) has no more correct bits than that factor.
  const long double floor = 1024 * static_cast<long double>(std::numeric_limits<T>::min());
  measure::on_every_target([&] {
    for (const Function& f : functions) {
      const std::vector<T> x = arguments<T>(f.range);
      std::vector<T> y(x.size());
      kernels::unary(f.f, static_cast<std::int64_t>(x.size()), x.data(), y.data());
      double worst = 0;
      T where = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double error = measure::ulps(y[i], f.value(x[i]), floor);
        if (!(error <= worst)) {
          worst = error;
          where = x[i];
        }
      }
      INFO(f.name, " at ", where);
      CHECK(worst <= f.tolerance);
    }
  });
}

TEST_CASE_TEMPLATE("the gradients of the activations are exact", T, float, double) {
  struct Activation {
    Unary f;
    Dual (*value)(Dual);
  };
  const Activation activations[] = {{Unary::gelu_erf, reference::gelu_erf<Dual>},
                                    {Unary::gelu_tanh, reference::gelu_tanh<Dual>},
                                    {Unary::silu, reference::silu<Dual>}};
  const double tolerance = sizeof(T) == 4 ? 1e-6 : 2e-15;
  measure::on_every_target([&] {
    for (const Activation& a : activations) {
      const std::vector<T> x = measure::numbers<T>(5001, 21, 4), dy = measure::numbers<T>(5001, 22);
      std::vector<T> dx(x.size());
      std::vector<Real> want;
      for (std::size_t i = 0; i < x.size(); ++i)
        want.push_back(a.value(Dual(x[i], 1)).slope * static_cast<Real>(dy[i]));
      kernels::unary_backward(a.f, 5001, x.data(), dy.data(), dx.data());
      CAPTURE(static_cast<int>(a.f));
      CHECK(measure::distance(dx, want) <= tolerance);
    }
  });
}

TEST_CASE_TEMPLATE("NaN goes in and comes out, infinities give limits", T, float, double) {
  measure::on_every_target([] {
    for (const Function& f : functions) {
      CAPTURE(f.name);
      CHECK(std::isnan(at(f.f, not_a_number<T>)));
    }
    CHECK(at(Unary::exp, inf<T>) == inf<T>);
    CHECK(at(Unary::exp, -inf<T>) == 0);
    CHECK(at(Unary::log, inf<T>) == inf<T>);
    CHECK(at(Unary::log, T(0)) == -inf<T>);
    CHECK(std::isnan(at(Unary::log, T(-1))));
    CHECK(std::isnan(at(Unary::sqrt, T(-1))));
    CHECK(at(Unary::rsqrt, T(0)) == inf<T>);
    CHECK(at(Unary::tanh, -inf<T>) == -1);
    CHECK(at(Unary::sigmoid, T(-1e4)) == 0);
    CHECK(at(Unary::sigmoid, T(1e4)) == 1);
    CHECK(at(Unary::erf, -inf<T>) == -1);
    CHECK(at(Unary::relu, inf<T>) == inf<T>);
    CHECK(at(Unary::relu, -inf<T>) == 0);
    CHECK(std::signbit(at(Unary::tanh, T(-0.0))));
    CHECK(std::signbit(at(Unary::erf, T(-0.0))));
    for (const Unary f : {Unary::gelu_erf, Unary::gelu_tanh, Unary::silu}) {
      CAPTURE(static_cast<int>(f));
      for (const T large : {T(1e4), T(1e13), T(1e20), T(1e30), std::numeric_limits<T>::max(), inf<T>}) {
        CAPTURE(large);
        CHECK(at(f, large) == large);
        CHECK(at(f, -large) == 0);
        CHECK(slope_at(f, large) == 1);
        CHECK(slope_at(f, -large) == 0);
      }
      CHECK(std::isnan(slope_at(f, T(1), not_a_number<T>)));
      CHECK(slope_at(f, T(0)) == T(0.5));
    }
  });
}

TEST_CASE_TEMPLATE("an element's bits depend on its value alone", T, float, double) {
  const std::vector<T> x = measure::numbers<T>(200, 31, 3), dy = measure::numbers<T>(200, 32);
  measure::on_every_target([&] {
    for (const Function& f : functions) {
      std::vector<T> whole(200), alone(200), in_place = x;
      kernels::unary(f.f, 200, x.data(), whole.data());
      for (std::size_t i = 0; i < 200; ++i) kernels::unary(f.f, 1, &x[i], &alone[i]);
      kernels::unary(f.f, 200, in_place.data(), in_place.data());
      CAPTURE(f.name);
      CHECK(measure::same_bits(whole, alone));
      CHECK(measure::same_bits(whole, in_place));
    }
  });
}

TEST_CASE(
    "unary does nothing for no elements, nothing behind the last, and the same on any number of threads") {
  for (const std::int64_t n : {0, 1, 7, 8, 9, 31, 33}) {
    const std::vector<float> x = measure::numbers<float>(n + 1, 41);
    std::vector<float> y(static_cast<std::size_t>(n) + 1, 5);
    kernels::unary(Unary::exp, n, x.data(), y.data());
    CHECK(y.back() == 5);
    if (n > 0) CHECK(y[0] != 5);
  }
  const std::vector<float> x = measure::numbers<float>(100001, 42);
  CHECK(measure::same_on_any_number_of_threads([&] {
    std::vector<float> y(x.size());
    kernels::unary(Unary::gelu_tanh, 100001, x.data(), y.data());
    return y;
  }));
}

TEST_CASE("unary_backward refuses a function without a fused gradient") {
  const float one = 1;
  float dx = 0;
  CHECK_THROWS_AS(kernels::unary_backward(Unary::exp, 1, &one, &one, &dx), Error);
}
