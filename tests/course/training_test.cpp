// The published tests of the course "llm-first-principles", stage 5: 48-53, loss, perplexity, the picture of the
// weights, and the whole together. "Training" there is one loss that is not NaN, the picture any string with
// something in it. The strict twins pin the numbers, train, and read the picture.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "course/agree.h"
#include "course/models.h"
#include "reference/expect.h"
#include "reference/loss.h"
#include "tools/lab/heatmap.h"

using namespace gradus;
using course::agrees, course::SinusoidalLm, course::Tensors;
using lab::text_heatmap;

namespace {

Tensor some_ids(const Shape& shape) { return randint(0, 50, shape); }

/// Logits [n, V] that are `score` at the target and 0 elsewhere.
Tensor confident(const std::vector<std::int64_t>& targets, std::int64_t vocab, double score) {
  Tensor logits = zeros({static_cast<std::int64_t>(targets.size()), vocab}, Dtype::float64);
  for (std::size_t i = 0; i < targets.size(); ++i)
    logits[static_cast<std::int64_t>(i)][targets[i]].fill_(score);
  return logits;
}

}  // namespace

TEST_CASE("course 48: the cross-entropy of random logits is positive") {
  CHECK(cross_entropy(randn({10, 50}), some_ids({10})).item() > 0);
}

TEST_CASE(
    "course 48, strict: it is the mean of -log of the target's probability, in nats, with its gradient") {
  agrees([](const Tensors& x) { return cross_entropy(x[0], x[1]); },
         [](const auto& x) { return course::mean_loss(x[0], x[1]); }, {randn({2, 5, 50}), some_ids({2, 5})});
  CHECK(std::fabs(cross_entropy(zeros({7, 50}, Dtype::float64), some_ids({7})).item() - std::log(50)) <=
        1e-14);
}

TEST_CASE("course 49: it is low where the model is right") {
  const std::vector<std::int64_t> targets{0, 1, 2, 3, 4};
  CHECK(cross_entropy(confident(targets, 10, 10), tensor(targets, {5})).item() < 0.1);
}

TEST_CASE("course 49, strict: by the number, and as high where it is wrong as it is sure") {
  const std::vector<std::int64_t> targets{0, 1, 2, 3, 4}, others{9, 0, 1, 2, 3};
  const double low = std::log1p(9 * std::exp(-10)), p = std::exp(-low), rest = std::exp(-10 - low);
  const Tensor logits = confident(targets, 10, 10).requires_grad_(),
               loss = cross_entropy(logits, tensor(targets, {5}));
  CHECK(std::fabs(loss.item() - low) <= 1e-15);
  CHECK(std::fabs(cross_entropy(logits, tensor(others, {5})).item() - (10 + low)) <= 1e-14);
  loss.backward();
  const Tensor expected = (confident(targets, 10, p - 1 - rest) + rest) / 5.0;
  CHECK(max(abs(logits.grad() - expected)).item() <= 1e-15);
}

TEST_CASE("course 50: perplexity is e to the loss") {
  const Tensor logits = tensor({{std::log(std::exp(2) - 1), 0}});  // a loss of 2 for the second of two
  CHECK(std::fabs(exp(cross_entropy(logits, tensor({1}, Dtype::int64))).item() - std::exp(2)) < 1e-3);
}

TEST_CASE(
    "course 50, strict: of a model that cannot tell n tokens apart it is n, and n losses make one mean") {
  for (const std::int64_t n : {1, 2, 10, 50}) {
    Tensor logits = full({3, 50}, -inf, Dtype::float64);
    logits.slice(1, 0, n).fill_(7);
    CHECK(std::fabs(exp(cross_entropy(logits, zeros({3}, Dtype::int64))).item() - static_cast<double>(n)) <=
          1e-13);
  }
  const Tensor unlike = log(tensor({{0.5, 0.5}, {0.125, 0.875}}, Dtype::float64));  // 2 and 8: 4, not 5
  CHECK(std::fabs(exp(cross_entropy(unlike, zeros({2}, Dtype::int64))).item() - 4) <= 1e-14);
}

