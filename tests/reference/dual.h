#pragma once
#include <cmath>
#include <numbers>

namespace reference {

/// A number and its derivative along one direction: an oracle run on these gives exact derivatives, with no
/// step size.
struct Dual {
  using Real = long double;
  Real value = 0, slope = 0;

  Dual() = default;
  Dual(Real v) : value(v) {}
  Dual(Real v, Real s) : value(v), slope(s) {}

  friend Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.slope + b.slope}; }
  friend Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.slope - b.slope}; }
  friend Dual operator-(Dual a) { return {-a.value, -a.slope}; }
  friend Dual operator*(Dual a, Dual b) { return {a.value * b.value, a.slope * b.value + a.value * b.slope}; }
  friend Dual operator/(Dual a, Dual b) {
    const Real y = a.value / b.value;
    return {y, (a.slope - y * b.slope) / b.value};
  }
  Dual& operator+=(Dual b) { return *this = *this + b; }

  // Comparisons see the value alone.
  friend bool operator<(Dual a, Dual b) { return a.value < b.value; }
  friend bool operator>(Dual a, Dual b) { return a.value > b.value; }
  friend bool operator<=(Dual a, Dual b) { return a.value <= b.value; }
  friend bool operator==(Dual a, Dual b) { return a.value == b.value; }

  friend Dual exp(Dual x) { return {std::exp(x.value), std::exp(x.value) * x.slope}; }
  friend Dual log(Dual x) { return {std::log(x.value), x.slope / x.value}; }
  friend Dual sqrt(Dual x) { return {std::sqrt(x.value), x.slope / (2 * std::sqrt(x.value))}; }
  friend Dual sin(Dual x) { return {std::sin(x.value), std::cos(x.value) * x.slope}; }
  friend Dual cos(Dual x) { return {std::cos(x.value), -std::sin(x.value) * x.slope}; }
  friend Dual tanh(Dual x) {
    const Real y = std::tanh(x.value);
    return {y, (1 - y * y) * x.slope};
  }
  friend Dual erf(Dual x) {
    return {std::erf(x.value), 2 * std::numbers::inv_sqrtpi_v<Real> * std::exp(-x.value * x.value) * x.slope};
  }
  friend Dual pow(Dual a, Dual b) {
    const Real y = std::pow(a.value, b.value);
    const Real by_base = b.value == 0 ? 0 : b.value * std::pow(a.value, b.value - 1) * a.slope;
    return {y, b.slope == 0 ? by_base : by_base + y * std::log(a.value) * b.slope};
  }
};

inline long double real(Dual x) { return x.value; }
inline long double real(long double x) { return x; }
inline double real(double x) { return x; }

}  // namespace reference
