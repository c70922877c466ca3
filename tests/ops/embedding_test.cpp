// ctest: LABELS gradcheck
#include "gradus/ops/embedding.h"

#include <doctest/doctest.h>

#include <vector>

#include "gradus/base/random.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/reduce.h"
#include "gradus/tensor/creation.h"
#include "ops/check_op.h"
#include "reference/expect.h"
#include "reference/layout.h"
#include "reference/measure.h"

using namespace gradus;

namespace {

Tensor ids(const std::vector<std::int64_t>& v) { return tensor(v, {static_cast<std::int64_t>(v.size())}); }

}  // namespace

TEST_CASE("embedding, index_select and gather are right in every way") {
  check_op("embedding", {{"", [](const auto& x) { return reference::embedding(x[0], x[1]); }}});
  check_op("index_select",
           {{"middle axis", [](const auto& x) {
               const auto& index = x[1];
               using S = std::decay_t<decltype(index.data[0])>;
               return reference::generate<S>(
                   reference::replaced(x[0].shape, 1, index.shape[0]), [&](const auto& at) {
                     return x[0](reference::replaced(
                         at, 1, static_cast<reference::Size>(reference::real(index({at[1]})))));
                   });
             }}});
  check_op("gather", {{"middle axis", [](const auto& x) { return reference::gather(x[0], 1, x[1]); }}});
}

TEST_CASE("embedding: 100000 ids of three rows add up, in the same order every time") {
  std::vector<std::int64_t> many(100000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<std::int64_t>(i % 3);
  Tensor weight = randn({3, 4}).requires_grad_();
  embedding(weight, ids(many)).sum().backward();
  CHECK(values(weight.grad()) ==
        Values{33334, 33334, 33334, 33334, 33333, 33333, 33333, 33333, 33333, 33333, 33333, 33333});
  const Tensor cotangent = randn({100000, 4}),
               first = (weight.zero_grad(), embedding(weight, ids(many)).backward(cotangent), weight.grad());
  weight.zero_grad();
  embedding(weight, ids(many)).backward(cotangent);
  CHECK(measure::same_bits(weight.grad(), first));
}

TEST_CASE("embedding: a row that is never read gets gradient 0, even where its weights are NaN") {
  Tensor weight = full({3, 2}, not_a_number);
  weight.select(0, 1).fill_(2);
  weight.requires_grad_();
  const Tensor y = embedding(weight, ids({1, 1}));
  CHECK(values(y) == Values{2, 2, 2, 2});
  y.sum().backward();
  CHECK(values(weight.grad()) == Values{0, 0, 2, 2, 0, 0});
}

TEST_CASE("gather: the element of each row that the index names, any number of times") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  CHECK(values(gather(x, 1, tensor(std::vector<std::int64_t>{2, 2, 0, 1}, {2, 2}))) == Values{3, 3, 4, 5});
  CHECK(values(gather(x, 0, tensor(std::vector<std::int64_t>{1, 0, 1}, {1, 3}))) == Values{4, 2, 6});
  CHECK(gather(x, 1, zeros({2, 0}, Dtype::int64)).shape() == Shape{2, 0});
}

TEST_CASE("indexing: an index outside the table is named with its position") {
  const Tensor weight = zeros({5, 2});
  CHECK(
      error_of([&] {
        embedding(weight, ids({0, 4, 5}));
      }) ==
      "embedding: index 5 at position 2 is outside 0 ... 4\n  indices  int64   [3]              a constant");
  CHECK(
      error_of([&] { embedding(weight, ids({-1})); }) ==
      "embedding: index -1 at position 0 is outside 0 ... 4\n  indices  int64   [1]              a constant");
  CHECK(error_of([&] { index_select(weight, 1, ids({2})); }) ==
        "index_select: index 2 at position 0 is outside 0 ... 1\n  indices  int64   [1]              a "
        "constant");
  CHECK(error_of([&] { embedding(weight, zeros({2})); }) ==
        "embedding: the indices must be int64\n  indices  float32 [2]              a constant\n  write "
        "ids.to(Dtype::int64)");
  CHECK(error_of([&] { embedding(zeros({5}), ids({0})); }) ==
        "embedding: the table must be a matrix [rows, width]\n  weight  float32 [5]              a constant");
  CHECK(error_of([&] {
          gather(weight, 0, zeros({1, 3}, Dtype::int64));
        }) ==
        "gather: x and index must agree in every axis but 0\n"
        "  x      float32 [5, 2]           a constant\n"
        "  index  int64   [1, 3]           a constant");
}
