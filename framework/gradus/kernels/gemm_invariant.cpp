#include <algorithm>

#include "gradus/base/parallel.h"
#include "gradus/kernels/gemm.h"
#include "gradus/kernels/scratch.h"

#define HWY_TARGET_INCLUDE "gradus/kernels/gemm_invariant.cpp"
#include "gradus/base/simd.h"

#include "gradus/kernels/tile.h"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

/// C [rows, columns] = alpha A B + beta C, summed over k in one chain of multiply-adds: depth by depth, where
/// the sums wait in scratch memory, which rounds nothing.
template <class T>
void invariant_tile(std::int64_t rows, std::int64_t columns, std::int64_t k, T alpha, Matrix<T> a,
                    Matrix<T> b, T beta, T* c, std::int64_t ldc) {
  constexpr std::int64_t depth = 256;
  const std::int64_t height = pad(rows, tile_columns), width = pad(columns, tile_columns);
  Scratch<T> scratch({height * width, height * depth, depth * width});
  T* const sum = scratch.take(height * width);
  T* const left = scratch.take(height * depth);
  T* const right = scratch.take(depth * width);
  std::fill_n(sum, height * width, T{0});
  for (std::int64_t p = 0; p < k; p += depth) {
    const std::int64_t deep = std::min(depth, k - p);
    const T *const a_block = a.data + p * a.col, *const b_block = b.data + p * b.row;
    Left<T> packed{left, pad(deep, tile_columns), 1};
    if (a.col == 1) {
      pack(rows, deep, a_block, a.row, left);
    } else {
      pack(deep, rows, a_block, a.col, left);
      packed = {left, 1, height};
    }
    if (b.col == 1)
      pack(deep, columns, b_block, b.row, right);
    else
      pack_transposed(columns, deep, b_block, b.col, right, width);
    product<T>(rows, columns, deep, packed, right, width, true, sum, width, true);
  }
  for (std::int64_t i = 0; i < rows; ++i, c += ldc)
    for (std::int64_t j = 0; j < columns; ++j) {
      const T value = alpha * sum[i * width + j];
      c[j] = beta == T{0} ? value : value + beta * c[j];
    }
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {

template <class T>
void invariant_gemm_batch(std::int64_t count, const std::int64_t* a_offset, const std::int64_t* b_offset,
                          const std::int64_t* c_offset, std::int64_t m, std::int64_t n, std::int64_t k,
                          T alpha, Matrix<T> a, Matrix<T> b, T beta, T* c, std::int64_t ldc) {
  // Tiles may be cut as one likes: the cut does not show. Packing B costs as much as the products of a few
  // rows.
  constexpr std::int64_t rows = 256, columns = 64;
  const std::int64_t across = (n + columns - 1) / columns, tiles = across * ((m + rows - 1) / rows);
  const double work = 2.0 * static_cast<double>(std::min(n, columns) * std::max<std::int64_t>(k, 1)) *
                      static_cast<double>(std::min(m, rows) + 8);
  const auto grain = std::max<std::int64_t>(1, static_cast<std::int64_t>(1e6 / work));
  const auto tile = GRADUS_SIMD(invariant_tile<T>);
  parallel_blocks(count * tiles, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      const std::int64_t p = t / tiles, i = t % tiles / across * rows, j = t % across * columns;
      const Matrix<T> left{a.data + a_offset[p] + i * a.row, a.row, a.col};
      const Matrix<T> right{b.data + b_offset[p] + j * b.col, b.row, b.col};
      tile(std::min(rows, m - i), std::min(columns, n - j), k, alpha, left, right, beta,
           c + c_offset[p] + i * ldc + j, ldc);
    }
  });
}

#define GRADUS_INSTANTIATE(T)                                                                          \
  template void invariant_gemm_batch(std::int64_t, const std::int64_t*, const std::int64_t*,           \
                                     const std::int64_t*, std::int64_t, std::int64_t, std::int64_t, T, \
                                     Matrix<T>, Matrix<T>, T, T*, std::int64_t);
GRADUS_INSTANTIATE(float)
GRADUS_INSTANTIATE(double)

}  // namespace gradus::kernels
#endif  // HWY_ONCE
