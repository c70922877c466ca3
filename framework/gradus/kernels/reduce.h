#pragma once
#include <cstdint>

namespace gradus::kernels {

enum class Reduce { sum, max, min, logsumexp };

// x is dense [outer, n, inner] and y is [outer, inner]; T is float or double. The order of the sums is a tree
// fixed by the shape. Sums of floats run in float inside blocks of at most 4096 and in double across them, so
// 2^25 ones give 2^25.

/// y = x reduced over n.  max and min give NaN if there is one; logsumexp does not overflow, and is -inf if
/// all x are. n == 0 gives 0, -inf, +inf and -inf.
template <class T>
void reduce(Reduce f, std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, T* y);

/// The first index along n of the largest (smallest) element, or of the first NaN. n > 0.
template <class T>
void argmax(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, std::int64_t* y);
template <class T>
void argmin(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, std::int64_t* y);

}  // namespace gradus::kernels
