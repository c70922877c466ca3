// The query is divided instead of the scores; the mean of the products is known to be 0, so their variance is the mean
// square; a weight of 0 is told apart from the others before its logarithm is taken.
#include <cmath>

#include "exercise.h"

namespace gradus::exercises {

double dot_product_variance(std::int64_t d, std::int64_t n) {
  const Tensor products = matmul(randn({n, 1, d}), randn({n, d, 1}));
  return mean(square(products)).item();
}

double mean_entropy(std::int64_t d, std::int64_t keys, bool scaled, std::int64_t n) {
  const Tensor q = randn({n, d, 1}) * (scaled ? 1 / std::sqrt(static_cast<double>(d)) : 1.0);
  const Tensor a = softmax(matmul(randn({n, keys, d}), q), 1);  // [n, keys, 1]
  const Tensor parts = where(a > 0, a * log(a), zeros_like(a));
  return -parts.sum().item() / static_cast<double>(n);
}

}  // namespace gradus::exercises
