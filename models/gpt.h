#pragma once
// GPT: a decoder-only transformer language model, after GPT-2 (Radford et al. 2019) as nanoGPT writes it.
// B sequences of T tokens, V tokens in the vocabulary, C channels.
#include <gradus/gradus.h>

#include <cmath>
#include <vector>

namespace gradus::models {

struct GptConfig {
  std::int64_t vocab = 65, context = 64, layers = 4, heads = 4, width = 128;
  double dropout = 0;
  bool bias = false;
};

struct Gpt {
  GptConfig config;
  nn::Embedding tokens;            // [V, C], also the output head
  nn::LearnedPositions positions;  // [context, C]
  std::vector<nn::TransformerBlock> blocks;
  nn::LayerNorm norm;

  explicit Gpt(const GptConfig& c)
      : config(c),
        tokens(c.vocab, c.width, nn::Init::normal(0.02)),
        positions(c.context, c.width, nn::Init::normal(0.02)),
        norm(c.width, c.bias) {
    // Each layer adds to the stream twice; starting its outputs smaller keeps the stream's size the same at
    // any depth.
    const auto small = nn::Init::normal(0.02 / std::sqrt(2.0 * static_cast<double>(c.layers)));
    for (std::int64_t i = 0; i < c.layers; ++i)
      blocks.emplace_back(c.width, c.heads,
                          nn::TransformerBlockOptions{.causal = true,
                                                      .bias = c.bias,
                                                      .dropout = c.dropout,
                                                      .attention_dropout = c.dropout,
                                                      .init = nn::Init::normal(0.02),
                                                      .output_init = small});
    name_layers(*this);
  }

  /// ids int64 [B, T]  ->  logits [B, T, V]: row t predicts token t + 1
  Tensor operator()(const Tensor& ids) const {
    Tensor x = dropout(positions(tokens(ids)), config.dropout);  // [B, T, C]
    for (const auto& block : blocks) x = block(x);
    return linear(norm(x), tokens.weight);  // the head is tied to the token embedding
  }

  /// The mean cross-entropy of predicting targets [B, T], in nats.
  Tensor loss(const Tensor& ids, const Tensor& targets) const { return cross_entropy((*this)(ids), targets); }

  Fields fields() const {
    return {{"tokens", tokens}, {"positions", positions}, {"blocks", blocks}, {"norm", norm}};
  }
};

}  // namespace gradus::models
