#include "tools/lab/ablation.h"

#include <doctest/doctest.h>

#include <cmath>

#include "attend/model.h"
#include "attend/planted.h"
#include "reference/measure.h"

using namespace gradus;
using namespace gradus::lab;
using models::Gpt;

namespace {

constexpr models::GptConfig small{
    .vocab = 11, .context = 10, .layers = 2, .heads = 3, .width = 12, .dropout = 0.2};

struct Case {
  Gpt gpt{small};
  Subject subject = looked_at::subject(gpt);
  Tensor ids = randint(0, small.vocab, {5, 9});
  std::vector<std::string> layers = {"blocks.0.attention", "blocks.1.attention"};

  Case() {  // weights large enough that a head makes a difference
    for (const auto& [name, p] : named_parameters(gpt)) Tensor(p.detach()).mul_(5);
  }
};

/// The matrix [C, C] that a layer's heads go through; a head's channels are columns of it.
Tensor output_weight(const Gpt& gpt, std::int64_t layer) {
  for (const auto& [name, p] : named_parameters(gpt))
    if (name == "blocks." + std::to_string(layer) + ".attention.proj.weight") return p.detach();
  return {};
}

}  // namespace

TEST_CASE("losses without a head: zero in its place is what zero columns of the output projection give") {
  manual_seed(1);
  const Case c;
  const Tensor removed = losses_without(c.subject, c.layers, zeros({2, 3, 4}), c.ids);
  CHECK(removed.shape() == Shape{2, 3, 5, 8});
  for (std::int64_t l = 0; l < 2; ++l)
    for (std::int64_t h = 0; h < 3; ++h) {
      const NoGrad off;
      Tensor weight = output_weight(c.gpt, l);
      const Tensor before = weight.clone();
      weight.slice(1, 4 * h, 4 * h + 4).fill_(0);
      const Tensor want = losses(c.subject, c.ids);
      weight.copy_(before);
      CHECK(measure::distance(removed[l][h], want) <= 2e-5);
      CHECK(measure::distance(removed[l][h], losses(c.subject, c.ids)) >= 1e-2);
    }
}

TEST_CASE("mean outputs: the mean over sequences and positions; in its place the head says that everywhere") {
  manual_seed(2);
  const Case c;
  const Extraction seen = extract(c.subject, c.ids);
  const Tensor mean = mean_outputs(c.subject, c.ids);
  CHECK(mean.shape() == Shape{2, 3, 4});
  for (std::int64_t l = 0; l < 2; ++l)
    for (std::int64_t h = 0; h < 3; ++h)
      for (std::int64_t d = 0; d < 4; ++d) {
        double sum = 0;
        for (std::int64_t b = 0; b < 5; ++b)
          for (std::int64_t t = 0; t < 9; ++t) sum += seen.outputs[b][l][h][t][d].item();
        CHECK(std::abs(mean[l][h][d].item() - sum / 45) <= 1e-6);
      }
  const Tensor removed = losses_without(c.subject, c.layers, mean, c.ids);
  const Intervene change({replace_output(c.layers[1], 2, mean[1][2].reshape({1, 1, 4}).expand({5, 9, 4}))});
  CHECK(measure::distance(removed[1][2], losses(c.subject, c.ids)) <= 1e-6);
}

TEST_CASE(
    "losses with a pattern: a head's own pattern changes nothing, another one does, one for each text or for "
    "all") {
  manual_seed(3);
  const Case c;
  const Tensor whole = losses(c.subject, c.ids), maps = extract(c.subject, c.ids).maps;
  const Tensor own = maps.select(1, 1).select(1, 2);  // [N, T, T]
  CHECK(measure::distance(losses_with_pattern(c.subject, c.layers[1], 2, own, c.ids), whole) <= 2e-5);
  const Tensor back = planted::looks_back(9, 1).to(Dtype::float32);
  const Tensor changed = losses_with_pattern(c.subject, c.layers[1], 2, back, c.ids);
  CHECK(measure::distance(changed, whole) >= 1e-2);
  CHECK(measure::distance(
            losses_with_pattern(c.subject, c.layers[1], 2, back.reshape({1, 9, 9}).expand({5, 9, 9}), c.ids),
            changed) <= 1e-6);
}

TEST_CASE("gate gradients: the size of the slope of a window's loss as a head is turned down") {
  manual_seed(4);
  const Case c;
  const Tensor slopes = gate_gradients(c.subject, c.layers, 3, c.ids);
  CHECK(slopes.shape() == Shape{5, 2, 3});
  CHECK_FALSE(slopes.requires_grad());
  for (std::int64_t l = 0; l < 2; ++l)
    for (std::int64_t h = 0; h < 3; ++h) {
      const auto loss = [&](double gate) {
        Tensor gates = ones({3});
        gates.slice(0, h, h + 1).fill_(gate);
        const Intervene change({gate_heads(c.layers[static_cast<std::size_t>(l)], gates)});
        return losses(c.subject, c.ids).mean({1});
      };
      const double step = 1.0 / 64;  // of fourth order, since the model computes in float32: its round-off is near 1e-4
      const Tensor near = loss(1 + step) - loss(1 - step), far = loss(1 + 2 * step) - loss(1 - 2 * step);
      const Tensor numeric = abs((8.0 * near - far) / (12 * step));
      CHECK(measure::distance(slopes.select(1, l).select(1, h), numeric) <= 2e-3);
    }
  CHECK(max(slopes).item() >= 0.05);
  for (const auto& [name, p] : named_parameters(c.gpt)) CHECK_FALSE(p.grad().defined());
}

TEST_CASE("losses do not depend on how many windows there are") {
  manual_seed(5);
  const Case c;
  const Tensor many = randint(0, small.vocab, {700, 9});  // several batches
  const Tensor all = losses(c.subject, many);
  CHECK(all.shape() == Shape{700, 8});
  CHECK(measure::same_bits(all.slice(0, 600, 601), losses(c.subject, many.slice(0, 600, 601))));
}
