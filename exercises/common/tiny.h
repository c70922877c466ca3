#pragma once
// A transformer of one attention layer, small enough to train while somebody waits: what the experiments of the
// exercises look into.
#include <cstdint>

#include "gradus/autograd/modes.h"
#include "gradus/nn/layers.h"
#include "gradus/nn/module.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/loss.h"
#include "gradus/optim/optimizer.h"
#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

struct TinyOptions {
  std::int64_t vocab = 16, length = 12, width = 24, heads = 1;
  std::int64_t targets = 1;  ///< tokens predicted at each position, each by a readout of its own
  bool causal = true;
  bool positions = true;  ///< learned ones; off: the model cannot tell where a token stands
};

/// Tokens and positions, one attention layer named "attention" without a residual path, so that all that is
/// known came through its weights, and a linear readout.   ids [B, T] -> logits [B, T, targets, V]
struct Tiny {
  TinyOptions options;
  nn::Embedding tokens;
  nn::LearnedPositions positions;
  nn::MultiHeadAttention attention;
  nn::Linear readout;

  explicit Tiny(const TinyOptions& o);
  Tensor operator()(const Tensor& ids) const;
  Fields fields() const {
    return {{"tokens", tokens}, {"positions", positions}, {"attention", attention}, {"readout", readout}};
  }
};

/// Sequences with what is to be predicted; a target of -100 counts neither in the loss nor in the accuracy.
///   ids int64 [B, T], targets int64 [B, T, targets]
struct Examples {
  Tensor ids, targets;
};

/// `steps` steps of Adam on fresh examples of make(batch); returns the last loss.
///   model: a Tiny, or another that makes logits [B, T, targets, V] of ids [B, T]
template <class Model, class Make>
double train(Model& model, int steps, const Make& make, std::int64_t batch = 16, double lr = 3e-3) {
  AdamW optimizer(parameters(model), {.lr = lr, .beta2 = 0.99, .weight_decay = 0});
  double last = 0;
  for (int i = 0; i < steps; ++i) {
    const Examples examples = make(batch);
    optimizer.zero_grad();
    const Tensor loss = cross_entropy(model(examples.ids), examples.targets);
    loss.backward();
    optimizer.step();
    last = loss.item();
  }
  return last;
}

/// The mean cross-entropy in nats, and the share of targets that the largest logit names.
struct Score {
  double loss, accuracy;
};
Score score_of(const Tensor& logits, const Tensor& targets);
/// Of a model, under Eval, and under whatever Intervene lives.
template <class Model> Score score(const Model& model, const Examples& examples) {
  const NoGrad off;
  const Eval eval;
  return score_of(model(examples.ids), examples.targets);
}
/// The same for one of several readouts.
Score score(const Tiny& model, const Examples& examples, std::int64_t target);

/// The attention weights [B, H, T, T] of these sequences.
Tensor attention_of(const Tiny& model, const Tensor& ids);

}  // namespace gradus::exercises
