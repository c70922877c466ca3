#include "tools/lab/subject.h"

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
    .vocab = 17, .context = 12, .layers = 3, .heads = 2, .width = 16, .dropout = 0.3};

}  // namespace

TEST_CASE(
    "extract: the weights of every layer and head, sound, and the logits of a model that nobody looks at") {
  manual_seed(1);
  const Gpt gpt(small);
  const Tensor ids = randint(0, small.vocab, {4, 11});
  const Extraction seen = extract(looked_at::subject(gpt), ids);
  CHECK(seen.layers ==
        std::vector<std::string>{"blocks.0.attention", "blocks.1.attention", "blocks.2.attention"});
  CHECK(seen.maps.shape() == Shape{4, 3, 2, 11, 11});
  CHECK(seen.outputs.shape() == Shape{4, 3, 2, 11, 8});
  const Integrity sound = integrity(seen.maps);
  CHECK(sound.row_sum <= 1e-6);
  CHECK(sound.future == 0);
  CHECK(sound.holds());
  CHECK(recording());
  CHECK_FALSE(evaluating());
  CHECK_FALSE(seen.logits.requires_grad());
  const Eval no_dropout;
  CHECK(measure::same_bits(seen.logits, gpt(ids)));
  for (std::int64_t b = 0; b < 4; ++b)  // a map does not depend on what else is in the batch
    CHECK(measure::same_bits(extract(looked_at::subject(gpt), ids.slice(0, b, b + 1)).maps[0], seen.maps[b]));
}

TEST_CASE("extract: any function that calls attention by name will do; outputs are weights times values") {
  manual_seed(2);
  const Tensor q = randn({2, 3, 5, 4}), k = randn({2, 3, 5, 4}), v = randn({2, 3, 5, 4});
  const Subject odd{
      "odd", [&](const Tensor&) { return attention(q, k, v, {.causal = true, .layer = "here"}).sum({1}); }, 4,
      5};
  const Extraction seen = extract(odd, zeros({2, 5}, Dtype::int64));
  CHECK(seen.layers == std::vector<std::string>{"here"});
  CHECK(measure::distance(matmul(seen.maps.select(1, 0), v), seen.outputs.select(1, 0)) <= 1e-6);
}

TEST_CASE("extract: says what is missing where there is nothing to see") {
  const Tensor x = randn({1, 2, 4, 4});
  const auto error = [](auto logits) {
    return error_of([&] { extract({"mute", logits, 4, 4}, zeros({1, 4}, Dtype::int64)); });
  };
  CHECK(has(error([&](const Tensor&) { return x; }), "mute: no attention layer ran"));
  CHECK(has(error([&](const Tensor&) { return attention(x, x, x, {}); }),
            "has no name; call name_layers(model)"));
  CHECK(has(error([&](const Tensor&) {
              attention(x, x, x, {.layer = "a"});
              const Tensor y = x.slice(1, 0, 1);
              return attention(y, y, y, {.layer = "b"});
            }),
            "layers of one shape are needed; a has [1, 2, 4, 4] and b has [1, 1, 4, 4]"));
}

TEST_CASE("integrity: finds a row that is no distribution, a leak from the future and what is not finite") {
  manual_seed(3);
  const Tensor maps = planted::random_maps({2, 3, 6, 6});
  CHECK(integrity(maps).holds());
  CHECK(integrity(maps.to(Dtype::float32)).holds());
  Tensor leaks = maps.clone();
  leaks.data<double>()[36 + 2 * 6 + 3] = 1e-9;  // map 1, query 2, key 3
  CHECK(integrity(leaks).future == 1e-9);
  CHECK_FALSE(integrity(leaks).holds());
  Tensor short_row = maps.clone();
  short_row.data<double>()[6] -= 0.25;
  CHECK(std::abs(integrity(short_row).row_sum - 0.25) <= 1e-12);
  CHECK_FALSE(integrity(short_row).holds());
  Tensor broken = maps.clone();
  broken.data<double>()[7] = not_a_number;
  CHECK(integrity(broken).not_finite == 1);
  CHECK_FALSE(integrity(broken).holds());
  Integrity all = integrity(maps);
  all += integrity(leaks);
  all += integrity(broken);
  all += integrity(broken);
  CHECK(all.future == 1e-9);
  CHECK(all.not_finite == 2);
}

TEST_CASE("token losses: each prediction's cross-entropy, row t about token t + 1") {
  manual_seed(4);
  const Tensor logits = randn({2, 5, 7}, Dtype::float64), ids = randint(0, 7, {2, 5});
  const Tensor got = token_losses(logits, ids);
  CHECK(got.shape() == Shape{2, 4});
  for (std::int64_t b = 0; b < 2; ++b)
    for (std::int64_t t = 0; t < 4; ++t) {
      double sum = 0;
      for (std::int64_t v = 0; v < 7; ++v) sum += std::exp(logits[b][t][v].item());
      const double want = std::log(sum) - logits[b][t][ids[b][t + 1].item<std::int64_t>()].item();
      CHECK(std::abs(got[b][t].item() - want) <= 1e-12);
    }
}
