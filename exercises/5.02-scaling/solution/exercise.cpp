#include "exercise.h"

#include <cmath>

namespace gradus::exercises {

double dot_product_variance(std::int64_t d, std::int64_t n) {
  // <answer> draw n queries and n keys, and take the variance of their products
  const Tensor q = randn({n, d}), k = randn({n, d});
  const Tensor products = sum(q * k, {1});  // [n]
  return var(products).item();
  // </answer>
}

double mean_entropy(std::int64_t d, std::int64_t keys, bool scaled, std::int64_t n) {
  // <answer> draw n queries with their keys; scores, weights, entropies, their mean
  const Tensor q = randn({n, 1, d}), k = randn({n, keys, d});
  Tensor scores = sum(q * k, {2});  // [n, keys]
  if (scaled) scores = scores / std::sqrt(static_cast<double>(d));
  const Tensor a = softmax(scores, 1), log_a = log_softmax(scores, 1);
  return mean(-sum(a * log_a, {1})).item();
  // </answer>
}

}  // namespace gradus::exercises
