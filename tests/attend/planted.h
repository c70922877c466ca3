#pragma once
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/masking.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/creation.h"
#include "reference/expect.h"

/// Attention maps whose scores are known, and how to compare numbers.
namespace planted {

inline constexpr double ln2 = 0.6931471805599453;

/// The largest difference; infinity where the counts differ, or NaN stands in one alone.
inline double distance(const Values& a, const Values& b) {
  if (a.size() != b.size()) return inf;
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) != std::isnan(b[i])) return inf;
    if (!std::isnan(a[i]) && a[i] != b[i]) most = std::max(most, std::fabs(a[i] - b[i]));
  }
  return most;
}
inline double distance(const gradus::Tensor& a, const Values& b) { return distance(values(a), b); }

inline gradus::Tensor hide_future(const gradus::Tensor& scores) {
  const std::int64_t T = scores.size(-1);
  return masked_fill(scores, eq(gradus::tril(gradus::ones({T, T})), 0.0), -inf);
}

/// As a model makes them: rows sum to 1, the future is 0.   shape [..., T, T]
inline gradus::Tensor random_maps(const gradus::Shape& shape, gradus::Dtype dtype = gradus::Dtype::float64) {
  return softmax(hide_future(gradus::randn(shape, dtype) * 2.0));
}

inline gradus::Tensor spread_evenly(std::int64_t T) {
  return softmax(hide_future(gradus::zeros({T, T}, gradus::Dtype::float64)));
}

/// Row q looks at key(q) alone.
template <class Key> gradus::Tensor looks_at(std::int64_t T, Key key) {
  const gradus::Tensor map = gradus::zeros({T, T}, gradus::Dtype::float64);
  for (std::int64_t q = 0; q < T; ++q) map.data<double>()[q * T + key(q)] = 1;
  return map;
}
/// `back` tokens back, or at the first where there are not so many.
inline gradus::Tensor looks_back(std::int64_t T, std::int64_t back) {
  return looks_at(T, [=](std::int64_t q) { return std::max<std::int64_t>(q - back, 0); });
}

inline double& at(const gradus::Tensor& map, std::int64_t q, std::int64_t k) {
  return map.data<double>()[q * map.size(-1) + k];
}

/// f(A, T) for each map that lies in `maps`, with A(q, k) in long double; f gives its numbers.
template <class F> Values for_each(const gradus::Tensor& maps, F f) {
  const Values all = values(maps);
  const std::int64_t T = maps.size(-1);
  Values result;
  for (std::size_t begin = 0; begin < all.size(); begin += static_cast<std::size_t>(T * T)) {
    const auto A = [&](std::int64_t q, std::int64_t k) -> long double {
      return all[begin + static_cast<std::size_t>(q * T + k)];
    };
    for (const long double number : f(A, T)) result.push_back(static_cast<double>(number));
  }
  return result;
}

}  // namespace planted
