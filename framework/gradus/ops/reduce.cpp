#include "gradus/ops/reduce.h"

#include <fmt/format.h>

#include <algorithm>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/record.h"
#include "gradus/kernels/reduce.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"

namespace gradus {
namespace {

/// Which axes a reduction takes away.
struct Axes {
  bool reduced[max_rank] = {};
  Shape kept;              ///< the result with size-1 axes in place of the reduced ones
  Shape dropped;           ///< the result without them
  std::int64_t count = 1;  ///< elements that become one

  Axes(const char* op, const Tensor& x, const Shape& axes) {
    if (!x.defined()) fail(fmt::format("{}: x is undefined", op));
    for (std::int64_t a : axes) {
      const int i = checked_axis(op, a, x.dim());
      if (x.dim() > 0 && reduced[i]) fail_operands(op, fmt::format("axis {} is named twice", a), {{"x", x}});
      reduced[i] = true;
    }
    for (int i = 0; i < x.dim(); ++i) {
      kept.push_back(reduced[i] ? 1 : x.shape()[i]);
      if (!reduced[i])
        dropped.push_back(x.shape()[i]);
      else
        count *= x.shape()[i];
    }
  }
};

Shape all_axes(const Tensor& x) {
  Shape axes;
  for (int i = 0; i < x.dim(); ++i) axes.push_back(i);
  return axes;
}

/// x as dense [outer, n, inner], n the reduced axes: as it lies if they stand together, else copied with them
/// last.
struct Block {
  Tensor dense;
  std::int64_t outer = 1, n = 1, inner = 1;

