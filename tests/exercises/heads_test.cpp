#include "exercises/common/heads.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>

#include "gradus/autograd/modes.h"
#include "gradus/base/random.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/tensor/creation.h"

using namespace gradus;
using namespace gradus::exercises;

namespace {

constexpr std::int64_t B = 2, T = 5, H = 3, d_model = 12;

heads::Weights random_weights() {
  const auto one = [] { return Array(randn({d_model, d_model}) / std::sqrt(static_cast<double>(d_model))); };
  return {one(), one(), one(), one()};
}

std::string name(const std::optional<Cause>& cause) { return cause ? cause->name : "none"; }

}  // namespace

TEST_CASE("the loops over heads compute what the framework's layer does") {
  manual_seed(1);
  const NoGrad off;
  nn::MultiHeadAttention layer(d_model, H, {.causal = true, .bias = false});
  const heads::Weights w = random_weights();
  // The layer holds a row for each output, the loops a column.
  const std::array parts{&w.q, &w.k, &w.v};
  for (std::int64_t i = 0; i < 3; ++i)
    layer.qkv.weight.slice(0, i * d_model, (i + 1) * d_model)
        .copy_(parts[static_cast<std::size_t>(i)]->tensor().t());
  Tensor(layer.proj.weight).copy_(w.o.tensor().t());
  const Tensor x = randn({B, T, d_model});
  CHECK(distance(Array(layer(x)), heads::forward(Array(x), w, H, causal_mask(T))) <= 1e-5);
}

TEST_CASE("split and merge undo each other, and each known mistake of theirs has its name") {
  manual_seed(2);
  const Tensor x = randn({B, T, d_model});
  const Array in(x), parts = heads::split(in, H);
  CHECK(heads::merge(parts).values == in.values);
  CHECK(name(heads::explain_split(parts, in, H)) == "none");
  CHECK(name(heads::explain_split(Array(x.reshape({B, H, T, 4})), in, H)) == "heads-cut-sequence");
  CHECK(name(heads::explain_split(Array(x.reshape({B, T, 4, H}).permute({0, 3, 1, 2})), in, H)) ==
        "heads-interleaved");
  CHECK(name(heads::explain_split(Array(x.reshape({B, T, H, 4})), in, H)) == "transposed");

  const Tensor y = randn({B, H, T, 4});
  const Array each(y);
  CHECK(name(heads::explain_merge(heads::merge(each), each)) == "none");
  CHECK(name(heads::explain_merge(Array(y.reshape({B, T, d_model})), each)) == "merge-not-permuted");
  CHECK(name(heads::explain_merge(Array(y.mean({1})), each)) == "heads-averaged");
  CHECK(name(heads::explain_merge(Array(y.sum({1})), each)) == "heads-summed");
  CHECK(name(heads::explain_merge(Array(y.transpose(1, 2)), each)) == "heads-not-joined");
}

TEST_CASE("a mistake in a layer of heads is told as its own, the right way and a stranger's as none") {
  manual_seed(3);
  const Array x(randn({B, T, d_model}));
  const heads::Weights w = random_weights();
  for (const bool masked : {false, true}) {
    const Array mask = masked ? causal_mask(T) : Array();
    const auto said = [&](const Array& got) { return name(heads::explain_forward(got, x, w, H, mask)); };
    CHECK(said(heads::forward(x, w, H, mask)) == "none");
    CHECK(said(Array(randn({B, T, d_model}))) == "none");
    for (const heads::Variant& variant : heads::variants(x, w, H, mask)) {
      CAPTURE(variant.cause.sentence);
      CHECK(said(variant.result) == variant.cause.name);
    }
  }
}
