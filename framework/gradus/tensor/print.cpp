#include "gradus/tensor/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace gradus {
namespace {

constexpr std::int64_t edge = 3;  // of a long axis: so many elements at either end

std::string number(const Tensor& x, std::int64_t at) {
  return visit(x.dtype(), [&](auto t) -> std::string {
    using T = decltype(t);
    const T v = x.data<T>()[at];
    if constexpr (std::is_floating_point_v<T>)
      return fmt::format("{:.5g}", v);
    else
      return fmt::format("{}", v);
  });
}

/// Calls see(index) for the printed indices of an axis of size n, and see(-1) once for the elements left out.
template <class F> void for_printed(std::int64_t n, F see) {
  for (std::int64_t i = 0; i < n; ++i) {
    if (n > 2 * edge + 2 && i == edge) {
      see(-1);
      i = n - edge;
    }
    see(i);
  }
}

std::size_t widest(const Tensor& x, int axis, std::int64_t at) {
  if (axis == x.dim()) return number(x, at).size();
  std::size_t width = 0;
  for_printed(x.shape()[axis], [&](std::int64_t i) {
    if (i >= 0) width = std::max(width, widest(x, axis + 1, at + i * x.strides()[axis]));
  });
  return width;
}

void print(const Tensor& x, int axis, std::int64_t at, std::size_t width, std::string& out) {
  if (axis == x.dim()) {
    out += fmt::format("{:>{}}", number(x, at), width);
    return;
  }
  const bool last = axis == x.dim() - 1;
  const std::string between = last ? ", "
                                   : "," + std::string(static_cast<std::size_t>(x.dim() - axis - 1), '\n') +
                                         std::string(static_cast<std::size_t>(axis) + 1, ' ');
  out += '[';
  bool first = true;
  for_printed(x.shape()[axis], [&](std::int64_t i) {
    if (!first) out += between;
    first = false;
    if (i < 0)
      out += "...";
    else
      print(x, axis + 1, at + i * x.strides()[axis], width, out);
  });
  out += ']';
}

}  // namespace

std::string to_string(const Tensor& x) {
  if (!x.defined()) return "undefined tensor";
  std::string out;
  print(x, 0, 0, x.dim() == 0 ? 0 : widest(x, 0, 0), out);
  return out + fmt::format("  {} {}", name(x.dtype()), to_string(x.shape()));
}

std::ostream& operator<<(std::ostream& out, const Tensor& x) {
  const std::string text = to_string(x);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  return out;
}

}  // namespace gradus
