#include "tools/lab/metrics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "gradus/autograd/walk.h"
#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/masking.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/creation.h"
#include "reference/expect.h"

using namespace gradus;
using namespace gradus::lab;

namespace {

constexpr double ln2 = 0.6931471805599453;
constexpr double tolerance = 1e-12;

double distance(const Values& a, const Values& b) {
  if (a.size() != b.size()) return inf;
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    most = a[i] == b[i] ? most : std::fmax(most, std::fabs(a[i] - b[i]));
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::isnan(a[i]) != std::isnan(b[i])) return inf;
  return most;
}

Tensor hide_future(const Tensor& scores) {
  const std::int64_t T = scores.size(-1);
  return masked_fill(scores, eq(tril(ones({T, T})), 0.0), -inf);
}

/// Maps as attention makes them: rows that sum to 1, causal where asked.
Tensor random_maps(const Shape& shape, bool causal = true, Dtype dtype = Dtype::float64) {
  const Tensor scores = randn(shape, dtype) * 2.0;
  return softmax(causal ? hide_future(scores) : scores);
}

/// A[m][i][k] of maps that lie one after the other, in long double.
struct Maps {
  Values a;
  std::int64_t T;
  explicit Maps(const Tensor& maps) : a(values(maps)), T(maps.size(-1)) {}
  std::int64_t count() const { return static_cast<std::int64_t>(a.size()) / (T * T); }
  long double at(std::int64_t m, std::int64_t i, std::int64_t k) const {
    return a[static_cast<std::size_t>((m * T + i) * T + k)];
  }
};

/// The definition of each metric, one pair of tokens at a time.
template <class F> Values each_map(const Tensor& maps, F f) {
  const Maps A(maps);
  Values result;
  for (std::int64_t m = 0; m < A.count(); ++m)
    for (const long double v : f(A, m)) result.push_back(static_cast<double>(v));
  return result;
}
using Numbers = std::vector<long double>;

template <class Wanted> Values naive_score(const Tensor& maps, std::int64_t first_row, Wanted wanted) {
  return each_map(maps, [&](const Maps& A, std::int64_t m) {
    long double sum = 0, rows = 0;
    for (std::int64_t i = first_row; i < A.T; ++i, ++rows)
      for (std::int64_t k = 0; k < A.T; ++k)
        if (wanted(i, k)) sum += A.at(m, i, k);
    return Numbers{sum / rows};
  });
}

Values naive_profile(const Tensor& maps) {
  return each_map(maps, [](const Maps& A, std::int64_t m) {
    Numbers sum(static_cast<std::size_t>(A.T)), rows = sum;
    for (std::int64_t i = 0; i < A.T; ++i)
      for (std::int64_t k = 0; k <= i; ++k) {
        sum[static_cast<std::size_t>(i - k)] += A.at(m, i, k);
        rows[static_cast<std::size_t>(i - k)] += 1;
      }
    for (std::size_t d = 0; d < sum.size(); ++d) sum[d] /= rows[d];
    return sum;
  });
}

Values naive_entropy(const Tensor& maps, std::int64_t first_row) {
  return each_map(maps, [&](const Maps& A, std::int64_t m) {
    long double sum = 0;
    for (std::int64_t i = first_row; i < A.T; ++i)
      for (std::int64_t k = 0; k < A.T; ++k)
        if (A.at(m, i, k) > 0) sum += A.at(m, i, k) * std::log(1 / A.at(m, i, k));
    return Numbers{sum / static_cast<long double>(A.T - first_row)};
  });
}

/// Entropy of the mixture less the mean of the entropies: another formula than the library's.
double naive_divergence(Values p, Values q) {
  const auto entropy = [](const Values& x) {
    long double h = 0;
    for (const double v : x)
      h -= v > 0 ? static_cast<long double>(v) * std::log(static_cast<long double>(v)) : 0;
    return h;
  };
  for (Values* x : {&p, &q}) {
    double sum = 0;
    for (const double v : *x) sum += v;
    for (double& v : *x) v /= sum;
  }
  Values mixed(p.size());
  for (std::size_t i = 0; i < p.size(); ++i) mixed[i] = (p[i] + q[i]) / 2;
  return static_cast<double>(entropy(mixed) - (entropy(p) + entropy(q)) / 2);
}

