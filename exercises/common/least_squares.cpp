#include "exercises/common/least_squares.h"

#include <cmath>

#include "gradus/base/error.h"

namespace gradus::exercises {

// x = Q R by Gram and Schmidt, each column made orthogonal twice so that rounding does not matter; then R w = Q^T y.
Array least_squares(const Array& x, const Array& y) {
  if (x.shape.rank() != 2 || y.shape.rank() != 2 || x.size(0) != y.size(0))
    fail("least_squares: x [N, p] and y [N, q] need two axes each and equally many rows; got " +
         to_string(x.shape) + " and " + to_string(y.shape));
  const std::int64_t rows = x.size(0), p = x.size(1), q = y.size(1);
  Array basis = x, r({p, p}), w({p, q});
  const auto dot = [&](const Array& a, std::int64_t i, const Array& b, std::int64_t j) {
    double s = 0;
    for (std::int64_t n = 0; n < rows; ++n) s += a(n, i) * b(n, j);
    return s;
  };
  for (std::int64_t j = 0; j < p; ++j) {
    const double before = std::sqrt(dot(x, j, x, j));
    for (int round = 0; round < 2; ++round)
      for (std::int64_t i = 0; i < j; ++i) {
        const double along = dot(basis, i, basis, j);
        r(i, j) += along;
        for (std::int64_t n = 0; n < rows; ++n) basis(n, j) -= along * basis(n, i);
      }
    const double left = std::sqrt(dot(basis, j, basis, j));
    const bool follows = !(left > 1e-5 * before);  // what float32 leaves of a column that follows
    r(j, j) = follows ? 0 : left;
    for (std::int64_t n = 0; n < rows; ++n) basis(n, j) = follows ? 0 : basis(n, j) / left;
  }
  for (std::int64_t c = 0; c < q; ++c)
    for (std::int64_t i = p; i-- > 0;) {
      double s = dot(basis, i, y, c);
      for (std::int64_t j = i + 1; j < p; ++j) s -= r(i, j) * w(j, c);
      w(i, c) = r(i, i) > 0 ? s / r(i, i) : 0;
    }
  return w;
}

Tensor least_squares(const Tensor& x, const Tensor& y) { return least_squares(Array(x), Array(y)).tensor(); }

}  // namespace gradus::exercises
