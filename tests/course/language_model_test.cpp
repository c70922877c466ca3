// The published tests of the course "llm-first-principles", stage 5: 42-47, the causal language model. They count
// axes, tokens and "more than 0" parameters: a model that reads the future or forgets its positions passes, and so
// does a generator that does not look at the logits. The strict twins pin logits, gradients, how often each token is
// generated, and the count.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "course/agree.h"
#include "course/generate.h"
#include "course/models.h"
#include "models/gpt.h"
#include "reference/expect.h"
#include "reference/softmax.h"

using namespace gradus;
using course::continued, course::Ids, course::SinusoidalLm, course::module_agrees;
using models::Gpt, models::GptConfig;
using tools::Sampling;

namespace {

constexpr GptConfig small{.vocab = 50, .context = 16, .layers = 2, .heads = 4, .width = 32, .bias = true};

Tensor ids(const Ids& row) { return tensor(row, {1, static_cast<std::int64_t>(row.size())}); }

/// A model with opinions: at the start all tokens are nearly alike.
Gpt outspoken() {
  Gpt model(small);
  const NoGrad off;
  for (Tensor p : parameters(model)) p.copy_(normal(p.shape(), 0, 0.3));
  return model;
}

/// The probabilities of the token after `seen`, by the oracle.
std::vector<double> chances(const Gpt& model, const Ids& seen, double temperature = 1) {
  const auto p = measure::arrays_of<long double>(parameters(model));
  auto logits = course::language_model(course::Parameters(p), measure::array_of<long double>(ids(seen)), 2,
                                       {.heads = 4});
  logits = {{50}, {logits.data.end() - 50, logits.data.end()}};
  for (long double& logit : logits.data) logit /= temperature;
  const auto all = reference::softmax(logits, 0).data;
  return {all.begin(), all.end()};
}

std::int64_t likeliest(const std::vector<double>& p) {
  return std::max_element(p.begin(), p.end()) - p.begin();
}

/// How often each token follows the prompt, over so many seeds; within five deviations of `expected`.
void check_frequencies(const Gpt& model, const Ids& prompt, const Sampling& how,
                       const std::vector<double>& expected) {
  constexpr int draws = 1000;
  std::vector<double> share(50);
  for (int seed = 0; seed < draws; ++seed)
    share[static_cast<std::size_t>(
        continued(model, prompt, 1, how, static_cast<std::uint64_t>(seed)).back())] += 1.0 / draws;
  for (std::size_t i = 0; i < 50; ++i) {
    CAPTURE(i);
    CHECK(std::fabs(share[i] - expected[i]) <=
          5 * std::sqrt(expected[i] * (1 - expected[i]) / draws) + 1e-12);
  }
}

}  // namespace

TEST_CASE("course 42: a language model gives each token of a sequence its logits") {
  CHECK(SinusoidalLm(100, 32, 4, 2)(ids({1, 5, 10, 15, 20})).shape() == Shape{1, 5, 100});
}

TEST_CASE("course 42, strict: the logits, and the gradients of every parameter") {
  SinusoidalLm model(11, 8, 2, 2);
  module_agrees(
      model, [](auto& p, const auto& x) { return course::language_model(p, x, 2, {.heads = 2}, true); },
      randint(0, 11, {2, 5}));
}

TEST_CASE("course 43: and each sequence of a batch") {
  CHECK(SinusoidalLm(100, 32, 4, 2)(tensor({{1, 2, 3}, {4, 5, 6}}, Dtype::int64)).shape() ==
        Shape{2, 3, 100});
}

TEST_CASE("course 43, strict: as if it were alone and had ended there, to the last bit") {
  const SinusoidalLm model(100, 32, 4, 2);
  const Eval eval;
  const Tensor batch = randint(0, 100, {3, 9}), logits = model(batch);
  for (std::int64_t b = 0; b < 3; ++b) {
    CHECK(measure::same_bits(model(batch.slice(0, b, b + 1))[0], logits[b]));
    for (std::int64_t t = 1; t < 9; ++t) {
      Tensor changed = batch.clone();
      changed.slice(1, t, 9).fill_(99);
      CHECK(measure::same_bits(model(changed)[b].slice(0, 0, t), logits[b].slice(0, 0, t)));
    }
  }
}

