// In-place edits: x.add_(y). They are not differentiable. With the place on the tape in the handle, an alias
// of an edited tensor would get a silently wrong gradient, so while recording they are an error, and
// otherwise they bump the storage's version, at which a backward that saved the tensor raises.
#include <algorithm>
#include <iterator>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/modes.h"
#include "gradus/kernels/elementwise.h"
#include "gradus/kernels/strided.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/layout.h"
#include "gradus/tensor/storage.h"

namespace gradus {
namespace {

void check_edit(const char* op, const Tensor& target, const Tensor& source = {}) {
  const char* why = "in-place edits are not differentiable";
  const char* advice = "write x = x + y, or hold a NoGrad while editing";
  if (!target.defined()) fail(std::string(op) + ": the tensor is undefined");
  for (int i = 0; i < target.dim(); ++i)
    if (target.shape()[i] > 1 && target.strides()[i] == 0)
      fail_operands(op, "several elements of an expanded tensor share one place", {{"target", target}},
                    "edit a clone()");
  if (!recording() || !(target.requires_grad() || source.requires_grad())) return;
  if (!source.defined()) fail_operands(op, why, {{"target", target}}, advice);
  fail_operands(op, why, {{"target", target}, {"source", source}}, advice);
}

/// Called once nothing can fail any more: an edit that was refused leaves no trace.
void count_edit(const Tensor& target) { ++target.storage()->version; }

/// `source` read in the target's shape, dense, and a copy if the two share memory.
Tensor spread(const char* op, const Tensor& target, const Tensor& source) {
  if (source.dtype() != target.dtype()) {
    if (is_floating(source.dtype()) && is_floating(target.dtype()))
      check_same_floating(op, {"target", target}, {"source", source});
    fail_operands(op, "the source must have the target's element type",
                  {{"target", target}, {"source", source}},
                  std::string("write source.to(Dtype::") + name(target.dtype()) + ")");
  }
  if (!broadcasts_to(source.shape(), target.shape()))
    fail_operands(op, "the source must broadcast to the target", {{"target", target}, {"source", source}});
  const Tensor full = expand(source.detach(), target.shape());
  return source.storage() == target.storage() ? clone(full) : contiguous(full);
}

}  // namespace

Tensor& Tensor::add_(const Tensor& other, double alpha) {
  check_edit("add_", *this, other);
  const Tensor source = spread("add_", *this, other);
  visit_floating(dtype_, "add_", [&](auto t) {
    using T = decltype(t);
    count_edit(*this);
    if (is_contiguous()) return kernels::axpy(numel(), static_cast<T>(alpha), source.data<T>(), data<T>());
    const Tensor scaled = alpha == 1 ? source : source * alpha;
    kernels::scatter_add(layout_of(*this), scaled.data<T>(), data<T>());
  });
  return *this;
}

Tensor& Tensor::mul_(double factor) {
  check_edit("mul_", *this);
  visit_floating(dtype_, "mul_", [&](auto t) {
    using T = decltype(t);
    count_edit(*this);
    const T number = static_cast<T>(factor);
    const Tensor scaled = is_contiguous() ? *this : gradus::contiguous(detach());
    kernels::Layout repeated = layout_of(*this);
    std::fill(std::begin(repeated.stride), std::end(repeated.stride), 0);
    kernels::binary(kernels::Binary::mul, layout_of(scaled), repeated, scaled.data<T>(), &number,
                    scaled.data<T>());
    if (!is_contiguous()) kernels::scatter(layout_of(*this), scaled.data<T>(), data<T>());
  });
  return *this;
}

Tensor& Tensor::copy_(const Tensor& source) {
  check_edit("copy_", *this, source);
  const Tensor values = spread("copy_", *this, source);
  count_edit(*this);
  visit(dtype_, [&](auto t) {
    using T = decltype(t);
    kernels::scatter(layout_of(*this), values.data<T>(), data<T>());
  });
  return *this;
}

Tensor& Tensor::fill_(double value) {
  check_edit("fill_", *this);
  count_edit(*this);
  visit(dtype_, [&](auto t) {
    using T = decltype(t);
    kernels::fill(layout_of(*this), static_cast<T>(value), data<T>());
  });
  return *this;
}

}  // namespace gradus
