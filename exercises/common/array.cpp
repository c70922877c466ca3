#include "exercises/common/array.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "gradus/tensor/creation.h"

namespace gradus::exercises {

Array::Array(const Tensor& x) : shape(x.shape()) {
  if (x.dtype() == Dtype::float64) {
    values = x.to_vector<double>();
  } else {
    const std::vector<float> v = x.to_vector<float>();
    values.assign(v.begin(), v.end());
  }
}

Tensor Array::tensor() const {
  return gradus::tensor(std::vector<float>(values.begin(), values.end()), shape);
}

double difference(double a, double b) { return a == b ? 0 : std::abs(a - b) / (1 + std::abs(b)); }

double distance(const Array& a, const Array& b) {
  if (!(a.shape == b.shape)) return std::numeric_limits<double>::infinity();
  double worst = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    const double d = difference(a.values[i], b.values[i]);
    if (!(d <= worst)) worst = d;
    if (std::isnan(worst)) return worst;
  }
  return worst;
}

std::string show(double value) { return fmt::format("{:.5g}", value); }

std::string index_of(std::size_t n, const Shape& shape) {
  std::string text;
  auto rest = static_cast<std::int64_t>(n);
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    text = fmt::format("{}{}{}", rest % shape[axis], text.empty() ? "" : ", ", text);
    rest /= shape[axis];
  }
  return "[" + text + "]";
}

double root(std::int64_t n) { return std::sqrt(static_cast<double>(n)); }

Array identity(std::int64_t n) {
  return generate<2>({n, n}, [](auto i, auto j) { return i == j ? 1.0 : 0.0; });
}

Array transposed(const Array& x) {
  return generate<2>({x.size(1), x.size(0)}, [&](auto i, auto j) { return x(j, i); });
}

void softmax(std::span<double> row) {
  double highest = -INFINITY, total = 0;
  for (const double x : row) highest = std::max(highest, x);
  for (double& x : row) total += x = highest == -INFINITY ? 0 : std::exp(x - highest);
  for (double& x : row) x = total == 0 ? 0 : x / total;
}

Array softmax(Array x) {
  for (std::int64_t r = 0; r < x.rows(); ++r) softmax(x.row(r));
  return x;
}

double loss_of(std::span<const double> logits, std::int64_t place) {
  const double wanted = logits[static_cast<std::size_t>(place)];
  double total = 0;
  for (const double x : logits) total += std::exp(x - wanted);
  return std::log(total);
}

}  // namespace gradus::exercises
