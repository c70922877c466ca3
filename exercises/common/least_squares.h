#pragma once
#include "exercises/common/array.h"

namespace gradus::exercises {

/// The w for which the squares of x w - y sum to the least: the best linear readout of x. Computed in double; columns
/// of x that follow from earlier ones get 0.
///   x [N, p], y [N, q]  ->  [p, q]
Array least_squares(const Array& x, const Array& y);
Tensor least_squares(const Tensor& x, const Tensor& y);

}  // namespace gradus::exercises