Tensor uniform_causal(std::int64_t T) { return softmax(hide_future(zeros({T, T}, Dtype::float64))); }

/// Every row looks `back` tokens back, or at token 0 where there are not so many.
Tensor looks_back(std::int64_t T, std::int64_t back) {
  const Tensor map = zeros({T, T}, Dtype::float64);
  for (std::int64_t i = 0; i < T; ++i) map.data<double>()[i * T + std::max<std::int64_t>(i - back, 0)] = 1;
  return map;
}

}  // namespace

TEST_CASE(
    "every metric of random maps is what its definition gives pair by pair, for one map and for batches") {
  manual_seed(1);
  for (const Shape& shape :
       {Shape{3, 3}, Shape{7, 7}, Shape{3, 12, 12}, Shape{2, 3, 9, 9}, Shape{2, 1, 3, 5, 5}})
    for (const Dtype dtype : {Dtype::float32, Dtype::float64})
      for (const bool causal : {true, false}) {
        const Tensor maps = random_maps(shape, causal, dtype);
        CAPTURE(to_string(shape));
        const auto previous = [](std::int64_t i, std::int64_t k) { return k == i - 1; };
        const auto current = [](std::int64_t i, std::int64_t k) { return k == i; };
        const auto first = [](std::int64_t, std::int64_t k) { return k == 0; };
        CHECK(distance(values(previous_token_score(maps)), naive_score(maps, 2, previous)) <= tolerance);
        CHECK(distance(values(current_token_score(maps)), naive_score(maps, 2, current)) <= tolerance);
        CHECK(distance(values(first_token_score(maps)), naive_score(maps, 2, first)) <= tolerance);
        CHECK(distance(values(offset_profile(maps)), naive_profile(maps)) <= tolerance);
        CHECK(distance(values(mean_entropy(maps)), naive_entropy(maps, 2)) <= tolerance);
        for (std::int64_t row = 1; row < shape.back(); row += 2) {
          CHECK(distance(values(previous_token_score(maps, row)), naive_score(maps, row, previous)) <=
                tolerance);
          CHECK(distance(values(current_token_score(maps, row)), naive_score(maps, row, current)) <=
                tolerance);
          CHECK(distance(values(first_token_score(maps, row)), naive_score(maps, row, first)) <= tolerance);
          CHECK(distance(values(mean_entropy(maps, row)), naive_entropy(maps, row)) <= tolerance);
        }
      }
}

TEST_CASE("a metric has one result per map: the shape says whose it is") {
  manual_seed(2);
  const Tensor maps = random_maps({2, 3, 5, 5});
  CHECK(previous_token_score(maps).shape() == Shape{2, 3});
  CHECK(mean_entropy(maps[0]).shape() == Shape{3});
  CHECK(first_token_score(maps[0][0]).shape() == Shape{});
  CHECK(offset_profile(maps).shape() == Shape{2, 3, 5});
  CHECK(offset_profile(maps[0][0]).shape() == Shape{5});
  CHECK(current_token_score(maps).dtype() == Dtype::float64);
  for (std::int64_t b = 0; b < 2; ++b)
    for (std::int64_t h = 0; h < 3; ++h) {
      CHECK(previous_token_score(maps)[b][h].item() == previous_token_score(maps[b][h]).item());
      CHECK(values(offset_profile(maps)[b][h]) == values(offset_profile(maps[b][h])));
    }
}

