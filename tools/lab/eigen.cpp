#include "tools/lab/eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gradus::lab {
namespace {

/// (x, y) -> (c x - s y, s x + c y) for n pairs that lie `stride` apart.
void rotate(double* x, double* y, std::int64_t n, std::int64_t stride, double c, double s) {
  for (std::int64_t i = 0; i < n; ++i, x += stride, y += stride) {
    const double before = *x;
    *x = c * before - s * *y;
    *y = s * before + c * *y;
  }
}

}  // namespace

Eigen symmetric_eigen(std::vector<double> matrix, std::int64_t n) {
  double* const a = matrix.data();
  std::vector<double> vectors(matrix.size());
  for (std::int64_t i = 0; i < n; ++i) vectors[static_cast<std::size_t>(i * n + i)] = 1;
  const double norm = std::sqrt(std::inner_product(matrix.begin(), matrix.end(), matrix.begin(), 0.0));

  // Each rotation makes one entry beside the diagonal 0, and the sum of their squares smaller; after a few sweeps it shrinks
  // by its square each time, so 50 sweeps are never needed.
  bool rotated = true;
  for (int sweep = 0; rotated && sweep < 50; ++sweep) {
    rotated = false;
    for (std::int64_t p = 0; p < n; ++p)
      for (std::int64_t q = p + 1; q < n; ++q) {
        const double beside = a[p * n + q];
        if (std::fabs(beside) <= 1e-17 * norm) continue;
        rotated = true;
        // tan of the smaller of the two angles that do it
        const double cotangent = (a[q * n + q] - a[p * n + p]) / (2 * beside);
        const double t = std::copysign(1 / (std::fabs(cotangent) + std::hypot(cotangent, 1)), cotangent);
        const double c = 1 / std::hypot(t, 1), s = t * c;
        rotate(a + p * n, a + q * n, n, 1, c, s);
        rotate(a + p, a + q, n, n, c, s);
        rotate(vectors.data() + p * n, vectors.data() + q * n, n, 1, c, s);
        a[p * n + q] = a[q * n + p] = 0;
      }
  }

  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t i, std::int64_t j) { return a[i * n + i] > a[j * n + j]; });
  Eigen result;
  for (const std::int64_t i : order) {
    result.values.push_back(a[i * n + i]);
    result.vectors.insert(result.vectors.end(), vectors.begin() + i * n, vectors.begin() + (i + 1) * n);
  }
  return result;
}

}  // namespace gradus::lab
