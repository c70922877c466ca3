#include "gradus/kernels/norm.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "kernels/measure.h"
#include "reference/dual.h"
#include "reference/norm.h"

using namespace gradus;
using reference::Array;
using reference::Dual;

namespace {

using Size = std::int64_t;
using Real = long double;
constexpr double eps = 1e-5;

/// A problem and what the kernels make of it; kind "rms" has no mean and no bias.
template <class T> struct Norm {
  bool rms;
  Size rows, n;
  std::vector<T> x, dy, weight, bias;
  std::vector<T> y, mean, rstd, dx, dweight, dbias;

  Norm(bool is_rms, Size r, Size columns, double offset = 0, double scale = 2)
      : rms(is_rms),
        rows(r),
        n(columns),
        x(measure::numbers<T>(r * n, 1, scale)),
        dy(measure::numbers<T>(r * n, 2)),
        weight(measure::numbers<T>(n, 3)),
        bias(measure::numbers<T>(n, 4)) {
    for (T& v : x) v += static_cast<T>(offset);
  }
  static const T* or_null(const std::vector<T>& v, bool present) { return present ? v.data() : nullptr; }

  void run(bool weighted, bool biased) {
    y.assign(x.size(), 0), dx = y;
    mean.assign(static_cast<std::size_t>(rows), 0), rstd = mean;
    dweight.assign(static_cast<std::size_t>(n), 9), dbias = dweight;
    const T *w = or_null(weight, weighted), *b = or_null(bias, biased);
    if (rms) {
      kernels::rms_norm(rows, n, x.data(), w, eps, y.data(), rstd.data());
      kernels::rms_norm_backward(rows, n, x.data(), w, rstd.data(), dy.data(), dx.data(), dweight.data());
    } else {
      kernels::layer_norm(rows, n, x.data(), w, b, eps, y.data(), mean.data(), rstd.data());
      kernels::layer_norm_backward(rows, n, x.data(), w, mean.data(), rstd.data(), dy.data(), dx.data(),
                                   dweight.data(), dbias.data());
    }
  }

  template <class S>
  Array<S> definition(const Array<S>& in, const Array<S>& w, const Array<S>& b, bool weighted,
                      bool biased) const {
    return rms ? reference::rms_norm(in, weighted ? &w : nullptr, eps)
               : reference::layer_norm(in, weighted ? &w : nullptr, biased ? &b : nullptr, eps);
  }
};

template <class S, class T> Array<S> array(const reference::Index& shape, const std::vector<T>& x) {
  Array<S> a{shape, {}};
  for (const T v : x) a.data.push_back(S(static_cast<Real>(v)));
  return a;
}

/// sum over i of dy_i (derivative of y_i by element k of `which`: 0 x, 1 weight, 2 bias), by dual numbers:
/// one run each.
template <class T> std::vector<Real> slopes(const Norm<T>& p, int which, bool weighted, bool biased) {
  Array<Dual> in[3] = {array<Dual>({p.rows, p.n}, p.x), array<Dual>({p.n}, p.weight),
                       array<Dual>({p.n}, p.bias)};
  std::vector<Real> all;
  for (Dual& v : in[which].data) {
    v.slope = 1;
    const Array<Dual> y = p.definition(in[0], in[1], in[2], weighted, biased);
    v.slope = 0;
    Real total = 0;
    for (std::size_t i = 0; i < y.data.size(); ++i) total += y.data[i].slope * static_cast<Real>(p.dy[i]);
    all.push_back(total);
  }
  return all;
}

}  // namespace

TEST_CASE_TEMPLATE(
    "layer_norm and rms_norm agree with their definitions, and their gradients with dual numbers", T, float,
    double) {
  const double tolerance = sizeof(T) == 4 ? 4e-6 : 1e-14;
  measure::on_every_target([&] {
    for (const bool rms : {false, true})
      for (const Size n : {2, 7, 16, 33})
        for (const bool weighted : {false, true})
          for (const bool biased : {false, true}) {
            if (rms && biased) continue;
            INFO("rms ", rms, ", n ", n, ", weighted ", weighted, ", biased ", biased);
            Norm<T> p(rms, 3, n);
            p.run(weighted, biased);
            const Array<Real> y = p.definition(array<Real>({3, n}, p.x), array<Real>({n}, p.weight),
                                               array<Real>({n}, p.bias), weighted, biased);
            CHECK(measure::distance(p.y, y.data) <= tolerance);
            CHECK(measure::distance(p.dx, slopes(p, 0, weighted, biased)) <= tolerance * 20);
            if (weighted) CHECK(measure::distance(p.dweight, slopes(p, 1, weighted, biased)) <= tolerance);
            if (biased) CHECK(measure::distance(p.dbias, slopes(p, 2, weighted, biased)) <= tolerance);
          }
  });
}

