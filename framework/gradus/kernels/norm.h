#pragma once
#include <cstdint>

namespace gradus::kernels {

// Over the rows of dense [rows, n]; weight, bias and their gradients are [n]; mean and rstd are [rows]. T is
// float or double. Inputs marked "or null" may be absent (weight 1, bias 0), outputs so marked unwanted. dx
// may be dy.

/// y = (x - mean) rstd weight + bias, with rstd = 1 / sqrt(variance + eps) and the variance over n (biased).
template <class T>
void layer_norm(std::int64_t rows, std::int64_t n, const T* x, const T* weight_or_null, const T* bias_or_null,
                double eps, T* y, T* mean, T* rstd);

/// With h = (x - mean) rstd and g = dy weight:
///   dx = rstd (g - mean(g) - h mean(g h))      dweight = sum over rows of dy h      dbias = sum over rows of
///   dy
template <class T>
void layer_norm_backward(std::int64_t rows, std::int64_t n, const T* x, const T* weight_or_null,
                         const T* mean, const T* rstd, const T* dy, T* dx_or_null, T* dweight_or_null,
                         T* dbias_or_null);

/// y = x rstd weight, with rstd = 1 / sqrt(mean(x^2) + eps).
template <class T>
void rms_norm(std::int64_t rows, std::int64_t n, const T* x, const T* weight_or_null, double eps, T* y,
              T* rstd);

/// With h = x rstd and g = dy weight:      dx = rstd (g - h mean(g h))      dweight = sum over rows of dy h
template <class T>
void rms_norm_backward(std::int64_t rows, std::int64_t n, const T* x, const T* weight_or_null, const T* rstd,
                       const T* dy, T* dx_or_null, T* dweight_or_null);

}  // namespace gradus::kernels
