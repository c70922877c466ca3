// The whole language model: what it computes, that its gradient is right, that it learns, that training has
// the same bits on any number of threads, and that it needs no more memory at step 1000 than at step 4.
#include "models/gpt.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <vector>

#include "gradus/tensor/storage.h"
#include "models/compare.h"
#include "models/parameter_slots.h"

using namespace gradus;
using models::Gpt;
using models::GptConfig;
using test::same_bits;

namespace {

constexpr GptConfig small{.vocab = 13, .context = 12, .layers = 2, .heads = 2, .width = 16};

Tensor random_ids(const GptConfig& c, std::int64_t B, std::int64_t T) { return randint(0, c.vocab, {B, T}); }

/// One step of training on random tokens, as the program does it.
double step(const Gpt& gpt, AdamW& optimizer, const Tensor& ids, const Tensor& targets) {
  const Tensor loss = gpt.loss(ids, targets);
  optimizer.zero_grad();
  loss.backward();
  const double norm = grad_norm(parameters(gpt));
  optimizer.step(clip_factor(norm, 1));
  return loss.item();
}

const bool sanitized = !memory_is_pooled();

/// Memory that the system holds for this process; 1 under a sanitizer, which keeps freed memory back.
std::int64_t resident_pages() {
  if (sanitized) return 1;
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0, resident = 0;
  file >> all >> resident;
  return resident;
}

}  // namespace

TEST_CASE("a GPT maps tokens to logits, for any batch and any length up to its context") {
  const Gpt gpt(small);
  CHECK(gpt(random_ids(small, 3, 12)).shape() == Shape{3, 12, 13});
  CHECK(gpt(random_ids(small, 1, 1)).shape() == Shape{1, 1, 13});
  CHECK(gpt(random_ids(small, 0, 4)).shape() == Shape{0, 4, 13});
  CHECK(gpt.loss(random_ids(small, 2, 5), random_ids(small, 2, 5)).shape() == Shape{});
  CHECK_THROWS_AS(gpt(random_ids(small, 1, 13)), Error);
  CHECK_THROWS_AS(gpt(full({1, 2}, 13, Dtype::int64)), Error);
  CHECK_THROWS_AS(gpt(full({1, 2}, -1, Dtype::int64)), Error);
}

TEST_CASE("an untrained GPT knows nothing: its loss is that of a uniform guess") {
  manual_seed(1);
  const Gpt gpt({.vocab = 65, .context = 32, .layers = 4, .heads = 4, .width = 64});
  const Tensor ids = randint(0, 65, {8, 32}), targets = randint(0, 65, {8, 32});
  CHECK(std::fabs(gpt.loss(ids, targets).item() - std::log(65.0)) <= 0.05);
}

TEST_CASE("what a GPT says of a token depends on no later token, in any bit") {
  manual_seed(2);
  const Gpt gpt(small);
  const Tensor ids = random_ids(small, 2, 12);
  const std::vector<float> before = gpt(ids).to_vector<float>();
  for (std::int64_t t = 1; t < 12; ++t) {
    Tensor changed = ids.clone();
    const Tensor later = changed.slice(1, t, 12);
    changed.slice(1, t, 12).copy_(where(later >= 12.0, zeros_like(later), later + ones_like(later)));
    const std::vector<float> after = gpt(changed).to_vector<float>();
    for (std::size_t b = 0; b < 2; ++b) {
      const std::size_t row = b * 12 * 13, edge = row + static_cast<std::size_t>(t) * 13;
      CHECK(std::memcmp(&before[row], &after[row], (edge - row) * sizeof(float)) == 0);
      CHECK(std::memcmp(&before[edge], &after[edge], 13 * sizeof(float)) != 0);
    }
  }
}

TEST_CASE("the gradient of a whole GPT is right, by finite differences in float64") {
  manual_seed(3);
  for (const bool bias : {false, true}) {
    Gpt gpt({.vocab = 7, .context = 6, .layers = 2, .heads = 2, .width = 8, .bias = bias});
    test::randomise_in_float64(gpt, 0.3);
    const test::Slots places = test::slots(gpt);
    REQUIRE(places.size() == parameters(gpt).size());
    const Tensor ids = randint(0, 7, {2, 6}), targets = randint(0, 7, {2, 6});
    const GradcheckReport report = gradcheck(
        [&](const std::vector<Tensor>& in) {
          test::fill(places, in);
          return gpt.loss(ids, targets);
        },
        test::values(places), {.directions = 3});
    CHECK_MESSAGE(report.ok, report.message);
  }
}

