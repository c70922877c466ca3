#include "gradus/kernels/elementwise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"

#define HWY_TARGET_INCLUDE "gradus/kernels/elementwise.cpp"
#include "gradus/base/simd.h"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace simd = gradus::simd::HWY_NAMESPACE;

template <class T> void binary(Binary f, std::int64_t n, const T* a, const T* b, T* y) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  const V zero = hn::Zero(d);
  const auto map = [=](auto g) HWY_ATTR { simd::transform(n, y, g, a, b); };
  switch (f) {
    case Binary::add: return map([](V u, V v) HWY_ATTR { return hn::Add(u, v); });
    case Binary::sub: return map([](V u, V v) HWY_ATTR { return hn::Sub(u, v); });
    case Binary::mul: return map([](V u, V v) HWY_ATTR { return hn::Mul(u, v); });
    case Binary::div: return map([](V u, V v) HWY_ATTR { return hn::Div(u, v); });
    case Binary::minimum: return map([](V u, V v) HWY_ATTR { return simd::min_or_nan(u, v); });
    case Binary::maximum: return map([](V u, V v) HWY_ATTR { return simd::max_or_nan(u, v); });
    case Binary::mul_where_nonzero:
      return map([=](V u, V v) HWY_ATTR { return hn::IfThenZeroElse(hn::Eq(u, zero), hn::Mul(u, v)); });
    case Binary::pow:
      for (std::int64_t i = 0; i < n; ++i) y[i] = b[i] == 2 ? a[i] * a[i] : std::pow(a[i], b[i]);
  }
}

/// Integers wrap: they are added as unsigned numbers.
template <>
HWY_MAYBE_UNUSED void binary(Binary f, std::int64_t n, const std::int64_t* a, const std::int64_t* b,
                             std::int64_t* y) {
  using U = std::uint64_t;
  const auto loop = [&](auto op) {
    for (std::int64_t i = 0; i < n; ++i)
      y[i] = static_cast<std::int64_t>(op(static_cast<U>(a[i]), static_cast<U>(b[i])));
  };
  switch (f) {
    case Binary::add: return loop([](U u, U v) { return u + v; });
    case Binary::sub: return loop([](U u, U v) { return u - v; });
    case Binary::mul: return loop([](U u, U v) { return u * v; });
    case Binary::minimum:
      for (std::int64_t i = 0; i < n; ++i) y[i] = std::min(a[i], b[i]);
      return;
    case Binary::maximum:
      for (std::int64_t i = 0; i < n; ++i) y[i] = std::max(a[i], b[i]);
      return;
    default: fail("this operation is not defined for int64; write x.to(Dtype::float32)");
  }
}

template <class T> void compare(Compare f, std::int64_t n, const T* a, const T* b, bool* y) {
  const auto loop = [&](auto op) HWY_ATTR {
    for (std::int64_t i = 0; i < n; ++i) y[i] = op(a[i], b[i]);
  };
  switch (f) {
    case Compare::eq: return loop([](T u, T v) { return u == v; });
    case Compare::ne: return loop([](T u, T v) { return u != v; });
    case Compare::lt: return loop([](T u, T v) { return u < v; });
    case Compare::le: return loop([](T u, T v) { return u <= v; });
    case Compare::gt: return loop([](T u, T v) { return u > v; });
    case Compare::ge: return loop([](T u, T v) { return u >= v; });
  }
}

template <class T> void axpy(std::int64_t n, T alpha, const T* x, T* y) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  const V factor = hn::Set(d, alpha);
  const auto add = [factor](V u, V v) HWY_ATTR { return hn::MulAdd(factor, u, v); };
  simd::transform(n, y, add, x, static_cast<const T*>(y));
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {
namespace {

constexpr std::int64_t grain = 16384;  // elements per task: some 5 to 20 us
constexpr std::int64_t chunk = 1024;  // elements brought together at a time: the buffers stay in the L1 cache

/// An input that is dense, or is made so chunk by chunk: every function then has one loop, over dense memory.
template <class E> class Operand {
 public:
  Operand(const Layout& layout, const E* data) : layout_(collapsed(layout)), data_(data) {
    dense_ = layout_.rank == 0 || (layout_.rank == 1 && layout_.stride[0] == 1);
  }
  const E* at(std::int64_t begin, std::int64_t count, E* buffer) const {
    if (dense_) return data_ + begin;
    gather(layout_, data_, begin, count, buffer);
    return buffer;
  }

 private:
  Layout layout_;
  const E* data_;
  bool dense_;
};

template <class F> void for_each_chunk(std::int64_t n, const F& body) {
  parallel_blocks(n, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; i += chunk) body(i, std::min(chunk, end - i));
  });
}

