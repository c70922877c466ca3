#include "gradus/base/shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "gradus/base/error.h"

namespace gradus {

Shape::Shape(const std::int64_t* sizes, std::int64_t rank) : rank_(static_cast<int>(rank)) {
  if (rank > max_rank) fail(fmt::format("shape: {} axes; Gradus tensors have at most {}", rank, max_rank));
  std::copy(sizes, sizes + rank, sizes_);
}

Shape Shape::filled(int rank, std::int64_t value) {
  Shape s;
  for (int i = 0; i < rank; ++i) s.push_back(value);
  return s;
}

void Shape::push_back(std::int64_t size) { insert(rank_, size); }

void Shape::insert(int axis, std::int64_t size) {
  if (rank_ == max_rank) fail(fmt::format("shape: more than {} axes", max_rank));
  std::copy_backward(sizes_ + axis, sizes_ + rank_, sizes_ + rank_ + 1);
  sizes_[axis] = size;
  ++rank_;
}

void Shape::erase(int axis) {
  std::copy(sizes_ + axis + 1, sizes_ + rank_, sizes_ + axis);
  --rank_;
}

std::string to_string(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", "));
}

Shape dense_strides(const Shape& shape) {
  Shape strides = shape;
  std::int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[i] = step;
    step *= std::max<std::int64_t>(shape[i], 1);
  }
  return strides;
}

std::int64_t checked_numel(const Shape& shape, std::int64_t bytes_each) {
  std::int64_t count = 1;
  bool empty = false, wraps = false;
  for (std::int64_t size : shape) {
    if (size < 0) fail(fmt::format("shape {}: sizes must not be negative", to_string(shape)));
    if (size == 0)
      empty = true;
    else
      wraps |= __builtin_mul_overflow(count, size, &count);
  }
  std::int64_t bytes = 0;
  if (wraps || __builtin_mul_overflow(count, bytes_each, &bytes))
    fail(Kind::resources, fmt::format("a tensor of shape {} needs more than 2^63 bytes", to_string(shape)));
  return empty ? 0 : count;
}

std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  const int lead = longer.rank() - shorter.rank();
  Shape out = longer;
  for (int i = 0; i < shorter.rank(); ++i) {
    const std::int64_t p = longer[lead + i], q = shorter[i];
    if (p != q && p != 1 && q != 1) return std::nullopt;
    if (p == 1) out[lead + i] = q;
  }
  return out;
}

int checked_axis(const char* op, std::int64_t axis, int rank) {
  const int limit = std::max(rank, 1);
  if (axis < -limit || axis >= limit)
    fail(fmt::format("{}: axis {} of a tensor with {} axes; expected {} to {}", op, axis, rank, -limit,
                     limit - 1));
  return static_cast<int>(axis < 0 ? axis + limit : axis);
}

}  // namespace gradus
