#pragma once
// The judge's own measurements, by plain loops in double. Given a query, its products with keys from N(0, 1) are
// independent and normal, with the query's length as deviation: one draw for a key instead of d.
#include <cmath>
#include <cstdint>
#include <vector>

#include "gradus/base/random.h"

namespace gradus::exercises {

/// Scores of n queries with `keys` keys each, not divided.
struct Rows {
  std::int64_t d, keys, n;
  std::vector<double> scores;  ///< [n, keys]
  const double* row(std::int64_t i) const { return scores.data() + i * keys; }
};
Rows draw_rows(std::int64_t d, std::int64_t keys, std::int64_t n, std::uint64_t seed);
/// The same with entries from an even distribution in [low, 1), each drawn for itself.
Rows draw_even_rows(std::int64_t d, std::int64_t keys, std::int64_t n, double low, std::uint64_t seed);

/// softmax(scores / divisor) of one row.
std::vector<double> weights_of(const double* scores, std::int64_t keys, double divisor);
double entropy(const std::vector<double>& weights);
double largest(const std::vector<double>& weights);
/// The Frobenius norm of the softmax's Jacobian, diag(a) - a a^T: how much of a gradient passes.
double jacobian_norm(const std::vector<double>& weights);

/// A mean over n draws, and how much single draws deviate.
struct Mean {
  double value, deviation;
  std::int64_t n;
  /// The standard error of `value`.
  double error() const { return deviation / std::sqrt(static_cast<double>(n)); }
};
Mean mean_of(const std::vector<double>& values);

/// The mean of f(weights) over all rows.
template <class F> Mean over(const Rows& rows, double divisor, const F& f) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < rows.n; ++i) values.push_back(f(weights_of(rows.row(i), rows.keys, divisor)));
  return mean_of(values);
}

/// The slope of ln y against ln d, by least squares.
double power_of(const std::vector<double>& d, const std::vector<double>& y);

}  // namespace gradus::exercises
