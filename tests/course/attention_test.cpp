// The published tests of the course "llm-first-principles", stage 5: 10-18, the causal mask and scaled dot-product
// attention. None compares an output of attention with a number: dividing by d_k instead of its root passes them all,
// and so does masking after the softmax. The strict twins pin weights, outputs and gradients.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "course/agree.h"
#include "gradus/autograd/modes.h"
#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/masking.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "reference/expect.h"

using namespace gradus;
using course::agrees, course::Tensors;
using measure::array_of, measure::distance;

namespace {

/// The mask as the course has it, to be added to scores: 0 where query i may see key j, -inf elsewhere.   [n, n]
Tensor additive_mask(std::int64_t n) { return where(causal_mask(n, n), scalar(0), scalar(-inf)); }

struct Attended {
  Tensor y, weights;  // [Tq, Dv], [Tq, Tk]
};
/// One head of one sequence, and the weights that Capture sees.   q [Tq, D], k [Tk, D], v [Tk, Dv]
Attended attend(const Tensor& q, const Tensor& k, const Tensor& v, AttentionOptions options = {}) {
  const auto head = [](const Tensor& x) { return x.unsqueeze(0).unsqueeze(0); };
  options.layer = "head";
  const Capture seen;
  const Tensor y = attention(head(q), head(k), head(v), options);
  return {y[0][0], seen.weights("head")[0][0]};
}

Tensor numbers(const Shape& shape) { return randn(shape, Dtype::float64); }

Tensor dot(const Tensor& q, const Tensor& k) { return matmul(q, k.t()); }

}  // namespace

TEST_CASE("course 10: the causal mask is square") { CHECK(additive_mask(5).shape() == Shape{5, 5}); }

TEST_CASE("course 10, strict: any n, also 1 and 0; with a cache the last query sees every key") {
  for (const std::int64_t n : {0, 1, 2, 7}) {
    const Tensor allowed = causal_mask(n, n).to(Dtype::int64);
    CHECK(allowed.shape() == Shape{n, n});
    CHECK(allowed.to(Dtype::float64).sum().item() == static_cast<double>(n * (n + 1) / 2));
  }
  CHECK(causal_mask(2, 4).to(Dtype::int64).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{1, 1, 1, 0, 1, 1, 1, 1});
}

TEST_CASE("course 11: at and below the diagonal the mask is 0") {
  const Tensor mask = additive_mask(4);
  for (std::int64_t i = 0; i < 4; ++i)
    for (std::int64_t j = 0; j <= i; ++j) CHECK(mask[i][j].item() == 0);
}

TEST_CASE("course 12: above the diagonal it is -inf") {
  const Tensor mask = additive_mask(4);
  for (std::int64_t i = 0; i < 4; ++i)
    for (std::int64_t j = i + 1; j < 4; ++j) CHECK(mask[i][j].item() == -inf);
}

TEST_CASE("course 13: the first position sees itself and nothing else") {
  CHECK(values(additive_mask(5)[0]) == Values{0, -inf, -inf, -inf, -inf});
}

TEST_CASE("course 14: the shapes of attention's output and weights") {
  const Attended a = attend(randn({5, 8}), randn({5, 8}), randn({5, 8}));
  CHECK(a.y.shape() == Shape{5, 8});
  CHECK(a.weights.shape() == Shape{5, 5});
}

TEST_CASE("course 14, strict: output, weights and gradients for axes that all differ") {
  const Tensors qkv{numbers({2, 3, 4, 7}), numbers({2, 3, 6, 7}), numbers({2, 3, 6, 5})};
  agrees([](const Tensors& x) { return attention(x[0], x[1], x[2]); },
         [](const auto& x) {
           return reference::attention<std::decay_t<decltype(x[0].data[0])>>(
               {.q = &x[0], .k = &x[1], .v = &x[2]});
         },
         qkv);
  const Capture seen;
  attention(qkv[0], qkv[1], qkv[2], {.layer = "here"});
  const auto q = array_of<long double>(qkv[0]), k = array_of<long double>(qkv[1]);
  CHECK(distance(array_of<long double>(seen.weights("here")), course::attention_weights(q, k)) <= 1e-12);
}

TEST_CASE("course 15: the weights of each query sum to one") {
  const Attended a = attend(randn({4, 8}), randn({4, 8}), randn({4, 8}));
  for (const double total : values(sum(a.weights, {-1}))) CHECK(std::fabs(total - 1) <= 1e-6);
}

