#include "tools/lab/rollout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"

namespace gradus::lab {
namespace {

using Matrix = std::vector<double>;  // [T, T]

/// after = step before, the rows of `step` being what each position takes from which. Weights of 0 are passed over, so what
/// a mask hides costs nothing and cannot be NaN.
void follow(const Matrix& step, const double* before, double* after, std::int64_t T) {
  parallel_for(T, [&](std::int64_t q) {
    double* const row = after + q * T;
    std::fill(row, row + T, 0.0);
    for (std::int64_t via = 0; via < T; ++via) {
      const double weight = step[static_cast<std::size_t>(q * T + via)];
      if (weight == 0) continue;
      for (std::int64_t k = 0; k < T; ++k) row[k] += weight * before[via * T + k];
    }
  });
}

Matrix identity(std::int64_t T) {
  Matrix m(static_cast<std::size_t>(T * T));
  for (std::int64_t q = 0; q < T; ++q) m[static_cast<std::size_t>(q * T + q)] = 1;
  return m;
}

/// The mean of `heads` maps that lie one after the other, plus the identity, each row divided by its sum.
template <class S> Matrix with_residual(const S* maps, std::int64_t heads, std::int64_t T) {
  Matrix m(static_cast<std::size_t>(T * T));
  parallel_for(T, [&](std::int64_t q) {
    double* const row = m.data() + q * T;
    for (std::int64_t h = 0; h < heads; ++h)
      for (std::int64_t k = 0; k < T; ++k) row[k] += static_cast<double>(maps[(h * T + q) * T + k]);
    double sum = 1;
    for (std::int64_t k = 0; k < T; ++k) sum += row[k] /= static_cast<double>(heads);
    row[q] += 1;
    for (std::int64_t k = 0; k < T; ++k) row[k] /= sum;
  });
  return m;
}

Matrix uniform_causal(std::int64_t T) {
  Matrix m(static_cast<std::size_t>(T * T));
  for (std::int64_t q = 0; q < T; ++q)
    for (std::int64_t k = 0; k <= q; ++k)
      m[static_cast<std::size_t>(q * T + k)] = 1 / static_cast<double>(q + 1);
  return m;
}

}  // namespace

Tensor rollout(const Tensor& maps) {
  constexpr const char* what = "rollout";
  if (!maps.defined() || maps.dim() != 4 || maps.size(2) != maps.size(3) || maps.size(1) == 0)
    fail(fmt::format("{}: needs maps [L, H, T, T] of at least one head, not {}", what,
                     maps.defined() ? to_string(maps.shape()) : "an undefined tensor"));
  const Tensor in = maps.detach().contiguous();
  const std::int64_t layers = in.size(0), heads = in.size(1), T = in.size(2);
  const Tensor out = empty({layers, T, T}, Dtype::float64);
  visit_floating(in.dtype(), what, [&]<class S>(S) {
    const Matrix none = identity(T);
    const double* before = none.data();
    for (std::int64_t l = 0; l < layers; ++l) {
      double* const after = out.data<double>() + l * T * T;
      follow(with_residual(in.data<S>() + l * heads * T * T, heads, T), before, after, T);
      before = after;
    }
  });
  return out;
}

Tensor rollout_against_uniform(const Tensor& rollout) {
  constexpr const char* what = "rollout_against_uniform";
  if (!rollout.defined() || rollout.dim() != 3 || rollout.size(1) != rollout.size(2))
    fail(fmt::format("{}: needs a rollout [L, T, T], not {}", what,
                     rollout.defined() ? to_string(rollout.shape()) : "an undefined tensor"));
  const Tensor in = rollout.detach().contiguous();
  const std::int64_t layers = in.size(0), T = in.size(1);
  const Tensor out = empty(in.shape(), Dtype::float64);
  const Matrix step = with_residual(uniform_causal(T).data(), 1, T);
  Matrix before = identity(T), uniform(before.size());
  visit_floating(in.dtype(), what, [&]<class S>(S) {
    for (std::int64_t l = 0; l < layers; ++l) {
      follow(step, before.data(), uniform.data(), T);
      std::swap(before, uniform);
      for (std::int64_t q = 0; q < T; ++q)
        for (std::int64_t k = 0; k < T; ++k) {
          const std::int64_t at = (l * T + q) * T + k;
          const double evenly = before[static_cast<std::size_t>(q * T + k)];
          out.data<double>()[at] = k > q ? 0 : std::log2(static_cast<double>(in.data<S>()[at]) / evenly);
        }
    }
  });
  return out;
}

}  // namespace gradus::lab
