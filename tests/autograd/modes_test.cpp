#include "gradus/autograd/modes.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>

#include "gradus/autograd/walk.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/dropout.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "reference/expect.h"
#include "reference/measure.h"

using namespace gradus;

namespace {

struct Heads {
  Tensor q = randn({2, 3, 4, 5}, Dtype::float64), k = randn({2, 3, 4, 5}, Dtype::float64),
         v = randn({2, 3, 4, 6}, Dtype::float64);
  Tensor operator()(const std::string& layer = "here") const {
    return attention(q, k, v, {.causal = true, .layer = layer});
  }
};

Tensor head(const Tensor& x, std::int64_t h) { return x.select(1, h); }

}  // namespace

TEST_CASE("NoGrad: nothing is recorded inside, guards nest and end with their scope, also by an exception") {
  Tensor x = ones({2}).requires_grad_();
  CHECK(recording());
  {
    const NoGrad off;
    CHECK_FALSE((x * 2.0).requires_grad());
    {
      const RecordMode on(true);
      CHECK((x * 2.0).requires_grad());
    }
    CHECK_FALSE(recording());
  }
  CHECK(recording());
  CHECK(error_of([] {
          const NoGrad off;
          fail("thrown inside");
        }) == "thrown inside");
  CHECK(recording());
}

TEST_CASE("modes belong to one thread") {
  const NoGrad off;
  const Eval eval;
  bool other_records = false, other_evaluates = true;
  std::thread([&] { other_records = recording(), other_evaluates = evaluating(); }).join();
  CHECK(other_records);
  CHECK_FALSE(other_evaluates);
  CHECK(evaluating());
}

TEST_CASE("Eval: dropout is off inside and on again after, nested or not") {
  const Tensor x = ones({100});
  {
    const Eval outer;
    { const Eval inner; }
    CHECK(measure::same_bits(dropout(x, 0.5), x));
  }
  CHECK_FALSE(measure::same_bits(dropout(x, 0.5), x));
}

TEST_CASE("Capture: sees the weights of each layer, in order, and changes no bit of the output") {
  const Heads attend;
  const Tensor plain = attend();
  const Capture seen;
  CHECK(measure::same_bits(attend("first"), plain));
  attend("second");
  REQUIRE(seen.entries().size() == 2);
  CHECK(seen.entries()[1].layer == "second");
  const Tensor& weights = seen.weights("first");
  CHECK(weights.shape() == Shape{2, 3, 4, 4});
  CHECK(measure::distance(matmul(weights, attend.v), plain) <= 1e-14);
  CHECK(measure::distance(weights.sum({-1}), ones({2, 3, 4}, Dtype::float64)) <= 1e-15);
  CHECK(values(weights.select(2, 0).select(2, 1)) == Values(6, 0));  // causal
  CHECK_FALSE(weights.requires_grad());
  CHECK(measure::same_bits(seen.output("first"), plain));
  CHECK_FALSE(seen.output("first").requires_grad());
  {
    const Capture inner;
    attend("third");
    CHECK(inner.entries().size() == 1);
  }
  CHECK(seen.entries().size() == 2);
  CHECK(error_of([&] { seen.weights("thirst"); }) ==
        "capture: no attention layer named 'thirst' ran; seen: first, second");
}

TEST_CASE("Intervene: changes one layer, one head, and nothing after its scope") {
  const Heads attend;
  const Tensor plain = attend();
  {
    const Intervene change({replace_output("here", 1, zeros({1, 1, 6}, Dtype::float64))});
    const Capture seen;
    const Tensor y = attend();
    CHECK(measure::same_bits(seen.output("here"), y));
    CHECK(values(head(y, 1)) == Values(48, 0));
    for (const std::int64_t h : {0, 2}) CHECK(measure::distance(head(y, h), head(plain, h)) <= 1e-14);
    CHECK(measure::same_bits(attend("elsewhere"), plain));
  }
  CHECK(measure::same_bits(attend(), plain));
}

TEST_CASE("Intervene: a cut edge is what a mask would do, in the captured weights too") {
  const Heads attend;
  Tensor allowed = ones({3, 4, 4}, Dtype::boolean);
  allowed.select(0, 2).select(0, 3).slice(0, 1, 2).fill_(0);
  const Tensor want = attention(attend.q, attend.k, attend.v, {.causal = true, .mask = allowed});
  const Intervene change({cut_edge("here", 2, 3, 1)});
  const Capture seen;
  CHECK(measure::distance(attend(), want) <= 1e-14);
  CHECK(values(head(seen.weights("here"), 2).select(1, 3).select(1, 1)) == Values{0, 0});
  const Intervene every({cut_edge("here", -1, 0, 0)});  // row 0 sees nothing any more; guards add up
  const Tensor y = attend();
  CHECK(values(y.select(2, 0)) == Values(36, 0));
  CHECK(measure::distance(y.slice(2, 1, 4), want.slice(2, 1, 4)) <= 1e-14);
}

TEST_CASE("Intervene: gates scale heads, and their gradient is each head's importance") {
  const Heads attend;
  const Tensor plain = attend(), dy = randn(plain.shape(), Dtype::float64);
  Tensor gates = tensor({1, 0.5, 2}, Dtype::float64).requires_grad_();
  const Intervene change({gate_heads("here", gates)});
  const Tensor y = attend();
  CHECK(measure::distance(y, plain * gates.detach().reshape({3, 1, 1})) <= 1e-14);
  y.backward(dy);
  CHECK(measure::distance(gates.grad(), (plain * dy).sum({0, 2, 3})) <= 1e-13);
}

TEST_CASE("Intervene: a replaced pattern decides what a head reads") {
  const Heads attend;
  Tensor diagonal = eye(4, Dtype::float64).unsqueeze(0);
  const Intervene change({replace_pattern("here", 0, diagonal)});
  const Tensor y = attend();
  CHECK(measure::distance(head(y, 0), head(attend.v, 0)) <= 1e-15);
}

TEST_CASE("Intervene: what does not fit is explained") {
  const Heads attend;
  const auto message = [&](Intervention i) {
    const Intervene change({std::move(i)});
    return error_of([&] { attend(); });
  };
  CHECK(message(cut_edge("here", 3, 0, 0)) == "intervene: head 3 of a layer with 3 heads");
  CHECK(message(cut_edge("here", 0, 4, 0)) == "intervene: edge 4 -> 0 lies outside 4 queries and 4 keys");
  CHECK(message(gate_heads("here", ones({2}, Dtype::float64))) ==
        "intervene: gate_heads needs one gate for each of 3 heads\n  gates  float64 [2]              a "
        "constant");
}

TEST_CASE("Intervene: a replacement must fit what it replaces, or it would stretch the batch") {
  const Heads attend{randn({1, 3, 4, 5}, Dtype::float64), randn({1, 3, 4, 5}, Dtype::float64),
                     randn({1, 3, 4, 4}, Dtype::float64)};
  for (const auto& replace : {replace_pattern, replace_output}) {
    const Intervene change({replace("here", 0, ones({5, 4, 4}, Dtype::float64))});
    CHECK(has(error_of([&] { attend(); }), "must broadcast to what it replaces"));
  }
}

TEST_CASE("Capture: says when layers ran that nobody named") {
  const Heads attend;
  const Capture seen;
  attend("");
  CHECK(has(error_of([&] { seen.weights("blocks.0.attention"); }), "call name_layers(model)"));
}
