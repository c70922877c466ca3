#include "gradus/nn/transformer.h"

#include <fmt/format.h>

#include <cmath>

#include "gradus/autograd/errors.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/dropout.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"

namespace gradus::nn {
namespace {

/// [B, T, H D] -> [B, H, T, D], a view
Tensor split_heads(const Tensor& x, std::int64_t heads) {
  return transpose(reshape(x, {x.size(0), x.size(1), heads, x.size(2) / heads}), 1, 2);
}

/// [B, H, T, D] -> [B, T, H D]
Tensor merge_heads(const Tensor& x) {
  return reshape(transpose(x, 1, 2), {x.size(0), x.size(2), x.size(1) * x.size(3)});
}

std::int64_t head_width(std::int64_t width, std::int64_t heads) {
  if (heads < 1 || width < 1 || width % heads != 0)
    fail(fmt::format("attention: a width of {} does not divide into {} heads", width, heads));
  return width / heads;
}

std::int64_t checked_kv_heads(std::int64_t heads, std::int64_t kv_heads) {
  if (kv_heads == 0) return heads;
  if (kv_heads < 0 || heads % kv_heads != 0)
    fail(fmt::format("attention: {} heads do not divide into groups for {} key and value heads", heads,
                     kv_heads));
  return kv_heads;
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(std::int64_t width, std::int64_t h, MultiHeadAttentionOptions o)
    : heads(h),
      kv_heads(checked_kv_heads(h, o.kv_heads)),
      causal(o.causal),
      dropout(o.dropout),
      qkv(width, (heads + 2 * kv_heads) * head_width(width, heads), o.bias, o.init),
      proj(width, width, o.bias, o.output_init) {}

Tensor MultiHeadAttention::operator()(const Tensor& x) const {
  if (x.dim() != 3) fail_operands("multi_head_attention", "needs x [batch, time, width]", {{"x", x}});
  const std::int64_t d = proj.weight.size(1) / heads;
  const Tensor packed = qkv(x);  // [B, T, (H + 2 Hkv) D]
  return attend(narrow(packed, -1, 0, heads * d), narrow(packed, -1, heads * d, kv_heads * d),
                narrow(packed, -1, (heads + kv_heads) * d, kv_heads * d));
}

Tensor MultiHeadAttention::operator()(const Tensor& x, const Tensor& context) const {
  if (x.dim() != 3 || context.dim() != 3)
    fail_operands("multi_head_attention", "needs x and context [batch, time, width]",
                  {{"x", x}, {"context", context}});
  const std::int64_t d = proj.weight.size(1) / heads;
  const auto project = [&](const Tensor& from, std::int64_t start, std::int64_t rows) {
    return linear(from, narrow(qkv.weight, 0, start, rows),
                  qkv.bias.defined() ? narrow(qkv.bias, 0, start, rows) : Tensor());
  };
  return attend(project(x, 0, heads * d), project(context, heads * d, kv_heads * d),
                project(context, (heads + kv_heads) * d, kv_heads * d));
}

Tensor MultiHeadAttention::attend(const Tensor& q, const Tensor& k, const Tensor& v) const {
  const Tensor y = attention(split_heads(q, heads), split_heads(k, kv_heads), split_heads(v, kv_heads),
                             {.causal = causal, .dropout = dropout, .layer = name.text()});  // [B, H, T, D]
  return proj(merge_heads(y));
}

Tensor activate(Activation f, const Tensor& x) {
  switch (f) {
    case Activation::gelu_erf: return gelu_erf(x);
    case Activation::gelu_tanh: return gelu_tanh(x);
    case Activation::relu: return relu(x);
    case Activation::silu: break;
  }
  return silu(x);
}

FeedForward::FeedForward(std::int64_t width, std::int64_t hidden, Activation f, bool bias, Init init,
                         Init output_init)
    : fc(width, hidden, bias, init), proj(hidden, width, bias, output_init), activation(f) {}

TransformerBlock::TransformerBlock(std::int64_t width, std::int64_t heads, TransformerBlockOptions o)
    : norm_1(width, o.bias),
      norm_2(width, o.bias),
      attention(width, heads,
                {.kv_heads = o.kv_heads,
                 .causal = o.causal,
                 .bias = o.bias,
                 .dropout = o.attention_dropout,
                 .init = o.init,
                 .output_init = o.output_init}),
      mlp(width, o.hidden ? o.hidden : 4 * width, o.activation, o.bias, o.init, o.output_init),
      dropout{o.dropout} {}

Tensor TransformerBlock::operator()(Tensor x) const {
  x = x + dropout(attention(norm_1(x)));
  x = x + dropout(mlp(norm_2(x)));
  return x;
}

Tensor LearnedPositions::operator()(const Tensor& x, std::int64_t start) const {
  const std::int64_t t = x.size(-2), context = table.weight.size(0);
  if (start < 0 || start + t > context)
    fail_operands(
        "positions",
        fmt::format("positions {} ... {} lie outside a context of {}", start, start + t - 1, context),
        {{"x", x}}, "cut the sequence, or build the model with a longer context");
  return x + narrow(table.weight, 0, start, t);
}

Tensor sinusoidal_positions(std::int64_t count, std::int64_t width, Dtype dtype) {
  Tensor table = empty({count, width}, dtype);
  visit_floating(dtype, "sinusoidal_positions", [&](auto z) {
    using T = decltype(z);
    T* out = table.data<T>();
    for (std::int64_t t = 0; t < count; ++t)
      for (std::int64_t c = 0; c < width; ++c) {
        const double rate = std::pow(10000.0, -static_cast<double>(c / 2 * 2) / static_cast<double>(width));
        const double angle = static_cast<double>(t) * rate;
        *out++ = static_cast<T>(c % 2 == 0 ? std::sin(angle) : std::cos(angle));
      }
  });
  return table;
}

}  // namespace gradus::nn