TEST_CASE(
    "rows 0 and 1 are left out: a head that always looks back one scores 1 and one at the first token 0") {
  for (const std::int64_t T : {3, 4, 12, 64}) {
    const Tensor previous = looks_back(T, 1), self = looks_back(T, 0), first = looks_back(T, T);
    CHECK(previous_token_score(previous).item() == 1);
    CHECK(current_token_score(previous).item() == 0);
    CHECK(current_token_score(self).item() == 1);
    CHECK(previous_token_score(self).item() == 0);
    CHECK(first_token_score(self).item() == 0);
    CHECK(first_token_score(first).item() == 1);
    CHECK(previous_token_score(first).item() == 0);
    CHECK(first_token_score(previous).item() == 0);
    // Looking at the first token is looking back one in row 1.
    CHECK(previous_token_score(first, 1).item() == 1.0 / static_cast<double>(T - 1));
    CHECK(first_token_score(previous, 1).item() == 1.0 / static_cast<double>(T - 1));
    CHECK(current_token_score(previous, 0).item() == 1.0 / static_cast<double>(T));
  }
}

TEST_CASE("rows are queries: a transposed map scores differently") {
  const Tensor map = tensor({{1.0, 0.0, 0.0}, {0.75, 0.25, 0.0}, {0.125, 0.375, 0.5}}, Dtype::float64);
  CHECK(previous_token_score(map, 1).item() == 0.5625);
  CHECK(current_token_score(map, 1).item() == 0.375);
  CHECK(first_token_score(map, 1).item() == 0.4375);
  CHECK(previous_token_score(map).item() == 0.375);
  CHECK(current_token_score(map).item() == 0.5);
  CHECK(first_token_score(map).item() == 0.125);
  CHECK(values(offset_profile(map)) == Values{1.75 / 3, 0.5625, 0.125});
  CHECK(previous_token_score(map.t()).item() == 0);
  CHECK(first_token_score(map.t()).item() == 0);
  // 0, then 2 ln 2 - 3/4 ln 3, then 1/8 ln 8 + 3/8 ln (8/3) + 1/2 ln 2
  const double ln3 = std::log(3), row1 = 2 * ln2 - 0.75 * ln3, row2 = 2 * ln2 - 0.375 * ln3;
  CHECK(std::fabs(mean_entropy(map, 0).item() - (row1 + row2) / 3) <= tolerance);
  CHECK(std::fabs(mean_entropy(map).item() - row2) <= tolerance);
}

TEST_CASE("uniform causal attention scores the mean of 1 / (i + 1), for each of the three scores") {
  CHECK(std::fabs(uniform_causal_score(2, 1) - 0.5) <= tolerance);                          // row 1 alone
  CHECK(std::fabs(uniform_causal_score(4, 1) - (25.0 / 12 - 1) / 3) <= tolerance);          // H_4 = 25/12
  CHECK(std::fabs(uniform_causal_score(12, 1) - (86021.0 / 27720 - 1) / 11) <= tolerance);  // H_12
  CHECK(std::fabs(uniform_causal_score(12, 1) - 0.191) <= 5e-4);
  CHECK(std::fabs(uniform_causal_score(16, 1) - 0.159) <= 5e-4);
  CHECK(std::fabs(uniform_causal_score(64) - 0.0523) <= 5e-5);
  CHECK(std::fabs(uniform_causal_score(4) - (1.0 / 3 + 1.0 / 4) / 2) <= tolerance);
  CHECK(uniform_causal_score(1, 0) == 1);
  for (const std::int64_t T : {2, 5, 12, 64})
    for (const std::int64_t row : {std::int64_t{1}, T / 2, T - 1}) {
      const Tensor map = uniform_causal(T);
      CHECK(std::fabs(previous_token_score(map, row).item() - uniform_causal_score(T, row)) <= tolerance);
      CHECK(std::fabs(current_token_score(map, row).item() - uniform_causal_score(T, row)) <= tolerance);
      CHECK(std::fabs(first_token_score(map, row).item() - uniform_causal_score(T, row)) <= tolerance);
    }
}

