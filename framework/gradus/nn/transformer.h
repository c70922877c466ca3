#pragma once
#include <cstdint>

#include "gradus/nn/layers.h"

namespace gradus::nn {

// B sequences of T positions, C channels, H heads of D = C / H channels.

struct MultiHeadAttentionOptions {
  std::int64_t kv_heads =
      0;  ///< fewer key and value heads (grouped-query attention); 0: as many as query heads
  bool causal = false;
  bool bias = true;
  double dropout = 0;  ///< of the attention weights
  Init init = Init::fan_in();
  Init output_init = Init::fan_in();
};

/// Attention of `heads` heads with its four projections, those to query, key and value packed in one (Vaswani et al.
/// 2017, 3.2.2).
///   x [B, T, C] -> [B, T, C];   x [B, Tq, C], context [B, Tk, C] -> [B, Tq, C]
struct MultiHeadAttention {
  std::int64_t heads, kv_heads;
  bool causal;
  double dropout;
  Linear qkv, proj;
  LayerName name;

  MultiHeadAttention(std::int64_t width, std::int64_t heads, MultiHeadAttentionOptions options = {});
  Tensor operator()(const Tensor& x) const;  ///< self-attention
  /// Queries from x, keys and values from context.
  Tensor operator()(const Tensor& x, const Tensor& context) const;
  Fields fields() const { return {{"qkv", qkv}, {"proj", proj}, {name}}; }

 private:
  Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v) const;
};

enum class Activation { gelu_erf, gelu_tanh, relu, silu };
Tensor activate(Activation f, const Tensor& x);

/// Two linear maps with an activation between, four times as wide inside.   [..., C] -> [..., 4C] -> [..., C]
struct FeedForward {
  Linear fc, proj;
  Activation activation;

  FeedForward(std::int64_t width, std::int64_t hidden, Activation activation = Activation::gelu_erf,
              bool bias = true, Init init = Init::fan_in(), Init output_init = Init::fan_in());
  Tensor operator()(const Tensor& x) const { return proj(activate(activation, fc(x))); }
  Fields fields() const { return {{"fc", fc}, {"proj", proj}}; }
};

struct TransformerBlockOptions {
  bool causal = false;
  bool bias = true;         ///< of the linear layers and the norms
  std::int64_t hidden = 0;  ///< of the feed-forward layer; 0: 4 x width
  Activation activation = Activation::gelu_erf;
  double dropout = 0;            ///< of each residual branch
  double attention_dropout = 0;  ///< of the attention weights
  std::int64_t kv_heads = 0;     ///< as in MultiHeadAttentionOptions
  Init init = Init::fan_in();
  Init output_init = Init::fan_in();  ///< of the last layer of each branch
};

/// A pre-norm block (GPT-2): what each branch computes is added to the stream.   [B, T, C] -> [B, T, C]
struct TransformerBlock {
  LayerNorm norm_1, norm_2;
  MultiHeadAttention attention;
  FeedForward mlp;
  Dropout dropout;

  TransformerBlock(std::int64_t width, std::int64_t heads, TransformerBlockOptions options = {});
  Tensor operator()(Tensor x) const;
  Fields fields() const {
    return {{"norm_1", norm_1}, {"attention", attention}, {"norm_2", norm_2}, {"mlp", mlp}};
  }
};

/// Learned positions: a row for each, added to the tokens'.    x [B, T, C] -> [B, T, C]
struct LearnedPositions {
  Embedding table;

  LearnedPositions(std::int64_t context, std::int64_t width, Init init = Init::normal(0.02))
      : table(context, width, init) {}
  Tensor operator()(const Tensor& x, std::int64_t start = 0) const;
  Fields fields() const { return table.fields(); }
};

/// Sinusoidal positions (Vaswani et al. 2017, 3.5): column 2i is sin, 2i + 1 cos, of position / 10000^(2i / width).
///   -> [count, width]
Tensor sinusoidal_positions(std::int64_t count, std::int64_t width, Dtype dtype = Dtype::float32);

}  // namespace gradus::nn
