#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

/// Given to the exercises after 5.6: softmax(q k^T / sqrt(d_k) + mask) over the keys; axes before the last two only count
/// how often. mask [Tq, Tk] holds 0 and -inf, or is undefined.   q [..., Tq, d_k], k [..., Tk, d_k]  ->  [..., Tq, Tk]
Tensor attention_weights(const Tensor& q, const Tensor& k, const Tensor& mask = {});

}  // namespace gradus::exercises
