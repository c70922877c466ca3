#pragma once
#include <cstdint>

namespace gradus::kernels {

struct AdamW {
  double lr, beta1, beta2, eps, weight_decay;
  double bias_correction1, bias_correction2;  ///< 1 - beta^step
  double grad_scale = 1;                      ///< from clipping
};

/// One step of Adam with decoupled weight decay (Loshchilov and Hutter 2019), in one pass. With g scaled:
///   m = beta1 m + (1 - beta1) g      v = beta2 v + (1 - beta2) g^2
///   p = p (1 - lr weight_decay) - lr (m / bias_correction1) / (sqrt(v / bias_correction2) + eps)
/// lr = 0 leaves every bit of p. All are [n]; T is float or double.
template <class T> void adamw(std::int64_t n, T* p, const T* g, T* m, T* v, const AdamW& step);

/// The sum of x^2 in double, by a tree fixed by n: no overflow for floats; inf and NaN show in the result.
template <class T> double sum_of_squares(std::int64_t n, const T* x);

}  // namespace gradus::kernels
