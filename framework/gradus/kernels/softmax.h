#pragma once
#include <cstdint>

namespace gradus::kernels {

// Over the rows of dense [rows, n]; T is float or double. Outputs may be an input. NaN or +inf in a row makes
// it NaN.

/// y = exp(x - max x) / sum.  A row that is all -inf gives zeros.
template <class T> void softmax(std::int64_t rows, std::int64_t n, const T* x, T* y);
/// dx = y (dy - sum(y dy)).  Where y is 0, dx is 0.
template <class T> void softmax_backward(std::int64_t rows, std::int64_t n, const T* y, const T* dy, T* dx);

/// y = x - max x - log sum exp(x - max x).  A row that is all -inf stays so.
template <class T> void log_softmax(std::int64_t rows, std::int64_t n, const T* x, T* y);
/// dx = dy - exp(y) sum(dy).  A row with y all -inf gives zeros.
template <class T>
void log_softmax_backward(std::int64_t rows, std::int64_t n, const T* y, const T* dy, T* dx);

}  // namespace gradus::kernels
