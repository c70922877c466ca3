#pragma once
#include <gradus/gradus.h>

#include <vector>

#include "models/parameter_slots.h"

/// The course's two language models, as a user of the framework writes them: ids [B, T] -> logits [B, T, V], the
/// head tied to the token embedding.
namespace course {

using namespace gradus;

/// Stage 5: sinusoidal positions and pre-norm blocks.
struct SinusoidalLm {
  nn::Embedding tokens;
  std::vector<nn::TransformerBlock> blocks;
  nn::LayerNorm norm;

  SinusoidalLm(std::int64_t vocab, std::int64_t width, std::int64_t heads, std::int64_t layers)
      : tokens(vocab, width, nn::Init::normal(0.02)), norm(width) {
    for (std::int64_t i = 0; i < layers; ++i)
      blocks.emplace_back(width, heads, nn::TransformerBlockOptions{.causal = true});
  }
  Tensor operator()(const Tensor& ids) const {
    const Dtype dtype = tokens.weight.dtype();
    Tensor x = tokens(ids) + nn::sinusoidal_positions(ids.size(1), tokens.weight.size(1), dtype);
    for (const auto& block : blocks) x = block(x);
    return linear(norm(x), tokens.weight);
  }
  Fields fields() const { return {{"tokens", tokens}, {"blocks", blocks}, {"norm", norm}}; }
};

struct SwiGlu {
  nn::Linear gate, up, down;

  explicit SwiGlu(std::int64_t width) : SwiGlu(width, 267 * width / 100) {}
  SwiGlu(std::int64_t width, std::int64_t hidden)
      : gate(width, hidden, false), up(width, hidden, false), down(hidden, width, false) {}
  Tensor operator()(const Tensor& x) const { return down(silu(gate(x)) * up(x)); }
  Fields fields() const { return {{"gate", gate}, {"up", up}, {"down", down}}; }
};

struct CapstoneBlock {
  nn::RMSNorm norm_1, norm_2;
  nn::MultiHeadAttention attention;
  SwiGlu mlp;

  CapstoneBlock(std::int64_t width, std::int64_t heads)
      : norm_1(width), norm_2(width), attention(width, heads, {.causal = true, .bias = false}), mlp(width) {}
  Tensor operator()(Tensor x) const {
    x = x + attention(norm_1(x));
    return x + mlp(norm_2(x));
  }
  Fields fields() const {
    return {{"norm_1", norm_1}, {"attention", attention}, {"norm_2", norm_2}, {"mlp", mlp}};
  }
};

/// The capstone: no positions, RMSNorm, SwiGLU, no biases.
struct CapstoneLm {
  nn::Embedding tokens;
  std::vector<CapstoneBlock> blocks;
  nn::RMSNorm norm;

  CapstoneLm(std::int64_t vocab, std::int64_t width, std::int64_t heads, std::int64_t layers)
      : tokens(vocab, width, nn::Init::normal(0.02)), norm(width) {
    for (std::int64_t i = 0; i < layers; ++i) blocks.emplace_back(width, heads);
  }
  Tensor operator()(const Tensor& ids) const {
    Tensor x = tokens(ids);
    for (const auto& block : blocks) x = block(x);
    return linear(norm(x), tokens.weight);
  }
  Fields fields() const { return {{"tokens", tokens}, {"blocks", blocks}, {"norm", norm}}; }
};

// Where their parameters lie, in the order of their tables of contents.
using test::slots;
inline test::Slots slots(SwiGlu& m) { return test::join({slots(m.gate), slots(m.up), slots(m.down)}); }
inline test::Slots slots(CapstoneBlock& m) {
  return test::join({slots(m.norm_1), slots(m.attention), slots(m.norm_2), slots(m.mlp)});
}
template <class M> test::Slots slots_of_model(M& m) {
  test::Slots all = slots(m.tokens);
  for (auto& block : m.blocks) all = test::join({all, slots(block)});
  return test::join({all, slots(m.norm)});
}
inline test::Slots slots(SinusoidalLm& m) { return slots_of_model(m); }
inline test::Slots slots(CapstoneLm& m) { return slots_of_model(m); }

}  // namespace course
