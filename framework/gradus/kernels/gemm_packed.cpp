#include <algorithm>
#include <cmath>
#include <type_traits>

#include "gradus/base/parallel.h"
#include "gradus/kernels/gemm.h"
#include "gradus/kernels/scratch.h"

#define HWY_TARGET_INCLUDE "gradus/kernels/gemm_packed.cpp"
#include "gradus/base/simd.h"

#include "gradus/kernels/tile.h"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

/// One pass over k: a panel of B, this deep and two vectors wide, stays in the first cache while rows of A
/// stream past it; what of A one pass reads stays in the second.
inline constexpr std::int64_t depth = 256;

/// Rows of C held in registers, two vectors each: 24 sums of 32 registers, or 12 of 16.
inline constexpr std::int64_t register_rows = many_registers ? 12 : 6;

/// use(i, constant rows) for the groups of rows that m is worked off in.
template <class F> HWY_INLINE void for_row_groups(std::int64_t m, const F& use) {
  std::int64_t i = 0;
  for (; i + register_rows <= m; i += register_rows) use(i, std::integral_constant<int, register_rows>());
  for (; i + 4 <= m; i += 4) use(i, std::integral_constant<int, 4>());
  for (; i < m; ++i) use(i, std::integral_constant<int, 1>());
}

/// A whose columns are dense, group of rows after group of rows, each [deep, rows]. Four groups at a time use
/// whole cache lines of A; whole vectors reach past their row of a group, into the next one.
template <class T> void pack_rows(std::int64_t m, std::int64_t deep, const T* a, std::int64_t step, T* y) {
  const simd::Tag<T> d;
  const std::int64_t lanes = simd::lanes(d);
  constexpr std::int64_t rows = register_rows;
  const std::int64_t reach = (rows + lanes - 1) / lanes * lanes;
  std::int64_t done = 0;
  for (; done + 3 * rows + reach <= m; done += 4 * rows)
    for (std::int64_t p = 0; p < deep; ++p)
      for (std::int64_t i = done; i < done + 4 * rows; i += rows)
        for (std::int64_t r = 0; r < rows; r += lanes) {
          const auto v = hn::LoadU(d, a + p * step + i + r);
          T* const to = y + i * deep + p * rows + r;
          const bool inside = p * rows + r + lanes <= rows * deep;  // of this group
          inside ? hn::StoreU(v, d, to) : simd::store(v, d, to, rows - r);
        }
  for_row_groups(m - done, [&](std::int64_t i, auto few) {
    for (std::int64_t p = 0; p < deep; ++p)
      for (std::int64_t r = 0; r < few; ++r) y[(done + i) * deep + p * few + r] = a[p * step + done + i + r];
  });
}

/// `width` columns of B, whose rows or columns are dense, to [deep, vectors] whole vectors; what is beyond
/// `width` is 0 or unused.
template <int vectors, class T> void pack_panel(std::int64_t deep, std::int64_t width, Matrix<T> b, T* y) {
  const simd::Tag<T> d;
  const std::int64_t lanes = simd::lanes(d);
  if (b.col != 1 && width == vectors * lanes && width % tile_columns == 0) {
    pack_transposed(width, deep, b.data, b.col, y, width);
  } else if (b.col != 1) {
    for (std::int64_t p = 0; p < deep; ++p)
      for (std::int64_t j = 0; j < vectors * lanes; ++j)
        y[p * vectors * lanes + j] = j < width ? b.data[p * b.row + j * b.col] : T{0};
  } else {
    for (std::int64_t p = 0; p < deep; ++p)
      for (int v = 0; v < vectors; ++v)
        hn::Store(simd::load(d, b.data + p * b.row + v * lanes, width - v * lanes), d,
                  y + (p * vectors + v) * lanes);
  }
}

