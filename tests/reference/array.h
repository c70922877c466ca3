#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

/// The oracles every kind of test shares: what an op means, in scalar loops as plain as they can be, for any
/// number type (long double for values, Dual for derivatives). They share no code with the library.
namespace reference {

using Size = std::int64_t;
using Index = std::vector<Size>;

inline Size product(const Index& shape) {
  Size n = 1;
  for (const Size s : shape) n *= s;
  return n;
}

/// Row-major numbers.
template <class S> struct Array {
  Index shape;
  std::vector<S> data;

  Size rank() const { return static_cast<Size>(shape.size()); }

  /// The element at an index as broadcasting reads it: leading axes may be missing here, axes of size 1
  /// repeat.
  const S& operator()(const Index& at) const {
    std::size_t place = 0;
    const std::size_t lead = at.size() - shape.size();
    for (std::size_t i = 0; i < shape.size(); ++i)
      place = place * static_cast<std::size_t>(shape[i]) +
              (shape[i] == 1 ? 0 : static_cast<std::size_t>(at[lead + i]));
    return data[place];
  }
};

/// The array whose element at each index is f(index).
template <class S, class F> Array<S> generate(const Index& shape, F f) {
  Array<S> y{shape, {}};
  Index at(shape.size(), 0);
  for (Size n = product(shape); n > 0; --n) {
    y.data.push_back(f(at));
    for (std::size_t i = shape.size(); i-- > 0 && ++at[i] == shape[i];) at[i] = 0;
  }
  return y;
}

inline Size axis_of(Size axis, Size rank) { return axis < 0 ? axis + rank : axis; }

/// `at` with its entry along `axis` replaced.
inline Index replaced(Index at, Size axis, Size value) {
  at[static_cast<std::size_t>(axis)] = value;
  return at;
}
inline Index inserted(Index at, Size axis, Size value) {
  at.insert(at.begin() + axis, value);
  return at;
}
inline Index erased(Index at, Size axis) {
  at.erase(at.begin() + axis);
  return at;
}

inline Index broadcast_shape(const Index& a, const Index& b) {
  if (a.size() < b.size()) return broadcast_shape(b, a);
  Index out = a;
  for (std::size_t i = 0; i < b.size(); ++i) {
    Size& s = out[a.size() - b.size() + i];
    if (s == 1) s = b[i];
  }
  return out;
}

/// f(a, b) with broadcasting, and f(a).
template <class S, class F> Array<S> zip(const Array<S>& a, const Array<S>& b, F f) {
  return generate<S>(broadcast_shape(a.shape, b.shape), [&](const Index& at) { return f(a(at), b(at)); });
}
template <class S, class F> Array<S> map(const Array<S>& x, F f) {
  return generate<S>(x.shape, [&](const Index& at) { return f(x(at)); });
}

}  // namespace reference