TEST_CASE("the entropy of n equal weights is ln n, of one weight 0, of a fully masked row 0") {
  CHECK(std::fabs(mean_entropy(full({5, 5}, 0.2, Dtype::float64)).item() - std::log(5)) <= tolerance);
  CHECK(mean_entropy(looks_back(6, 2)).item() == 0);
  CHECK(mean_entropy(zeros({3, 3})).item() == 0);
  // rows of 1, 2, 3, 4 equal weights: ln 4! / 4
  CHECK(std::fabs(mean_entropy(uniform_causal(4), 0).item() - std::log(24) / 4) <= tolerance);
  CHECK(std::fabs(mean_entropy(uniform_causal(4), 3).item() - std::log(4)) <= tolerance);
}

TEST_CASE("one token: it has a profile, and no score and no entropy, because no row is left") {
  const Tensor map = ones({2, 1, 1});
  CHECK(values(offset_profile(map)) == Values{1, 1});
  CHECK(values(mean_entropy(map, 0)) == Values{0, 0});
  CHECK(values(current_token_score(map, 0)) == Values{1, 1});
  for (const auto& error :
       {error_of([&] { previous_token_score(map); }), error_of([&] { current_token_score(map); }),
        error_of([&] { first_token_score(map); }), error_of([&] { mean_entropy(map); }),
        error_of([&] { uniform_causal_score(1); })}) {
    CHECK(has(error, "[1, 1]"));
    CHECK(has(error, "at least 3 tokens"));
  }
}

TEST_CASE("an empty batch gives an empty result, and maps of no tokens have no row to count") {
  CHECK(previous_token_score(empty({0, 4, 4})).shape() == Shape{0});
  CHECK(offset_profile(empty({2, 0, 4, 4})).shape() == Shape{2, 0, 4});
  CHECK(offset_profile(empty({3, 0, 0})).shape() == Shape{3, 0});
  CHECK(has(error_of([] { mean_entropy(empty({0, 0})); }), "at least 3 tokens"));
  CHECK(has(error_of([] { previous_token_score(empty({3, 0, 0})); }), "[0, 0]"));
}

TEST_CASE("views are read through their strides, and a map stays as it was") {
  manual_seed(3);
  const Tensor maps = random_maps({3, 2, 6, 6});
  const Values before = values(maps);
  const Tensor heads_first = maps.transpose(0, 1), flipped = maps.t(), part = maps.slice(0, 1, 3);
  CHECK(values(previous_token_score(heads_first)) == values(previous_token_score(maps).t()));
  CHECK(values(offset_profile(flipped)) == values(offset_profile(flipped.contiguous())));
  CHECK(values(mean_entropy(part)) == values(mean_entropy(part.clone())));
  CHECK(values(pairwise_divergence(heads_first)) == values(pairwise_divergence(heads_first.contiguous())));
  CHECK(values(maps) == before);
}

TEST_CASE("metrics are off the tape, whatever their map is on") {
  Tensor leaf = randn({2, 4, 4}).requires_grad_();
  const Tensor maps = softmax(leaf);
  REQUIRE(maps.requires_grad());
  for (const Tensor& result : {previous_token_score(maps), offset_profile(maps), mean_entropy(maps),
                               jensen_shannon_divergence(maps, maps), pairwise_divergence(maps)})
    CHECK_FALSE(result.requires_grad());
}

TEST_CASE("NaN in a map is NaN in what is made of it, and in nothing else") {
  manual_seed(4);
  const Tensor maps = random_maps({2, 3, 3});
  maps.data<double>()[9 + 2 * 3 + 1] = not_a_number;  // map 1, query 2, key 1
  for (const Tensor& result : {previous_token_score(maps), mean_entropy(maps)}) {
    CHECK(std::isfinite(result[0].item()));
    CHECK(std::isnan(result[1].item()));
  }
  CHECK(std::isfinite(current_token_score(maps)[1].item()));
  CHECK(std::isnan(offset_profile(maps)[1][1].item()));
  CHECK(std::isnan(mean_entropy(full({3, 3}, -0.5)).item()));
}