/// A task: C [m, n] = A B or C += A B, summed over k in one chain of multiply-adds; between passes the sums
/// wait in C, which rounds nothing. A is packed, or read where it lies.
template <class T>
void packed_task(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, bool pack_a, Matrix<T> b,
                 bool add, T* c, std::int64_t ldc) {
  const std::int64_t lanes = simd::lanes(simd::Tag<T>());
  Scratch<T> scratch({2 * lanes * depth, pack_a ? m * depth : 0});
  T* const panel = scratch.take(2 * lanes * depth);
  T* const rows_of_a = scratch.take(pack_a ? m * depth : 0);
  std::int64_t p = 0;
  do {  // at least once: a sum of nothing is 0
    const std::int64_t deep = std::min(depth, k - p);
    const T* const left = a.data + p * a.col;
    if (pack_a) pack_rows(m, deep, left, a.col, rows_of_a);
    const auto columns = [&](std::int64_t j, std::int64_t width, auto vectors) HWY_ATTR {
      pack_panel<vectors>(deep, width, {b.data + p * b.row + j * b.col, b.row, b.col}, panel);
      for_row_groups(m, [&](std::int64_t i, auto rows) HWY_ATTR {
        const Left<T> group = pack_a       ? Left<T>{rows_of_a + i * deep, 1, rows}
                              : a.col == 1 ? Left<T>{left + i * a.row, a.row, 1}
                                           : Left<T>{left + i, 1, a.col};
        product_block<rows, vectors, false, T>(deep, group, panel, vectors * lanes, c + i * ldc + j, ldc,
                                               width - (vectors - 1) * lanes, add);
      });
    };
    for (std::int64_t j = 0; j < n; j += 2 * lanes)
      if (n - j > lanes)
        columns(j, std::min(2 * lanes, n - j), std::integral_constant<int, 2>());
      else
        columns(j, n - j, std::integral_constant<int, 1>());
    p += depth;
    add = true;
  } while (p < k);
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {
namespace {

std::int64_t cut(std::int64_t n, std::int64_t pieces, std::int64_t unit) {
  return (n + pieces * unit - 1) / (pieces * unit) * unit;
}

/// The tasks of one product: pieces of C that fit the caches, and enough of them for threads to finish
/// together. Rows are cut first: a thread's share of the tasks is then a block of whole rows, and a CPU that
/// writes a cache line and asks for the next one does not take it from its neighbour. Another row of pieces
/// copies B once more, another column may copy A once more.
struct Pieces {
  std::int64_t rows, columns, down, across;

  Pieces(std::int64_t m, std::int64_t n, std::int64_t k, bool pack_a) {
    const double wanted = std::cbrt(flops(m, n, k) / 4e5);
    std::int64_t row_cuts = (m + 767) / 768, column_cuts = (n + 511) / 512;
    for (;;) {
      rows = cut(m, row_cuts, 12), columns = cut(n, column_cuts, 32);
      down = (m + rows - 1) / rows, across = (n + columns - 1) / columns;
      const bool tall = rows >= (pack_a ? 60 : 192), wide = columns >= (pack_a ? 256 : 64);
      if (static_cast<double>(down * across) >= wanted || !(tall || wide)) return;
      (tall ? row_cuts : column_cuts) *= 2;
    }
  }
};

}  // namespace

template <class T>
void packed_gemm_batch(std::int64_t count, const std::int64_t* a_offset, const std::int64_t* b_offset,
                       const std::int64_t* c_offset, std::int64_t m, std::int64_t n, std::int64_t k,
                       Matrix<T> a, Matrix<T> b, bool add, T* c, std::int64_t ldc) {
  // Widely spaced along k, the rows of A^T share a few sets of the first cache and miss the translation cache.
  const bool pack_a = a.col != 1 && a.col * static_cast<std::int64_t>(sizeof(T)) >= 2048;
  const Pieces pieces(m, n, k, pack_a);
  const std::int64_t rows = pieces.rows, columns = pieces.columns, tasks = pieces.down * pieces.across;
  const double work = flops(std::min(m, rows) + 8, std::min(n, columns), k + 1);
  const auto grain = std::max<std::int64_t>(1, static_cast<std::int64_t>(1e6 / work));
  const auto task = GRADUS_SIMD(packed_task<T>);
  parallel_blocks(count * tasks, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      const std::int64_t p = t / tasks, i = t % tasks / pieces.across * rows, j = t % pieces.across * columns;
      const Matrix<T> left{a.data + a_offset[p] + i * a.row, a.row, a.col};
      const Matrix<T> right{b.data + b_offset[p] + j * b.col, b.row, b.col};
      task(std::min(rows, m - i), std::min(columns, n - j), k, left, pack_a, right, add,
           c + c_offset[p] + i * ldc + j, ldc);
    }
  });
}

#define GRADUS_INSTANTIATE(T)                                                                               \
  template void packed_gemm_batch(std::int64_t, const std::int64_t*, const std::int64_t*,                   \
                                  const std::int64_t*, std::int64_t, std::int64_t, std::int64_t, Matrix<T>, \
                                  Matrix<T>, bool, T*, std::int64_t);
GRADUS_INSTANTIATE(float)
GRADUS_INSTANTIATE(double)

}  // namespace gradus::kernels
#endif  // HWY_ONCE
