#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

// Views share memory with x and cost no copy. Axes may be negative: they count from the end. Where nothing else is said
// the gradient is dy read back in the shape of x.

/// The same elements in another shape; one size may be -1. A view where the layout allows, otherwise of a
/// copy.
///   x [...]  ->  shape        dx = reshape(dy, x's shape)
Tensor reshape(const Tensor& x, const Shape& shape);
/// reshape that never copies: an error where the layout does not allow it.
Tensor view(const Tensor& x, const Shape& shape);
/// Joins the axes first ... last into one.
Tensor flatten(const Tensor& x, std::int64_t first = 0, std::int64_t last = -1);

/// Swaps two axes.             dx = transpose(dy, a, b)
Tensor transpose(const Tensor& x, std::int64_t a, std::int64_t b);
/// Axis i of the result is axis axes[i] of x.   dx = the inverse permutation of dy
Tensor permute(const Tensor& x, const Shape& axes);

/// Elements begin, begin + step, ... below end of one axis; negative ends count from the back, out-of-range
/// ends are cut.
///   [..., n, ...]  ->  [..., m, ...]     dx = zeros with dy at the slice
Tensor slice(const Tensor& x, std::int64_t axis, std::int64_t begin, std::int64_t end, std::int64_t step = 1);
/// slice of `length` elements from `start` (torch.narrow).
Tensor narrow(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t length);
/// One index of one axis, which disappears.     dx = zeros with dy at the index
Tensor select(const Tensor& x, std::int64_t axis, std::int64_t index);

/// Stretches axes of size 1 and adds leading ones, without copying; -1 keeps a size.
///   dx = dy summed over what was stretched
Tensor expand(const Tensor& x, const Shape& shape);
/// Drops an axis of size 1 (an axis of another size stays).
Tensor squeeze(const Tensor& x, std::int64_t axis);
/// Inserts an axis of size 1.
Tensor unsqueeze(const Tensor& x, std::int64_t axis);

/// Consecutive slices of `size` along an axis, the last one possibly shorter.
std::vector<Tensor> split(const Tensor& x, std::int64_t size, std::int64_t axis = 0);
/// N equal slices:  auto [q, k, v] = chunk<3>(qkv, -1);
template <std::size_t N> std::array<Tensor, N> chunk(const Tensor& x, std::int64_t axis) {
  std::array<Tensor, N> parts;
  const std::int64_t n = x.size(axis), each = n / static_cast<std::int64_t>(N);
  if (each * static_cast<std::int64_t>(N) != n)
    fail("chunk: an axis of size " + std::to_string(n) + " does not divide into " + std::to_string(N) +
         " equal parts");
  for (std::size_t i = 0; i < N; ++i) parts[i] = narrow(x, axis, static_cast<std::int64_t>(i) * each, each);
  return parts;
}

}  // namespace gradus
