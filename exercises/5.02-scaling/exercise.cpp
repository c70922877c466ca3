#include "exercise.h"

#include <cmath>

namespace gradus::exercises {

double dot_product_variance(std::int64_t d, std::int64_t n) {
  GRADUS_TODO("draw n queries and n keys, and take the variance of their products");
}

double mean_entropy(std::int64_t d, std::int64_t keys, bool scaled, std::int64_t n) {
  GRADUS_TODO("draw n queries with their keys; scores, weights, entropies, their mean");
}

}  // namespace gradus::exercises
