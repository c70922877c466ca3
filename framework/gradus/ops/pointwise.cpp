#include "gradus/ops/pointwise.h"

#include <cmath>
#include <numbers>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/record.h"
#include "gradus/kernels/elementwise.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/tensor/creation.h"

namespace gradus {
namespace {

using kernels::Unary;

/// y = f(x), element by element.
Tensor map(const char* op, Unary f, const Tensor& x) {
  if (!x.defined()) fail(std::string(op) + ": x is undefined");
  const Tensor in = contiguous(x.detach());
  Tensor y = empty_like(in);
  visit_floating(x.dtype(), op, [&](auto t) {
    using T = decltype(t);
    kernels::unary(f, in.numel(), in.data<T>(), y.data<T>());
  });
  return y;
}

/// A fused activation: one kernel for the value, one for the gradient.
template <class Composed> Tensor activation(const char* op, Unary f, const Tensor& x, Composed composed) {
  const auto backward = [op, f](const Tensor& dy, auto&, auto& inputs) {
    const Tensor in = contiguous(inputs[0]), dyc = contiguous(dy);
    Tensor dx = empty_like(in);
    visit_floating(dy.dtype(), op, [&](auto t) {
      using T = decltype(t);
      kernels::unary_backward(f, dx.numel(), in.data<T>(), dyc.data<T>(), dx.data<T>());
    });
    return std::array<Tensor, 1>{dx};
  };
  return record(op, map(op, f, x), fused<1>({&x}, backward, composed));
}

}  // namespace

Tensor exp(const Tensor& x) {
  return record("exp", map("exp", Unary::exp, x),
                wrt(x, [](const Tensor& dy, const Tensor& y) { return dy * y; }));
}

Tensor log(const Tensor& x) {
  return record("log", map("log", Unary::log, x),
                wrt(x, [x = Saved(x)](const Tensor& dy) { return mul_where_nonzero(dy, 1.0 / x.get()); }));
}

Tensor sqrt(const Tensor& x) {
  return record("sqrt", map("sqrt", Unary::sqrt, x),
                wrt(x, [](const Tensor& dy, const Tensor& y) { return mul_where_nonzero(dy, 0.5 / y); }));
}

Tensor rsqrt(const Tensor& x) {
  return record("rsqrt", map("rsqrt", Unary::rsqrt, x), wrt(x, [](const Tensor& dy, const Tensor& y) {
                  return mul_where_nonzero(mul_where_nonzero(mul_where_nonzero(dy, y), y), y) * -0.5;
                }));
}

Tensor abs(const Tensor& x) {
  return record("abs", map("abs", Unary::abs, x),
                wrt(x, [x = Saved(x)](const Tensor& dy) { return dy * sign(x); }));
}

Tensor sign(const Tensor& x) {
  return record("sign", map("sign", Unary::sign, x), wrt(x, [](const Tensor& dy) { return zeros_like(dy); }));
}

Tensor square(const Tensor& x) {
  return record("square", map("square", Unary::square, x),
                wrt(x, [x = Saved(x)](const Tensor& dy) { return dy * x * 2.0; }));
}

Tensor sin(const Tensor& x) {
  return record("sin", map("sin", Unary::sin, x),
                wrt(x, [x = Saved(x)](const Tensor& dy) { return dy * cos(x); }));
}

Tensor cos(const Tensor& x) {
  return record("cos", map("cos", Unary::cos, x),
                wrt(x, [x = Saved(x)](const Tensor& dy) { return -(dy * sin(x)); }));
}

Tensor tanh(const Tensor& x) {
  return record("tanh", map("tanh", Unary::tanh, x),
                wrt(x, [](const Tensor& dy, const Tensor& y) { return dy * (1.0 - y * y); }));
}

Tensor sigmoid(const Tensor& x) {
  return record("sigmoid", map("sigmoid", Unary::sigmoid, x),
                wrt(x, [](const Tensor& dy, const Tensor& y) { return dy * (y * (1.0 - y)); }));
}

Tensor erf(const Tensor& x) {
  return record("erf", map("erf", Unary::erf, x), wrt(x, [x = Saved(x)](const Tensor& dy) {
                  return dy * exp(-square(x)) * (2 * std::numbers::inv_sqrtpi);
                }));
}

Tensor relu(const Tensor& x) {
  return record("relu", map("relu", Unary::relu, x), wrt(x, [x = Saved(x)](const Tensor& dy) {
                  return where(x.get() > 0.0, dy, scalar(0, dy.dtype()));
                }));
}

Tensor composed::gelu_erf(const Tensor& x) { return x * (1.0 + erf(x * std::numbers::sqrt2 * 0.5)) * 0.5; }
Tensor gelu_erf(const Tensor& x) { return activation("gelu_erf", Unary::gelu_erf, x, composed::gelu_erf); }

Tensor composed::gelu_tanh(const Tensor& x) {
  const double c = std::sqrt(2 * std::numbers::inv_pi);
  return x * (1.0 + tanh((x + x * x * x * 0.044715) * c)) * 0.5;
}
Tensor gelu_tanh(const Tensor& x) {
  return activation("gelu_tanh", Unary::gelu_tanh, x, composed::gelu_tanh);
}

Tensor composed::silu(const Tensor& x) { return x * sigmoid(x); }
Tensor silu(const Tensor& x) { return activation("silu", Unary::silu, x, composed::silu); }

}  // namespace gradus
