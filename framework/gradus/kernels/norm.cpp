#include "gradus/kernels/norm.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gradus/base/parallel.h"

#define HWY_TARGET_INCLUDE "gradus/kernels/norm.cpp"
#include "gradus/base/simd.h"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace simd = gradus::simd::HWY_NAMESPACE;

// Each function does one row of n elements. `mean` is null for RMS norm.

/// (x - centre) - offset: the mean in two parts, since a row of 1e8 + noise has a mean that T cannot hold.
/// The first difference is exact near the centre.
template <class T> struct Centred {
  hn::Vec<simd::Tag<T>> centre, offset;
  HWY_INLINE hn::Vec<simd::Tag<T>> operator()(hn::Vec<simd::Tag<T>> x) const {
    return hn::Sub(hn::Sub(x, centre), offset);
  }
};

template <class T> double mean_distance(std::int64_t n, const T* x, T centre) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  const V c = hn::Set(d, centre);
  const auto distance = [=](V v) HWY_ATTR { return hn::Sub(v, c); };
  return simd::sum<T>(n, distance, x) / static_cast<double>(n);
}

/// The row's centre from its rounded mean, or none for RMS norm.
template <class T> Centred<T> centred(std::int64_t n, const T* x, const T* mean) {
  const simd::Tag<T> d;
  if (!mean) return {hn::Zero(d), hn::Zero(d)};
  return {hn::Set(d, *mean), hn::Set(d, static_cast<T>(mean_distance(n, x, *mean)))};
}

template <class T>
void forward(std::int64_t n, const T* x, const T* weight, const T* bias, double eps, T* y, T* mean, T* rstd) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  if (mean) *mean = static_cast<T>(simd::sum(n, x) / static_cast<double>(n));
  const Centred<T> centre = centred<T>(n, x, mean);
  const auto square = [=](V v) HWY_ATTR {
    const V c = centre(v);
    return hn::Mul(c, c);
  };
  *rstd = static_cast<T>(1 / std::sqrt(simd::sum<T>(n, square, x) / static_cast<double>(n) + eps));
  const V scale = hn::Set(d, *rstd);
  if (weight && bias) {
    const auto affine = [=](V v, V w, V b) HWY_ATTR { return hn::MulAdd(hn::Mul(centre(v), scale), w, b); };
    simd::transform(n, y, affine, x, weight, bias);
  } else if (weight) {
    const auto scaled = [=](V v, V w) HWY_ATTR { return hn::Mul(hn::Mul(centre(v), scale), w); };
    simd::transform(n, y, scaled, x, weight);
  } else if (bias) {
    const auto shifted = [=](V v, V b) HWY_ATTR { return hn::MulAdd(centre(v), scale, b); };
    simd::transform(n, y, shifted, x, bias);
  } else {
    const auto plain = [=](V v) HWY_ATTR { return hn::Mul(centre(v), scale); };
    simd::transform(n, y, plain, x);
  }
}

/// dweight and dbias are added to; dx is set. Any of them may be null. dx may be dy, so it comes last.
template <class T>
void backward(std::int64_t n, const T* x, const T* weight, const T* mean, T rstd, const T* dy, T* dx,
              T* dweight, T* dbias) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  const Centred<T> centre = centred<T>(n, x, mean);
  const V scale = hn::Set(d, rstd);
  const auto add_product = [=](V total, V v, V g) HWY_ATTR {
    const V h = hn::Mul(centre(v), scale);
    return hn::MulAdd(h, g, total);
  };
  if (dweight) simd::transform(n, dweight, add_product, static_cast<const T*>(dweight), x, dy);
  const auto add = [](V total, V g) HWY_ATTR { return hn::Add(total, g); };
  if (dbias) simd::transform(n, dbias, add, static_cast<const T*>(dbias), dy);
  if (!dx) return;

  // h = (x - mean) rstd, g = dy weight; without a weight, x stands in for it and is not used.
  const bool weighted = weight != nullptr;
  const T* w = weighted ? weight : x;
  const auto g = [=](V u, V v) HWY_ATTR { return weighted ? hn::Mul(u, v) : u; };
  const auto g_h = [=](V v, V u, V q) HWY_ATTR { return hn::Mul(g(u, q), hn::Mul(centre(v), scale)); };
  const double count = static_cast<double>(n);
  const V mean_gh = hn::Set(d, static_cast<T>(simd::sum<T>(n, g_h, x, dy, w) / count));
  const V mean_g = mean ? hn::Set(d, static_cast<T>(simd::sum<T>(n, g, dy, w) / count)) : hn::Zero(d);
  const auto gradient = [=](V v, V u, V q) HWY_ATTR {
    const V h = hn::Mul(centre(v), scale);
    return hn::Mul(scale, hn::NegMulAdd(h, mean_gh, hn::Sub(g(u, q), mean_g)));
  };
  simd::transform(n, dx, gradient, x, dy, w);
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {
namespace {

/// Rows per task: 5 us and more of work, and at least 8 rows, so that the gradients of a weight, one row per
/// task, are small next to x; at most 64, so that few rows are summed in T.
std::int64_t rows_per_task(std::int64_t n) {
  return std::clamp<std::int64_t>(16384 / std::max<std::int64_t>(n, 1), 8, 64);
}

template <class T>
void norm(std::int64_t rows, std::int64_t n, const T* x, const T* weight, const T* bias, double eps, T* y,
          T* mean, T* rstd) {
  const auto row = GRADUS_SIMD(forward<T>);
  parallel_blocks(rows, rows_per_task(n), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      row(n, x + r * n, weight, bias, eps, y + r * n, mean ? mean + r : nullptr, rstd + r);
  });
}

/// total [n] = the sum of partial [blocks, n] over the blocks, in order.
template <class T> void add_up(std::int64_t blocks, std::int64_t n, const std::vector<T>& partial, T* total) {
  const std::int64_t grain = std::max<std::int64_t>(16, 8192 / std::max<std::int64_t>(blocks, 1));
  parallel_blocks(n, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t j = begin; j < end; ++j) {
      double sum = 0;
      for (std::int64_t b = 0; b < blocks; ++b) sum += static_cast<double>(partial.data()[b * n + j]);
      total[j] = static_cast<T>(sum);
    }
  });
}

