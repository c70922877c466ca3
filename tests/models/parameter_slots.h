#pragma once
// The parameters of a module as places that can be filled with other tensors: in float64 for gradcheck, or
// from a list. In the order of parameters(module).
#include <cstddef>
#include <vector>

#include "gradus/nn/transformer.h"
#include "gradus/tensor/creation.h"
#include "models/gpt.h"

namespace test {

using Slots = std::vector<gradus::Parameter*>;

inline Slots join(std::initializer_list<Slots> parts) {
  Slots all;
  for (const Slots& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}
inline Slots defined(std::initializer_list<gradus::Parameter*> some) {
  Slots all;
  for (gradus::Parameter* p : some)
    if (p->defined()) all.push_back(p);
  return all;
}

inline Slots slots(gradus::nn::Linear& m) { return defined({&m.weight, &m.bias}); }
inline Slots slots(gradus::nn::LayerNorm& m) { return defined({&m.weight, &m.bias}); }
inline Slots slots(gradus::nn::RMSNorm& m) { return defined({&m.weight}); }
inline Slots slots(gradus::nn::Embedding& m) { return defined({&m.weight}); }
inline Slots slots(gradus::nn::MultiHeadAttention& m) { return join({slots(m.qkv), slots(m.proj)}); }
inline Slots slots(gradus::nn::FeedForward& m) { return join({slots(m.fc), slots(m.proj)}); }
inline Slots slots(gradus::nn::TransformerBlock& m) {
  return join({slots(m.norm_1), slots(m.attention), slots(m.norm_2), slots(m.mlp)});
}
inline Slots slots(gradus::models::Gpt& m) {
  Slots all = join({slots(m.tokens), slots(m.positions.table)});
  for (auto& block : m.blocks) all = join({all, slots(block)});
  return join({all, slots(m.norm)});
}

/// The handles move in as they are, each with its place on the tape.
inline void fill(const Slots& places, const std::vector<gradus::Tensor>& values) {
  for (std::size_t i = 0; i < places.size(); ++i) static_cast<gradus::Tensor&>(*places[i]) = values[i];
}

inline std::vector<gradus::Tensor> values(const Slots& places) {
  std::vector<gradus::Tensor> all;
  for (gradus::Parameter* p : places) all.push_back(p->detach());
  return all;
}

/// Float64 leaves with random values, so that no gain is 1 and no bias 0.
template <class M> void randomise_in_float64(M& module, double deviation = 0.5) {
  for (gradus::Parameter* p : slots(module))
    static_cast<gradus::Tensor&>(*p) =
        gradus::normal(p->shape(), 0, deviation, gradus::Dtype::float64).requires_grad_();
}

}  // namespace test
