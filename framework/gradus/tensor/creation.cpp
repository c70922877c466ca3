#include "gradus/tensor/creation.h"

#include <fmt/format.h>

#include <algorithm>

#include "gradus/base/random.h"
#include "gradus/kernels/random.h"
#include "gradus/kernels/strided.h"

namespace gradus {
namespace {

template <class T> Tensor from_values(const T* values, std::int64_t count, const Shape& shape) {
  Tensor t = empty(shape, dtype_of<T>);
  if (t.numel() != count)
    fail(fmt::format("tensor: {} values do not fill the shape {}", count, to_string(shape)));
  std::copy(values, values + count, t.data<T>());
  return t;
}

std::int64_t length(std::size_t n) { return static_cast<std::int64_t>(n); }

}  // namespace

Tensor full(const Shape& shape, double value, Dtype dtype) {
  Tensor t = empty(shape, dtype);
  visit(dtype, [&](auto z) {
    using T = decltype(z);
    kernels::fill(t.numel(), static_cast<T>(value), t.data<T>());
  });
  return t;
}

Tensor zeros(const Shape& shape, Dtype dtype) { return full(shape, 0, dtype); }
Tensor ones(const Shape& shape, Dtype dtype) { return full(shape, 1, dtype); }

Tensor eye(std::int64_t n, Dtype dtype) {
  Tensor t = zeros({n, n}, dtype);
  visit(dtype, [&](auto z) {
    using T = decltype(z);
    for (std::int64_t i = 0; i < n; ++i) t.data<T>()[i * (n + 1)] = static_cast<T>(1);
  });
  return t;
}

Tensor arange(std::int64_t begin, std::int64_t end, std::int64_t step, Dtype dtype) {
  if (step == 0) fail("arange: the step must not be 0");
  const std::int64_t span = step > 0 ? end - begin : begin - end, stride = step > 0 ? step : -step;
  Tensor t = empty({std::max<std::int64_t>(0, (span + stride - 1) / stride)}, dtype);
  visit(dtype, [&](auto z) {
    using T = decltype(z);
    for (std::int64_t i = 0; i < t.numel(); ++i) t.data<T>()[i] = static_cast<T>(begin + i * step);
  });
  return t;
}

Tensor linspace(double first, double last, std::int64_t count, Dtype dtype) {
  Tensor t = empty({count}, dtype);
  visit_floating(dtype, "linspace", [&](auto z) {
    using T = decltype(z);
    for (std::int64_t i = 0; i < count; ++i) {
      const double part = count > 1 ? static_cast<double>(i) / static_cast<double>(count - 1) : 0;
      t.data<T>()[i] = static_cast<T>(first + (last - first) * part);
    }
  });
  return t;
}

Tensor normal(const Shape& shape, double mean, double deviation, Dtype dtype) {
  Tensor t = empty(shape, dtype);
  const std::uint64_t seed = next_seed();
  visit_floating(dtype, "normal", [&](auto z) {
    using T = decltype(z);
    kernels::fill_normal(t.numel(), seed, mean, deviation, t.data<T>());
  });
  return t;
}

Tensor uniform(const Shape& shape, double low, double high, Dtype dtype) {
  Tensor t = empty(shape, dtype);
  const std::uint64_t seed = next_seed();
  visit_floating(dtype, "uniform", [&](auto z) {
    using T = decltype(z);
    kernels::fill_uniform(t.numel(), seed, low, high, t.data<T>());
  });
  return t;
}

Tensor randn(const Shape& shape, Dtype dtype) { return normal(shape, 0, 1, dtype); }
Tensor rand(const Shape& shape, Dtype dtype) { return uniform(shape, 0, 1, dtype); }

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape) {
  if (low >= high) fail(fmt::format("randint: there is no integer in [{}, {})", low, high));
  if (high - low > 0xffffffff) fail("randint: the range must be smaller than 2^32");
  Tensor t = empty(shape, Dtype::int64);
  const Philox random{next_seed(), 0};
  for (std::int64_t i = 0; i < t.numel(); ++i)
    t.data<std::int64_t>()[i] =
        low + static_cast<std::int64_t>(
                  random.below(static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(high - low)));
  return t;
}

Tensor tensor(std::initializer_list<Number> values, Dtype dtype) {
  Tensor t = empty({length(values.size())}, dtype);
  visit(dtype, [&](auto z) {
    using T = decltype(z);
    std::transform(values.begin(), values.end(), t.data<T>(),
                   [](Number v) { return static_cast<T>(v.value); });
  });
  return t;
}

Tensor tensor(std::initializer_list<std::initializer_list<double>> rows, Dtype dtype) {
  const std::size_t width = rows.size() == 0 ? 0 : rows.begin()->size();
  Tensor t = empty({length(rows.size()), length(width)}, dtype);
  visit(dtype, [&](auto z) {
    using T = decltype(z);
    T* out = t.data<T>();
    for (const auto& row : rows) {
      if (row.size() != width) fail("tensor: the rows have different lengths");
      out = std::transform(row.begin(), row.end(), out, [](double v) { return static_cast<T>(v); });
    }
  });
  return t;
}

Tensor tensor(const std::vector<float>& v, const Shape& shape) {
  return from_values(v.data(), length(v.size()), shape);
}
Tensor tensor(const std::vector<double>& v, const Shape& shape) {
  return from_values(v.data(), length(v.size()), shape);
}
Tensor tensor(const std::vector<std::int64_t>& v, const Shape& shape) {
  return from_values(v.data(), length(v.size()), shape);
}

}  // namespace gradus
