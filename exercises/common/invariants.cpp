#include "exercises/common/invariants.h"

#include <fmt/format.h>

#include "gradus/ops/arithmetic.h"

namespace gradus::exercises {
namespace {

/// Positions or items begin ... end - 1 of every input.
std::vector<Tensor> cut(const std::vector<Tensor>& inputs, std::int64_t axis, std::int64_t begin,
                        std::int64_t end) {
  std::vector<Tensor> all;
  for (const Tensor& x : inputs) all.push_back(x.slice(axis, begin, end));
  return all;
}

}  // namespace

void expect_no_future(const Trial& trial, const std::vector<Tensor>& inputs, const Call& call) {
  const Array before(call(inputs));
  const auto expect_same = [&](const Tensor& y, std::int64_t end, const std::string& change) {
    const Array after(y);
    for (std::int64_t i = 0; i < end; ++i)
      for (std::int64_t c = 0; c < after.size(2); ++c)
        if (!(difference(after(0, i, c), before(0, i, c)) <= tolerance))
          fail_check(
              "sees-future",
              fmt::format("{} moves the output at position {} from {} to {}: it must not depend on what "
                          "comes later.",
                          change, i, show(before(0, i, c)), show(after(0, i, c))));
  };
  for (std::int64_t n = 1; n < before.size(1); ++n) {
    expect_same(call(cut(inputs, 1, 0, n)), n, fmt::format("Leaving out the positions from {} on", n));
    std::vector<Tensor> other;
    for (const Tensor& x : inputs) {
      other.push_back(x.clone());
      Tensor there = other.back().slice(1, n, n + 1);
      there.copy_(trial.randn(there.shape()) * 10);
    }
    expect_same(call(other), n, fmt::format("Another token at position {}", n));
  }
}

void expect_items_apart(const std::vector<Tensor>& inputs, const Call& call) {
  const Array together(call(inputs));
  for (std::int64_t b = 0; b < together.size(0); ++b) {
    const Array alone(call(cut(inputs, 0, b, b + 1)));
    for_each_index<2>({together.size(1), together.size(2)}, [&](auto i, auto c) {
      if (difference(together(b, i, c), alone(0, i, c)) <= tolerance) return;
      fail_check("batch-mixed",
                 fmt::format(
                     "Item {} of the batch gives {} at [{}, {}] among others, and {} alone: items of a batch "
                     "must not see each other.",
                     b, show(together(b, i, c)), i, c, show(alone(0, i, c))));
    });
  }
}

}  // namespace gradus::exercises
