#pragma once
#include <cstddef>
#include <cstdint>

#include "gradus/base/error.h"

namespace gradus {

/// Element types, chosen at run time. Only the floating types are differentiable; nothing is promoted
/// silently.
enum class Dtype : std::uint8_t { float32, float64, int64, boolean };

constexpr std::size_t size_of(Dtype d) { return d == Dtype::float32 ? 4 : d == Dtype::boolean ? 1 : 8; }
constexpr bool is_floating(Dtype d) { return d == Dtype::float32 || d == Dtype::float64; }
const char* name(Dtype d);

template <class T> inline constexpr Dtype dtype_of = Dtype::float32;
template <> inline constexpr Dtype dtype_of<double> = Dtype::float64;
template <> inline constexpr Dtype dtype_of<std::int64_t> = Dtype::int64;
template <> inline constexpr Dtype dtype_of<bool> = Dtype::boolean;

/// Calls f(T{}) with the C++ type of a floating dtype; `op` speaks in the error for any other.
template <class F> decltype(auto) visit_floating(Dtype d, const char* op, F&& f) {
  if (d == Dtype::float32) return f(float{});
  if (d == Dtype::float64) return f(double{});
  fail(std::string(op) + ": needs float32 or float64, not " + name(d) + "; write x.to(Dtype::float32)");
}

/// Calls f(T{}) with the C++ type of any dtype.
template <class F> decltype(auto) visit(Dtype d, F&& f) {
  switch (d) {
    case Dtype::float32: return f(float{});
    case Dtype::float64: return f(double{});
    case Dtype::int64: return f(std::int64_t{});
    case Dtype::boolean: break;
  }
  return f(bool{});
}

}  // namespace gradus
