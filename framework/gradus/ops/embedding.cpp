#include "gradus/ops/embedding.h"

#include <fmt/format.h>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/record.h"
#include "gradus/kernels/embedding.h"
#include "gradus/kernels/gather.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"

namespace gradus {
namespace {

/// Dense ids, each in [0, n).
Tensor checked_ids(const char* op, const Tensor& ids, std::int64_t n) {
  if (!ids.defined() || ids.dtype() != Dtype::int64)
    fail_operands(op, "the indices must be int64", {{"indices", ids}}, "write ids.to(Dtype::int64)");
  const Tensor dense = contiguous(ids);
  const std::int64_t* id = dense.data<std::int64_t>();
  for (std::int64_t i = 0; i < dense.numel(); ++i)
    if (id[i] < 0 || id[i] >= n)
      fail_operands(op, fmt::format("index {} at position {} is outside 0 ... {}", id[i], i, n - 1),
                    {{"indices", ids}});
  return dense;
}

// embedding and its adjoint, and gather and its adjoint, are each other's gradient, so derivatives of any
// order exist.

Tensor add_by_id(const Tensor& dy, const Tensor& ids, std::int64_t rows) {
  const std::int64_t width = dy.size(-1);
  Tensor table = zeros({rows, width}, dy.dtype());
  visit_floating(dy.dtype(), "embedding", [&](auto t) {
    using T = decltype(t);
    const Tensor dense = contiguous(dy.detach());
    kernels::scatter_add_rows(ids.numel(), width, dense.data<T>(), ids.data<std::int64_t>(), table.data<T>());
  });
  return record("embedding_adjoint", table,
                wrt(dy, [ids = Saved(ids)](const Tensor& dt) { return embedding(dt, ids); }));
}

Tensor gather_last(const Tensor& x, const Tensor& index);

Tensor add_along_last(const Tensor& dy, const Tensor& index, const Shape& shape) {
  Tensor x = zeros(shape, dy.dtype());
  const std::int64_t m = index.size(-1), n = x.size(-1);
  visit_floating(dy.dtype(), "gather", [&](auto t) {
    using T = decltype(t);
    const Tensor dense = contiguous(dy.detach());
    kernels::scatter_add_along(m == 0 ? 0 : index.numel() / m, n, m, dense.data<T>(),
                               index.data<std::int64_t>(), x.data<T>());
  });
  return record("gather_adjoint", x,
                wrt(dy, [index = Saved(index)](const Tensor& dx) { return gather_last(dx, index); }));
}

Tensor gather_last(const Tensor& x, const Tensor& index) {
  Tensor y = empty(index.shape(), x.dtype());
  const std::int64_t m = index.size(-1), n = x.size(-1);
  visit_floating(x.dtype(), "gather", [&](auto t) {
    using T = decltype(t);
    const Tensor dense = contiguous(x.detach());
    kernels::gather_along(m == 0 ? 0 : index.numel() / m, n, m, dense.data<T>(), index.data<std::int64_t>(),
                          y.data<T>());
  });
  return record("gather", y, wrt(x, [index = Saved(index), shape = x.shape()](const Tensor& dy) {
                  return add_along_last(dy, index, shape);
                }));
}

}  // namespace

Tensor embedding(const Tensor& weight, const Tensor& ids) {
  if (!weight.defined() || weight.dim() != 2)
    fail_operands("embedding", "the table must be a matrix [rows, width]", {{"weight", weight}});
  const std::int64_t rows = weight.size(0), width = weight.size(1);
  const Tensor dense_ids = checked_ids("embedding", ids, rows);
  Shape shape = ids.shape();
  shape.push_back(width);
  Tensor y = empty(shape, weight.dtype());
  visit_floating(weight.dtype(), "embedding", [&](auto t) {
    using T = decltype(t);
    const Tensor table = contiguous(weight.detach());
    kernels::gather_rows(dense_ids.numel(), width, table.data<T>(), dense_ids.data<std::int64_t>(),
                         y.data<T>());
  });
  return record("embedding", y, wrt(weight, [ids = Saved(dense_ids), rows](const Tensor& dy) {
                  return add_by_id(dy, ids, rows);
                }));
}

Tensor index_select(const Tensor& x, std::int64_t axis, const Tensor& index) {
  if (x.dim() < 1 || index.dim() != 1)
    fail_operands("index_select", "needs x with at least one axis and a 1-dim index",
                  {{"x", x}, {"index", index}});
  const int a = checked_axis("index_select", axis, x.dim());
  const Tensor front = transpose(x, 0, a);  // [n, the rest]
  Shape shape = front.shape();
  const std::int64_t n = shape[0];
  shape[0] = index.size(0);
  const std::int64_t width = n == 0 ? 0 : x.numel() / n;
  const Tensor rows = embedding(reshape(front, {n, width}), checked_ids("index_select", index, n));
  return transpose(reshape(rows, shape), 0, a);
}

Tensor gather(const Tensor& x, std::int64_t axis, const Tensor& index) {
  if (!x.defined() || x.dim() < 1 || index.dim() != x.dim())
    fail_operands("gather", "x and index must have the same number of axes, at least one",
                  {{"x", x}, {"index", index}});
  const int a = checked_axis("gather", axis, x.dim());
  for (int i = 0; i < x.dim(); ++i)
    if (i != a && x.shape()[i] != index.shape()[i])
      fail_operands("gather", fmt::format("x and index must agree in every axis but {}", a),
                    {{"x", x}, {"index", index}});
  const Tensor along = contiguous(transpose(index, a, -1));
  return transpose(gather_last(transpose(x, a, -1), checked_ids("gather", along, x.shape()[a])), a, -1);
}

}  // namespace gradus
