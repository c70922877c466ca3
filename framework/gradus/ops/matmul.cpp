#include "gradus/ops/matmul.h"

#include <fmt/format.h>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/record.h"
#include "gradus/kernels/gemm.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/layout.h"

namespace gradus {
namespace {

/// A gemm reads a matrix whose rows or whose columns are dense; anything else is copied first.
Tensor readable(const Tensor& x) {
  const int r = x.dim() - 2, c = x.dim() - 1;
  const bool rows = x.strides()[c] == 1 && x.strides()[r] >= x.shape()[c];
  const bool columns = x.strides()[r] == 1 && x.strides()[c] >= x.shape()[r];
  return rows || columns     ? x
         : x.is_contiguous() ? x.with_layout(x.shape(), dense_strides(x.shape()), x.offset())
                             : contiguous(x);
}

template <class T> kernels::Matrix<T> matrix(const Tensor& x) {
  return {x.data<T>(), x.strides()[x.dim() - 2], x.strides()[x.dim() - 1]};
}

/// Offsets of the matrices of x when its leading axes are read as `batch`.
std::vector<std::int64_t> matrix_offsets(const Tensor& x, const Shape& batch) {
  const int lead = batch.rank() - (x.dim() - 2);
  std::vector<std::int64_t> offsets(static_cast<std::size_t>(batch.numel()));
  Shape index = Shape::filled(batch.rank(), 0);
  for (std::int64_t& offset : offsets) {
    for (int i = lead; i < batch.rank(); ++i)
      if (x.shape()[i - lead] != 1) offset += index[i] * x.strides()[i - lead];
    for (int i = batch.rank() - 1; i >= 0 && ++index[i] == batch[i]; --i) index[i] = 0;
  }
  return offsets;
}

Shape leading(const Tensor& x) {
  Shape s = x.shape();
  s.erase(s.rank() - 1);
  s.erase(s.rank() - 1);
  return s;
}

/// [..., n] -> [rows, n]
Tensor as_rows(const Tensor& x) {
  std::int64_t rows = 1;
  for (int i = 0; i + 1 < x.dim(); ++i) rows *= x.shape()[i];
  return reshape(x, {rows, x.size(-1)});
}

/// The value for operands of two or more axes.
Tensor product(const Tensor& a_given, const Tensor& b_given) {
  const Tensor a = readable(a_given.detach()), b = readable(b_given.detach());
  const std::int64_t m = a.size(-2), k = a.size(-1), n = b.size(-1);
  Shape shape = *broadcast(leading(a), leading(b));
  const Shape batch = shape;
  shape.push_back(m);
  shape.push_back(n);
  Tensor y = empty(shape, a.dtype());
  visit_floating(a.dtype(), "matmul", [&](auto t) {
    using T = decltype(t);
    if (b.dim() == 2 && a.is_contiguous()) {  // one product over all rows
      const std::int64_t rows = batch.numel() * m;
      kernels::gemm<T>(rows, n, k, {a.data<T>(), k, 1}, matrix<T>(b), false, y.data<T>(), n);
      return;
    }
    const auto a_offsets = matrix_offsets(a, batch), b_offsets = matrix_offsets(b, batch),
               y_offsets = matrix_offsets(y, batch);
    kernels::gemm_batch<T>(batch.numel(), a_offsets.data(), b_offsets.data(), y_offsets.data(), m, n, k,
                           matrix<T>(a), matrix<T>(b), false, y.data<T>(), n);
  });
  return y;
}

/// a^T dy, added over the leading axes that b does not have.
Tensor right_gradient(const Tensor& a, const Tensor& dy, int rank_of_b) {
  if (rank_of_b == 2) return matmul(as_rows(a).t(), as_rows(dy));
  return matmul(a.t(), dy);
}

/// dy^T x over all rows: a weight's gradient, added into the one that waits there by the product itself.
Tensor weight_gradient(const Tensor& dy, const Tensor& x, const Tensor& buffer) {
  const Tensor rows = as_rows(x), dy_rows = as_rows(dy);
  if (!buffer.defined()) return matmul(dy_rows.t(), rows);
  const Tensor a = readable(dy_rows.t()), b = readable(rows);
  visit_floating(dy.dtype(), "linear", [&](auto t) {
    using T = decltype(t);
    kernels::gemm<T>(a.size(0), b.size(1), a.size(1), matrix<T>(a), matrix<T>(b), true, buffer.data<T>(),
                     b.size(1));
  });
  return {};
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  check_same_floating("matmul", {"a", a}, {"b", b});
  if (a.dim() == 0 || b.dim() == 0)
    fail_operands("matmul", "needs operands with at least one axis", {{"a", a}, {"b", b}}, "use a * b");
  if (a.dim() == 1) return squeeze(matmul(unsqueeze(a, 0), b), b.dim() == 1 ? 0 : -2);
  if (b.dim() == 1) return squeeze(matmul(a, unsqueeze(b, 1)), -1);
  if (a.size(-1) != b.size(-2)) {
    const bool transposed = a.size(-1) == b.size(-1) && broadcast(leading(a), leading(b));
    fail_operands(
        "matmul", "the last axis of a must equal the second to last of b", {{"a", a}, {"b", b}},
        fmt::format("{} != {}{}", a.size(-1), b.size(-2), transposed ? "; did you mean b.t()?" : ""));
  }
  if (!broadcast(leading(a), leading(b)))
    fail_operands("matmul", "the leading axes do not broadcast", {{"a", a}, {"b", b}});
  return record(
      "matmul", product(a, b), wrt(a, [b = Saved(b)](const Tensor& dy) { return matmul(dy, b.get().t()); }),
      wrt(b, [a = Saved(a), rank = b.dim()](const Tensor& dy) { return right_gradient(a, dy, rank); }));
}

Tensor composed::linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const Tensor y = matmul(x, weight.t());
  return bias.defined() ? y + bias : y;
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check_same_floating("linear", {"x", x}, {"weight", weight});
  if (weight.dim() != 2)
    fail_operands("linear", "the weight must be a matrix [out, in]", {{"x", x}, {"weight", weight}});
  const std::int64_t in = weight.size(1), out = weight.size(0);
  if (x.dim() < 1 || x.size(-1) != in)
    fail_operands("linear", "the last axis of x must equal the weight's input size",
                  {{"x", x}, {"weight", weight}}, x.dim() < 1 ? "" : fmt::format("{} != {}", x.size(-1), in));
  if (bias.defined() && !(bias.shape() == Shape{out} && bias.dtype() == weight.dtype()))
    fail_operands("linear", "the bias must hold one number per output", {{"weight", weight}, {"bias", bias}});

  Shape shape = x.shape();
  shape.back() = out;
  Tensor y = empty(shape, x.dtype());
  const Tensor rows = readable(as_rows(x.detach())), w = readable(weight.detach());
  if (bias.defined()) y.copy_(bias.detach());  // the product adds to it
  visit_floating(x.dtype(), "linear", [&](auto t) {
    using T = decltype(t);
    kernels::gemm<T>(rows.size(0), out, in, matrix<T>(rows), matrix<T>(w.t()), bias.defined(), y.data<T>(),
                     out);
  });
  return record(
      "linear", y, wrt(x, [weight = Saved(weight)](const Tensor& dy) { return matmul(dy, weight); }),
      wrt(weight,
          [x = Saved(x)](const Tensor& dy, Into into) { return weight_gradient(dy, x, into.buffer); }),
      wrt(bias, [](const Tensor& dy) { return dy; }));
}

}  // namespace gradus
