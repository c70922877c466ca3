#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

struct GradcheckOptions {
  double tolerance = 1e-7;      ///< of the largest difference, over the gradient's largest entry
  double step = 1e-3;           ///< of the five-point difference, whose own error is near 1e-12
  std::int64_t directions = 0;  ///< 0: every element of every input; otherwise so many random directions
  bool second_order = false;    ///< also check the gradient's own gradient
  std::uint64_t seed = 1;
};

/// What gradcheck found. `message` names, for the worst element: input, multi-index, analytic and numeric
/// value; and, where a gradient is wrong in a way that is known (resemblance.h), that way.
struct GradcheckReport {
  bool ok = true;
  double error = 0;  ///< first order: largest difference over the gradient's largest entry
  double second_order_error = 0;
  std::string message;
  explicit operator bool() const { return ok; }
};

namespace detail {
/// A callable without <functional>: who it is and how to call it.
struct CheckedFunction {
  const void* self;
  Tensor (*call)(const void* self, const std::vector<Tensor>& inputs);
  Tensor operator()(const std::vector<Tensor>& inputs) const { return call(self, inputs); }
};
GradcheckReport gradcheck(CheckedFunction f, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options);
}  // namespace detail

/// Compares the gradient of f with finite differences, in float64 (float32 inputs are converted) and with a
/// random cotangent. Every floating input is checked; integer inputs are passed on.
///   GradcheckReport r = gradcheck([](auto& x) { return matmul(x[0], x[1]); }, {a, b});
template <class F>
GradcheckReport gradcheck(const F& f, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options = {}) {
  const auto call = [](const void* self, const std::vector<Tensor>& x) {
    return (*static_cast<const F*>(self))(x);
  };
  return detail::gradcheck({&f, call}, inputs, options);
}

}  // namespace gradus