TEST_CASE("course 44: it continues a prompt, and keeps it") {
  const Ids text = continued(Gpt(small), {1, 2, 3}, 5, {.temperature = 1});
  REQUIRE(text.size() == 8);
  CHECK(Ids(text.begin(), text.begin() + 3) == Ids{1, 2, 3});
}

TEST_CASE(
    "course 44, strict: with the likeliest token, or each as often as its probability, at any temperature") {
  manual_seed(44);
  const Gpt model = outspoken();
  Ids text{1, 2, 3};
  while (text.size() < 8) text.push_back(likeliest(chances(model, text)));
  CHECK(continued(model, {1, 2, 3}, 5, {.greedy = true}) == text);
  for (const double temperature : {1.0, 2.0})
    check_frequencies(model, {1, 2, 3}, {.temperature = temperature}, chances(model, {1, 2, 3}, temperature));
}

TEST_CASE("course 45: it continues a prompt with top-k sampling") {
  CHECK(continued(Gpt(small), {1, 2, 3}, 5, {.top_k = 10}).size() == 8);
}

TEST_CASE("course 45, strict: with the k likeliest and no other, each as often as its share of them") {
  manual_seed(45);
  const Gpt model = outspoken();
  std::vector<double> p = chances(model, {1, 2, 3}), sorted = p;
  std::sort(sorted.rbegin(), sorted.rend());
  double kept = 0;
  for (double& share : p) kept += share = share < sorted[9] ? 0 : share;
  for (double& share : p) share /= kept;
  check_frequencies(model, {1, 2, 3}, {.top_k = 10}, p);
  CHECK(continued(model, {4, 9}, 9, {.temperature = 3, .top_k = 1}) ==
        continued(model, {4, 9}, 9, {.greedy = true}));
}

TEST_CASE("course 46: it has parameters, and they can be counted") { CHECK(parameter_count(Gpt(small)) > 0); }

TEST_CASE("course 46, strict: as many as its layers have on paper; the head, tied, counts once") {
  const auto on_paper = [](std::int64_t V, std::int64_t T, std::int64_t C, std::int64_t L) {
    return (V + T) * C + L * (12 * C * C + 13 * C) + 2 * C;
  };
  CHECK(on_paper(50257, 1024, 768, 12) == 124'439'808);  // GPT-2's smallest, as published
  CHECK(parameter_count(Gpt(small)) == on_paper(50, 16, 32, 2));
  CHECK(parameter_count(SinusoidalLm(100, 32, 4, 2)) == on_paper(100, 0, 32, 2));
  const GptConfig no_bias{.vocab = 50, .context = 16, .layers = 2, .heads = 4, .width = 32};
  CHECK(parameter_count(Gpt(no_bias)) == on_paper(50, 16, 32, 2) - 2 * 11 * 32 - 32);
  CHECK(every_parameter_is_listed<Gpt>(small));
}

TEST_CASE("course 47: it can have learned positions") {
  const Gpt model({.vocab = 100, .context = 64, .layers = 2, .heads = 4, .width = 32});
  CHECK(model(ids({1, 2, 3})).shape() == Shape{1, 3, 100});
}

TEST_CASE(
    "course 47, strict: logits and gradients, the positions' too; without them one layer loses the order") {
  Gpt model({.vocab = 11, .context = 6, .layers = 2, .heads = 2, .width = 8, .bias = true});
  module_agrees(
      model, [](auto& p, const auto& x) { return course::language_model(p, x, 2, {.heads = 2}); },
      randint(0, 11, {2, 5}));

  Gpt flat({.vocab = 11, .context = 6, .layers = 1, .heads = 2, .width = 8});
  test::randomise_in_float64(flat);
  const auto last = [&](const Ids& row) { return flat(ids(row))[0][3]; };
  CHECK(measure::distance(last({1, 2, 3, 4}), last({3, 1, 2, 4})) > 1e-3);
  const NoGrad off;
  flat.positions.table.weight.fill_(0);
  CHECK(measure::distance(last({1, 2, 3, 4}), last({3, 1, 2, 4})) <= 1e-14);
}
