#pragma once
#include <cstddef>
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
  template <class... Index> double& operator()(Index... index) { return values[place({index...})]; }
  template <class... Index> double operator()(Index... index) const { return values[place({index...})]; }

 private:
  std::size_t place(std::initializer_list<std::int64_t> index) const {
    std::int64_t p = 0;
    int axis = 0;
    for (const std::int64_t i : index) p = p * shape[axis++] + i;
    return static_cast<std::size_t>(p);
  }
};

/// |a - b| / (1 + |b|), 0 for equal infinities; NaN where there is one.
double difference(double a, double b);

/// The largest difference; NaN, or infinite for shapes that differ, where they cannot be compared.
double distance(const Array& a, const Array& b);

/// "0.84147", as numbers are shown to the learner.
std::string show(double value);

}  // namespace gradus::exercises
