#pragma once
#include <cstdint>

/// Tiled attention: O = softmax(scale Q K^T + bias) V in memory that grows with T, not T^2. attention.md
/// derives it.
namespace gradus::kernels {

/// A [B, H, T, D] array in memory: element (b, h, t, d) at data[b * batch + h * head + t * time + d].
template <class T> struct Heads {
  T* data = nullptr;
  std::int64_t batch = 0, head = 0, time = 0;
};

/// A [B, H, Tq, Tk] mask in memory, strides in elements; a stride of 0 broadcasts. data == nullptr: no mask.
template <class E> struct AttentionMask {
  const E* data = nullptr;
  std::int64_t batch = 0, head = 0, query = 0, key = 0;
};

template <class T> struct AttentionArgs {
  std::int64_t batch, heads, kv_heads;  ///< query head h reads kv head h / (heads / kv_heads)
  std::int64_t q_len, k_len, qk_dim, v_dim;
  Heads<const T> q, k, v;      ///< [B, H, Tq, D], [B, Hkv, Tk, D], [B, Hkv, Tk, Dv]
  T scale = 1;                 ///< usually 1 / sqrt(D)
  bool causal = false;         ///< query i sees the keys j <= i + k_len - q_len: aligned at the last key
  AttentionMask<T> bias = {};  ///< added to the scaled logits
  AttentionMask<bool> allowed = {};  ///< true where the query may see the key
  double dropout = 0;      ///< p: a weight is dropped with probability p, kept ones grow by 1 / (1 - p)
  std::uint64_t seed = 0;  ///< the mask is that of dropout() on the dense weights [B, H, Tq, Tk]
};

/// out [B, H, Tq, Dv] and logsumexp [B, H, Tq], dense. A query that sees no key gets zeros and -inf. What
/// stands in a key or value that a query may not see (causal, allowed) never reaches it, not even NaN. A
/// row's bits do not depend on q_len.
template <class T> void attention_forward(const AttentionArgs<T>& args, Heads<T> out, T* logsumexp);

/// Gradients to write; those with data == nullptr are not wanted.
template <class T> struct AttentionGradients {
  Heads<T> dq, dk, dv;  ///< shaped as q, k, v; dk and dv are sums over the heads of a group
  T* dbias = nullptr;   ///< [B, H, Tq, Tk], dense: the one gradient that needs T^2 memory
};

/// From dout, and from what the forward wrote. A query that sees no key has zero gradients.
template <class T>
void attention_backward(const AttentionArgs<T>& args, Heads<const T> out, const T* logsumexp,
                        Heads<const T> dout, const AttentionGradients<T>& gradients);

/// The softmax weights [B, H, Tq, Tk], dense, before dropout: exact zeros where a key is not seen.
template <class T> void attention_weights(const AttentionArgs<T>& args, T* weights);

}  // namespace gradus::kernels