template <class T>
void norm_backward(std::int64_t rows, std::int64_t n, const T* x, const T* weight, const T* mean,
                   const T* rstd, const T* dy, T* dx, T* dweight, T* dbias) {
  const auto row = GRADUS_SIMD(backward<T>);
  const std::int64_t block = rows_per_task(n), blocks = (rows + block - 1) / block;
  const std::size_t size = static_cast<std::size_t>(blocks * n);
  std::vector<T> dweights(dweight ? size : 0), dbiases(dbias ? size : 0);  // [blocks, n]
  parallel_for(blocks, [&](std::int64_t b) {
    T* dw = dweight ? dweights.data() + b * n : nullptr;
    T* db = dbias ? dbiases.data() + b * n : nullptr;
    for (std::int64_t r = b * block, end = std::min(rows, r + block); r < end; ++r)
      row(n, x + r * n, weight, mean ? mean + r : nullptr, rstd[r], dy + r * n, dx ? dx + r * n : nullptr, dw,
          db);
  });
  if (dweight) add_up(blocks, n, dweights, dweight);
  if (dbias) add_up(blocks, n, dbiases, dbias);
}

}  // namespace

template <class T>
void layer_norm(std::int64_t rows, std::int64_t n, const T* x, const T* weight, const T* bias, double eps,
                T* y, T* mean, T* rstd) {
  norm(rows, n, x, weight, bias, eps, y, mean, rstd);
}

template <class T>
void layer_norm_backward(std::int64_t rows, std::int64_t n, const T* x, const T* weight, const T* mean,
                         const T* rstd, const T* dy, T* dx, T* dweight, T* dbias) {
  norm_backward(rows, n, x, weight, mean, rstd, dy, dx, dweight, dbias);
}

template <class T>
void rms_norm(std::int64_t rows, std::int64_t n, const T* x, const T* weight, double eps, T* y, T* rstd) {
  norm<T>(rows, n, x, weight, nullptr, eps, y, nullptr, rstd);
}

template <class T>
void rms_norm_backward(std::int64_t rows, std::int64_t n, const T* x, const T* weight, const T* rstd,
                       const T* dy, T* dx, T* dweight) {
  norm_backward<T>(rows, n, x, weight, nullptr, rstd, dy, dx, dweight, nullptr);
}

#define GRADUS_INSTANTIATE(T)                                                                             \
  template void layer_norm(std::int64_t, std::int64_t, const T*, const T*, const T*, double, T*, T*, T*); \
  template void layer_norm_backward(std::int64_t, std::int64_t, const T*, const T*, const T*, const T*,   \
                                    const T*, T*, T*, T*);                                                \
  template void rms_norm(std::int64_t, std::int64_t, const T*, const T*, double, T*, T*);                 \
  template void rms_norm_backward(std::int64_t, std::int64_t, const T*, const T*, const T*, const T*, T*, T*);
GRADUS_INSTANTIATE(float)
GRADUS_INSTANTIATE(double)
#undef GRADUS_INSTANTIATE

}  // namespace gradus::kernels
#endif
