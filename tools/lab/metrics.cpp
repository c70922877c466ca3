#include "tools/lab/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "gradus/base/error.h"
#include "tools/lab/maps.h"

namespace gradus::lab {
namespace {

/// x [..., N] as doubles, each N of them divided by their sum.
std::vector<double> distributions(const char* what, const char* name, const Tensor& x) {
  std::vector<double> p = x.detach().to(Dtype::float64).to_vector<double>();
  const auto N = static_cast<std::size_t>(x.size(-1));
  for (std::size_t begin = 0; begin < p.size(); begin += N) {
    double sum = 0;
    bool valid = true;
    for (std::size_t i = begin; i < begin + N; ++i) {
      valid = valid && p[i] >= 0;
      sum += p[i];
    }
    if (!valid || !std::isfinite(sum) || sum <= 0)
      fail(Kind::numerical, fmt::format("{}: row {} of {} {} is not a distribution: its weights must be "
                                        "finite, not negative and not all "
                                        "0, and they sum to {}",
                                        what, begin / N, name, to_string(x.shape()), sum));
    for (std::size_t i = begin; i < begin + N; ++i) p[i] /= sum;
  }
  return p;
}

void check_distributions(const char* what, const char* name, const Tensor& x, int least_rank) {
  const char* needs = least_rank == 1 ? "distributions [..., N]" : "the distributions of heads [H, ..., N]";
  if (!x.defined() || x.dim() < least_rank || x.size(-1) == 0)
    fail(fmt::format("{}: {} must be {} with N of at least 1, not {}", what, name, needs,
                     x.defined() ? to_string(x.shape()) : "an undefined tensor"));
}

double divergence(const double* p, const double* q, std::int64_t N) {
  double twice = 0;
  for (std::int64_t i = 0; i < N; ++i) {
    // Where both are 0 so is the term. Written with ratios, equal distributions give 0 and not a rounding error.
    const double m = (p[i] + q[i]) / 2;
    const double a = p[i] > 0 ? p[i] * std::log(p[i] / m) : 0, b = q[i] > 0 ? q[i] * std::log(q[i] / m) : 0;
    twice += a + b;
  }
  return std::clamp(twice / 2, 0.0, std::numbers::ln2);
}

}  // namespace

Tensor previous_token_score(const Tensor& maps, std::int64_t first_row) {
  return mean_over_rows("previous_token_score", maps, first_row, 1,
                        [](const auto* row, std::int64_t i) { return row[i - 1]; });
}

Tensor current_token_score(const Tensor& maps, std::int64_t first_row) {
  return mean_over_rows("current_token_score", maps, first_row, 0,
                        [](const auto* row, std::int64_t i) { return row[i]; });
}

Tensor first_token_score(const Tensor& maps, std::int64_t first_row) {
  return mean_over_rows("first_token_score", maps, first_row, 0,
                        [](const auto* row, std::int64_t) { return row[0]; });
}

double uniform_causal_score(std::int64_t T, std::int64_t first_row) {
  check_rows("uniform_causal_score", T, first_row, 0);
  double sum = 0;
  for (std::int64_t i = first_row; i < T; ++i) sum += 1 / static_cast<double>(i + 1);
  return sum / static_cast<double>(T - first_row);
}

Tensor offset_profile(const Tensor& maps) {
  const std::int64_t T = tokens_of("offset_profile", maps);
  return for_each_map("offset_profile", maps, {T}, [&](std::int64_t, const auto* a, double* profile) {
    std::fill(profile, profile + T, 0.0);
    for (std::int64_t i = 0; i < T; ++i)
      for (std::int64_t d = 0; d <= i; ++d) profile[d] += static_cast<double>(a[i * T + i - d]);
    for (std::int64_t d = 0; d < T; ++d) profile[d] /= static_cast<double>(T - d);
  });
}

Tensor mean_entropy(const Tensor& maps, std::int64_t first_row) {
  const std::int64_t T = tokens_of("mean_entropy", maps);
  check_rows("mean_entropy", T, first_row, 0);
  return for_each_map("mean_entropy", maps, {}, [&](std::int64_t, const auto* a, double* mean) {
    double sum = 0;
    for (std::int64_t i = first_row * T; i < T * T; ++i) {
      const auto weight = static_cast<double>(a[i]);
      if (weight != 0) sum -= weight * std::log(weight);
    }
    *mean = sum / static_cast<double>(T - first_row);
  });
}

Tensor jensen_shannon_divergence(const Tensor& p, const Tensor& q) {
  constexpr const char* what = "jensen_shannon_divergence";
  check_distributions(what, "p", p, 1);
  check_distributions(what, "q", q, 1);
  if (!(p.shape() == q.shape()))
    fail(fmt::format("{}: p {} and q {} must have the same shape", what, to_string(p.shape()),
                     to_string(q.shape())));
  const std::vector<double> a = distributions(what, "p", p), b = distributions(what, "q", q);
  const std::int64_t N = p.size(-1);
  Shape shape = p.shape();
  shape.erase(shape.rank() - 1);
  const Tensor out = empty(shape, Dtype::float64);
  for (std::int64_t i = 0; i < out.numel(); ++i)
    out.data<double>()[i] = divergence(a.data() + i * N, b.data() + i * N, N);
  return out;
}

Tensor pairwise_divergence(const Tensor& x) {
  constexpr const char* what = "pairwise_divergence";
  check_distributions(what, "x", x, 2);
  const std::int64_t H = x.size(0), N = x.size(-1);
  const Tensor out = empty({H, H}, Dtype::float64);
  if (H == 0) return out;
  const std::int64_t rows = x.numel() / (H * N);
  if (rows == 0)
    fail(fmt::format("{}: the heads of x {} have no distribution to compare", what, to_string(x.shape())));
  const std::vector<double> p = distributions(what, "x", x);
  double* const matrix = out.data<double>();
  for (std::int64_t a = 0; a < H; ++a)
    for (std::int64_t b = 0; b <= a; ++b) {
      double sum = 0;
      for (std::int64_t r = 0; r < rows; ++r)
        sum += divergence(p.data() + (a * rows + r) * N, p.data() + (b * rows + r) * N, N);
      matrix[a * H + b] = matrix[b * H + a] = sum / static_cast<double>(rows);
    }
  return out;
}

}  // namespace gradus::lab
