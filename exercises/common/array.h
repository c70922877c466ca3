#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

/// Numbers of the judge: double, row-major. Nothing here uses an op of the framework or a line of the learner.
struct Array {
  Shape shape;
  std::vector<double> values;

  Array() = default;
  explicit Array(const Shape& s, double value = 0)
      : shape(s), values(static_cast<std::size_t>(s.numel()), value) {}
  Array(const Shape& s, std::vector<double> v) : shape(s), values(std::move(v)) {}
  /// A copy of a floating tensor's values, whatever its layout.
  explicit Array(const Tensor& x);
  Tensor tensor() const;  ///< float32

  std::int64_t size(int axis) const { return shape[axis]; }
  /// The numbers along the last axis, for the r-th index of those before it.
  std::span<double> row(std::int64_t r) { return {values.data() + r * shape[shape.rank() - 1], width()}; }
  std::span<const double> row(std::int64_t r) const {
    return {values.data() + r * shape[shape.rank() - 1], width()};
  }
  std::int64_t rows() const { return width() == 0 ? 0 : std::ssize(values) / std::ssize(row(0)); }

  template <class... Index> double& operator()(Index... index) { return values[place({index...})]; }
  template <class... Index> double operator()(Index... index) const { return values[place({index...})]; }

 private:
  std::size_t width() const { return static_cast<std::size_t>(shape[shape.rank() - 1]); }
  std::size_t place(std::initializer_list<std::int64_t> index) const {
    std::int64_t p = 0;
    int axis = 0;
    for (const std::int64_t i : index) p = p * shape[axis++] + i;
    return static_cast<std::size_t>(p);
  }
};

/// Of what is computed in float32, for the two below.
inline constexpr double tolerance = 1e-5;

/// |a - b| / (1 + |b|), 0 for equal infinities; NaN where there is one.
double difference(double a, double b);

/// The largest difference; NaN, or infinite for shapes that differ, where they cannot be compared.
double distance(const Array& a, const Array& b);

/// "0.84147", as numbers are shown to the learner.
std::string show(double value);
/// "[1, 0, 3]" of the n-th element.
std::string index_of(std::size_t n, const Shape& shape);

/// use(i, j, ...) for every index of the first axes of a shape, in row-major order.
template <int axes, class Use, class... Index>
void for_each_index(const Shape& shape, const Use& use, Index... index) {
  if constexpr (sizeof...(index) == axes)
    use(index...);
  else
    for (std::int64_t i = 0; i < shape[sizeof...(index)]; ++i) for_each_index<axes>(shape, use, index..., i);
}

/// f(i, j, ...) at every place.
template <int axes, class F> Array generate(const Shape& shape, const F& f) {
  Array x(shape);
  std::size_t n = 0;
  for_each_index<axes>(shape, [&](auto... index) { x.values[n++] = f(index...); });
  return x;
}

double root(std::int64_t n);
Array identity(std::int64_t n);         ///< [n, n]
Array transposed(const Array& matrix);  ///< [m, n] -> [n, m]
/// Over each row; one of -inf alone becomes zeros.
void softmax(std::span<double> row);
Array softmax(Array x);
/// -ln of the share of `place` in the softmax.
double loss_of(std::span<const double> logits, std::int64_t place);

/// (loss() above - loss() below) / 2h for every element of x, which loss() reads.
template <class Loss> Array differences(Array& x, double h, const Loss& loss) {
  Array g(x.shape);
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    const double before = x.values[i];
    x.values[i] = before + h;
    const double above = loss();
    x.values[i] = before - h;
    g.values[i] = (above - loss()) / (2 * h);
    x.values[i] = before;
  }
  return g;
}

}  // namespace gradus::exercises