TEST_CASE("the Jensen-Shannon divergence: by hand, by another formula, symmetric, between 0 and ln 2") {
  const auto js = [](const Values& p, const Values& q) {
    const auto n = static_cast<std::int64_t>(p.size());
    return jensen_shannon_divergence(tensor(p, {n}), tensor(q, {n})).item();
  };
  CHECK(js({1, 0}, {0, 1}) == ln2);
  CHECK(js({0.25, 0.75}, {0.25, 0.75}) == 0);
  // m = (3/4, 1/4): 3/2 ln 2 - 3/4 ln 3
  CHECK(std::fabs(js({1, 0}, {0.5, 0.5}) - (1.5 * ln2 - 0.75 * std::log(3))) <= tolerance);
  CHECK(js({1}, {5}) == 0);                             // one key: there is one distribution
  CHECK(std::fabs(js({1, 3}, {10, 30})) <= tolerance);  // counts are divided by their sum
  CHECK(std::fabs(js({2, 0}, {7, 7}) - js({1, 0}, {0.5, 0.5})) <= tolerance);
  CHECK(js({1e-300, 0}, {0, 1e300}) == ln2);

  manual_seed(5);
  for (const std::int64_t N : {1, 2, 3, 17, 64}) {
    const Tensor p = rand({20, N}, Dtype::float64), q = softmax(randn({20, N}, Dtype::float64) * 9.0);
    const Tensor pq = jensen_shannon_divergence(p, q);
    CHECK(pq.shape() == Shape{20});
    CHECK(values(pq) == values(jensen_shannon_divergence(q, p)));
    CHECK(values(jensen_shannon_divergence(p, p)) == Values(20, 0));
    for (std::int64_t i = 0; i < 20; ++i) {
      CHECK(std::fabs(pq[i].item() - naive_divergence(values(p[i]), values(q[i]))) <= tolerance);
      CHECK(pq[i].item() >= 0);
      CHECK(pq[i].item() <= ln2);
    }
  }
  CHECK(jensen_shannon_divergence(empty({0, 3}), empty({0, 3})).shape() == Shape{0});
}

TEST_CASE("the root of the divergence is a distance: no way round is shorter") {
  manual_seed(6);
  const Tensor p = rand({3, 200, 6}, Dtype::float64);
  const Values ab = values(jensen_shannon_divergence(p[0], p[1])),
               bc = values(jensen_shannon_divergence(p[1], p[2])),
               ac = values(jensen_shannon_divergence(p[0], p[2]));
  for (std::size_t i = 0; i < ab.size(); ++i)
    CHECK(std::sqrt(ac[i]) <= std::sqrt(ab[i]) + std::sqrt(bc[i]) + tolerance);
}

TEST_CASE("heads pair by pair: the divergence of each two, averaged over what lies between") {
  manual_seed(7);
  for (const Shape& shape : {Shape{4, 12}, Shape{3, 5, 5}, Shape{2, 3, 4, 4}, Shape{1, 6}}) {
    const Tensor x = rand(shape, Dtype::float64);
    const std::int64_t H = shape[0];
    const Tensor matrix = pairwise_divergence(x);
    REQUIRE(matrix.shape() == Shape{H, H});
    for (std::int64_t a = 0; a < H; ++a)
      for (std::int64_t b = 0; b < H; ++b) {
        const double expected = jensen_shannon_divergence(x[a], x[b]).mean().item();
        CHECK(std::fabs(matrix[a][b].item() - expected) <= tolerance);
        CHECK(matrix[a][b].item() == matrix[b][a].item());
        if (a == b) CHECK(matrix[a][b].item() == 0);
      }
  }
}

