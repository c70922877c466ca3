// The inputs of a table row.
#include <cmath>
#include <utility>

#include "gradus/autograd/modes.h"
#include "gradus/base/random.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/table.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"

namespace gradus {
namespace {

std::int64_t axis_size(char letter, SampleSize size) {
  if (letter == size.empty) return 0;
  struct Axis {
    char letter;
    std::int64_t small, large;
  };
  for (const Axis& a : {Axis{'1', 1, 1},
                        {'B', 2, 3},
                        {'T', 3, 130},
                        {'S', 4, 150},
                        {'H', 4, 4},
                        {'G', 2, 2},
                        {'D', 3, 24},
                        {'E', 2, 16},
                        {'C', 5, 515},
                        {'V', 6, 1030},
                        {'m', 3, 200},
                        {'k', 4, 130},
                        {'n', 5, 150}})
    if (a.letter == letter) return size.large ? a.large : a.small;
  fail(Kind::internal, std::string("op_table: no axis is called ") + letter);
}

/// Element i of n is one of n values 0.1 apart, none of them 0, in shuffled order.
std::vector<double> distinct_values(std::int64_t n, const Philox& random) {
  std::vector<double> v(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < v.size(); ++i) {
    v[i] = 0.1 * (static_cast<double>(i) - 0.5 * static_cast<double>(n - n % 2) + 0.5);
    std::swap(v[i], v[random.below(i, i + 1)]);
  }
  return v;
}

}  // namespace

std::vector<Tensor> sample_inputs(const OpRow& row, Dtype dtype, std::uint64_t seed, SampleSize size) {
  const NoGrad off;
  std::vector<Tensor> inputs;
  for (const OpInput& input : row.inputs) {
    Shape shape;
    for (const char* axis = input.axes; *axis; ++axis) shape.push_back(axis_size(*axis, size));
    const std::int64_t n = shape.numel();
    const Philox random{seed, inputs.size()};
    std::vector<double> v = distinct_values(n, random);
    for (std::size_t i = 0; i < v.size(); ++i) {
      if (input.fill == Fill::normal) v[i] = random.normal(i);
      if (input.fill == Fill::positive) v[i] = 0.5 + 1.5 * random.uniform(i);
      if (input.fill == Fill::distinct) v[i] += 0.03 * static_cast<double>(inputs.size());
      if (input.fill == Fill::boolean) v[i] = random.uniform(i) < 0.6;
      if (input.fill == Fill::ids)
        v[i] = std::floor(random.uniform(i) * static_cast<double>(axis_size(input.below, size)));
    }
    Tensor x = tensor(v, shape);
    if (input.fill == Fill::boolean) {
      int axis = 0;
      while (axis + 1 < x.dim() && x.shape()[axis] == 1) ++axis;
      x.slice(axis, 0, 1).fill_(0);
    }
    inputs.push_back(to(x, input.fill == Fill::ids       ? Dtype::int64
                           : input.fill == Fill::boolean ? Dtype::boolean
                                                         : dtype));
  }
  return inputs;
}

}  // namespace gradus
