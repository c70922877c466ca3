// ctest: LABELS gradcheck
#include "gradus/ops/masking.h"

#include <doctest/doctest.h>

#include "gradus/ops/arithmetic.h"
#include "gradus/tensor/creation.h"
#include "ops/check_op.h"
#include "reference/array.h"
#include "reference/dual.h"
#include "reference/expect.h"

using namespace gradus;

namespace {

/// x where j - i lies in [low, high], else 0.
template <class S>
reference::Array<S> band(const reference::Array<S>& x, std::int64_t low, std::int64_t high) {
  return reference::generate<S>(x.shape, [&](const reference::Index& at) {
    const auto d = at.back() - at[at.size() - 2];
    return d >= low && d <= high ? x(at) : S(0);
  });
}
constexpr std::int64_t far = 1000;

}  // namespace

TEST_CASE("masked_fill, tril and triu are right in every way") {
  check_op("masked_fill", {{"broadcast mask", [](const auto& x) {
                              return reference::zip(x[0], x[1], [](auto v, auto m) {
                                return reference::real(m) != 0 ? decltype(v)(-2.5L) : v;
                              });
                            }}});
  check_op("tril", {{"", [](const auto& x) { return band(x[0], -far, 0); }},
                    {"shifted", [](const auto& x) { return band(x[0], -far, 1); }}});
  check_op("triu", {{"shifted", [](const auto& x) { return band(x[0], -1, far); }}});
}

TEST_CASE("tril and triu: diagonals far outside give all or nothing") {
  const Tensor x = ones({2, 3});
  CHECK(values(tril(x, 99)) == Values(6, 1));
  CHECK(values(tril(x, -99)) == Values(6, 0));
  CHECK(values(triu(x, 99)) == Values(6, 0));
  CHECK(values(triu(x, 1)) == Values{0, 1, 1, 0, 0, 1});
  CHECK(values(tril(tensor({{1, not_a_number}, {2, 3}}))) ==
        Values{1, 0, 2, 3});  // selected, not multiplied by 0
}

TEST_CASE("causal_mask is aligned at the last key") {
  CHECK(values(causal_mask(2, 2)) == Values{1, 0, 1, 1});
  CHECK(values(causal_mask(2, 4)) == Values{1, 1, 1, 0, 1, 1, 1, 1});
  CHECK(values(causal_mask(3, 2)) == Values{0, 0, 1, 0, 1, 1});
  CHECK(causal_mask(0, 3).shape() == Shape{0, 3});
}

TEST_CASE("masking: mistakes are explained") {
  const Tensor x = zeros({2, 3});
  CHECK(error_of([&] { masked_fill(x, x, 1); }) ==
        "masked_fill: the mask must be boolean\n"
        "  x     float32 [2, 3]           a constant\n"
        "  mask  float32 [2, 3]           a constant\n"
        "  compare it: masked_fill(x, m > 0, v)");
  CHECK(error_of([&] {
          masked_fill(x, zeros({4, 2, 3}, Dtype::boolean), 1);
        }) ==
        "masked_fill: the mask must broadcast to x\n"
        "  x     float32 [2, 3]           a constant\n"
        "  mask  boolean [4, 2, 3]        a constant");
  CHECK(error_of([&] { tril(zeros({3})); }) ==
        "tril: needs at least two axes\n  x  float32 [3]              a constant");
}
