#include "tools/lab/similarity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/base/random.h"
#include "tools/lab/eigen.h"
#include "tools/lab/maps.h"

namespace gradus::lab {
namespace {

/// `count` of the rows from 2 on in order, drawn without replacement.
std::vector<std::int64_t> draw_rows(std::int64_t T, std::int64_t count, Philox random) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(T - 2));
  std::iota(rows.begin(), rows.end(), 2);
  if (count >= T - 2) return rows;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    std::swap(rows[i], rows[i + random.below(i, rows.size() - i)]);
  rows.resize(static_cast<std::size_t>(count));
  std::sort(rows.begin(), rows.end());
  return rows;
}

/// Of (a + b) / 2, in nats; of a distribution itself when both are the same.
double entropy_of_mean(const double* a, const double* b, std::int64_t N) {
  double entropy = 0;
  for (std::int64_t k = 0; k < N; ++k) {
    const double p = (a[k] + b[k]) / 2;
    if (p > 0) entropy -= p * std::log(p);
  }
  return entropy;
}

/// Row q of every head of text n as doubles that sum to 1.   maps [N, H, T, T] -> [H, T]
template <class S> void read_row(const Tensor& maps, std::int64_t n, std::int64_t q, std::vector<double>& p) {
  const Shape& stride = maps.strides();
  const std::int64_t H = maps.size(1), T = maps.size(2);
  for (std::int64_t h = 0; h < H; ++h) {
    const S* const row = maps.data<S>() + n * stride[0] + h * stride[1] + q * stride[2];
    double* const into = p.data() + h * T;
    double sum = 0, least = 0;
    for (std::int64_t k = 0; k < T; ++k) {
      into[k] = static_cast<double>(row[k * stride[3]]);
      sum += into[k];
      least = std::min(least, into[k]);
    }
    if (!std::isfinite(sum) || sum <= 0 || least < 0)
      fail(Kind::numerical,
           fmt::format("pattern_divergence: row {} of head {} of text {} is not a "
                       "distribution: its weights must be finite, not negative and not all 0, "
                       "and they sum to {}",
                       q, h, n, sum));
    for (std::int64_t k = 0; k < T; ++k) into[k] /= sum;
  }
}

/// [H, H], checked.
std::vector<double> distances_of(const char* what, const Tensor& distances) {
  if (!distances.defined() || distances.dim() != 2 || distances.size(0) != distances.size(1))
    fail(fmt::format("{}: needs distances [H, H], not {}", what,
                     distances.defined() ? to_string(distances.shape()) : "an undefined tensor"));
  const std::vector<double> d = distances.detach().to(Dtype::float64).to_vector<double>();
  const auto H = static_cast<std::size_t>(distances.size(0));
  for (std::size_t a = 0; a < H; ++a)
    for (std::size_t b = 0; b <= a; ++b) {
      const double there = d[a * H + b], back = d[b * H + a];
      const bool valid = there >= 0 && std::isfinite(there) && (a != b || there == 0) &&
                         std::fabs(there - back) <= 1e-6 * there;
      if (!valid)
        fail(Kind::numerical,
             fmt::format("{}: distances must be finite, not negative, symmetric and 0 on the "
                         "diagonal; between {} and {} they are {} and {}",
                         what, a, b, there, back));
    }
  return d;
}

/// The mean over all points of (b - a) / max(a, b), a being how far a point is from the rest of its cluster on average, b how
/// far from the nearest other one; 0 for a point alone.   d [H, H], of [H] in 0 ... clusters - 1
double mean_silhouette(const std::vector<double>& d, const std::vector<std::int64_t>& of,
                       std::size_t clusters) {
  const std::size_t H = of.size();
  std::vector<double> size(clusters);
  for (const std::int64_t c : of) ++size[static_cast<std::size_t>(c)];
  double total = 0;
  for (std::size_t i = 0; i < H; ++i) {
    const auto own = static_cast<std::size_t>(of[i]);
    if (size[own] == 1) continue;
    std::vector<double> sum(clusters);
    for (std::size_t j = 0; j < H; ++j) sum[static_cast<std::size_t>(of[j])] += d[i * H + j];
    double nearest = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < clusters; ++c)
      if (c != own) nearest = std::min(nearest, sum[c] / size[c]);
    const double inside = sum[own] / (size[own] - 1), most = std::max(inside, nearest);
    if (most > 0) total += (nearest - inside) / most;
  }
  return total / static_cast<double>(H);
}

/// The same partition with clusters numbered in the order of their first points.
std::vector<std::int64_t> renumbered(const std::vector<std::int64_t>& of) {
  std::vector<std::int64_t> number(of.size(), -1), result;
  std::int64_t next = 0;
  for (const std::int64_t c : of) {
    std::int64_t& n = number[static_cast<std::size_t>(c)];
    if (n < 0) n = next++;
    result.push_back(n);
  }
  return result;
}

}  // namespace

