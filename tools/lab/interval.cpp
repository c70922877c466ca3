#include "tools/lab/interval.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/base/random.h"

namespace gradus::lab {
namespace {

constexpr std::int64_t resamples = 1000;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// x [N, ...] as columns of N doubles, one after the other.
std::vector<double> columns_of(const char* what, const Tensor& x) {
  if (!x.defined() || x.dim() < 1 || x.size(0) == 0)
    fail(fmt::format("{}: needs at least one sample [N, ...], not {}", what,
                     x.defined() ? to_string(x.shape()) : "an undefined tensor"));
  const std::int64_t N = x.size(0);
  const Tensor rows = x.detach().to(Dtype::float64);
  return rows.reshape({N, rows.numel() / N}).t().contiguous().to_vector<double>();
}

/// Which samples each draw is made of.   [resamples, N]
std::vector<std::uint32_t> draw(std::int64_t N) {
  const Philox random{.seed = 1993, .stream = 0};
  std::vector<std::uint32_t> chosen(static_cast<std::size_t>(resamples * N));
  for (std::size_t i = 0; i < chosen.size(); ++i)
    chosen[i] = static_cast<std::uint32_t>(random.below(i, static_cast<std::uint64_t>(N)));
  return chosen;
}

/// Where the share `p` of the sorted values lies below, between two of them if need be.
double quantile(const std::vector<double>& sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1), below = std::floor(at);
  const auto i = static_cast<std::size_t>(below);
  return sorted[i] + (at - below) * (sorted[std::min(i + 1, sorted.size() - 1)] - sorted[i]);
}

/// statistic(column, samples) for each column: of all N samples, with the bounds that its values for the draws give.
template <class F> std::vector<Interval> bootstrap(std::int64_t columns, std::int64_t N, F statistic) {
  std::vector<std::uint32_t> all(static_cast<std::size_t>(N));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
  const std::vector<std::uint32_t> chosen = draw(N);
  std::vector<Interval> result(static_cast<std::size_t>(columns));
  parallel_for(columns, [&](std::int64_t c) {
    std::vector<double> values(static_cast<std::size_t>(resamples));
    bool finite = true;
    for (std::size_t r = 0; r < values.size(); ++r) {
      values[r] = statistic(c, chosen.data() + static_cast<std::int64_t>(r) * N);
      finite = finite && std::isfinite(values[r]);
    }
    Interval& interval = result[static_cast<std::size_t>(c)];
    interval = {statistic(c, all.data()), nan, nan};
    if (!finite) return;  // NaN has no place in an order
    std::sort(values.begin(), values.end());
    interval.low = quantile(values, 0.025);
    interval.high = quantile(values, 0.975);
  });
  return result;
}

double sum_of(const double* column, const std::uint32_t* samples, std::int64_t N) {
  double sum = 0;
  for (std::int64_t i = 0; i < N; ++i) sum += column[samples[i]];
  return sum;
}

}  // namespace

std::vector<Interval> mean_interval(const Tensor& samples) {
  const std::vector<double> x = columns_of("mean_interval", samples);
  const std::int64_t N = samples.size(0);
  return bootstrap(samples.numel() / N, N, [&](std::int64_t c, const std::uint32_t* chosen) {
    return sum_of(x.data() + c * N, chosen, N) / static_cast<double>(N);
  });
}

std::vector<Interval> ratio_interval(const Tensor& a, const Tensor& b) {
  constexpr const char* what = "ratio_interval";
  const std::vector<double> x = columns_of(what, a), y = columns_of(what, b);
  if (!(a.shape() == b.shape()))
    fail(fmt::format("{}: a {} and b {} must have the same shape", what, to_string(a.shape()),
                     to_string(b.shape())));
  const std::int64_t N = a.size(0);
  return bootstrap(a.numel() / N, N, [&](std::int64_t c, const std::uint32_t* chosen) {
    return sum_of(x.data() + c * N, chosen, N) / sum_of(y.data() + c * N, chosen, N);
  });
}

}  // namespace gradus::lab
