#pragma once
#include <cstdint>

namespace gradus::kernels {

/// One operand of a product: element (i, j) at data[i * row + j * col]. Its rows or its columns are dense:
/// col == 1 or row == 1 (a stride along an axis of size 1 does not matter), so a transposed matrix is read in
/// place.
template <class T> struct Matrix {
  const T* data;
  std::int64_t row, col;
};

/// Additions and multiplications of a product: what decides how it is cut, and by whom it is computed.
inline double flops(std::int64_t m, std::int64_t n, std::int64_t k) {
  return 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
}

/// C = A B, or C += A B with `add`, for A [m, k], B [k, n] and C [m, n], whose rows are ldc apart. Errors:
/// strides that are dense in neither direction (internal), sizes past 2^31 (resources).
template <class T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b, bool add, T* c,
          std::int64_t ldc);

/// `count` products of one shape. The p-th reads A at a.data + a_offset[p] and B at b.data + b_offset[p],
/// which may repeat (broadcasting), and writes C at c + c_offset[p], where no two products meet. Small ones
/// are packed_gemm_batch's, large ones the BLAS's.
template <class T>
void gemm_batch(std::int64_t count, const std::int64_t* a_offset, const std::int64_t* b_offset,
                const std::int64_t* c_offset, std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a,
                Matrix<T> b, bool add, T* c, std::int64_t ldc);

/// The same without the BLAS: every element is one chain of multiply-adds over k, so that its bits depend on
/// its row of A and its column of B alone. B is packed once per column of C, A is mostly read where it lies.
template <class T>
void packed_gemm_batch(std::int64_t count, const std::int64_t* a_offset, const std::int64_t* b_offset,
                       const std::int64_t* c_offset, std::int64_t m, std::int64_t n, std::int64_t k,
                       Matrix<T> a, Matrix<T> b, bool add, T* c, std::int64_t ldc);

/// While one lives, products called by this thread give each row of C the same bits whatever rows stand
/// beside it, and however many: evaluation and generation do not depend on the batch. A BLAS promises no such
/// thing, not even for padded tiles.
class RowInvariant {
 public:
  RowInvariant() : outer_(exchange(true)) {}
  ~RowInvariant() { exchange(outer_); }
  RowInvariant(const RowInvariant&) = delete;
  RowInvariant& operator=(const RowInvariant&) = delete;
  static bool active() { return active_; }
  static bool exchange(bool on) {  ///< returns what was in force before; for guards that hold more than this
    const bool before = active_;
    active_ = on;
    return before;
  }

 private:
  static thread_local bool active_;
  bool outer_;
};

}  // namespace gradus::kernels
