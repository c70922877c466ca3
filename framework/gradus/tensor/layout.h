#pragma once
#include "gradus/kernels/strided.h"
#include "gradus/tensor/tensor.h"

namespace gradus {

/// How a tensor lies in memory, in the kernels' terms.
inline kernels::Layout layout_of(const Tensor& x) {
  kernels::Layout l;
  l.rank = x.dim();
  for (int i = 0; i < x.dim(); ++i) {
    l.size[i] = x.shape()[i];
    l.stride[i] = x.strides()[i];
  }
  return l;
}

/// The same, read as if expanded to `shape` (which it must broadcast to): added and stretched axes have
/// stride 0.
inline kernels::Layout layout_of(const Tensor& x, const Shape& shape) {
  kernels::Layout l;
  l.rank = shape.rank();
  const int lead = shape.rank() - x.dim();
  for (int i = 0; i < shape.rank(); ++i) {
    l.size[i] = shape[i];
    l.stride[i] = i < lead || x.shape()[i - lead] != shape[i] ? 0 : x.strides()[i - lead];
  }
  return l;
}

}  // namespace gradus
