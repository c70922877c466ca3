#include "gradus/ops/views.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/record.h"
#include "gradus/ops/copy.h"
#include "gradus/tensor/creation.h"

namespace gradus {
namespace {

/// Fills in the -1 of a requested shape.
Shape complete(const char* op, const Tensor& x, Shape shape) {
  Shape given;
  int open = -1;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == -1 && open < 0)
      open = i;
    else if (shape[i] < 0)
      fail_operands(op, fmt::format("{} is not a shape", to_string(shape)), {{"x", x}});
    else
      given.push_back(shape[i]);
  }
  const std::int64_t known = checked_numel(given, 1);
  if (open >= 0 && known == 0 && x.numel() == 0)
    fail_operands(op, fmt::format("in {} the -1 could be any size, for x has no elements", to_string(shape)),
                  {{"x", x}}, "write the size");
  if (open >= 0) shape[open] = known > 0 ? x.numel() / known : 0;
  if (shape.numel() != x.numel())
    fail_operands(op, fmt::format("{} elements do not fit the shape {}", x.numel(), to_string(shape)),
                  {{"x", x}});
  return shape;
}

/// The strides under which x's memory reads as `shape`, if there are any: groups of old and new axes with
/// equal products are matched from the left, and the old axes of a group must lie densely in one another.
std::optional<Shape> strides_as(const Tensor& x, const Shape& shape) {
  if (x.numel() == 0 || x.is_contiguous()) return dense_strides(shape);
  Shape size, stride;  // x without its axes of size 1
  for (int i = 0; i < x.dim(); ++i)
    if (x.shape()[i] != 1) {
      size.push_back(x.shape()[i]);
      stride.push_back(x.strides()[i]);
    }
  Shape strides = Shape::filled(shape.rank(), 1);
  for (int from = 0, to = 0; from < size.rank();) {
    int from_end = from + 1, to_end = to + 1;
    std::int64_t old_run = size[from], new_run = shape[to];
    while (old_run != new_run) {
      if (new_run < old_run)
        new_run *= shape[to_end++];
      else
        old_run *= size[from_end++];
    }
    for (int i = from; i + 1 < from_end; ++i)
      if (stride[i] != stride[i + 1] * size[i + 1]) return std::nullopt;
    std::int64_t step = stride[from_end - 1];
    for (int i = to_end - 1; i >= to; --i) {
      strides[i] = step;
      step *= shape[i];
    }
    from = from_end;
    to = to_end;
  }
  return strides;
}

Tensor reshaped(const char* op, const Tensor& x, const Shape& shape, const Shape& strides) {
  return record(op, x.with_layout(shape, strides, x.offset()),
                wrt(x, [from = x.shape()](const Tensor& dy) { return reshape(dy, from); }));
}

struct Range {
  std::int64_t begin, step;
};

Tensor range_of(const Tensor& x, int axis, Range r, std::int64_t length) {
  Shape shape = x.shape(), strides = x.strides();
  shape[axis] = length;
  strides[axis] *= r.step;
  return x.with_layout(shape, strides, x.offset() + (length > 0 ? r.begin * x.strides()[axis] : 0));
}

/// Zeros of `shape` with y at a range of one axis: the adjoint of slice, whose own adjoint is slice.
Tensor unslice(const Tensor& y, const Shape& shape, int axis, Range r) {
  Tensor x = zeros(shape, y.dtype());
  range_of(x, axis, r, y.shape()[axis]).copy_(y.detach());
  const std::int64_t end = r.begin + y.shape()[axis] * r.step;
  return record("unslice", x,
                wrt(y, [=](const Tensor& dx) { return slice(dx, axis, r.begin, end, r.step); }));
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  const Shape full = complete("reshape", x, shape);
  if (full == x.shape()) return x;
  if (const auto strides = strides_as(x, full)) return reshaped("reshape", x, full, *strides);
  const Tensor dense = contiguous(x);
  return reshaped("reshape", dense, full, dense_strides(full));
}

Tensor view(const Tensor& x, const Shape& shape) {
  const Shape full = complete("view", x, shape);
  const auto strides = strides_as(x, full);
  if (!strides)
    fail_operands("view", fmt::format("this layout cannot be read as {} without a copy", to_string(full)),
                  {{"x", x}}, "use reshape, which copies where it must");
  return reshaped("view", x, full, *strides);
}

Tensor flatten(const Tensor& x, std::int64_t first, std::int64_t last) {
  if (x.dim() == 0) return reshape(x, {1});
  const int a = checked_axis("flatten", first, x.dim()), b = checked_axis("flatten", last, x.dim());
  if (a > b) fail_operands("flatten", "the first axis comes after the last", {{"x", x}});
  Shape shape;
  std::int64_t joined = 1;
  for (int i = 0; i < x.dim(); ++i) {
    if (i >= a && i <= b) joined *= x.shape()[i];
    if (i == b) shape.push_back(joined);
    if (i < a || i > b) shape.push_back(x.shape()[i]);
  }
  return reshape(x, shape);
}

