#pragma once
#include <cstdint>
#include <vector>

namespace gradus::lab {

struct Eigen {
  std::vector<double> values;  ///< [n], the largest first
  std::vector<double>
      vectors;  ///< [n, n], the unit vector of values[i] in row i; which of the two is left open
};

/// Of a symmetric matrix [n, n], to the last digits, by Jacobi's rotations: O(n^3), some seconds for 400.
Eigen symmetric_eigen(std::vector<double> matrix, std::int64_t n);

}  // namespace gradus::lab
