#include "judge.h"

#include <algorithm>

#include "exercises/common/array.h"

namespace gradus::exercises {

Rows draw_rows(std::int64_t d, std::int64_t keys, std::int64_t n, std::uint64_t seed) {
  const Philox random{seed, 0};
  std::uint64_t drawn = 0;
  Rows rows{d, keys, n, {}};
  for (std::int64_t i = 0; i < n; ++i) {
    double squares = 0;
    for (std::int64_t c = 0; c < d; ++c) {
      const double x = random.normal(drawn++);
      squares += x * x;
    }
    for (std::int64_t j = 0; j < keys; ++j)
      rows.scores.push_back(std::sqrt(squares) * random.normal(drawn++));
  }
  return rows;
}

Rows draw_even_rows(std::int64_t d, std::int64_t keys, std::int64_t n, double low, std::uint64_t seed) {
  const Philox random{seed, 0};
  std::uint64_t drawn = 0;
  const auto draw = [&] { return low + (1 - low) * random.uniform(drawn++); };
  Rows rows{d, keys, n, {}};
  std::vector<double> q(static_cast<std::size_t>(d));
  for (std::int64_t i = 0; i < n; ++i) {
    for (double& x : q) x = draw();
    for (std::int64_t j = 0; j < keys; ++j) {
      double s = 0;
      for (const double x : q) s += x * draw();
      rows.scores.push_back(s);
    }
  }
  return rows;
}

std::vector<double> weights_of(const double* scores, std::int64_t keys, double divisor) {
  std::vector<double> a(scores, scores + keys);
  for (double& x : a) x /= divisor;
  softmax(a);
  return a;
}

double entropy(const std::vector<double>& weights) {
  double h = 0;
  for (const double a : weights)
    if (a > 0) h -= a * std::log(a);
  return h;
}

double largest(const std::vector<double>& weights) {
  return *std::max_element(weights.begin(), weights.end());
}

double jacobian_norm(const std::vector<double>& weights) {
  double squares = 0, cubes = 0;
  for (const double a : weights) squares += a * a, cubes += a * a * a;
  return std::sqrt(std::max(0.0, squares - 2 * cubes + squares * squares));
}

Mean mean_of(const std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double x : values) sum += x;
  for (const double x : values) squares += (x - sum / n) * (x - sum / n);
  return {sum / n, std::sqrt(squares / (n - 1)), static_cast<std::int64_t>(values.size())};
}

double power_of(const std::vector<double>& d, const std::vector<double>& y) {
  double x_mean = 0, y_mean = 0, products = 0, squares = 0;
  const double n = static_cast<double>(d.size());
  for (std::size_t i = 0; i < d.size(); ++i) {
    x_mean += std::log(d[i]) / n;
    y_mean += std::log(y[i]) / n;
  }
  for (std::size_t i = 0; i < d.size(); ++i) {
    const double x = std::log(d[i]) - x_mean;
    products += x * (std::log(y[i]) - y_mean);
    squares += x * x;
  }
  return products / squares;
}

}  // namespace gradus::exercises