TEST_CASE_TEMPLATE("the gradients of weight and bias add up all rows", T, float, double) {
  for (const bool rms : {false, true}) {
    Norm<T> p(rms, 1000, 65);
    p.run(true, true);
    std::vector<Real> dweight(65), dbias(65);
    const Array<Real> h = p.definition(array<Real>({1000, 65}, p.x), {}, {}, false, false);
    for (std::size_t i = 0; i < h.data.size(); ++i) {
      dweight[i % 65] += h.data[i] * static_cast<Real>(p.dy[i]);
      dbias[i % 65] += static_cast<Real>(p.dy[i]);
    }
    const double tolerance = sizeof(T) == 4 ? 2e-5 : 1e-13;  // sums of 1000 terms of size 1
    CHECK(measure::distance(p.dweight, dweight) <= tolerance);
    if (!rms) CHECK(measure::distance(p.dbias, dbias) <= tolerance);
  }
}

TEST_CASE("rows of 1e8 + noise lose nothing, forward or backward") {
  Norm<float> p(false, 4, 64, 1e8, 300);
  p.run(true, true);
  const Array<Real> y = p.definition(array<Real>({4, 64}, p.x), array<Real>({64}, p.weight),
                                     array<Real>({64}, p.bias), true, true);
  CHECK(measure::distance(p.y, y.data) <= 1e-6);
  std::vector<Real> dx = slopes(p, 0, true, true);
  double worst = 0;
  for (std::size_t i = 0; i < dx.size(); ++i)
    worst = std::fmax(worst, std::fabs(static_cast<double>(dx[i] - static_cast<Real>(p.dx[i]))));
  CHECK(worst <= 1e-6 / 300 * 10);  // gradients are of size 1 / 300 here
}

TEST_CASE_TEMPLATE("constant rows give the bias, zero rows give zero, rows of one element too", T, float,
                   double) {
  for (const T value : {T(0), T(0.1), T(-1e8), T(3)})
    for (const Size n : {1, 3, 20}) {
      Norm<T> p(false, 2, n);
      p.x.assign(p.x.size(), value);
      p.run(true, true);
      for (Size i = 0; i < 2 * n; ++i)
        CHECK(p.y[static_cast<std::size_t>(i)] == p.bias[static_cast<std::size_t>(i % n)]);
      for (const T g : p.dx) CHECK(std::isfinite(g));
    }
  Norm<T> zero(true, 2, 5);
  zero.x.assign(10, 0);
  zero.run(true, false);
  CHECK(zero.y == std::vector<T>(10, 0));
  for (const T g : zero.dx) CHECK(std::isfinite(g));
}

TEST_CASE_TEMPLATE("unwanted gradients may be null, dx may be dy, no rows give zero gradients", T, float,
                   double) {
  Norm<T> p(false, 50, 40);
  p.run(true, true);
  std::vector<T> dx = p.dy, dw(40), db(40);
  kernels::layer_norm_backward<T>(50, 40, p.x.data(), p.weight.data(), p.mean.data(), p.rstd.data(),
                                  dx.data(), dx.data(), nullptr, db.data());
  CHECK(measure::same_bits(dx, p.dx));
  CHECK(measure::same_bits(db, p.dbias));
  kernels::layer_norm_backward<T>(50, 40, p.x.data(), p.weight.data(), p.mean.data(), p.rstd.data(),
                                  p.dy.data(), nullptr, dw.data(), nullptr);
  CHECK(measure::same_bits(dw, p.dweight));
  Norm<T> none(false, 0, 40);
  none.run(true, true);
  CHECK(none.dweight == std::vector<T>(40, 0));
  CHECK(none.dbias == std::vector<T>(40, 0));
}

TEST_CASE_TEMPLATE("norms have the same bits on any number of threads", T, float, double) {
  for (const bool rms : {false, true}) {
    Norm<T> p(rms, 700, 90);
    CHECK(measure::same_on_any_number_of_threads([&] {
      p.run(true, true);
      std::vector<T> all = p.y;
      for (const auto* v : {&p.dx, &p.dweight, &p.dbias}) all.insert(all.end(), v->begin(), v->end());
      return all;
    }));
  }
}
