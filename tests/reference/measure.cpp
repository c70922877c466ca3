#include "reference/measure.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "gradus/autograd/walk.h"
#include "gradus/base/random.h"
#include "gradus/ops/copy.h"
#include "gradus/tensor/creation.h"
#include "reference/dual.h"

namespace measure {

using namespace gradus;

template <class S> reference::Array<S> array_of(const Tensor& x) {
  reference::Array<S> a;
  a.shape.assign(x.shape().begin(), x.shape().end());
  for (const double v : to(x.detach(), Dtype::float64).to_vector<double>())
    a.data.push_back(S(static_cast<long double>(v)));
  return a;
}

template <class S> std::vector<reference::Array<S>> arrays_of(const Tensors& x) {
  std::vector<reference::Array<S>> arrays;
  for (const Tensor& t : x) arrays.push_back(array_of<S>(t));
  return arrays;
}

template reference::Array<long double> array_of(const Tensor& x);
template std::vector<reference::Array<long double>> arrays_of(const Tensors& x);
template std::vector<reference::Array<reference::Dual>> arrays_of(const Tensors& x);

double distance(const reference::Array<long double>& a, const reference::Array<long double>& b) {
  constexpr double far = std::numeric_limits<double>::infinity();
  if (a.shape != b.shape) return far;
  long double worst = 0, scale = 0;
  for (std::size_t i = 0; i < b.data.size(); ++i) {
    const long double p = a.data[i], q = b.data[i];
    if (std::isfinite(q)) scale = std::max(scale, std::fabs(q));
    if (std::isfinite(p) && std::isfinite(q))
      worst = std::max(worst, std::fabs(p - q));
    else if (!(p == q || (std::isnan(p) && std::isnan(q))))
      return far;
  }
  return worst == 0 ? 0 : static_cast<double>(worst / std::max(scale, 1e-300L));
}

double distance(const Tensor& a, const Tensor& b) {
  return distance(array_of<long double>(a), array_of<long double>(b));
}

bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.defined() != b.defined()) return false;
  if (!a.defined()) return true;
  if (!(a.shape() == b.shape()) || a.dtype() != b.dtype()) return false;
  const Tensor p = contiguous(a.detach()), q = contiguous(b.detach());
  return visit(a.dtype(), [&](auto t) {
    using T = decltype(t);
    return p.numel() == 0 ||
           std::memcmp(p.data<T>(), q.data<T>(), static_cast<std::size_t>(p.numel()) * sizeof(T)) == 0;
  });
}

bool same_bits(const Tensors& a, const Tensors& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Tensor& p, const Tensor& q) { return same_bits(p, q); });
}

Tensor random_like(const Tensor& x, std::uint64_t seed) {
  std::vector<double> v(static_cast<std::size_t>(x.numel()));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = Philox{seed}.normal(i);
  return to(tensor(v, x.shape()), x.dtype());
}

std::vector<bool> floating(const Tensors& inputs) {
  std::vector<bool> found;
  for (const Tensor& x : inputs) found.push_back(is_floating(x.dtype()));
  return found;
}

Tensors leaves(const Tensors& inputs, const std::vector<bool>& wanted) {
  Tensors out;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    out.push_back(inputs[i].detach());
    if (wanted[i]) out.back().requires_grad_();
  }
  return out;
}

Result run(OpCall call, const Tensors& inputs, const std::vector<bool>& wanted, const Tensor& cotangent) {
  const Tensors x = leaves(inputs, wanted);
  Tensors xs;
  for (const Tensor& t : x)
    if (t.requires_grad()) xs.push_back(t);
  Result result{call(x), Tensors(x.size())};
  if (xs.empty()) return result;
  const Tensors found = grad(result.y, xs, {}, cotangent.defined() ? cotangent : random_like(result.y, 99));
  for (std::size_t i = 0, k = 0; i < x.size(); ++i)
    if (wanted[i]) result.gradients[i] = found[k++];
  result.y = result.y.detach();
  return result;
}

}  // namespace measure