template <class E, class R, class F>
void zip(const Layout& a_layout, const Layout& b_layout, const E* a, const E* b, R* y, const F& loop) {
  const Operand<E> u(a_layout, a), v(b_layout, b);
  for_each_chunk(elements(a_layout), [&](std::int64_t i, std::int64_t count) {
    E u_buffer[chunk], v_buffer[chunk];
    loop(count, u.at(i, count, u_buffer), v.at(i, count, v_buffer), y + i);
  });
}

template <class From, class To> To converted(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From{};
  } else if constexpr (std::is_floating_point_v<From> && std::is_same_v<To, std::int64_t>) {
    if (x >= From(0x1p63)) return std::numeric_limits<std::int64_t>::max();
    if (x < From(-0x1p63)) return std::numeric_limits<std::int64_t>::min();
    return x == x ? static_cast<std::int64_t>(x) : 0;
  } else {
    return static_cast<To>(x);
  }
}

}  // namespace

template <class T>
void binary(Binary f, const Layout& a_layout, const Layout& b_layout, const T* a, const T* b, T* y) {
  const auto loop = GRADUS_SIMD(binary<T>);
  zip(a_layout, b_layout, a, b, y, [&](auto n, auto u, auto v, auto out) { loop(f, n, u, v, out); });
}

template <class T>
void compare(Compare f, const Layout& a_layout, const Layout& b_layout, const T* a, const T* b, bool* y) {
  const auto loop = GRADUS_SIMD(compare<T>);
  zip(a_layout, b_layout, a, b, y, [&](auto n, auto u, auto v, auto out) { loop(f, n, u, v, out); });
}

template <class E>
void where(const Layout& c_layout, const Layout& a_layout, const Layout& b_layout, const bool* c, const E* a,
           const E* b, E* y) {
  const Operand<bool> condition(c_layout, c);
  const Operand<E> yes(a_layout, a), no(b_layout, b);
  for_each_chunk(elements(c_layout), [&](std::int64_t i, std::int64_t count) {
    bool c_buffer[chunk];
    E a_buffer[chunk], b_buffer[chunk];
    const bool* t = condition.at(i, count, c_buffer);
    const E *u = yes.at(i, count, a_buffer), *v = no.at(i, count, b_buffer);
    for (std::int64_t j = 0; j < count; ++j) y[i + j] = t[j] ? u[j] : v[j];
  });
}

template <class From, class To> void convert(std::int64_t n, const From* x, To* y) {
  parallel_blocks(n, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) y[i] = converted<From, To>(x[i]);
  });
}

template <class T> void axpy(std::int64_t n, T alpha, const T* x, T* y) {
  const auto loop = GRADUS_SIMD(axpy<T>);
  parallel_blocks(n, grain, [&](std::int64_t i, std::int64_t end) { loop(end - i, alpha, x + i, y + i); });
}

template void axpy(std::int64_t, float, const float*, float*);
template void axpy(std::int64_t, double, const double*, double*);

#define GRADUS_INSTANTIATE(T)                                                         \
  template void binary(Binary, const Layout&, const Layout&, const T*, const T*, T*); \
  template void compare(Compare, const Layout&, const Layout&, const T*, const T*, bool*);
GRADUS_INSTANTIATE(float)
GRADUS_INSTANTIATE(double)
GRADUS_INSTANTIATE(std::int64_t)
#undef GRADUS_INSTANTIATE

#define GRADUS_INSTANTIATE(E)                                                                            \
  template void where(const Layout&, const Layout&, const Layout&, const bool*, const E*, const E*, E*); \
  template void convert(std::int64_t, const E*, float*);                                                 \
  template void convert(std::int64_t, const E*, double*);                                                \
  template void convert(std::int64_t, const E*, std::int64_t*);                                          \
  template void convert(std::int64_t, const E*, bool*);
GRADUS_INSTANTIATE(float)
GRADUS_INSTANTIATE(double)
GRADUS_INSTANTIATE(std::int64_t)
GRADUS_INSTANTIATE(bool)
#undef GRADUS_INSTANTIATE

}  // namespace gradus::kernels
#endif
