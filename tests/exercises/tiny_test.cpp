#include "exercises/common/tiny.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "exercises/common/heads.h"
#include "exercises/common/offset_task.h"
#include "gradus/autograd/modes.h"
#include "gradus/base/random.h"
#include "gradus/ops/join.h"
#include "gradus/tensor/creation.h"

using namespace gradus;
using namespace gradus::exercises;

namespace {

using Ids = std::vector<std::int64_t>;

/// Tokens and positions.   [B, T, C]
Array embedded(const Tiny& m, const Tensor& ids) {
  const Array tokens(m.tokens.weight), places(m.positions.table.weight);
  const Ids id = ids.to_vector<std::int64_t>();
  Array x({ids.size(0), ids.size(1), m.options.width});
  for (std::int64_t b = 0; b < x.size(0); ++b)
    for (std::int64_t t = 0; t < x.size(1); ++t)
      for (std::int64_t c = 0; c < x.size(2); ++c)
        x(b, t, c) = tokens(id[static_cast<std::size_t>(b * x.size(1) + t)], c) +
                     (m.options.positions ? places(t, c) : 0);
  return x;
}

/// The layer holds a row for each output, the loops a column.
heads::Weights weights_of(const Tiny& m) {
  const Tensor qkv = m.attention.qkv.weight;
  const std::int64_t C = m.options.width;
  const auto part = [&](std::int64_t i) { return Array(qkv.slice(0, i * C, (i + 1) * C).t()); };
  return {part(0), part(1), part(2), Array(Tensor(m.attention.proj.weight).t())};
}

Array mask_of(const Tiny& m, std::int64_t T) { return m.options.causal ? causal_mask(T) : Array(); }

Array logits_of(const Tiny& m, const Tensor& ids) {
  const std::int64_t B = ids.size(0), T = ids.size(1), N = m.options.targets, V = m.options.vocab;
  const Array y = heads::forward(embedded(m, ids), weights_of(m), m.options.heads, mask_of(m, T));
  const Array w(m.readout.weight), bias(m.readout.bias);
  Array logits({B, T, N, V});
  for (std::int64_t b = 0; b < B; ++b)
    for (std::int64_t t = 0; t < T; ++t)
      for (std::int64_t n = 0; n < N; ++n)
        for (std::int64_t v = 0; v < V; ++v) {
          logits(b, t, n, v) = bias(n * V + v);
          for (std::int64_t c = 0; c < m.options.width; ++c)
            logits(b, t, n, v) += y(b, t, c) * w(n * V + v, c);
        }
  return logits;
}

/// Loss and accuracy of readouts `first` ... `last` - 1, target by target.
Score score_by_hand(const Array& logits, const Tensor& targets, std::int64_t first, std::int64_t last) {
  const Ids wanted = targets.to_vector<std::int64_t>();
  const std::int64_t rows = std::ssize(wanted), N = logits.size(2), V = logits.size(3);
  double loss = 0, right = 0, all = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t want = wanted[static_cast<std::size_t>(i)];
    if (want == -100 || i % N < first || i % N >= last) continue;
    const double* row = logits.values.data() + i * V;
    double sum = 0;
    bool best = true;
    for (std::int64_t v = 0; v < V; ++v)
      sum += std::exp(row[v] - row[want]), best = best && row[v] <= row[want];
    loss += std::log(sum), right += best, ++all;
  }
  return {loss / all, right / all};
}

void check_close(const Score& got, const Score& expected) {
  CHECK(std::abs(got.loss - expected.loss) <= 1e-5);
  CHECK(std::abs(got.accuracy - expected.accuracy) <= 1e-12);
}

}  // namespace

TEST_CASE("logits and attention are those of loops over the parameters") {
  manual_seed(1);
  for (const TinyOptions& o :
       {TinyOptions{}, TinyOptions{.vocab = 5, .length = 9, .width = 12, .heads = 3, .targets = 2},
        TinyOptions{.vocab = 5, .width = 8, .heads = 2, .causal = false, .positions = false}}) {
    const Tiny m(o);
    const NoGrad off;
    const Tensor ids = randint(0, o.vocab, {3, 7});
    const Tensor logits = m(ids);
    CHECK(distance(Array(logits), logits_of(m, ids)) <= 1e-5);
    const Tensor seen = attention_of(m, ids);
    REQUIRE(seen.shape() == Shape{3, o.heads, 7, 7});
    const Array x = embedded(m, ids);
    const heads::Weights w = weights_of(m);
    const Array q = heads::split(heads::project(x, w.q), o.heads),
                k = heads::split(heads::project(x, w.k), o.heads);
    for (std::int64_t b = 0; b < 3; ++b)
      CHECK(distance(Array(seen[b]), weights(heads::item(q, b), heads::item(k, b), mask_of(m, 7))) <= 1e-5);
  }
}

TEST_CASE("without positions and mask a model cannot tell where a token stands, with either it can") {
  manual_seed(2);
  const Ids order = {4, 2, 0, 5, 1, 3};
  const auto moved = [&](const Tensor& x) {
    std::vector<Tensor> parts;
    for (const std::int64_t i : order) parts.push_back(x.select(1, i));
    return stack(parts, 1);
  };
  const NoGrad off;
  for (const bool causal : {false, true})
    for (const bool positions : {false, true}) {
      const Tiny m({.causal = causal, .positions = positions});
      const Tensor ids = randint(0, 16, {2, 6});
      CHECK((distance(Array(m(moved(ids))), Array(moved(m(ids)))) <= 1e-5) == (!causal && !positions));
    }
}

TEST_CASE("a score is the mean over targets that count, of all readouts or of one") {
  manual_seed(3);
  const TinyOptions o{.vocab = 4, .length = 8, .targets = 3};
  const Tiny m(o);
  const Examples e = offset_task(o, {-1, 0, 2}, 40);
  const Array logits = logits_of(m, e.ids);
  check_close(score(m, e), score_by_hand(logits, e.targets, 0, 3));
  for (std::int64_t n = 0; n < 3; ++n)
    check_close(score(m, e, n), score_by_hand(logits, e.targets, n, n + 1));
  const Examples nothing{e.ids, full({40, 8, 3}, -100, Dtype::int64)};
  check_close(score(m, nothing), {0, 0});
}

TEST_CASE("training on fresh examples learns what can be known, and of the next token nothing") {
  manual_seed(4);
  const TinyOptions o{.vocab = 5, .length = 8};
  for (const std::int64_t offset : {-1, 1}) {
    Tiny m(o);
    int asked = 0;
    const auto make = [&](std::int64_t batch) {
      CHECK(batch == 24);
      ++asked;
      return offset_task(o, {offset}, batch);
    };
    const double first = train(m, 1, make, 24), last = train(m, 250, make, 24, 1e-2);
    CHECK(asked == 251);
    const Examples fresh = offset_task(o, {offset}, 1000);
    const Score s = score(m, fresh);
    if (offset > 0) {
      CHECK(s.loss >= std::log(5) - 0.01);  // chance: nothing tells it
      CHECK(std::abs(s.accuracy - 0.2) <= 0.03);
      continue;
    }
    CHECK(last < first / 5);
    CHECK(s.accuracy >= 0.99);
    CHECK(s.loss <= 0.1);
    // It looks one back: without that edge it is left with chance, and a score says so.
    std::vector<Intervention> cut;
    for (std::int64_t q = 1; q < o.length; ++q) cut.push_back(cut_edge("attention", -1, q, q - 1));
    const Intervene change(cut);
    CHECK(score(m, fresh).accuracy <= 0.35);
  }
}
