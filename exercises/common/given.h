#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

// Given to the exercises after 5.5: its two ends.

/// q k^T / sqrt(d_k).   q [..., Tq, d_k], k [..., Tk, d_k]  ->  [..., Tq, Tk]
Tensor scores(const Tensor& q, const Tensor& k);
/// The rows of v, mixed by the weights of each query.   weights [..., Tq, Tk], v [..., Tk, d_v]  ->  [..., Tq, d_v]
Tensor mix(const Tensor& weights, const Tensor& v);

}  // namespace gradus::exercises
