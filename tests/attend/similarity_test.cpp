#include "tools/lab/similarity.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "attend/planted.h"
#include "gradus/autograd/walk.h"
#include "gradus/base/parallel.h"
#include "gradus/base/random.h"
#include "gradus/ops/join.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "tools/lab/metrics.h"

using namespace gradus;
using namespace gradus::lab;
using namespace planted;

namespace {

constexpr double tolerance = 1e-12;

/// H heads that look where head 0 looks, but for row h of head h (h >= 1), where nothing is shared.   [1, T, T, T]
Tensor one_row_each(std::int64_t T) {
  std::vector<Tensor> heads;
  for (std::int64_t h = 0; h < T; ++h)
    heads.push_back(looks_at(T, [=](std::int64_t q) { return q == h && h > 0 ? q - 1 : q; }));
  return stack(heads).unsqueeze(0);
}

}  // namespace

TEST_CASE("of all rows the divergence is the mean of each row's, as another formula gives it") {
  manual_seed(1);
  for (const Shape& shape : {Shape{1, 2, 3, 3}, Shape{2, 4, 9, 9}, Shape{3, 5, 12, 12}})
    for (const Dtype dtype : {Dtype::float32, Dtype::float64})
      for (const bool causal : {true, false}) {
        const Tensor maps = causal ? random_maps(shape, dtype) : softmax(randn(shape, dtype) * 3.0);
        const std::int64_t H = shape[1], T = shape[3];
        const Tensor wanted = pairwise_divergence(maps.transpose(0, 1).slice(2, 2, T));
        for (const std::int64_t rows : {T - 2, T, std::int64_t{64}}) {
          const Tensor result = pattern_divergence(maps, rows);
          REQUIRE(result.shape() == Shape{H, H});
          CHECK(result.dtype() == Dtype::float64);
          CHECK(distance(result, values(wanted)) <= tolerance);
          CHECK(values(result) == values(result.t()));
          for (std::int64_t h = 0; h < H; ++h) CHECK(result[h][h].item() == 0);
        }
        CHECK(values(pattern_divergence(maps)) == values(pattern_divergence(maps, 64, 9)));
      }
}

TEST_CASE("heads that look at the same are 0 apart, bit for bit, and heads with nothing in common ln 2") {
  manual_seed(2);
  const Tensor map = random_maps({40, 40}, Dtype::float32);
  const Tensor maps = stack(std::vector<Tensor>{map, map, looks_back(40, 1).to(Dtype::float32),
                                                looks_back(40, 0).to(Dtype::float32)});
  const Tensor apart = pattern_divergence(maps.unsqueeze(0), 16);
  CHECK(apart[0][1].item() == 0);
  CHECK(std::fabs(apart[2][3].item() - ln2) <= tolerance);
  CHECK(apart[0][2].item() == apart[1][2].item());
  // (1/2, 1/2) against (0, 1): the mixture is (1/4, 3/4)
  const Tensor half = tensor({{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.5, 0.0, 0.5}}, Dtype::float64);
  const Tensor pair = stack(std::vector<Tensor>{half, looks_back(3, 0)}).unsqueeze(0);
  CHECK(std::fabs(pattern_divergence(pair)[0][1].item() - (1.5 * ln2 - 0.75 * std::log(3))) <= tolerance);
  // Heads that differ by next to nothing are not less than nothing apart, whose root would be NaN.
  const Tensor alike =
      softmax(hide_future(randn({1, 1, 9, 9}, Dtype::float64)) + randn({1, 60, 9, 9}, Dtype::float64) * 1e-9);
  for (const double x : values(pattern_divergence(alike))) {
    CHECK(x >= 0);
    CHECK(x <= 1e-15);
  }
  // The root is a distance.
  const Tensor root = sqrt(pattern_divergence(random_maps({2, 12, 20, 20}), 5));
  for (std::int64_t a = 0; a < 12; ++a)
    for (std::int64_t b = 0; b < 12; ++b)
      for (std::int64_t c = 0; c < 12; ++c)
        CHECK(root[a][c].item() <= root[a][b].item() + root[b][c].item() + tolerance);
}

