#include "gradus/ops/copy.h"

#include "gradus/autograd/record.h"
#include "gradus/kernels/elementwise.h"
#include "gradus/kernels/strided.h"
#include "gradus/tensor/layout.h"

namespace gradus {
namespace {

Tensor dense_copy(const Tensor& x) {
  Tensor y = empty_like(x);
  visit(x.dtype(), [&](auto t) {
    using T = decltype(t);
    kernels::copy(layout_of(x), x.data<T>(), y.data<T>());
  });
  return y;
}

}  // namespace

Tensor contiguous(const Tensor& x) {
  if (x.is_contiguous()) return x;
  return record("contiguous", dense_copy(x), wrt(x, [](const Tensor& dy) { return dy; }));
}

Tensor clone(const Tensor& x) {
  return record("clone", dense_copy(x), wrt(x, [](const Tensor& dy) { return dy; }));
}

Tensor to(const Tensor& x, Dtype dtype) {
  if (x.dtype() == dtype) return x;
  Tensor y = empty(x.shape(), dtype);
  const Tensor dense = contiguous(x.detach());
  visit(x.dtype(), [&](auto from) {
    visit(dtype, [&](auto into) {
      kernels::convert(y.numel(), dense.data<decltype(from)>(), y.data<decltype(into)>());
    });
  });
  if (!is_floating(dtype)) return y;
  return record("to", y, wrt(x, [from = x.dtype()](const Tensor& dy) { return to(dy, from); }));
}

}  // namespace gradus
