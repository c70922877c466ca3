#pragma once
#include <cstdint>

namespace gradus::kernels {

/// Sizes and strides, in elements, of up to 8 axes. A stride may be 0 (a stretched axis) or negative.
struct Layout {
  int rank = 0;
  std::int64_t size[8] = {}, stride[8] = {};
};

inline std::int64_t elements(const Layout& l) {
  std::int64_t n = 1;
  for (int i = 0; i < l.rank; ++i) n *= l.size[i];
  return n;
}

/// The same elements in the same order with as few axes as possible: axes of size 1 go, neighbours that step
/// alike merge.
Layout collapsed(const Layout& l);

// E is float, double, std::int64_t or bool; T is float or double. "dense" memory is row-major without gaps,
// in the layout's order. Strided and dense memory must not overlap.

/// Elements begin ... begin + count - 1 (row-major numbers) of a collapsed layout, on the calling thread.
template <class E>
void gather(const Layout& from, const E* strided, std::int64_t begin, std::int64_t count, E* dense);

template <class E> void copy(const Layout& from, const E* strided, E* dense);         ///< dense = strided
template <class E> void scatter(const Layout& into, const E* dense, E* strided);      ///< strided = dense
template <class T> void add_strided(const Layout& from, const T* strided, T* dense);  ///< dense += strided
/// strided += dense. Elements that share a place (stride 0) are summed, in row-major order.
template <class T> void scatter_add(const Layout& into, const T* dense, T* strided);

template <class E> void fill(const Layout& into, E value, E* strided);
template <class E> void fill(std::int64_t n, E value, E* y);

}  // namespace gradus::kernels
