#pragma once
#include "gradus/base/shape.h"
#include "gradus/tensor/tensor.h"

namespace gradus::nn {

/// How a weight starts. The default of a layer is PyTorch's; a GPT asks for normal(0.02).
struct Init {
  enum class Kind { fan_in, normal, zeros } kind = Kind::fan_in;
  double deviation = 0;

  static Init fan_in() { return {}; }  ///< uniform in +-1/sqrt(inputs)
  static Init normal(double deviation) { return {Kind::normal, deviation}; }
  static Init zeros() { return {Kind::zeros, 0}; }
};

Tensor initialised(const Init& init, const Shape& shape, std::int64_t inputs);

}  // namespace gradus::nn
