#pragma once
#include <cstdint>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// Tensors one after another along an axis they already have; all other sizes must agree.
///   dx_i = the slice of dy that x_i filled
Tensor cat(const std::vector<Tensor>& parts, std::int64_t axis = 0);
/// Tensors of one shape one after another along an axis inserted for it.
///   dx_i = select(dy, axis, i)
Tensor stack(const std::vector<Tensor>& parts, std::int64_t axis = 0);

}  // namespace gradus