TEST_CASE(
    "heads that look one and two tokens back have nothing in common; two that look back one are the same") {
  const std::int64_t T = 12;
  const Tensor weights = zeros({3, 3, T, T}, Dtype::float64);  // [B, H, T, T]
  for (std::int64_t b = 0; b < 3; ++b)
    for (std::int64_t h = 0; h < 3; ++h) weights[b][h].copy_(looks_back(T, h == 2 ? 2 : 1));
  const Tensor by_profile = pairwise_divergence(offset_profile(weights).mean({0}));
  const Tensor by_row = pairwise_divergence(weights.transpose(0, 1));
  CHECK(distance(values(by_row[0]), Values{0, 0, ln2 * 10 / 12}) <=
        tolerance);  // rows 0 and 1 have one place to look at
  CHECK(by_profile[0][1].item() == 0);
  CHECK(by_profile[0][2].item() >= 0.5);
  CHECK(by_profile[0][2].item() <= ln2);
}

TEST_CASE("no heads, and heads of nothing") {
  CHECK(pairwise_divergence(empty({0, 5})).shape() == Shape{0, 0});
  CHECK(has(error_of([] { pairwise_divergence(empty({2, 0, 5})); }), "[2, 0, 5]"));
  CHECK(has(error_of([] { pairwise_divergence(empty({2, 0})); }), "[2, 0]"));
  CHECK(has(error_of([] { jensen_shannon_divergence(empty({2, 0}), empty({2, 0})); }), "[2, 0]"));
}

TEST_CASE("a shape that cannot be an attention map is refused, with the shape in the sentence") {
  for (const Shape& shape : {Shape{}, Shape{4}, Shape{3, 4}, Shape{2, 5, 4}}) {
    const Tensor x = zeros(shape);
    for (const auto& [name, error] :
         {std::pair{"previous_token_score", error_of([&] { previous_token_score(x); })},
          std::pair{"current_token_score", error_of([&] { current_token_score(x); })},
          std::pair{"first_token_score", error_of([&] { first_token_score(x); })},
          std::pair{"offset_profile", error_of([&] { offset_profile(x); })},
          std::pair{"mean_entropy", error_of([&] { mean_entropy(x); })}}) {
      CHECK(has(error, std::string(name) + ": needs attention maps [..., T, T]"));
      CHECK(has(error, "not " + to_string(shape)));
    }
  }
  CHECK(has(error_of([] { offset_profile(Tensor()); }), "undefined"));
  CHECK(has(error_of([] {
              offset_profile(zeros({2, 2}, Dtype::int64));
            }),
            "offset_profile: needs float32 or float64"));
  CHECK(has(error_of([] { previous_token_score(zeros({4, 4}), 0); }), "first_row is 0"));
  CHECK(has(error_of([] { first_token_score(zeros({4, 4}), -1); }), "first_row is -1"));
  CHECK(has(error_of([] { mean_entropy(zeros({4, 4}), 4); }), "[4, 4] has none"));
  CHECK(has(error_of([] { uniform_causal_score(4, 4); }), "has none"));
  CHECK(has(error_of([] { pairwise_divergence(zeros({4})); }), "not [4]"));
  CHECK(has(error_of([] { pairwise_divergence(Tensor()); }), "undefined"));
  CHECK(has(error_of([] { jensen_shannon_divergence(ones({2, 3}), ones({3})); }), "p [2, 3] and q [3]"));
  CHECK(has(error_of([] { jensen_shannon_divergence(ones({}), ones({})); }), "not []"));
}

TEST_CASE("what is no distribution is refused: negative, NaN, infinite, or nothing at all") {
  const Tensor good = ones({3, 2}, Dtype::float64);
  for (const double bad : {-0.25, not_a_number, inf}) {
    const Tensor x = good.clone();
    x.data<double>()[3] = bad;
    const std::string p = error_of([&] { jensen_shannon_divergence(x, good); }),
                      q = error_of([&] { jensen_shannon_divergence(good, x); }),
                      heads = error_of([&] { pairwise_divergence(x); });
    CHECK(has(p, "row 1 of p [3, 2] is not a distribution"));
    CHECK(has(q, "row 1 of q [3, 2] is not a distribution"));
    CHECK(has(heads, "row 1 of x [3, 2] is not a distribution"));
  }
  CHECK(has(error_of([&] { jensen_shannon_divergence(zeros({2}), ones({2})); }), "they sum to 0"));
}
