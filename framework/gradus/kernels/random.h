#pragma once
#include <cstdint>

namespace gradus::kernels {

/// y[i] uniform in [low, high) and normal, from counter i: Philox{seed, 0}.uniform(i) and normal(i), scaled.
/// T is float or double.
template <class T> void fill_uniform(std::int64_t n, std::uint64_t seed, double low, double high, T* y);
template <class T> void fill_normal(std::int64_t n, std::uint64_t seed, double mean, double deviation, T* y);

}  // namespace gradus::kernels
