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

}  // namespace gradus::exercises
