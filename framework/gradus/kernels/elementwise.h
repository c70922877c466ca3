#pragma once
#include <cstdint>

#include "gradus/kernels/strided.h"
#include "gradus/kernels/unary.h"

namespace gradus::kernels {

/// mul_where_nonzero is a b, but 0 wherever a is 0, even if b is infinite or NaN.
enum class Binary { add, sub, mul, div, pow, minimum, maximum, mul_where_nonzero };
enum class Compare { eq, ne, lt, le, gt, ge };

// The layouts of one call have the same sizes; strides of 0 broadcast. The output is dense, and may be an
// input that is dense too. T is float or double unless said otherwise. An element's bits depend on its values
// alone, never on where it stands.

/// y = f(a, b).  minimum and maximum give NaN if either is; pow(x, 0) = 1. T may also be std::int64_t, for
/// add, sub, mul (modulo 2^64), minimum and maximum.
template <class T>
void binary(Binary f, const Layout& a_layout, const Layout& b_layout, const T* a, const T* b, T* y);

/// y = f(a, b); T is float, double or std::int64_t. Comparisons with NaN are false, except ne.
template <class T>
void compare(Compare f, const Layout& a_layout, const Layout& b_layout, const T* a, const T* b, bool* y);

/// y = c ? a : b; E is float, double, std::int64_t or bool.
template <class E>
void where(const Layout& c_layout, const Layout& a_layout, const Layout& b_layout, const bool* c, const E* a,
           const E* b, E* y);

/// y = x in another type, between any two of float, double, std::int64_t and bool. Floating to integer cuts
/// towards zero, saturates, and turns NaN into 0; to bool asks x != 0.
template <class From, class To> void convert(std::int64_t n, const From* x, To* y);

/// y += alpha x
template <class T> void axpy(std::int64_t n, T alpha, const T* x, T* y);

}  // namespace gradus::kernels
