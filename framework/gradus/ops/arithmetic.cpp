#include "gradus/ops/arithmetic.h"

#include <cmath>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/record.h"
#include "gradus/kernels/elementwise.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/layout.h"

namespace gradus {
namespace {

using kernels::Binary;
using kernels::Compare;

/// A number as an operand beside `like`. One with a fraction does not fit integers, and nothing is promoted.
Tensor number(double value, const Tensor& like) {
  if (like.dtype() == Dtype::int64 && value != std::trunc(value))
    fail_operands("arithmetic", "a number with a fraction cannot meet an int64 tensor", {{"tensor", like}},
                  "write x.to(Dtype::float32)");
  return scalar(value, like.dtype());
}

void check_operands(const char* op, const Tensor& a, const Tensor& b) {
  if (a.defined() && b.defined() && a.dtype() == b.dtype() && a.dtype() == Dtype::int64) return;
  check_same_floating(op, {"a", a}, {"b", b});
}

/// y = f(a, b), element by element, broadcasting.
Tensor zip(const char* op, Binary f, const Tensor& a, const Tensor& b) {
  check_operands(op, a, b);
  const bool same = a.shape() == b.shape();
  Tensor y = empty(same ? a.shape() : broadcast_operands(op, {"a", a}, {"b", b}), a.dtype());
  if (a.dtype() == Dtype::int64) {
    kernels::binary(f, layout_of(a, y.shape()), layout_of(b, y.shape()), a.data<std::int64_t>(),
                    b.data<std::int64_t>(), y.data<std::int64_t>());
    return y;
  }
  visit_floating(a.dtype(), op, [&](auto t) {
    using T = decltype(t);
    kernels::binary(f, layout_of(a, y.shape()), layout_of(b, y.shape()), a.data<T>(), b.data<T>(),
                    y.data<T>());
  });
  return y;
}

Tensor compare(const char* op, Compare f, const Tensor& a, const Tensor& b) {
  check_operands(op, a, b);
  Tensor y = empty(broadcast_operands(op, {"a", a}, {"b", b}), Dtype::boolean);
  const auto run = [&](auto t) {
    using T = decltype(t);
    kernels::compare(f, layout_of(a, y.shape()), layout_of(b, y.shape()), a.data<T>(), b.data<T>(),
                     y.data<bool>());
  };
  if (a.dtype() == Dtype::int64)
    run(std::int64_t{});
  else
    visit_floating(a.dtype(), op, run);
  return y;
}

/// minimum or maximum: dy goes to the operand that was taken, and half of it to each of two that are equal.
Tensor extremum(const char* op, Binary f, const Tensor& a, const Tensor& b) {
  const auto share_of = [&](const Tensor& mine, const Tensor& other) {
    return [f, mine = Saved(mine), other = Saved(other)](const Tensor& dy) {
      const Tensor taken = f == Binary::minimum ? mine.get() < other : mine.get() > other;
      return dy * (to(taken, dy.dtype()) + to(eq(mine, other), dy.dtype()) * 0.5);
    };
  };
  return record(op, zip(op, f, a, b), wrt(a, share_of(a, b)), wrt(b, share_of(b, a)));
}

}  // namespace

Tensor operator+(const Tensor& a, const Tensor& b) {
  const auto same = [](const Tensor& dy) { return dy; };
  return record("add", zip("add", Binary::add, a, b), wrt(a, same), wrt(b, same));
}

Tensor operator-(const Tensor& a, const Tensor& b) {
  return record("sub", zip("sub", Binary::sub, a, b), wrt(a, [](const Tensor& dy) { return dy; }),
                wrt(b, [](const Tensor& dy) { return -dy; }));
}

Tensor operator*(const Tensor& a, const Tensor& b) {
  return record("mul", zip("mul", Binary::mul, a, b),
                wrt(a, [b = Saved(b)](const Tensor& dy) { return dy * b; }),
                wrt(b, [a = Saved(a)](const Tensor& dy) { return dy * a; }));
}

Tensor operator/(const Tensor& a, const Tensor& b) {
  return record("div", zip("div", Binary::div, a, b),
                wrt(a, [b = Saved(b)](const Tensor& dy) { return mul_where_nonzero(dy, 1.0 / b.get()); }),
                wrt(b, [b = Saved(b)](const Tensor& dy, const Tensor& y) {
                  return mul_where_nonzero(dy, -y / b.get());
                }));
}

Tensor operator+(const Tensor& a, double b) { return a + number(b, a); }
Tensor operator-(const Tensor& a, double b) { return a - number(b, a); }
Tensor operator*(const Tensor& a, double b) { return a * number(b, a); }
Tensor operator/(const Tensor& a, double b) { return a / number(b, a); }
Tensor operator+(double a, const Tensor& b) { return number(a, b) + b; }
Tensor operator-(double a, const Tensor& b) { return number(a, b) - b; }
Tensor operator*(double a, const Tensor& b) { return number(a, b) * b; }
Tensor operator/(double a, const Tensor& b) { return number(a, b) / b; }

Tensor pow(const Tensor& a, const Tensor& b) {
  return record("pow", zip("pow", Binary::pow, a, b),
                wrt(a,
                    [a = Saved(a), b = Saved(b)](const Tensor& dy) {
                      // b is 0 or, where it is not, unchanged: keeps 0 * 0^-1 out of the product.
                      const Tensor zero = eq(b, 0.0), safe = where(zero, ones_like(b), b);
                      return mul_where_nonzero(where(zero, number(0, dy), dy), pow(a, safe - 1.0)) * safe;
                    }),
                wrt(b, [a = Saved(a), b = Saved(b)](const Tensor& dy, const Tensor& y) {
                  // 0^b is flat in b, at b = 0 by convention
                  const Tensor flat =
                      maximum(to(eq(y, 0.0), y.dtype()),
                              to(eq(a, 0.0), y.dtype()) * to(b.get() >= 0.0, y.dtype())) > 0.0;
                  const Tensor base = where(flat, number(1, y), a.get());
                  return mul_where_nonzero(where(flat, number(0, dy), dy), log(base)) * y;
                }));
}

Tensor pow(const Tensor& a, double b) { return pow(a, number(b, a)); }

Tensor minimum(const Tensor& a, const Tensor& b) { return extremum("minimum", Binary::minimum, a, b); }
Tensor maximum(const Tensor& a, const Tensor& b) { return extremum("maximum", Binary::maximum, a, b); }

Tensor eq(const Tensor& a, const Tensor& b) { return compare("eq", Compare::eq, a, b); }
Tensor ne(const Tensor& a, const Tensor& b) { return compare("ne", Compare::ne, a, b); }
Tensor operator<(const Tensor& a, const Tensor& b) { return compare("less", Compare::lt, a, b); }
Tensor operator<=(const Tensor& a, const Tensor& b) { return compare("less_equal", Compare::le, a, b); }
Tensor operator>(const Tensor& a, const Tensor& b) { return compare("greater", Compare::gt, a, b); }
Tensor operator>=(const Tensor& a, const Tensor& b) { return compare("greater_equal", Compare::ge, a, b); }
Tensor eq(const Tensor& a, double b) { return eq(a, number(b, a)); }
Tensor ne(const Tensor& a, double b) { return ne(a, number(b, a)); }
Tensor operator<(const Tensor& a, double b) { return a < number(b, a); }
Tensor operator<=(const Tensor& a, double b) { return a <= number(b, a); }
Tensor operator>(const Tensor& a, double b) { return a > number(b, a); }
Tensor operator>=(const Tensor& a, double b) { return a >= number(b, a); }

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  if (!condition.defined() || condition.dtype() != Dtype::boolean)
    fail_operands("where", "the condition must be boolean", {{"condition", condition}},
                  "compare it: where(x > 0, a, b)");
  if (a.dtype() != b.dtype()) check_same_floating("where", {"a", a}, {"b", b});
  const Shape values = broadcast_operands("where", {"a", a}, {"b", b});
  const Shape shape =
      broadcast_operands("where", {"condition", condition}, {"a and b", expand(a.detach(), values)});
  Tensor y = empty(shape, a.dtype());
  visit(a.dtype(), [&](auto t) {
    using T = decltype(t);
    kernels::where(layout_of(condition, shape), layout_of(a, shape), layout_of(b, shape),
                   condition.data<bool>(), a.data<T>(), b.data<T>(), y.data<T>());
  });
  return record("where", y,
                wrt(a, [c = Saved(condition)](const Tensor& dy) { return where(c, dy, number(0, dy)); }),
                wrt(b, [c = Saved(condition)](const Tensor& dy) { return where(c, number(0, dy), dy); }));
}

Tensor mul_where_nonzero(const Tensor& dy, const Tensor& factor) {
  return record("mul_where_nonzero", zip("mul_where_nonzero", Binary::mul_where_nonzero, dy, factor),
                wrt(dy, [factor = Saved(factor)](const Tensor& dz) { return mul_where_nonzero(dz, factor); }),
                wrt(factor, [dy = Saved(dy)](const Tensor& dz) { return mul_where_nonzero(dy, dz); }));
}

Tensor operator-(const Tensor& x) {
  return record("neg", zip("neg", Binary::mul, x, number(-1, x)),
                wrt(x, [](const Tensor& dy) { return -dy; }));
}

}  // namespace gradus
