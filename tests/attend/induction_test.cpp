// ctest: TIMEOUT 600
// What theory says: two layers of attention can learn to continue a repetition, one layer cannot (Elhage et al. 2021,
// Olsson et al. 2022). Both are trained on repeated random blocks here, and looked into.
#include <doctest/doctest.h>

#include <algorithm>

#include "gradus/gradus.h"
#include "tools/lab/analyse.h"
#include "tools/lab/repeats.h"

using namespace gradus;
using namespace gradus::lab;

namespace {

constexpr std::int64_t vocab = 24, context = 48;

/// Attention and nothing else: what a layer writes, the next one reads.
struct AttentionOnly {
  nn::Embedding tokens{vocab, 64, nn::Init::normal(0.02)};
  nn::LearnedPositions positions{context, 64, nn::Init::normal(0.02)};
  std::vector<nn::LayerNorm> norms;
  std::vector<nn::MultiHeadAttention> layers;
  nn::LayerNorm norm{64, false};

  explicit AttentionOnly(std::int64_t depth) {
    for (std::int64_t l = 0; l < depth; ++l) {
      norms.emplace_back(64, false);
      layers.emplace_back(64, 2, nn::MultiHeadAttentionOptions{.causal = true});
    }
    name_layers(*this);
  }
  Tensor operator()(const Tensor& ids) const {
    Tensor x = positions(tokens(ids));
    for (std::size_t l = 0; l < layers.size(); ++l) x = x + layers[l](norms[l](x));
    return linear(norm(x), tokens.weight);
  }
  Fields fields() const {
    return {
        {"tokens", tokens}, {"positions", positions}, {"norms", norms}, {"layers", layers}, {"norm", norm}};
  }
};

Subject subject(const AttentionOnly& model) {
  return {"attention only", [&model](const Tensor& ids) { return model(ids); }, vocab, context};
}

/// Blocks of distinct random tokens, each repeated to the end of its row; blocks are of 12 to 23 tokens, so that no fixed
/// distance helps.   [rows, context + 1]
Tensor repetitions(std::int64_t rows, std::uint64_t seed) {
  std::vector<Tensor> all;
  for (std::int64_t b = 0; b < rows; ++b) {
    const auto draw = static_cast<std::uint64_t>(b) + 1000 * seed;
    const auto block = static_cast<std::int64_t>(12 + draw * 7919 % 12);
    all.push_back(repeated_blocks(vocab, block, context / block + 2, 1, draw).ids.slice(1, 0, context + 1));
  }
  return cat(all, 0);
}

Analysis trained(std::int64_t depth) {
  manual_seed(7);
  const AttentionOnly model(depth), twin(depth);
  AdamW optimizer(parameters(model), {.lr = 3e-3, .weight_decay = 0.01});
  for (std::uint64_t step = 0; step < 1000; ++step) {
    const Tensor ids = repetitions(32, step);
    const Tensor loss = cross_entropy(model(ids.slice(1, 0, context)), ids.slice(1, 1, context + 1));
    optimizer.zero_grad();
    loss.backward();
    optimizer.step(clip_factor(grad_norm(parameters(model)), 1));
  }
  Material m;
  m.subject = subject(model);
  m.untrained = subject(twin);
  for (std::int64_t id = 0; id < vocab; ++id) m.vocabulary.push_back(std::to_string(id));
  m.windows = repetitions(16, 1'000'000).slice(1, 0, context).contiguous();
  m.reference = repetitions(16, 2'000'000).slice(1, 0, context).contiguous();
  return analyse(m);
}

std::int64_t induction_heads(const Analysis& a) {
  return std::count_if(a.head.begin(), a.head.end(), [](const HeadAnalysis& h) {
    return std::find(h.labels.begin(), h.labels.end(), "induction head") != h.labels.end();
  });
}

}  // namespace

TEST_CASE(
    "two layers that learn repetitions have an induction head in the second, which they need and its label "
    "explains") {
  const Analysis a = trained(2);
  CHECK(a.copying_gain >= 1);
  for (std::int64_t h = 0; h < 2; ++h) CHECK(a.at(0, h).labels.front() != "induction head");
  CHECK(induction_heads(a) >= 1);
  double cost = 0, faithful = 0;
  for (const HeadAnalysis& head : a.head)
    if (head.labels.front() == "induction head" && head.evidence.mean_ablation.value > cost)
      cost = head.evidence.mean_ablation.value, faithful = head.evidence.faithfulness.value;
  CHECK(cost >= 0.5);
  CHECK(faithful >= 0.9);
}

TEST_CASE("one layer has none, however long it learns") { CHECK(induction_heads(trained(1)) == 0); }
