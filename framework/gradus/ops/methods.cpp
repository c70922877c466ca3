// x.f(...) is f(x, ...).
#include "gradus/ops/copy.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/tensor.h"

namespace gradus {

Tensor Tensor::to(Dtype dtype) const { return gradus::to(*this, dtype); }
Tensor Tensor::clone() const { return gradus::clone(*this); }
Tensor Tensor::contiguous() const { return gradus::contiguous(*this); }
Tensor Tensor::reshape(const Shape& shape) const { return gradus::reshape(*this, shape); }
Tensor Tensor::view(const Shape& shape) const { return gradus::view(*this, shape); }
Tensor Tensor::flatten(std::int64_t first, std::int64_t last) const {
  return gradus::flatten(*this, first, last);
}
Tensor Tensor::transpose(std::int64_t a, std::int64_t b) const { return gradus::transpose(*this, a, b); }
Tensor Tensor::permute(const Shape& axes) const { return gradus::permute(*this, axes); }
Tensor Tensor::slice(std::int64_t axis, std::int64_t begin, std::int64_t end, std::int64_t step) const {
  return gradus::slice(*this, axis, begin, end, step);
}
Tensor Tensor::select(std::int64_t axis, std::int64_t index) const {
  return gradus::select(*this, axis, index);
}
Tensor Tensor::squeeze(std::int64_t axis) const { return gradus::squeeze(*this, axis); }
Tensor Tensor::unsqueeze(std::int64_t axis) const { return gradus::unsqueeze(*this, axis); }
Tensor Tensor::expand(const Shape& shape) const { return gradus::expand(*this, shape); }
std::vector<Tensor> Tensor::split(std::int64_t size, std::int64_t axis) const {
  return gradus::split(*this, size, axis);
}
Tensor Tensor::sum() const { return gradus::sum(*this); }
Tensor Tensor::sum(const Shape& axes, bool keepdim) const { return gradus::sum(*this, axes, keepdim); }
Tensor Tensor::mean() const { return gradus::mean(*this); }
Tensor Tensor::mean(const Shape& axes, bool keepdim) const { return gradus::mean(*this, axes, keepdim); }

template <class T> std::vector<T> Tensor::to_vector() const {
  const Tensor dense = gradus::contiguous(detach());
  const T* p = dense.data<T>();
  return {p, p + dense.numel()};
}
template std::vector<float> Tensor::to_vector<float>() const;
template std::vector<double> Tensor::to_vector<double>() const;
template std::vector<std::int64_t> Tensor::to_vector<std::int64_t>() const;

}  // namespace gradus