TEST_CASE("course 15, strict: they are a softmax over the keys, whose order and common part do not count") {
  const Tensor q = numbers({3, 8}), k = numbers({5, 8}), v = numbers({5, 2});
  const Attended a = attend(q, k, v);
  CHECK(min(a.weights).item() > 0);
  CHECK(distance(a.weights, softmax(dot(q, k) / std::sqrt(8.0), -1)) <= 1e-14);
  CHECK(distance(a.y, matmul(a.weights, v)) <= 1e-14);
  CHECK(distance(attend(q, k + numbers({8}), v).weights, a.weights) <= 1e-13);
  const Tensor order = tensor({3, 0, 4, 1, 2}, Dtype::int64);
  const Attended moved = attend(q, index_select(k, 0, order), index_select(v, 0, order));
  CHECK(distance(moved.y, a.y) <= 1e-14);
  CHECK(distance(moved.weights, index_select(a.weights, 1, order)) <= 1e-14);
  CHECK(distance(attend(zeros_like(q), k, v).y, v.mean({0}, true).expand({3, 2})) <= 1e-15);
}

TEST_CASE("course 16: under the causal mask no weight lies on the future, not a bit of it") {
  const Tensor q = randn({5, 8}), k = randn({5, 8}), v = randn({5, 8});
  for (const AttentionOptions& o : {AttentionOptions{.mask = additive_mask(5)}, {.causal = true}})
    CHECK(max(abs(triu(attend(q, k, v, o).weights, 1))).item() == 0);
}

// Masking after the softmax passes that test, and loses mass.
TEST_CASE("course 16, strict: the mask comes before the softmax, and a later token changes no earlier bit") {
  const Tensor x = tensor({{1, 0}, {0, 1}, {1, 1}}, Dtype::float64);
  const double e1 = std::exp(1 / std::sqrt(2.0)), e2 = e1 * e1;
  const Tensor expected =
      tensor({{1, 0, 0}, {1 / (1 + e1), e1 / (1 + e1), 0}, {e1 / (2 * e1 + e2), e1 / (2 * e1 + e2), 0}},
             Dtype::float64);
  for (const bool flag : {false, true}) {
    AttentionOptions o{.causal = flag};
    if (!flag) o.mask = additive_mask(3).to(Dtype::float64);
    const Attended a = attend(x, x, x, o);
    CHECK(distance(a.weights.slice(1, 0, 2), expected.slice(1, 0, 2)) <= 1e-15);
    for (const double total : values(sum(a.weights, {-1}))) CHECK(std::fabs(total - 1) <= 1e-15);
    CHECK(distance(a.y, matmul(a.weights, x)) <= 1e-15);
    Tensor later = x.clone();
    later[2].fill_(-7);
    const Attended b = attend(x, later, later, o);
    CHECK(measure::same_bits(b.y.slice(0, 0, 2), a.y.slice(0, 0, 2)));
    CHECK_FALSE(measure::same_bits(b.y[2], a.y[2]));
  }
}

TEST_CASE("course 17: where queries are the keys, each finds itself") {
  manual_seed(17);
  const Tensor x = randn({4, 16}), weights = attend(x, x, x).weights;
  for (std::int64_t i = 0; i < 4; ++i) CHECK(weights[i][i].item() > 0.1);
}

// Weights that ignore the scores are 0.25 each, well above that bar.
TEST_CASE("course 17, strict: by the amount that the size of orthogonal keys says") {
  for (const double size : {0.0, 1.0, 3.0}) {
    const Tensor x = eye(9, Dtype::float64).slice(0, 0, 4) * size;  // four tokens of nine channels
    const Tensor weights = attend(x, x, x).weights;
    const double e = std::exp(size * size / 3), own = e / (e + 3), other = 1 / (e + 3);
    CHECK(max(abs(weights - eye(4, Dtype::float64) * (own - other) - other)).item() <= 1e-15);
  }
}

TEST_CASE("course 18: with 64 channels attention is still spread out") {
  manual_seed(42);
  const Tensor weights = attend(randn({4, 64}), randn({4, 64}), randn({4, 64})).weights;
  const double entropy = -sum(weights * log(weights + 1e-10), {-1}).mean().item();
  CHECK(entropy > 0.5);
}

// Divided by d_k instead of its root, the entropy is 1.38.
TEST_CASE("course 18, strict: scores are divided by the root of the channels, whatever their number") {
  for (const std::int64_t channels : {1, 4, 7, 64}) {
    const Tensor q = numbers({3, channels}), k = numbers({4, channels});
    const Tensor logs = log(attend(q, k, numbers({4, 5})).weights), scores = dot(q, k);  // [3, 4]
    const Tensor behaves = (logs - logs.slice(1, 0, 1)) * std::sqrt(static_cast<double>(channels));
    CHECK(distance(behaves, scores - scores.slice(1, 0, 1)) <= 1e-12);
  }
}
