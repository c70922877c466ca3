#include "gradus/ops/norm.h"

#include <fmt/format.h>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/record.h"
#include "gradus/kernels/norm.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"

namespace gradus {
namespace {

void check_norm(const char* op, const Tensor& x, Operand parameter) {
  if (!x.defined() || x.dim() < 1) fail_operands(op, "needs at least one axis", {{"x", x}});
  if (!parameter.tensor.defined()) return;
  check_same_floating(op, {"x", x}, parameter);
  if (!(parameter.tensor.shape() == Shape{x.size(-1)}))
    fail_operands(op,
                  fmt::format("the {} must hold one number for each of the last axis of x", parameter.name),
                  {{"x", x}, parameter});
}

/// A kernel's optional operand: undefined stays undefined.
Tensor contiguous_or_none(const Tensor& x) { return x.defined() ? contiguous(x.detach()) : x; }

std::int64_t row_count(const Tensor& x) { return x.size(-1) == 0 ? 0 : x.numel() / x.size(-1); }

Shape row_shape(const Tensor& x) {
  Shape s = x.shape();
  s.erase(s.rank() - 1);
  return s;
}

template <class T> T* data_or_null(const Tensor& x) { return x.defined() ? x.data<T>() : nullptr; }

}  // namespace

Tensor composed::layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  const Tensor centred = x - mean(x, {-1}, true);
  Tensor y = centred * rsqrt(mean(square(centred), {-1}, true) + eps);
  if (weight.defined()) y = y * weight;
  return bias.defined() ? y + bias : y;
}

Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  check_norm("layer_norm", x, {"weight", weight});
  check_norm("layer_norm", x, {"bias", bias});
  const Tensor in = contiguous(x.detach()), w = contiguous_or_none(weight), b = contiguous_or_none(bias);
  Tensor y = empty_like(in), mean = empty(row_shape(x), x.dtype()), rstd = empty_like(mean);
  visit_floating(x.dtype(), "layer_norm", [&](auto t) {
    using T = decltype(t);
    kernels::layer_norm<T>(row_count(in), in.size(-1), in.data<T>(), data_or_null<T>(w), data_or_null<T>(b),
                           eps, y.data<T>(), mean.data<T>(), rstd.data<T>());
  });
  const auto backward = [mean = Saved(mean), rstd = Saved(rstd)](const Tensor& dy, auto& wants,
                                                                 auto& inputs) {
    const Tensor rows = contiguous(inputs[0]), gain = contiguous_or_none(inputs[1]), dyc = contiguous(dy);
    std::array<Tensor, 3> d;
    if (wants[0]) d[0] = empty_like(rows);
    if (wants[1]) d[1] = empty({rows.size(-1)}, rows.dtype());
    if (wants[2]) d[2] = empty({rows.size(-1)}, rows.dtype());
    visit_floating(dy.dtype(), "layer_norm", [&](auto t) {
      using T = decltype(t);
      kernels::layer_norm_backward(row_count(rows), rows.size(-1), rows.data<T>(), data_or_null<T>(gain),
                                   mean.get().template data<T>(), rstd.get().template data<T>(),
                                   dyc.data<T>(), data_or_null<T>(d[0]), data_or_null<T>(d[1]),
                                   data_or_null<T>(d[2]));
    });
    return d;
  };
  const auto meaning = [eps](auto&... inputs) { return composed::layer_norm(inputs..., eps); };
  return record("layer_norm", y, fused<3>({&x, &weight, &bias}, backward, meaning));
}

Tensor composed::rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  const Tensor y = x * rsqrt(mean(square(x), {-1}, true) + eps);
  return weight.defined() ? y * weight : y;
}

Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  check_norm("rms_norm", x, {"weight", weight});
  const Tensor in = contiguous(x.detach()), w = contiguous_or_none(weight);
  Tensor y = empty_like(in), rstd = empty(row_shape(x), x.dtype());
  visit_floating(x.dtype(), "rms_norm", [&](auto t) {
    using T = decltype(t);
    kernels::rms_norm<T>(row_count(in), in.size(-1), in.data<T>(), data_or_null<T>(w), eps, y.data<T>(),
                         rstd.data<T>());
  });
  const auto backward = [rstd = Saved(rstd)](const Tensor& dy, auto& wants, auto& inputs) {
    const Tensor rows = contiguous(inputs[0]), gain = contiguous_or_none(inputs[1]), dyc = contiguous(dy);
    std::array<Tensor, 2> d;
    if (wants[0]) d[0] = empty_like(rows);
    if (wants[1]) d[1] = empty({rows.size(-1)}, rows.dtype());
    visit_floating(dy.dtype(), "rms_norm", [&](auto t) {
      using T = decltype(t);
      kernels::rms_norm_backward(row_count(rows), rows.size(-1), rows.data<T>(), data_or_null<T>(gain),
                                 rstd.get().template data<T>(), dyc.data<T>(), data_or_null<T>(d[0]),
                                 data_or_null<T>(d[1]));
    });
    return d;
  };
  const auto meaning = [eps](auto&... inputs) { return composed::rms_norm(inputs..., eps); };
  return record("rms_norm", y, fused<2>({&x, &weight}, backward, meaning));
}

}  // namespace gradus
