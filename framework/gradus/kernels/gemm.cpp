#include "gradus/kernels/gemm.h"

#include <fmt/format.h>

#include <algorithm>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/kernels/blas.h"

namespace gradus::kernels {

thread_local bool RowInvariant::active_ = false;

namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
std::int64_t round_up(std::int64_t a, std::int64_t b) { return ceil_div(a, b) * b; }

/// A stored matrix as the BLAS wants it: rows `step` apart, to be read as it is or transposed.
template <class T> struct Stored {
  const T* data;
  std::int64_t step;
  bool transposed;

  Stored(const char* name, Matrix<T> x, std::int64_t rows, std::int64_t columns) : data(x.data) {
    const bool dense_rows = (columns <= 1 || x.col == 1) && (rows <= 1 || x.row >= columns);
    const bool dense_columns = (rows <= 1 || x.row == 1) && (columns <= 1 || x.col >= rows);
    if (!dense_rows && !dense_columns)
      fail(Kind::internal,
           fmt::format("gemm: {} [{}, {}] with strides ({}, {}) has neither dense rows nor dense columns",
                       name, rows, columns, x.row, x.col));
    transposed = !dense_rows;
    const std::int64_t lines = transposed ? columns : rows, length = transposed ? rows : columns;
    step = std::max<std::int64_t>({1, length, lines > 1 ? (transposed ? x.col : x.row) : 0});
  }
  Matrix<T> matrix() const { return {data, transposed ? 1 : step, transposed ? step : 1}; }
  const T* at(std::int64_t i, std::int64_t j) const {
    return data + (transposed ? j * step + i : i * step + j);
  }
};

/// Where the packed kernel is measured to be ahead of the BLAS, which copies both operands and clears C: up to
/// some 500 Mflop, beyond which blocking for the larger caches matters more, and where a copy of B is used by
/// more than a few rows.
bool packing_pays(std::int64_t m, std::int64_t n, std::int64_t k) { return m >= 12 && flops(m, n, k) <= 5e8; }

/// How each product of a batch is cut into tiles, one BLAS call each, and how many tiles make a task.
/// Everything follows from the shape: the thread count must not show in the result.
struct Cut {
  std::int64_t rows, columns;  // of a tile
  std::int64_t grain;          // tiles a task

  static constexpr double task_work = 2e6;  // flops that outweigh handing out a task: some 10 us

  Cut(std::int64_t count, std::int64_t m, std::int64_t n, std::int64_t k) {
    // A call packs both operands again, so fewer tiles waste less and more of them feed more threads: their
    // number, a power of two, grows with the cube root of the work (8 Mflop: 2 tiles, 64: 4, 512: 8). Packing
    // A again for another column of tiles is measured to cost some three times as much as packing B again for
    // another row of tiles.
    const auto work = [k](std::int64_t r, std::int64_t c) {
      return flops(r, c, std::max<std::int64_t>(k, 1));
    };
    const double total = static_cast<double>(count) * work(m, n);
    std::int64_t row_cuts = 1, column_cuts = 1;
    for (double tiles = static_cast<double>(count); 8e6 * tiles * tiles * tiles <= total; tiles *= 2) {
      const std::int64_t r = ceil_div(m, row_cuts), c = ceil_div(n, column_cuts);
      if (r <= 32 && c <= 64) break;
      (c <= 64 || (r > 32 && 3 * r >= c) ? row_cuts : column_cuts) *= 2;
    }
    rows = std::min(m, round_up(ceil_div(m, row_cuts), 8));
    columns = std::min(n, round_up(ceil_div(n, column_cuts), 16));
    // Row and column counts of one call stay far from the BLAS's 32-bit limit.
    rows = std::min<std::int64_t>(rows, 1 << 24);
    columns = std::min<std::int64_t>(columns, 1 << 24);
    grain = std::max<std::int64_t>(1, static_cast<std::int64_t>(task_work / work(rows, columns)));
  }
};

}  // namespace

template <class T>
void gemm_batch(std::int64_t count, const std::int64_t* a_offset, const std::int64_t* b_offset,
                const std::int64_t* c_offset, std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a,
                Matrix<T> b, bool add, T* c, std::int64_t ldc) {
  if (count <= 0 || m <= 0 || n <= 0) return;
  const Stored<T> sa("A", a, m, k), sb("B", b, k, n);
  if (RowInvariant::active() || packing_pays(m, n, k)) {
    packed_gemm_batch(count, a_offset, b_offset, c_offset, m, n, k, sa.matrix(), sb.matrix(), add, c, ldc);
    return;
  }
  const Cut cut(count, m, n, k);
  const std::int64_t across = ceil_div(n, cut.columns), tiles = across * ceil_div(m, cut.rows);
  parallel_blocks(count * tiles, cut.grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      const std::int64_t p = t / tiles, i = t % tiles / across * cut.rows, j = t % across * cut.columns;
      const std::int64_t height = std::min(cut.rows, m - i), width = std::min(cut.columns, n - j);
      blas_gemm<T>(sa.transposed, sb.transposed, height, width, k, 1, sa.at(i, 0) + a_offset[p], sa.step,
                   sb.at(0, j) + b_offset[p], sb.step, add, c + c_offset[p] + i * ldc + j, ldc);
    }
  });
}

template <class T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b, bool add, T* c,
          std::int64_t ldc) {
  const std::int64_t start = 0;
  gemm_batch(1, &start, &start, &start, m, n, k, a, b, add, c, ldc);
}

#define GRADUS_INSTANTIATE(T)                                                                           \
  template void gemm(std::int64_t, std::int64_t, std::int64_t, Matrix<T>, Matrix<T>, bool, T*,          \
                     std::int64_t);                                                                     \
  template void gemm_batch(std::int64_t, const std::int64_t*, const std::int64_t*, const std::int64_t*, \
                           std::int64_t, std::int64_t, std::int64_t, Matrix<T>, Matrix<T>, bool, T*,    \
                           std::int64_t);
GRADUS_INSTANTIATE(float)
GRADUS_INSTANTIATE(double)

}  // namespace gradus::kernels
