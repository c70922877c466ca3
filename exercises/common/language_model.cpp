#include "exercises/common/language_model.h"

#include <algorithm>
#include <cmath>

#include "gradus/nn/module.h"
#include "gradus/optim/optimizer.h"

namespace gradus::exercises {

// Weights of this size make queries and keys that tell tokens apart from the first step. With GPT-2's 0.02 attention stays
// even for hundreds of steps, and the one word in thirteen that needs it is not learnt.
LanguageModel::LanguageModel(const LanguageModelOptions& o)
    : options(o),
      tokens(o.vocab, o.width, nn::Init::normal(0.5)),
      positions(o.length, o.width, nn::Init::normal(0.5)),
      norm(o.width),
      readout(o.width, o.vocab) {
  for (std::int64_t i = 0; i < o.layers; ++i)
    blocks.emplace_back(
        o.width, o.heads,
        nn::TransformerBlockOptions{.causal = true, .dropout = o.dropout, .attention_dropout = o.dropout});
  name_layers(*this);
}

Tensor LanguageModel::operator()(const Tensor& ids) const {
  Tensor x = positions(tokens(ids));  // [N, T, C]
  for (const auto& block : blocks) x = block(x);
  return readout(norm(x));
}

void train(LanguageModel& model, Corpus corpus, int steps, std::uint64_t seed, Losses losses,
           std::int64_t batch, double lr) {
  AdamW optimizer(parameters(model), {.lr = lr, .beta2 = 0.99});
  for (int step = 0; step < steps; ++step) {
    const double rise = (step + 1) / 20.0, fall = 2.0 * (steps - step) / steps;
    optimizer.set_lr(lr * std::min({1.0, rise, fall}));
    const std::uint64_t drawn = (seed + 1) * 1'000'000 + static_cast<std::uint64_t>(step);
    optimizer.zero_grad();
    losses(model, make_sentences(corpus, batch, drawn).ids).mean().backward();
    optimizer.step();
  }
}

Sentences held_out(Corpus corpus) {
  return corpus == Corpus::roles ? all_roles() : make_sentences(corpus, 512, 0);
}

double entropy_of(Corpus corpus) {
  const auto ln = [](double x) { return std::log(x); };
  if (corpus == Corpus::roles) return (ln(8) + ln(7)) / 8;  // who chases whom; 8 words are predicted
  // Animal and place; on average 2 fillers before and 1 after, each one of 4; how many after, of 5 - before. How many
  // stand before costs ln 5, and that is just the entropy of the first word, which nobody predicts.
  const double counts = (ln(5) + ln(4) + ln(3) + ln(2) + ln(1)) / 5;
  return (ln(8) + ln(6) + 3 * ln(4) + counts) / 12;
}

}  // namespace gradus::exercises