Tensor transpose(const Tensor& x, std::int64_t a, std::int64_t b) {
  const int i = checked_axis("transpose", a, x.dim()), j = checked_axis("transpose", b, x.dim());
  if (x.dim() == 0) return x;
  Shape shape = x.shape(), strides = x.strides();
  std::swap(shape[i], shape[j]);
  std::swap(strides[i], strides[j]);
  return record("transpose", x.with_layout(shape, strides, x.offset()),
                wrt(x, [i, j](const Tensor& dy) { return transpose(dy, i, j); }));
}

Tensor permute(const Tensor& x, const Shape& axes) {
  Shape shape = x.shape(), strides = x.strides(), inverse = Shape::filled(x.dim(), -1);
  bool complete_permutation = axes.rank() == x.dim();
  for (int i = 0; complete_permutation && i < x.dim(); ++i) {
    const int from = checked_axis("permute", axes[i], x.dim());
    complete_permutation = inverse[from] < 0;
    inverse[from] = i;
    shape[i] = x.shape()[from];
    strides[i] = x.strides()[from];
  }
  if (!complete_permutation)
    fail_operands("permute", fmt::format("{} does not name every axis once", to_string(axes)), {{"x", x}});
  return record("permute", x.with_layout(shape, strides, x.offset()),
                wrt(x, [inverse](const Tensor& dy) { return permute(dy, inverse); }));
}

Tensor slice(const Tensor& x, std::int64_t axis, std::int64_t begin, std::int64_t end, std::int64_t step) {
  if (x.dim() == 0) fail_operands("slice", "a 0-dim tensor has no axis to slice", {{"x", x}});
  const int a = checked_axis("slice", axis, x.dim());
  if (step < 1) fail_operands("slice", fmt::format("the step must be at least 1, not {}", step), {{"x", x}});
  const std::int64_t n = x.shape()[a];
  begin = std::clamp<std::int64_t>(begin < 0 ? begin + n : begin, 0, n);
  end = std::clamp<std::int64_t>(end < 0 ? end + n : end, begin, n);
  const Range r{begin, step};
  return record("slice", range_of(x, a, r, (end - begin + step - 1) / step),
                wrt(x, [shape = x.shape(), a, r](const Tensor& dy, Into into) {
                  if (!into.buffer.defined()) return unslice(dy, shape, a, r);
                  range_of(into.buffer, a, r, dy.shape()[a]).add_(dy);
                  return Tensor();
                }));
}

Tensor narrow(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t length) {
  const std::int64_t n = x.size(axis);
  if (start < 0 || length < 0 || start > n - length)
    fail_operands("narrow",
                  fmt::format("{} elements from {} do not lie inside an axis of {}", length, start, n),
                  {{"x", x}});
  return slice(x, axis, start, start + length);
}

Tensor select(const Tensor& x, std::int64_t axis, std::int64_t index) {
  if (x.dim() == 0) fail_operands("select", "a 0-dim tensor has no axis to index", {{"x", x}});
  const int a = checked_axis("select", axis, x.dim());
  const std::int64_t n = x.shape()[a];
  if (index < -n || index >= n)
    fail_operands("select", fmt::format("index {} is outside axis {} of size {}", index, a, n), {{"x", x}});
  return squeeze(narrow(x, a, index < 0 ? index + n : index, 1), a);
}

Tensor expand(const Tensor& x, const Shape& shape) {
  Shape full = shape, strides = Shape::filled(shape.rank(), 0);
  const int lead = shape.rank() - x.dim();
  bool fits = lead >= 0;
  for (int i = 0; fits && i < shape.rank(); ++i) {
    const std::int64_t from = i < lead ? 1 : x.shape()[i - lead];
    if (full[i] == -1 && i >= lead) full[i] = from;
    fits = full[i] >= 0 && (from == full[i] || from == 1);
    if (i >= lead && from == full[i]) strides[i] = x.strides()[i - lead];
  }
  if (!fits) fail_operands("expand", fmt::format("cannot be stretched to {}", to_string(shape)), {{"x", x}});
  if (full == x.shape()) return x;
  checked_numel(full, 1);
  return record("expand", x.with_layout(full, strides, x.offset()),
                wrt(x, [](const Tensor& dy) { return dy; }));
}

Tensor squeeze(const Tensor& x, std::int64_t axis) {
  const int a = checked_axis("squeeze", axis, x.dim());
  if (x.dim() == 0 || x.shape()[a] != 1) return x;
  Shape shape = x.shape();
  shape.erase(a);
  return reshape(x, shape);
}

Tensor unsqueeze(const Tensor& x, std::int64_t axis) {
  const int a = checked_axis("unsqueeze", axis, x.dim() + 1);
  Shape shape = x.shape();
  shape.insert(a, 1);
  return reshape(x, shape);
}

std::vector<Tensor> split(const Tensor& x, std::int64_t size, std::int64_t axis) {
  if (size < 1)
    fail_operands("split", fmt::format("the size of a part must be at least 1, not {}", size), {{"x", x}});
  std::vector<Tensor> parts;
  const std::int64_t n = x.size(axis);
  for (std::int64_t begin = 0; begin < n; begin += size)
    parts.push_back(narrow(x, axis, begin, std::min(size, n - begin)));
  return parts;
}

}  // namespace gradus
