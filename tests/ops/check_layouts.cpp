// The parts of check_op that vary how the inputs lie in memory, how large they are, and on how many threads
// the op runs.
#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <set>

#include "gradus/autograd/modes.h"
#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "ops/check_op.h"
#include "reference/measure.h"

using namespace gradus;
using namespace measure;

namespace {

constexpr double double_bound = 1e-12, large_bound = 3e-5;

using Lay = Tensor (*)(const Tensor& x);

/// x inside something larger, whose other elements must not be read: NaN, or an id outside every table.
Tensor inside(const Tensor& x, const Shape& shape, Tensor (*part)(const Tensor& whole)) {
  const double poison = is_floating(x.dtype())        ? std::numeric_limits<double>::quiet_NaN()
                        : x.dtype() == Dtype::boolean ? 1
                                                      : -999;
  const Tensor whole = full(shape, poison, x.dtype());
  part(whole).copy_(x);
  return part(whole);
}

Tensor transposed(const Tensor& x) { return transpose(contiguous(transpose(x, 0, -1)), 0, -1); }
Tensor every_other(const Tensor& x) {
  if (x.dim() == 0) return x;
  Shape shape = x.shape();
  shape.back() = 2 * shape.back() + 1;
  return inside(x, shape, [](const Tensor& whole) { return slice(whole, -1, 1, whole.size(-1), 2); });
}
Tensor with_an_offset(const Tensor& x) {
  if (x.dim() == 0) return x;
  Shape shape = x.shape();
  shape[0] += 3;
  return inside(x, shape, [](const Tensor& whole) { return slice(whole, 0, 2, whole.size(0) - 1); });
}
/// Other values than x: its first slice, repeated with stride 0.
Tensor repeated_first(const Tensor& x) { return x.dim() == 0 ? x : expand(slice(x, 0, 0, 1), x.shape()); }
Tensor repeated_last(const Tensor& x) { return x.dim() == 0 ? x : expand(slice(x, -1, 0, 1), x.shape()); }

struct NamedLay {
  const char* name;
  Lay lay;
};
constexpr NamedLay layouts[] = {{"transposed", transposed},
                                {"every other element", every_other},
                                {"with an offset", with_an_offset},
                                {"first axis of stride 0", repeated_first},
                                {"last axis of stride 0", repeated_last}};

void check_same(const Result& got, const Result& want) {
  CHECK(distance(got.y, want.y) <= double_bound);
  for (std::size_t i = 0; i < want.gradients.size(); ++i) {
    CAPTURE(i);
    if (want.gradients[i].defined()) CHECK(distance(got.gradients[i], want.gradients[i]) <= double_bound);
  }
}

}  // namespace

void checks::ignores_layout(const OpRow& row) {
  const Tensors x = sample_inputs(row, Dtype::float64, 7);
  const Result plain = run(row.call, x, floating(x));
  const Tensor cotangent = random_like(plain.y, 99);
  for (const NamedLay& layout : layouts) {
    INFO("layout: ", std::string(layout.name));
    // One input at a time, then all of them.
    for (std::size_t which = 0; which <= x.size(); ++which) {
      CAPTURE(which);
      Tensors strided = x, dense = x;
      for (std::size_t i = 0; i < x.size(); ++i)
        if (which == i || which == x.size()) {
          strided[i] = layout.lay(x[i]);
          dense[i] = contiguous(strided[i]);
        }
      check_same(run(row.call, strided, floating(x), cotangent),
                 run(row.call, dense, floating(x), cotangent));
    }
    INFO("of the cotangent");
    const Tensor strided = layout.lay(cotangent);
    check_same(run(row.call, x, floating(x), strided), run(row.call, x, floating(x), contiguous(strided)));
  }
}

void checks::accepts_empty_axes(const OpRow& row, const Oracle& oracle) {
  std::set<char> axes;
  for (const OpInput& input : row.inputs)
    for (const char* a = input.axes; *a; ++a)
      if (*a != '1') axes.insert(*a);
  for (const char axis : axes) {
    INFO("empty axis: ", std::string(1, axis));
    if (!std::strchr(row.must_not_be_empty, axis)) {
      agrees_with_oracle(row, oracle, sample_inputs(row, Dtype::float64, 8, {.empty = axis}));
      agrees_with_oracle(row, oracle, sample_inputs(row, Dtype::float32, 8, {.empty = axis}));
      continue;
    }
    Kind kind{};
    try {
      row.call(sample_inputs(row, Dtype::float64, 8, {.empty = axis}));
    } catch (const Error& e) { kind = e.kind(); }
    CHECK(kind == Kind::usage);
  }
}

void checks::ignores_threads(const OpRow& row) {
  const Tensors x = sample_inputs(row, Dtype::float32, 9, {.large = true});
  Tensors in_double;
  for (const Tensor& t : x) in_double.push_back(is_floating(t.dtype()) ? t.to(Dtype::float64) : t);
  const int threads_before = num_threads();
  for (const Tensors& inputs : {x, in_double}) {
    Result first;
    for (const int threads : {1, 2, 3, 4, 8}) {
      CAPTURE(threads);
      set_num_threads(threads);
      const Result result = run(row.call, inputs, floating(inputs));
      if (!first.y.defined()) first = result;
      CHECK(same_bits(result.y, first.y));
      CHECK(same_bits(result.gradients, first.gradients));
    }
  }
  set_num_threads(threads_before);

  const Result single = run(row.call, x, floating(x));
  const Tensor cotangent = random_like(single.y, 99).to(Dtype::float64);
  const Result wide = run(row.composed ? row.composed : row.call, in_double, floating(x), cotangent);
  CHECK(distance(single.y, wide.y) <= large_bound);
  for (std::size_t i = 0; i < x.size(); ++i) {
    CAPTURE(i);
    if (single.gradients[i].defined()) CHECK(distance(single.gradients[i], wide.gradients[i]) <= large_bound);
  }
}
