#pragma once
#include "exercises/common/todo.h"
#include "gradus/base/error.h"
#include "gradus/nn/module.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"

namespace gradus::exercises {

/// Given, from 5.5 and 5.6: softmax(q k^T / sqrt(d) + mask) v over the last two axes; all axes before them only count
/// how often. mask [Tq, Tk] holds 0 and -inf, or is undefined.
///   q [..., Tq, d], k [..., Tk, d], v [..., Tk, d_v]  ->  [..., Tq, d_v]
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask = {});

/// Several attentions side by side, each in d_k = d_model / heads columns of its own.
struct MultiHeadAttention {
  std::int64_t d_model, heads;
  Parameter w_q, w_k, w_v, w_o;  ///< [d_model, d_model], drawn from N(0, 0.02); y = x W

  /// Refuses (fail) a d_model that the heads do not divide.
  MultiHeadAttention(std::int64_t d_model, std::int64_t heads);

  /// [B, T, d_model] -> [B, H, T, d_k]: head h gets the columns h d_k ... (h + 1) d_k - 1.
  Tensor split_heads(const Tensor& x) const;
  /// And back.   [B, H, T, d_k] -> [B, T, d_model]
  Tensor merge_heads(const Tensor& x) const;
  /// [B, T, d_model] -> [B, T, d_model]; mask [T, T] or undefined.
  Tensor forward(const Tensor& x, const Tensor& mask = {}) const;

  /// Given: what is trained, by name.
  Fields fields() const { return {{"w_q", w_q}, {"w_k", w_k}, {"w_v", w_v}, {"w_o", w_o}}; }
};

}  // namespace gradus::exercises
