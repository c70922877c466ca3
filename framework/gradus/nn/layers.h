#pragma once
#include <cstdint>

#include "gradus/nn/init.h"
#include "gradus/nn/module.h"

namespace gradus::nn {

/// y = x W^T + b.   x [..., in] -> [..., out]
struct Linear {
  Parameter weight, bias;  ///< [out, in], [out]

  Linear(std::int64_t in, std::int64_t out, bool with_bias = true, Init init = Init::fan_in());
  Tensor operator()(const Tensor& x) const;
  Fields fields() const { return {{"weight", weight}, {"bias", bias}}; }
};

/// A row for each id, N(0, 1) unless told otherwise.   ids [...] -> [..., width]
struct Embedding {
  Parameter weight;  ///< [rows, width]

  Embedding(std::int64_t rows, std::int64_t width, Init init = Init::normal(1));
  Tensor operator()(const Tensor& ids) const;
  Fields fields() const { return {{"weight", weight}}; }
};

/// y = (x - mean) / sqrt(var + eps) weight + bias over the last axis, var with 1/n (Ba et al. 2016).
///   x [..., width] -> [..., width]
struct LayerNorm {
  Parameter weight, bias;  ///< [width], [width]; ones and zeros at the start
  double eps;

  explicit LayerNorm(std::int64_t width, bool with_bias = true, double eps = 1e-5);
  Tensor operator()(const Tensor& x) const;
  Fields fields() const { return {{"weight", weight}, {"bias", bias}}; }
};

/// y = x / sqrt(mean(x^2) + eps) weight over the last axis (Zhang and Sennrich 2019).
///   x [..., width] -> [..., width]
struct RMSNorm {
  Parameter weight;  ///< [width]; ones at the start
  double eps;

  explicit RMSNorm(std::int64_t width, double eps = 1e-6);
  Tensor operator()(const Tensor& x) const;
  Fields fields() const { return {{"weight", weight}}; }
};

/// Off while an Eval guard lives.
struct Dropout {
  double p;

  Tensor operator()(const Tensor& x) const;
  Fields fields() const { return {}; }
};

}  // namespace gradus::nn
