#include "gradus/ops/join.h"

#include <fmt/format.h>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/record.h"
#include "gradus/ops/views.h"

namespace gradus {

Tensor cat(const std::vector<Tensor>& parts, std::int64_t axis) {
  if (parts.empty()) fail("cat: needs at least one tensor");
  const Tensor& first = parts[0];
  const int a = checked_axis("cat", axis, first.dim());
  if (first.dim() == 0)
    fail_operands("cat", "0-dim tensors cannot be joined along an axis", {{"x", first}}, "use stack");
  Shape shape = first.shape();
  shape[a] = 0;
  std::vector<std::int64_t> begin;
  for (const Tensor& part : parts) {
    Shape like = part.shape();
    if (like.rank() == shape.rank()) like[a] = first.shape()[a];
    if (!(like == first.shape()) || part.dtype() != first.dtype())
      fail_operands("cat", fmt::format("the tensors must have one type and agree in every axis but {}", a),
                    {{"first", first}, {"other", part}});
    begin.push_back(shape[a]);
    shape[a] += part.shape()[a];
  }
  begin.push_back(shape[a]);
  Tensor y = empty(shape, first.dtype());
  for (std::size_t i = 0; i < parts.size(); ++i) slice(y, a, begin[i], begin[i + 1]).copy_(parts[i].detach());
  return record("cat", y, wrt_each(parts, [a, begin](const Tensor& dy, std::size_t i) {
                  return slice(dy, a, begin[i], begin[i + 1]);
                }));
}

Tensor stack(const std::vector<Tensor>& parts, std::int64_t axis) {
  std::vector<Tensor> rows;
  for (const Tensor& part : parts) rows.push_back(unsqueeze(part, axis));
  return cat(rows, axis);
}

}  // namespace gradus
