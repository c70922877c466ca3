#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

/// y = (x - mean) rstd weight + bias over the last axis, rstd = 1 / sqrt(var + eps), var with 1/n (Ba et al.
/// 2016). weight and bias [n] may be undefined.
///   dx = rstd (g - mean(g) - h mean(g h)),  g = dy weight,  h = (x - mean) rstd
///   dweight = sum dy h      dbias = sum dy
Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps = 1e-5);

/// y = x rstd weight over the last axis, rstd = 1 / sqrt(mean(x^2) + eps) (Zhang and Sennrich 2019). weight
/// may be undefined.
///   dx = rstd (g - h mean(g h)),  g = dy weight,  h = x rstd      dweight = sum dy h
Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps = 1e-6);

namespace composed {
Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps = 1e-5);
Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps = 1e-6);
}  // namespace composed

}  // namespace gradus
