#pragma once
#include <cstdint>

namespace gradus::kernels {

/// y = x / (1 - p) where element i is kept, else 0 (whatever x is). Kept: word i % 4 of counter i / 4 of
/// Philox{seed, 0} is at least p 2^32. p = 0 keeps every bit of x; p = 1 gives zeros. The gradient is the same
/// call on dy. y may be x. T is float or double.
template <class T> void dropout(std::int64_t n, const T* x, double p, std::uint64_t seed, T* y);

}  // namespace gradus::kernels
