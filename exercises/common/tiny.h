#pragma once
// A transformer of one attention layer, small enough to train while somebody waits: what the experiments of the
// exercises look into.
#include <vector>

#include "gradus/nn/layers.h"
#include "gradus/nn/transformer.h"
#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

struct TinyOptions {
  std::int64_t vocab = 16, length = 12, width = 24, heads = 1;
  std::int64_t targets = 1;  ///< tokens predicted at each position, each by a read-out of its own
  bool causal = true;
  bool positions = true;  ///< learned ones; off: the model cannot tell where a token stands
};

/// Tokens and positions, one attention layer named "attention" without a residual path, so that all that is
/// known came through its weights, and a linear read-out.   ids [B, T] -> logits [B, T, targets, V]
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
template <class Make>
double train(Tiny& model, int steps, const Make& make, std::int64_t batch = 16, double lr = 3e-3);

/// The mean cross-entropy in nats, and the share of targets that the largest logit names; under Eval, and
/// under whatever Intervene lives.
struct Score {
  double loss, accuracy;
};
Score score(const Tiny& model, const Examples& examples);
/// The same for one of several read-outs.
Score score(const Tiny& model, const Examples& examples, std::int64_t target);

/// The attention weights [B, H, T, T] of these sequences.
Tensor attention_of(const Tiny& model, const Tensor& ids);

// ----- how train works, without <functional>

class Trainer {
 public:
  Trainer(const Tiny& model, double lr);
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;
  double step(const Examples& examples);

 private:
  struct State;
  State* state_;
};

template <class Make> double train(Tiny& model, int steps, const Make& make, std::int64_t batch, double lr) {
  Trainer trainer(model, lr);
  double loss = 0;
  for (int i = 0; i < steps; ++i) loss = trainer.step(make(batch));
  return loss;
}

}  // namespace gradus::exercises
