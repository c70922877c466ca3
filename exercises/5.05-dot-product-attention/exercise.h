#pragma once
// What the exercise builds on, header by header: all of gradus/gradus.h would hold the answer, too.
#include "exercises/common/todo.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

/// softmax(q k^T / sqrt(d_k)) v, for every item of the batch.
///   q [B, Tq, d_k], k [B, Tk, d_k], v [B, Tk, d_v]  ->  [B, Tq, d_v]
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v);

}  // namespace gradus::exercises
