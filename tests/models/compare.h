#pragma once
// Two tensors, or two lists of numbers, side by side.
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace test {

/// The largest |a - b|, infinite where anything is NaN or the shapes differ.
inline double largest_difference(const gradus::Tensor& a, const gradus::Tensor& b) {
  if (!(a.shape() == b.shape())) return std::numeric_limits<double>::infinity();
  const std::vector<double> x = a.to(gradus::Dtype::float64).to_vector<double>();
  const std::vector<double> y = b.to(gradus::Dtype::float64).to_vector<double>();
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double difference = std::fabs(x[i] - y[i]);
    worst = std::fmax(worst, std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference);
  }
  return worst;
}

template <class T> bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}
inline bool same_bits(const gradus::Tensor& a, const gradus::Tensor& b) {
  if (a.dtype() == gradus::Dtype::float64) return same_bits(a.to_vector<double>(), b.to_vector<double>());
  return same_bits(a.to_vector<float>(), b.to_vector<float>());
}

}  // namespace test
