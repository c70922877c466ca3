#pragma once
#include <cstdint>

#include "gradus/base/parallel.h"
#include "gradus/tensor/tensor.h"

namespace gradus::lab {

// How scores read attention maps [..., T, T]: row = query, column = key. For the files that define scores.

/// T; an error, in which `what` speaks, for a tensor that is no maps.
std::int64_t tokens_of(const char* what, const Tensor& maps);
/// Error unless least <= first_row < T.
void check_rows(const char* what, std::int64_t T, std::int64_t first_row, std::int64_t least = 0);

/// f(i, map, result) for map i, [T, T], of `maps`, read where it lies; `result` has room for `each`.  [..., each]
/// Maps are read on several threads, and each result is one thread's work: its bits do not depend on how many there are.
template <class F> Tensor for_each_map(const char* what, const Tensor& maps, const Shape& each, F f) {
  const Tensor in = maps.detach().contiguous();
  Shape shape = in.shape();
  shape.erase(shape.rank() - 1);
  shape.erase(shape.rank() - 1);
  const std::int64_t count = shape.numel(), T = in.size(-1), width = each.numel();
  for (const std::int64_t size : each) shape.push_back(size);
  const Tensor out = empty(shape, Dtype::float64);
  visit_floating(in.dtype(), what, [&]<class S>(S) {
    const S* const map = in.data<S>();
    double* const result = out.data<double>();
    parallel_for(count, [&](std::int64_t i) { f(i, map + i * T * T, result + i * width); });
  });
  return out;
}

/// The mean of f(row, q) over the rows q from first_row on, for each map.  [...]
template <class F>
Tensor mean_over_rows(const char* what, const Tensor& maps, std::int64_t first_row, std::int64_t least, F f) {
  const std::int64_t T = tokens_of(what, maps);
  check_rows(what, T, first_row, least);
  return for_each_map(what, maps, {}, [&](std::int64_t, const auto* map, double* mean) {
    double sum = 0;
    for (std::int64_t q = first_row; q < T; ++q) sum += static_cast<double>(f(map + q * T, q));
    *mean = sum / static_cast<double>(T - first_row);
  });
}

}  // namespace gradus::lab