TEST_CASE("rows are drawn without repetition from row 2 on, by the seed and the text, alike for all heads") {
  const std::int64_t T = 30;
  const Tensor maps = one_row_each(T);
  const auto drawn = [&](const Tensor& of, std::int64_t rows, std::uint64_t seed) {
    const Tensor apart = pattern_divergence(of, rows, seed);
    std::string seen;
    for (std::int64_t h = 0; h < T; ++h) {
      const double share = apart[0][h].item() / ln2 * static_cast<double>(rows * of.size(0));
      CHECK(std::fabs(share - std::round(share)) <= 1e-9);
      seen += static_cast<char>('0' + static_cast<int>(std::lround(share)));
    }
    return seen;
  };
  const auto count = [](const std::string& seen) {
    return std::accumulate(seen.begin(), seen.end(), 0, [](int sum, char c) { return sum + c - '0'; });
  };
  std::vector<int> times(static_cast<std::size_t>(T));
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const std::string seen = drawn(maps, 7, seed);
    CHECK(count(seen) == 7);
    CHECK(seen.find_first_not_of("01") == std::string::npos);
    CHECK(seen == drawn(maps, 7, seed));
    for (std::size_t q = 0; q < times.size(); ++q) times[q] += seen[q] - '0';
  }
  CHECK(times[0] + times[1] == 0);
  for (std::size_t q = 2; q < times.size(); ++q)
    CHECK(std::abs(times[q] - 75) <= 34);  // 300 / 4, 4.5 deviations
  CHECK(drawn(maps, 7, 1) != drawn(maps, 7, 2));
  CHECK(drawn(maps, 28, 1) == "00" + std::string(28, '1'));
  CHECK(count(drawn(maps, 27, 1)) == 27);
  // Two texts have rows of their own.
  const Tensor two = stack(std::vector<Tensor>{maps[0], maps[0]});
  const std::string both = drawn(two, 7, 3), first = drawn(maps, 7, 3);
  CHECK(count(both) == 14);
  bool other = false;
  for (std::size_t q = 0; q < both.size(); ++q) {
    CHECK(both[q] >= first[q]);
    other = other || both[q] != 2 * (first[q] - '0') + '0';
  }
  CHECK(other);
}

TEST_CASE("texts in the place of heads: how much heads differ from themselves") {
  manual_seed(3);
  const Tensor positional = random_maps({6, 6}), maps = random_maps({4, 2, 6, 6});  // 4 texts, 2 heads
  for (std::int64_t n = 0; n < 4; ++n) maps[n][0].copy_(positional);
  const Tensor within = pattern_divergence(maps.transpose(0, 1));
  REQUIRE(within.shape() == Shape{4, 4});
  const Tensor second = pairwise_divergence(maps.select(1, 1).slice(1, 2, 6));
  CHECK(distance(within, values(second * 0.5)) <= tolerance);
}

TEST_CASE("views, threads and the tape change no bit, and rows that are no distributions are named") {
  manual_seed(4);
  const Tensor maps = random_maps({3, 5, 20, 20}, Dtype::float32);
  const Values before = values(maps), wanted = values(pattern_divergence(maps, 6, 1));
  const Tensor turned = maps.permute({3, 1, 0, 2}).contiguous().permute({2, 1, 3, 0});
  CHECK_FALSE(turned.is_contiguous());
  CHECK(values(pattern_divergence(turned, 6, 1)) == wanted);
  CHECK(values(pattern_divergence(maps.slice(1, 1, 4), 6, 1)) ==
        values(pattern_divergence(maps, 6, 1).slice(0, 1, 4).slice(1, 1, 4)));
  const int threads = num_threads();
  for (const int n : {1, 2, 3, 8}) {
    set_num_threads(n);
    CHECK(values(pattern_divergence(maps, 6, 1)) == wanted);
  }
  set_num_threads(threads);
  CHECK(values(maps) == before);
  Tensor leaf = randn({1, 2, 4, 4}).requires_grad_();
  CHECK_FALSE(pattern_divergence(softmax(leaf)).requires_grad());

  for (const double bad : {not_a_number, inf, -0.25}) {
    const Tensor broken = random_maps({2, 3, 5, 5});
    at(broken[1][2], 4, 3) = bad;
    at(broken[1][2], 4, 0) = 1;
    CHECK(has(error_of([&] { pattern_divergence(broken); }),
              "row 4 of head 2 of text 1 is not a distribution"));
    const Tensor early = random_maps({2, 3, 5, 5});
    at(early[1][2], 1, 0) = bad;  // row 1 does not count
    CHECK(std::isfinite(pattern_divergence(early)[0][2].item()));
  }
  CHECK(has(error_of([] { pattern_divergence(zeros({1, 1, 3, 3})); }), "they sum to 0"));
  CHECK(pattern_divergence(empty({1, 0, 4, 4})).shape() == Shape{0, 0});
  CHECK(values(pattern_divergence(random_maps({1, 1, 4, 4}))) == Values{0});
  CHECK(has(error_of([] {
              pattern_divergence(zeros({2, 3, 3}));
            }),
            "needs maps [N, H, T, T] of at least one text"));
  CHECK(has(error_of([] { pattern_divergence(empty({0, 2, 3, 3})); }), "not [0, 2, 3, 3]"));
  CHECK(has(error_of([] { pattern_divergence(zeros({2, 2, 3, 4})); }), "needs attention maps"));
  CHECK(has(error_of([] { pattern_divergence(zeros({1, 1, 2, 2})); }), "at least 3 tokens"));
  CHECK(has(error_of([] { pattern_divergence(ones({1, 1, 3, 3}), 0); }), "rows is 0"));
  CHECK(has(error_of([] {
              pattern_divergence(ones({1, 1, 3, 3}, Dtype::int64));
            }),
            "needs float32 or float64"));
}
