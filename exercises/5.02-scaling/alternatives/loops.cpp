// One pair, one row at a time, in double; the entropy as log-sum-exp minus the mean score.
#include <algorithm>
#include <cmath>
#include <vector>

#include "exercise.h"

namespace gradus::exercises {

static double dot(const std::vector<float>& q, const float* k) {
  double s = 0;
  for (std::size_t c = 0; c < q.size(); ++c) s += static_cast<double>(q[c]) * static_cast<double>(k[c]);
  return s;
}

double dot_product_variance(std::int64_t d, std::int64_t n) {
  double sum = 0, squares = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double s = dot(randn({d}).to_vector<float>(), randn({d}).to_vector<float>().data());
    sum += s;
    squares += s * s;
  }
  const double count = static_cast<double>(n);
  return squares / count - sum / count * sum / count;
}

double mean_entropy(std::int64_t d, std::int64_t keys, bool scaled, std::int64_t n) {
  double total = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::vector<float> q = randn({d}).to_vector<float>(), k = randn({keys, d}).to_vector<float>();
    std::vector<double> s;
    for (std::int64_t j = 0; j < keys; ++j)
      s.push_back(dot(q, k.data() + j * d) / (scaled ? std::sqrt(static_cast<double>(d)) : 1));
    const double highest = *std::max_element(s.begin(), s.end());
    double sum = 0, mean = 0;
    for (const double x : s) {
      sum += std::exp(x - highest);
      mean += std::exp(x - highest) * x;
    }
    total += highest + std::log(sum) - mean / sum;
  }
  return total / static_cast<double>(n);
}

}  // namespace gradus::exercises
