#include "gradus/tensor/tensor.h"

#include <fmt/format.h>

#include "gradus/tensor/storage.h"

namespace gradus {

Tensor empty(const Shape& shape, Dtype dtype) {
  const std::size_t width = size_of(dtype);
  const std::int64_t n = checked_numel(shape, static_cast<std::int64_t>(width));
  Tensor t;
  t.shape_ = shape;
  t.strides_ = dense_strides(shape);
  t.dtype_ = dtype;
  t.storage_ = Ref<Storage>(new Storage(static_cast<std::size_t>(n) * width));
  return t;
}

std::int64_t Tensor::size(std::int64_t axis) const {
  if (dim() == 0) fail("size: a 0-dim tensor has no axes");
  return shape_[checked_axis("size", axis, dim())];
}

bool Tensor::is_contiguous() const {
  std::int64_t step = 1;
  for (int i = dim() - 1; i >= 0; --i) {
    if (shape_[i] == 0) return true;
    if (shape_[i] != 1 && strides_[i] != step) return false;
    step *= shape_[i];
  }
  return true;
}

bool Tensor::is_unique_and_dense() const {
  return storage_ && use_count(storage_.get()) == 1 && is_contiguous() &&
         storage_->bytes == static_cast<std::size_t>(numel()) * size_of(dtype_);
}

Tensor Tensor::with_layout(const Shape& shape, const Shape& strides, std::int64_t offset) const {
  Tensor t;
  t.storage_ = storage_;
  t.shape_ = shape;
  t.strides_ = strides;
  t.offset_ = offset;
  t.dtype_ = dtype_;
  return t;
}

Tensor Tensor::detach() const { return with_layout(shape_, strides_, offset_); }

void* Tensor::data_checked(Dtype wanted) const {
  if (!storage_) fail("data: the tensor is undefined");
  if (dtype_ != wanted)
    fail(fmt::format("data: the tensor holds {}, not {}; write x.to(Dtype::{})", name(dtype_), name(wanted),
                     name(wanted)));
  return static_cast<char*>(storage_->data) + static_cast<std::size_t>(offset_) * size_of(dtype_);
}

double Tensor::item_value() const {
  if (!storage_) fail("item: the tensor is undefined");
  if (numel() != 1)
    fail(fmt::format("item: needs a tensor of one element, not shape {}", gradus::to_string(shape_)));
  return visit(dtype_, [&](auto t) { return static_cast<double>(*data<decltype(t)>()); });
}

}  // namespace gradus
