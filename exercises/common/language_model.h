#pragma once
// A transformer language model that learns the sentences of sentences.h in a second or two.
#include <cstdint>
#include <vector>

#include "exercises/common/sentences.h"
#include "gradus/nn/layers.h"
#include "gradus/nn/transformer.h"
#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

struct LanguageModelOptions {
  std::int64_t vocab = 21, length = 9;  ///< `length`: of the longest sentence that it can read
  std::int64_t layers = 2, heads = 2, width = 32;
  double dropout = 0;  ///< in training; an Eval guard turns it off
};

/// Tokens and positions, causal transformer blocks, a norm and a readout. The attention layer of block l is called
/// "blocks.l.attention".   ids [N, T] -> logits [N, T, V]
struct LanguageModel {
  LanguageModelOptions options;
  nn::Embedding tokens;
  nn::LearnedPositions positions;
  std::vector<nn::TransformerBlock> blocks;
  nn::LayerNorm norm;
  nn::Linear readout;

  explicit LanguageModel(const LanguageModelOptions& o);
  Tensor operator()(const Tensor& ids) const;
  Fields fields() const {
    return {{"tokens", tokens},
            {"positions", positions},
            {"blocks", blocks},
            {"norm", norm},
            {"readout", readout}};
  }
};

/// What a training step makes smaller.   ids [N, T] -> losses of any shape, of which the mean is taken
using Losses = Tensor (*)(const LanguageModel& model, const Tensor& ids);

/// `steps` steps of AdamW, each on `batch` fresh sentences; the rate rises over the first steps and falls to 0 in the
/// second half. The same seed gives the same model.
void train(LanguageModel& model, Corpus corpus, int steps, std::uint64_t seed, Losses losses,
           std::int64_t batch = 32, double lr = 5e-3);

/// Sentences that training does not draw. Of roles there are only 56: here they are all, each once.
Sentences held_out(Corpus corpus);

/// What no model of the corpus can go below, in nats per predicted token: the entropy of the choices that make a sentence,
/// less that of its first word, which nobody predicts.
double entropy_of(Corpus corpus);

}  // namespace gradus::exercises