Tensor pattern_divergence(const Tensor& maps, std::int64_t rows, std::uint64_t seed) {
  constexpr const char* what = "pattern_divergence";
  const std::int64_t T = tokens_of(what, maps);
  if (maps.dim() != 4 || maps.size(0) == 0)
    fail(fmt::format("{}: needs maps [N, H, T, T] of at least one text, not {}", what,
                     to_string(maps.shape())));
  if (rows < 1) fail(fmt::format("{}: rows is {}, and must be at least 1", what, rows));
  check_rows(what, T, 2);
  const Tensor in = maps.detach();
  const std::int64_t N = in.size(0), H = in.size(1);
  std::vector<double> p(static_cast<std::size_t>(H * T)), entropy(static_cast<std::size_t>(H));
  const Tensor out = empty({H, H}, Dtype::float64);
  double* const sum = out.data<double>();
  std::fill(sum, sum + H * H, 0.0);

  // One row of all heads at a time fits into a cache; each pair is one thread's, so that its sum has one order.
  std::int64_t seen = 0;
  for (std::int64_t n = 0; n < N; ++n)
    for (const std::int64_t q : draw_rows(T, rows, {.seed = seed, .stream = static_cast<std::uint64_t>(n)})) {
      visit_floating(in.dtype(), what, [&]<class S>(S) { read_row<S>(in, n, q, p); });
      for (std::int64_t h = 0; h < H; ++h)
        entropy[static_cast<std::size_t>(h)] = entropy_of_mean(p.data() + h * T, p.data() + h * T, T);
      parallel_for(H, [&](std::int64_t a) {
        for (std::int64_t b = 0; b < a; ++b) {
          const double apart =
              entropy[static_cast<std::size_t>(a)] / 2 + entropy[static_cast<std::size_t>(b)] / 2;
          sum[a * H + b] += std::max(entropy_of_mean(p.data() + a * T, p.data() + b * T, T) - apart, 0.0);
        }
      });
      ++seen;
    }
  for (std::int64_t a = 0; a < H; ++a)
    for (std::int64_t b = 0; b < a; ++b) sum[b * H + a] = sum[a * H + b] /= static_cast<double>(seen);
  return out;
}

Tensor multidimensional_scaling(const Tensor& distances) {
  const std::vector<double> d = distances_of("multidimensional_scaling", distances);
  const std::int64_t n = distances.size(0);
  const auto H = static_cast<std::size_t>(n);
  // The Gram matrix of the points about their centre: -1/2 of the squared distances, less the means of rows and columns.
  std::vector<double> gram(H * H), mean(H);
  for (std::size_t i = 0; i < H * H; ++i) gram[i] = -d[i] * d[i] / 2;
  for (std::size_t i = 0; i < H; ++i)
    for (std::size_t j = 0; j < H; ++j) mean[i] += gram[i * H + j] / static_cast<double>(H);
  const double all = std::accumulate(mean.begin(), mean.end(), 0.0) / static_cast<double>(H);
  for (std::size_t i = 0; i < H; ++i)
    for (std::size_t j = 0; j < H; ++j) gram[i * H + j] += all - mean[i] - mean[j];

  const Eigen axes = symmetric_eigen(std::move(gram), n);
  const Tensor out = empty({n, 2}, Dtype::float64);
  for (std::size_t axis = 0; axis < 2; ++axis) {
    double* const place = out.data<double>() + axis;
    const double variance = axis < H ? axes.values[axis] : 0;
    const bool flat = variance <= 1e-12 * (H > 0 ? axes.values[0] : 0);  // nothing but rounding is left
    std::size_t furthest = 0;
    const auto at = [&](std::size_t i) { return axes.vectors[axis * H + i]; };
    for (std::size_t i = 0; i < H && !flat; ++i)
      if (std::fabs(at(i)) > (1 + 1e-9) * std::fabs(at(furthest))) furthest = i;
    for (std::size_t i = 0; i < H; ++i)
      place[2 * i] = flat ? 0 : at(i) * std::copysign(std::sqrt(variance), at(furthest));
  }
  return out;
}

Clusters average_linkage(const Tensor& distances) {
  const std::vector<double> d = distances_of("average_linkage", distances);
  const std::size_t H = static_cast<std::size_t>(distances.size(0));
  Clusters best{std::vector<std::int64_t>(H), 0};

  std::vector<double> apart = d, size(H, 1);  // between clusters; a cluster has the number of its first head
  std::vector<std::int64_t> of(H);
  std::iota(of.begin(), of.end(), 0);
  std::vector<std::size_t> alive(H);
  std::iota(alive.begin(), alive.end(), std::size_t{0});
  while (alive.size() > 2) {
    std::size_t a = alive[0], b = alive[1];
    for (const std::size_t i : alive)
      for (const std::size_t j : alive)
        if (i < j && apart[i * H + j] < apart[a * H + b]) a = i, b = j;
    for (const std::size_t i : alive)
      apart[a * H + i] = apart[i * H + a] =
          (size[a] * apart[a * H + i] + size[b] * apart[b * H + i]) / (size[a] + size[b]);
    size[a] += size[b];
    std::erase(alive, b);
    std::replace(of.begin(), of.end(), static_cast<std::int64_t>(b), static_cast<std::int64_t>(a));
    if (alive.size() > 8) continue;
    const std::vector<std::int64_t> partition = renumbered(of);
    const double silhouette = mean_silhouette(d, partition, alive.size());
    // Fewer clusters come later, and are taken unless they are worse by more than rounding.
    if (silhouette > 1e-9 && silhouette >= best.silhouette - 1e-9) best = {partition, silhouette};
  }
  return best;
}

}  // namespace gradus::lab
