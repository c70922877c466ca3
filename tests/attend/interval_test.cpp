#include "tools/lab/interval.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "attend/planted.h"
#include "gradus/base/parallel.h"
#include "gradus/base/random.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"

using namespace gradus;
using namespace gradus::lab;

namespace {

constexpr double tolerance = 1e-12;

bool same(const Interval& a, const Interval& b, double within = 0) {
  return planted::distance(Values{a.value, a.low, a.high}, Values{b.value, b.low, b.high}) <= within;
}

/// The definition, one column at a time: draw r takes the samples that the generator's numbers r N ... r N + N - 1 choose,
/// and of the 1000 results in order the bounds lie between the 25th and 26th, and between the 975th and 976th.
template <class Statistic> Interval naive(const Values& a, const Values& b, Statistic statistic) {
  const Philox random{1993, 0};
  const std::size_t N = a.size();
  Values results;
  for (std::size_t r = 0; r < 1000; ++r) {
    Values x, y;
    for (std::size_t i = 0; i < N; ++i) {
      const std::size_t chosen = random.below(r * N + i, N);
      x.push_back(a[chosen]);
      y.push_back(b[chosen]);
    }
    results.push_back(statistic(x, y));
  }
  std::sort(results.begin(), results.end());
  return {statistic(a, b), 0.025 * results[24] + 0.975 * results[25],
          0.975 * results[974] + 0.025 * results[975]};
}

double total(const Values& x) {
  long double sum = 0;
  for (const double v : x) sum += v;
  return static_cast<double>(sum);
}
double mean_of(const Values& x, const Values&) { return total(x) / static_cast<double>(x.size()); }
double ratio_of(const Values& x, const Values& y) { return total(x) / total(y); }

Values column(const Tensor& x, std::int64_t c) {
  return values(x.reshape({x.size(0), x.numel() / x.size(0)}).select(1, c));
}

}  // namespace

TEST_CASE("an interval is what its definition gives, for each column of samples of any shape and type") {
  manual_seed(1);
  for (const Shape& shape : {Shape{1}, Shape{2}, Shape{7}, Shape{5, 3}, Shape{16, 2, 3}, Shape{64, 1, 2, 2}})
    for (const Dtype dtype : {Dtype::float32, Dtype::float64}) {
      const Tensor a = randn(shape, dtype), b = rand(shape, dtype) + 0.5;
      const std::vector<Interval> means = mean_interval(a), ratios = ratio_interval(a, b);
      const std::int64_t columns = shape.numel() / shape[0];
      REQUIRE(static_cast<std::int64_t>(means.size()) == columns);
      REQUIRE(static_cast<std::int64_t>(ratios.size()) == columns);
      for (std::int64_t c = 0; c < columns; ++c) {
        const auto at = static_cast<std::size_t>(c);
        CHECK(same(means[at], naive(column(a, c), column(b, c), mean_of), tolerance));
        CHECK(same(ratios[at], naive(column(a, c), column(b, c), ratio_of), tolerance));
        CHECK(means[at].low <= means[at].value);
        CHECK(means[at].value <= means[at].high);
      }
    }
  const Tensor counts = tensor(std::vector<std::int64_t>{3, 1, 4, 1, 5, 9}, {6});
  CHECK(same(mean_interval(counts)[0], mean_interval(counts.to(Dtype::float64))[0]));
  CHECK(std::fabs(mean_interval(counts)[0].value - 23.0 / 6) <= tolerance);
}

TEST_CASE(
    "of normal samples the interval is 1.96 standard errors to either side, and holds the mean 19 times in "
    "20") {
  manual_seed(2);
  const std::int64_t N = 100, trials = 400;
  const std::vector<Interval> intervals = mean_interval(randn({N, trials}, Dtype::float64) * 3.0 + 5.0);
  double width = 0;
  int holds = 0;
  for (const Interval& i : intervals) {
    width += (i.high - i.low) / static_cast<double>(trials);
    holds += i.low <= 5 && 5 <= i.high;
  }
  CHECK(std::fabs(width - 2 * 1.96 * 3 / std::sqrt(N)) <= 0.03);
  CHECK(holds >= 364);  // 0.91
  CHECK(holds <= 392);  // 0.98
}

TEST_CASE("samples that are all the same leave no doubt, and one sample is its own interval") {
  for (const double x : {0.1, -3.0, 1e300, 0.0}) {
    const Tensor constant = full({9, 2}, x, Dtype::float64);
    const Interval i = mean_interval(constant)[1];
    CHECK(i.low == i.value);
    CHECK(i.high == i.value);
    CHECK(std::fabs(i.value - x) <= 1e-15 * std::fabs(x));
    CHECK(same(mean_interval(constant.slice(0, 0, 1))[0], {x, x, x}));
  }
  CHECK(same(ratio_interval(full({4}, 3.0), full({4}, 2.0))[0], {1.5, 1.5, 1.5}));
}