  Block(const Tensor& x, const Axes& axes) {
    const int rank = x.dim();
    int first = 0, last = rank - 1;
    while (first < rank && !axes.reduced[first]) ++first;
    while (last >= 0 && !axes.reduced[last]) --last;
    bool together = true;
    for (int i = first; i <= last; ++i) together &= axes.reduced[i];
    if (!together) {
      Shape order;
      for (bool want : {false, true})
        for (int i = 0; i < rank; ++i)
          if (axes.reduced[i] == want) order.push_back(i);
      dense = contiguous(permute(x, order));
      n = axes.count;
      for (std::int64_t s : axes.dropped) outer *= s;
      return;
    }
    dense = contiguous(x);
    for (int i = 0; i < rank; ++i) (i < first ? outer : i <= last ? n : inner) *= x.shape()[i];
    if (first > last) {  // nothing reduced
      inner = 1;
      outer = x.numel();
    }
  }
};

using Kernel = kernels::Reduce;

Tensor reduced(const char* op, Kernel kernel, const Tensor& x, const Axes& axes, bool keepdim) {
  const Block in(x.detach(), axes);
  Tensor y = empty(keepdim ? axes.kept : axes.dropped, x.dtype());
  visit_floating(x.dtype(), op, [&](auto t) {
    using T = decltype(t);
    kernels::reduce(kernel, in.outer, in.n, in.inner, in.dense.data<T>(), y.data<T>());
  });
  return y;
}

/// dy brought back to the rank of x: size 1 where an axis was reduced.
Tensor with_kept_axes(const Tensor& dy, const Shape& kept) { return reshape(dy, kept); }

Tensor extremum(const char* op, Kernel kernel, const Tensor& x, const Shape& over, bool keepdim) {
  const Axes axes(op, x, over);
  if (axes.count == 0) fail_operands(op, "there is no largest or smallest of nothing", {{"x", x}});
  return record(op, reduced(op, kernel, x, axes, keepdim),
                wrt(x, [x = Saved(x), kept = axes.kept, over](const Tensor& dy, const Tensor& y) {
                  const Tensor taken = to(eq(x.get().detach(), with_kept_axes(y.detach(), kept)), dy.dtype());
                  const Tensor share = taken / sum(taken, over, true);
                  return with_kept_axes(dy, kept) * share;
                }));
}

Tensor arg_extremum(const char* op, bool largest, const Tensor& x, std::int64_t axis, bool keepdim) {
  const Axes axes(op, x, {axis});
  if (axes.count == 0) fail_operands(op, "there is no largest or smallest of nothing", {{"x", x}});
  const Block in(x.detach(), axes);
  Tensor y = empty(keepdim ? axes.kept : axes.dropped, Dtype::int64);
  visit_floating(x.dtype(), op, [&](auto t) {
    using T = decltype(t);
    if (largest)
      kernels::argmax(in.outer, in.n, in.inner, in.dense.data<T>(), y.data<std::int64_t>());
    else
      kernels::argmin(in.outer, in.n, in.inner, in.dense.data<T>(), y.data<std::int64_t>());
  });
  return y;
}

}  // namespace

Tensor sum(const Tensor& x, const Shape& over, bool keepdim) {
  const Axes axes("sum", x, over);
  return record("sum", reduced("sum", Kernel::sum, x, axes, keepdim),
                wrt(x, [kept = axes.kept, shape = x.shape()](const Tensor& dy) {
                  return expand(with_kept_axes(dy, kept), shape);
                }));
}
Tensor sum(const Tensor& x) { return sum(x, all_axes(x)); }

Tensor mean(const Tensor& x, const Shape& over, bool keepdim) {
  const Axes axes("mean", x, over);
  return sum(x, over, keepdim) / static_cast<double>(axes.count);
}
Tensor mean(const Tensor& x) { return mean(x, all_axes(x)); }

Tensor max(const Tensor& x, std::int64_t axis, bool keepdim) {
  return extremum("max", Kernel::max, x, {axis}, keepdim);
}
Tensor max(const Tensor& x) { return extremum("max", Kernel::max, x, all_axes(x), false); }
Tensor min(const Tensor& x, std::int64_t axis, bool keepdim) {
  return extremum("min", Kernel::min, x, {axis}, keepdim);
}
Tensor min(const Tensor& x) { return extremum("min", Kernel::min, x, all_axes(x), false); }

Tensor argmax(const Tensor& x, std::int64_t axis, bool keepdim) {
  return arg_extremum("argmax", true, x, axis, keepdim);
}
Tensor argmin(const Tensor& x, std::int64_t axis, bool keepdim) {
  return arg_extremum("argmin", false, x, axis, keepdim);
}

Tensor var(const Tensor& x, const Shape& over, std::int64_t correction, bool keepdim) {
  const Axes axes("var", x, over);
  const Tensor distance = x - mean(x, over, true);
  return sum(square(distance), over, keepdim) /
         static_cast<double>(std::max<std::int64_t>(0, axes.count - correction));
}
Tensor var(const Tensor& x, std::int64_t correction) { return var(x, all_axes(x), correction); }

Tensor logsumexp(const Tensor& x, std::int64_t axis, bool keepdim) {
  const Axes axes("logsumexp", x, {axis});
  return record("logsumexp", reduced("logsumexp", Kernel::logsumexp, x, axes, keepdim),
                wrt(x, [x = Saved(x), kept = axes.kept, axis](const Tensor& dy) {
                  return with_kept_axes(dy, kept) * softmax(x, axis);
                }));
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const int lead = x.dim() - shape.rank();
  if (lead < 0) fail_operands("sum_to", fmt::format("has fewer axes than {}", to_string(shape)), {{"x", x}});
  Shape over;
  for (int i = 0; i < x.dim(); ++i) {
    const std::int64_t wanted = i < lead ? 1 : shape[i - lead];
    if (i < lead || (wanted == 1 && x.shape()[i] != 1))
      over.push_back(i);
    else if (wanted != x.shape()[i])
      fail_operands("sum_to", fmt::format("the shape does not broadcast from {}", to_string(shape)),
                    {{"x", x}});
  }
  const Axes axes("sum_to", x, over);
  Tensor y = reduced("sum_to", Kernel::sum, x, axes, true);
  y = y.with_layout(shape, dense_strides(shape), 0);
  return record("sum_to", y, wrt(x, [from = x.shape()](const Tensor& dy) { return expand(dy, from); }));
}

}  // namespace gradus
