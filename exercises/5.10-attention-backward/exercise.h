#pragma once
#include "exercises/common/attention_weights.h"
#include "exercises/common/todo.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

// The forward pass, of B items, Tq queries and Tk keys:
//   S = Q K^T / sqrt(d_k) + mask      [B, Tq, Tk]
//   A = softmax(S) over the keys      [B, Tq, Tk]
//   O = A V                           [B, Tq, d_v]
// A gradient dX says how the loss changes with X and has X's shape.

// A is given: attention_weights(q, k, mask), where mask [Tq, Tk] holds 0 and -inf, or is undefined.

/// dV [B, Tk, d_v] from A and dO.
Tensor grad_v(const Tensor& a, const Tensor& dout);
/// dA [B, Tq, Tk] from dO and V.
Tensor grad_a(const Tensor& dout, const Tensor& v);
/// dS [B, Tq, Tk] from A and dA.
Tensor grad_s(const Tensor& a, const Tensor& da);
/// dQ [B, Tq, d_k] from dS and K.
Tensor grad_q(const Tensor& ds, const Tensor& k);
/// dK [B, Tk, d_k] from dS and Q.
Tensor grad_k(const Tensor& ds, const Tensor& q);

struct AttentionGradients {
  Tensor dq, dk, dv;
};

/// All three from what the forward pass was given, and dO [B, Tq, d_v].
AttentionGradients attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& dout,
                                      const Tensor& mask = {});

}  // namespace gradus::exercises
