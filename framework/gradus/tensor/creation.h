#pragma once
#include <cstdint>
#include <initializer_list>
#include <type_traits>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

Tensor full(const Shape& shape, double value, Dtype dtype = Dtype::float32);
Tensor zeros(const Shape& shape, Dtype dtype = Dtype::float32);
Tensor ones(const Shape& shape, Dtype dtype = Dtype::float32);
inline Tensor zeros_like(const Tensor& x) { return zeros(x.shape(), x.dtype()); }
inline Tensor ones_like(const Tensor& x) { return ones(x.shape(), x.dtype()); }
inline Tensor full_like(const Tensor& x, double value) { return full(x.shape(), value, x.dtype()); }
inline Tensor scalar(double value, Dtype dtype = Dtype::float32) { return full({}, value, dtype); }

Tensor eye(std::int64_t n, Dtype dtype = Dtype::float32);
/// begin, begin + step, ... below end.  [n]
Tensor arange(std::int64_t begin, std::int64_t end, std::int64_t step = 1, Dtype dtype = Dtype::int64);
inline Tensor arange(std::int64_t end) { return arange(0, end); }
/// `count` evenly spaced values from first to last, both included.  [count]
Tensor linspace(double first, double last, std::int64_t count, Dtype dtype = Dtype::float32);

// Random tensors take a seed from the thread's generator (manual_seed); element i is a pure function of that
// seed and i.
Tensor randn(const Shape& shape, Dtype dtype = Dtype::float32);  ///< standard normal
Tensor rand(const Shape& shape, Dtype dtype = Dtype::float32);   ///< uniform in [0, 1)
Tensor normal(const Shape& shape, double mean, double deviation, Dtype dtype = Dtype::float32);
Tensor uniform(const Shape& shape, double low, double high, Dtype dtype = Dtype::float32);
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape);  ///< int64 in [low, high)

/// Any number, so that tensor({{1}, {2}}) can only mean two rows.
struct Number {
  template <class T>
  requires std::is_arithmetic_v<T> Number(T v) : value(static_cast<double>(v)) {}
  double value;
};

// From values: tensor({1, 2, 3}), tensor({{1, 2}, {3, 4}}), tensor(values, {rows, columns}).
Tensor tensor(std::initializer_list<Number> values, Dtype dtype = Dtype::float32);
Tensor tensor(std::initializer_list<std::initializer_list<double>> rows, Dtype dtype = Dtype::float32);
Tensor tensor(const std::vector<float>& values, const Shape& shape);
Tensor tensor(const std::vector<double>& values, const Shape& shape);
Tensor tensor(const std::vector<std::int64_t>& values, const Shape& shape);

}  // namespace gradus
