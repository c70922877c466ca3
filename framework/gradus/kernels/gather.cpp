#include "gradus/kernels/gather.h"

#include <algorithm>

#include "gradus/base/parallel.h"

namespace gradus::kernels {
namespace {

/// Rows in one task: some 16 000 elements.
std::int64_t row_grain(std::int64_t m) {
  return std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(m, 1));
}

}  // namespace

template <class T>
void gather_along(std::int64_t rows, std::int64_t n, std::int64_t m, const T* x, const std::int64_t* index,
                  T* y) {
  parallel_blocks(rows, row_grain(m), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      for (std::int64_t j = 0; j < m; ++j) y[r * m + j] = x[r * n + index[r * m + j]];
  });
}

template <class T>
void scatter_add_along(std::int64_t rows, std::int64_t n, std::int64_t m, const T* dy,
                       const std::int64_t* index, T* dx) {
  parallel_blocks(rows, row_grain(m), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      for (std::int64_t j = 0; j < m; ++j) dx[r * n + index[r * m + j]] += dy[r * m + j];
  });
}

#define GRADUS_INSTANTIATE(T)                                                                            \
  template void gather_along<T>(std::int64_t, std::int64_t, std::int64_t, const T*, const std::int64_t*, \
                                T*);                                                                     \
  template void scatter_add_along<T>(std::int64_t, std::int64_t, std::int64_t, const T*,                 \
                                     const std::int64_t*, T*);
GRADUS_INSTANTIATE(float)
GRADUS_INSTANTIATE(double)
#undef GRADUS_INSTANTIATE

}  // namespace gradus::kernels
