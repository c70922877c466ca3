#pragma once
#include <cstdint>

namespace gradus::kernels {

// x is dense [rows, n]; index and y are dense [rows, m], each index in [0, n): the caller checks. T is float
// or double.

/// y[r, j] = x[r, index[r, j]]
template <class T>
void gather_along(std::int64_t rows, std::int64_t n, std::int64_t m, const T* x, const std::int64_t* index,
                  T* y);

/// dx[r, index[r, j]] += dy[r, j], for j in order: indices may repeat.
template <class T>
void scatter_add_along(std::int64_t rows, std::int64_t n, std::int64_t m, const T* dy,
                       const std::int64_t* index, T* dx);

}  // namespace gradus::kernels
