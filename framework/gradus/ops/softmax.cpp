#include "gradus/ops/softmax.h"

#include <limits>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/record.h"
#include "gradus/kernels/softmax.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"

namespace gradus {
namespace {

/// The largest element of each row, which no gradient passes through: softmax does not change when a row is
/// shifted. A row that is all -inf is shifted by 0, and exp makes zeros of it.
Tensor row_shift(const Tensor& x, std::int64_t axis) {
  if (x.numel() == 0) return zeros_like(sum(x.detach(), {axis}, true));
  const Tensor top = max(x.detach(), axis, true);
  return where(eq(top, -std::numeric_limits<double>::infinity()), zeros_like(top), top);
}

/// Runs a kernel over dense rows along `axis`: along another axis than the last, on a transposed copy.
template <class F> Tensor over_rows(const Tensor& x, std::int64_t axis, F run) {
  const bool last = axis == x.dim() - 1 || x.dim() == 0;
  const Tensor rows = contiguous(last ? x.detach() : transpose(x.detach(), axis, -1));
  const Tensor y = run(rows);
  return last ? y : transpose(y, axis, -1);
}

std::int64_t row_length(const Tensor& rows) { return rows.dim() == 0 ? 1 : rows.size(-1); }
std::int64_t row_count(const Tensor& rows) {
  return row_length(rows) == 0 ? 0 : rows.numel() / row_length(rows);
}

Tensor value(const char* op, bool log, const Tensor& x, std::int64_t axis) {
  return over_rows(x, axis, [&](const Tensor& rows) {
    Tensor y = empty_like(rows);
    visit_floating(x.dtype(), op, [&](auto t) {
      using T = decltype(t);
      if (log)
        kernels::log_softmax(row_count(rows), row_length(rows), rows.data<T>(), y.data<T>());
      else
        kernels::softmax(row_count(rows), row_length(rows), rows.data<T>(), y.data<T>());
    });
    return y;
  });
}

/// dx from the op's own output y: by the kernel, or, when the gradient is itself recorded, in native ops. Both give 0
/// where everything is masked.
Tensor gradient(bool log, const Tensor& dy, const Tensor& y, std::int64_t axis) {
  if (recording()) {
    if (!log) return y * (dy - sum(mul_where_nonzero(y, dy), {axis}, true));
    const Tensor seen = sum(exp(y.detach()), {axis}, true) > 0.0;
    return where(seen, dy - exp(y) * sum(dy, {axis}, true), scalar(0, dy.dtype()));
  }
  const bool last = axis == y.dim() - 1 || y.dim() == 0;
  const Tensor dy_rows = contiguous(last ? dy : transpose(dy, axis, -1));
  return over_rows(y, axis, [&](const Tensor& rows) {
    Tensor dx = empty_like(rows);
    visit_floating(y.dtype(), "softmax", [&](auto t) {
      using T = decltype(t);
      const auto kernel = log ? kernels::log_softmax_backward<T> : kernels::softmax_backward<T>;
      kernel(row_count(rows), row_length(rows), rows.data<T>(), dy_rows.data<T>(), dx.data<T>());
    });
    return dx;
  });
}

Tensor row_op(const char* op, bool log, const Tensor& x, std::int64_t axis) {
  if (!x.defined()) fail(std::string(op) + ": x is undefined");
  const int a = checked_axis(op, axis, x.dim());
  return record(op, value(op, log, x, a),
                wrt(x, [log, a](const Tensor& dy, const Tensor& y) { return gradient(log, dy, y, a); }));
}

}  // namespace

Tensor composed::softmax(const Tensor& x, std::int64_t axis) {
  const Tensor e = exp(x - row_shift(x, axis));
  const Tensor total = sum(e, {axis}, true);
  return e / where(eq(total, 0.0), ones_like(total), total);
}

Tensor composed::log_softmax(const Tensor& x, std::int64_t axis) {
  const Tensor shifted = x - row_shift(x, axis), total = sum(exp(shifted), {axis}, true);
  return shifted - log(where(eq(total, 0.0), ones_like(total), total));
}

Tensor softmax(const Tensor& x, std::int64_t axis) { return row_op("softmax", false, x, axis); }
Tensor log_softmax(const Tensor& x, std::int64_t axis) { return row_op("log_softmax", true, x, axis); }

}  // namespace gradus