TEST_CASE("a small GPT learns a batch by heart") {
  manual_seed(4);
  const Gpt gpt(small);
  const Tensor ids = random_ids(small, 4, 12), targets = random_ids(small, 4, 12);
  AdamW optimizer(parameters(gpt), {.lr = 1e-2, .weight_decay = 0});
  double first = 0, last = 0;
  for (int i = 0; i < 150; ++i) {
    last = step(gpt, optimizer, ids, targets);
    if (i == 0) first = last;
  }
  CHECK(first > 2);
  CHECK(last <= 0.02);
  CHECK(argmax(gpt(ids)).to_vector<std::int64_t>() == targets.to_vector<std::int64_t>());
}

TEST_CASE("training has the same bits on any number of threads, dropout included") {
  const int threads = num_threads();
  std::vector<std::vector<float>> first;
  for (const int n : {1, 2, 4}) {
    set_num_threads(n);
    manual_seed(5);
    const Gpt gpt(
        {.vocab = 65, .context = 40, .layers = 2, .heads = 4, .width = 64, .dropout = 0.1, .bias = true});
    AdamW optimizer(parameters(gpt), {.lr = 1e-3});
    for (int i = 0; i < 5; ++i) step(gpt, optimizer, randint(0, 65, {6, 40}), randint(0, 65, {6, 40}));
    std::vector<std::vector<float>> trained;
    for (const Tensor& p : parameters(gpt)) trained.push_back(p.to_vector<float>());
    if (n == 1) first = trained;
    for (std::size_t i = 0; i < trained.size(); ++i) CHECK(same_bits(trained[i], first[i]));
  }
  set_num_threads(threads);
}

TEST_CASE("a training step leaves nothing behind: memory is the same after every step, and at its peak") {
  manual_seed(6);
  const Gpt gpt({.vocab = 13, .context = 12, .layers = 2, .heads = 2, .width = 16, .dropout = 0.1});
  AdamW optimizer(parameters(gpt));
  const int steps = sanitized ? 600 : 10'000;
  std::int64_t bytes = 0, peak = 0, nodes = 0, resident = 0;
  for (int i = 1; i <= steps; ++i) {
    reset_peak_memory();
    step(gpt, optimizer, random_ids(small, 4, 12), random_ids(small, 4, 12));
    const MemoryUse use = memory_use();
    if (i > 3 && (use.live_bytes != bytes || use.peak_bytes != peak || live_nodes() != nodes))
      FAIL("step ", i, " holds ", use.live_bytes, " bytes and ", live_nodes(), " nodes, the one before it ",
           bytes, " and ", nodes);
    bytes = use.live_bytes;
    peak = use.peak_bytes;
    nodes = live_nodes();
    if (i == 100) resident = resident_pages();
  }
  CHECK(resident > 0);
  CHECK(resident_pages() <= resident + 64);  // steps that leaked 32 bytes each would be 78 pages
}

TEST_CASE("the attention a GPT shows is causal, sums to one, and is what the model used") {
  manual_seed(7);
  const Gpt gpt(small);
  const Tensor ids = random_ids(small, 2, 12);
  const std::vector<float> plain = gpt(ids).to_vector<float>();
  const Capture seen;
  CHECK(same_bits(gpt(ids).to_vector<float>(), plain));
  REQUIRE(seen.entries().size() == 2);
  CHECK(seen.entries()[1].layer == "blocks.1.attention");
  const Tensor weights = seen.weights("blocks.1.attention");  // [B, H, T, T]
  CHECK(weights.shape() == Shape{2, 2, 12, 12});
  CHECK(max(abs(triu(weights, 1))).item() == 0);
  CHECK(max(abs(sum(weights, {-1}) - 1.0)).item() <= 1e-6);

  // Putting the weights back by hand changes nothing but rounding; cutting what carries weight does.
  const auto difference = [&](const Intervention& change) {
    const Intervene with({change});
    return max(abs(gpt(ids) - tensor(plain, {2, 12, 13}))).item();
  };
  CHECK(difference(replace_pattern("blocks.1.attention", 0, weights.select(1, 0))) <= 1e-5);
  CHECK(difference(cut_edge("blocks.1.attention", 0, 11, 0)) > 1e-7);
}

TEST_CASE("under Eval a sequence's logits have the same bits whatever else is in the batch") {
  manual_seed(8);
  const Gpt gpt({.vocab = 65, .context = 32, .layers = 2, .heads = 4, .width = 64});
  const NoGrad off;
  const Eval eval;
  const Tensor ids = randint(0, 65, {7, 32});
  const std::vector<float> alone = gpt(ids.slice(0, 3, 4)).to_vector<float>();
  for (const auto& [begin, end] : {std::pair{3, 5}, {0, 4}, {0, 7}})
    CHECK(same_bits(gpt(ids.slice(0, begin, end)).select(0, 3 - begin).to_vector<float>(), alone));
}
