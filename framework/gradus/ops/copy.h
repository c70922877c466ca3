#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

/// x itself if it is row-major without gaps, otherwise a copy that is.    dx = dy
Tensor contiguous(const Tensor& x);
/// A copy with memory of its own.    dx = dy
Tensor clone(const Tensor& x);
/// The elements converted; x itself if it has the type already. float to int64 cuts towards zero, to boolean
/// asks "not 0".
///   dx = dy converted back (floating types only)
Tensor to(const Tensor& x, Dtype dtype);

}  // namespace gradus