TEST_CASE("course 51: attention weights can be shown as text") {
  CHECK_FALSE(text_heatmap({.values = softmax(randn({4, 4})), .labels = {"a", "b", "c", "d"}}).empty());
}

TEST_CASE("course 51, strict: a line for each query, in columns, darker for more, blank only for 0") {
  nn::MultiHeadAttention layer(8, 2, {.causal = true});
  layer.name.set("layer");
  const Capture seen;
  layer(randn({1, 5, 8}) * 5.0);
  const Tensor weights = seen.weights("layer")[0][1];  // [5, 5]
  const std::vector<std::string> tokens{"a", "b", "c", "d", "e"};
  std::istringstream lines(text_heatmap({.values = weights, .labels = tokens}, true));
  std::string line;
  REQUIRE(std::getline(lines, line));
  CHECK(line == "  a b c d e ");
  std::vector<std::pair<double, std::size_t>> shades;
  for (std::int64_t query = 0; query < 5; ++query) {
    REQUIRE(std::getline(lines, line));
    REQUIRE(line.size() == 12);
    CHECK(line.substr(0, 2) == tokens[static_cast<std::size_t>(query)] + " ");
    for (std::int64_t key = 0; key < 5; ++key) {
      const char shade = line[static_cast<std::size_t>(2 + 2 * key)];
      CHECK((shade == ' ') == (key > query));
      shades.emplace_back(weights[query][key].item(), std::string(" .:-=+*#%@").find(shade));
    }
  }
  CHECK_FALSE(std::getline(lines, line));
  std::sort(shades.begin(), shades.end());
  for (std::size_t i = 1; i < shades.size(); ++i) CHECK(shades[i - 1].second <= shades[i].second);
  CHECK(shades.back() == std::pair<double, std::size_t>{1, 9});  // the first token sees itself
}

TEST_CASE("course 52: the loss of a model on a text is positive and not NaN") {
  manual_seed(42);
  const Tensor text = some_ids({1, 20});
  const double loss =
      cross_entropy(SinusoidalLm(50, 32, 4, 2)(text.slice(1, 0, 19)), text.slice(1, 1, 20)).item();
  CHECK(loss > 0);
  CHECK_FALSE(std::isnan(loss));
}

TEST_CASE(
    "course 52, strict: at first that of a guess, and after a hundred steps the text is known by heart") {
  manual_seed(42);
  const Tensor text = some_ids({1, 20}), x = text.slice(1, 0, 19), y = text.slice(1, 1, 20);
  const SinusoidalLm model(50, 32, 4, 2);
  AdamW adam(parameters(model), {.lr = 1e-2});
  double first = 0, last = 0;
  for (int step = 0; step < 100; ++step) {
    const Tensor loss = cross_entropy(model(x), y);
    adam.zero_grad();
    loss.backward();
    adam.step();
    last = loss.item();
    if (step == 0) first = last;
  }
  CHECK(std::fabs(first - std::log(50)) <= 0.2);
  CHECK(last <= 0.02);
  CHECK(argmax(model(x)).to_vector<std::int64_t>() == y.to_vector<std::int64_t>());
}

TEST_CASE("course 53: the same input gives the same output") {
  const SinusoidalLm model(50, 32, 4, 2);
  const Tensor x = tensor({{1, 2, 3, 4, 5}}, Dtype::int64);
  CHECK(measure::distance(model(x), model(x)) <= 1e-5);
}

TEST_CASE("course 53, strict: to the last bit, gradients too, on any number of threads") {
  const Tensor x = some_ids({6, 40}), y = some_ids({6, 40});
  const int threads = num_threads();
  const auto run = [&](std::uint64_t seed, int n) {
    set_num_threads(n);
    manual_seed(seed);
    const SinusoidalLm model(50, 32, 4, 2);
    const Tensor loss = cross_entropy(model(x), y);
    Tensors all = grad(loss, parameters(model));
    all.push_back(loss.detach());
    set_num_threads(threads);
    return all;
  };
  const Tensors once = run(1, 1);
  for (const int n : {1, 2, 4}) CHECK(measure::same_bits(run(1, n), once));
  CHECK_FALSE(measure::same_bits(run(2, 1).back(), once.back()));
}
