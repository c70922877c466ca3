#include "gradus/kernels/embedding.h"

#include <algorithm>

#include "gradus/base/parallel.h"

#define HWY_TARGET_INCLUDE "gradus/kernels/embedding.cpp"
#include "gradus/base/simd.h"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace simd = gradus::simd::HWY_NAMESPACE;

/// `columns` columns of all rows, one row of dout after another.
template <class T>
void scatter_add(std::int64_t count, std::int64_t columns, std::int64_t width, const T* dout,
                 const std::int64_t* ids, T* dtable) {
  using V = hn::Vec<simd::Tag<T>>;
  const auto add = [](V total, V g) HWY_ATTR { return hn::Add(total, g); };
  for (std::int64_t i = 0; i < count; ++i) {
    T* row = dtable + ids[i] * width;
    simd::transform(columns, row, add, static_cast<const T*>(row), dout + i * width);
  }
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {

template <class T>
void gather_rows(std::int64_t count, std::int64_t width, const T* table, const std::int64_t* ids, T* out) {
  const std::int64_t grain =
      std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(width, 1));  // rows: some 5 us
  parallel_blocks(count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) std::copy_n(table + ids[i] * width, width, out + i * width);
  });
}

/// A task owns a strip of columns, since two ids may be the same row but two columns never meet; each adds in
/// the order of the ids. 64 columns are a few cache lines, so that reading in strips costs little.
template <class T>
void scatter_add_rows(std::int64_t count, std::int64_t width, const T* dout, const std::int64_t* ids,
                      T* dtable) {
  const auto loop = GRADUS_SIMD(scatter_add<T>);
  const bool small = count * width <= 16384;
  parallel_blocks(width, small ? std::max<std::int64_t>(width, 1) : 64,
                  [&](std::int64_t begin, std::int64_t end) {
                    loop(count, end - begin, width, dout + begin, ids, dtable + begin);
                  });
}

#define GRADUS_INSTANTIATE(T)                                                               \
  template void gather_rows(std::int64_t, std::int64_t, const T*, const std::int64_t*, T*); \
  template void scatter_add_rows(std::int64_t, std::int64_t, const T*, const std::int64_t*, T*);
GRADUS_INSTANTIATE(float)
GRADUS_INSTANTIATE(double)
#undef GRADUS_INSTANTIATE

}  // namespace gradus::kernels
#endif