TEST_CASE(
    "draws are the same for every column, so differences are paired and a number's place does not matter") {
  manual_seed(3);
  const Tensor x = randn({12, 5}, Dtype::float64), y = x + 0.25;
  for (const Interval& i : mean_interval(y - x)) CHECK(i.high - i.low <= tolerance);
  const std::vector<Interval> all = mean_interval(x);
  for (std::int64_t c = 0; c < 5; ++c)
    CHECK(same(mean_interval(x.select(1, c))[0], all[static_cast<std::size_t>(c)]));
  const std::vector<Interval> up = mean_interval(y);
  for (std::size_t c = 0; c < 5; ++c)
    CHECK(same(up[c], {all[c].value + 0.25, all[c].low + 0.25, all[c].high + 0.25}, tolerance));
  // [N, 2, 3]: element [i, j] is number 3 i + j, however the samples lie in memory
  const Tensor z = randn({8, 2, 3}, Dtype::float64), turned = z.transpose(0, 2).contiguous().transpose(0, 2);
  CHECK_FALSE(turned.is_contiguous());
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t j = 0; j < 3; ++j) {
      const Interval one = mean_interval(z.select(1, i).select(1, j))[0];
      CHECK(same(mean_interval(z)[static_cast<std::size_t>(3 * i + j)], one));
      CHECK(same(mean_interval(turned)[static_cast<std::size_t>(3 * i + j)], one));
    }
}

TEST_CASE("a ratio weighs samples by what they are measured against") {
  // Lift of a class that one text is full of: 9 of 10 against 1 of 10, not the mean of 1 and 9.
  const Tensor mass = tensor({0.1, 0.9}, Dtype::float64), share = tensor({0.1, 0.1}, Dtype::float64);
  CHECK(std::fabs(ratio_interval(mass, share)[0].value - 5) <= tolerance);
  CHECK(std::fabs(ratio_interval(mass, share)[0].low - 1) <= tolerance);
  CHECK(std::fabs(ratio_interval(mass, share)[0].high - 9) <= tolerance);
  CHECK(std::fabs(ratio_interval(tensor({1, 8}), tensor({1, 2}))[0].value - 3) <= tolerance);
  manual_seed(4);
  const Tensor a = randn({20}, Dtype::float64);
  CHECK(same(ratio_interval(a, ones({20}, Dtype::float64))[0], mean_interval(a)[0], tolerance));
}

TEST_CASE("what is not finite leaves a column without bounds, and the others as they are") {
  manual_seed(5);
  const Tensor x = randn({10, 3}, Dtype::float64), broken = x.clone();
  for (const double bad : {not_a_number, inf, -inf}) {
    broken.data<double>()[4 * 3 + 1] = bad;
    const std::vector<Interval> i = mean_interval(broken);
    CHECK(same(i[0], mean_interval(x)[0]));
    CHECK(same(i[2], mean_interval(x)[2]));
    CHECK((std::isnan(bad) ? std::isnan(i[1].value) : i[1].value == bad));
    CHECK(std::isnan(i[1].low));
    CHECK(std::isnan(i[1].high));
  }
  // Of ten texts two have any of the class: one draw in ten has none, and no ratio.
  const Tensor rare = zeros({10}, Dtype::float64);
  rare.data<double>()[3] = rare.data<double>()[7] = 0.5;
  const Interval i = ratio_interval(rare, rare)[0];
  CHECK(i.value == 1);
  CHECK(std::isnan(i.low));
  CHECK(std::isnan(i.high));
  CHECK(std::isnan(ratio_interval(zeros({4}), zeros({4}))[0].value));
}

TEST_CASE("bits do not depend on threads, samples stay as they were, and none at all are refused") {
  manual_seed(6);
  const Tensor x = randn({30, 17});
  const Values before = values(x);
  const std::vector<Interval> wanted = mean_interval(x);
  const int threads = num_threads();
  for (const int n : {1, 2, 5}) {
    set_num_threads(n);
    const std::vector<Interval> got = mean_interval(x);
    for (std::size_t c = 0; c < wanted.size(); ++c) CHECK(same(got[c], wanted[c]));
  }
  set_num_threads(threads);
  CHECK(values(x) == before);
  CHECK(mean_interval(empty({3, 0})).empty());
  CHECK(has(error_of([] {
              mean_interval(empty({0, 3}));
            }),
            "mean_interval: needs at least one sample [N, ...], not [0, 3]"));
  CHECK(has(error_of([] { mean_interval(scalar(1)); }), "not []"));
  CHECK(has(error_of([] { mean_interval(Tensor()); }), "undefined"));
  CHECK(has(error_of([] { ratio_interval(ones({2, 3}), ones({3, 2})); }), "a [2, 3] and b [3, 2]"));
  CHECK(has(error_of([] { ratio_interval(ones({2}), Tensor()); }), "undefined"));
}
