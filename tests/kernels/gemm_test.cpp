#include "gradus/kernels/gemm.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <thread>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/kernels/blas.h"
#include "kernels/measure.h"

extern "C" void openblas_set_num_threads(int) __attribute__((weak));

using namespace gradus;
using kernels::gemm;
using kernels::gemm_batch;
using kernels::Matrix;
using kernels::RowInvariant;
using measure::numbers, measure::same_bits;

namespace {

using Size = std::int64_t;

/// The largest |C - (A B + C0)|, or |C - A B| without `add`, as a multiple of the rounding a sum of k terms
/// may have; outside C's columns nothing may change.
template <class T>
double error_of(Size m, Size n, Size k, Matrix<T> a, Matrix<T> b, bool add, const T* before, const T* after,
                Size ldc) {
  double worst = 0;
  for (Size i = 0; i < m; ++i)
    for (Size j = 0; j < ldc; ++j) {
      double want = j < n && !add ? 0 : before[i * ldc + j], size = j < n ? std::abs(want) : 0;
      for (Size l = 0; j < n && l < k; ++l) {
        const double term = double{a.data[i * a.row + l * a.col]} * double{b.data[l * b.row + j * b.col]};
        want += term;
        size += std::abs(term);
      }
      const double unit = std::numeric_limits<T>::epsilon() * size;
      const double error = std::abs(double{after[i * ldc + j]} - want);
      const double relative = error == 0 ? 0 : error / unit;
      if (!(relative <= worst)) worst = relative;
    }
  return worst;
}

template <class T> void check_layouts(Size m, Size n, Size k, bool add, Size gap) {
  const std::vector<T> a = numbers<T>((m + gap) * (k + gap), 1), b = numbers<T>((k + gap) * (n + gap), 2);
  const std::vector<T> c = numbers<T>(m * (n + gap), 3);
  for (const bool ta : {false, true})
    for (const bool tb : {false, true}) {
      CAPTURE(m);
      CAPTURE(n);
      CAPTURE(k);
      CAPTURE(ta);
      CAPTURE(tb);
      CAPTURE(add);
      const Matrix<T> ma = ta ? Matrix<T>{a.data(), 1, m + gap} : Matrix<T>{a.data(), k + gap, 1};
      const Matrix<T> mb = tb ? Matrix<T>{b.data(), 1, k + gap} : Matrix<T>{b.data(), n + gap, 1};
      std::vector<T> y = c;
      gemm<T>(m, n, k, ma, mb, add, y.data(), n + gap);
      CHECK(error_of(m, n, k, ma, mb, add, c.data(), y.data(), n + gap) <= 4);
      const RowInvariant on;
      y = c;
      gemm<T>(m, n, k, ma, mb, add, y.data(), n + gap);
      CHECK(error_of(m, n, k, ma, mb, add, c.data(), y.data(), n + gap) <= 4);
    }
}

}  // namespace

TEST_CASE_TEMPLATE("gemm: the product is right in every layout, at odd sizes and inside a wider matrix", T,
                   float, double) {
  for (const Size m : {0, 1, 2, 7, 33, 65})
    for (const Size n : {0, 1, 3, 17, 66})
      for (const Size k : {0, 1, 5, 64}) check_layouts<T>(m, n, k, false, 0);
  for (const bool add : {false, true}) {
    check_layouts<T>(37, 29, 31, add, 5);
    check_layouts<T>(37, 29, 0, add, 3);
  }
}

TEST_CASE_TEMPLATE("gemm: the product is right where it is cut into tiles", T, float, double) {
  check_layouts<T>(301, 203, 257, false, 0);
  check_layouts<T>(65, 1030, 259, true, 1);
  check_layouts<T>(1030, 65, 259, false, 0);
  check_layouts<T>(1601, 801, 241, true, 0);  // 620 Mflop: the BLAS's, in tiles
}

TEST_CASE_TEMPLATE("gemm: without add C is never read, and k 0 makes it zero or leaves it", T, float,
                   double) {
  const std::vector<T> a = numbers<T>(600 * 600, 1), b = numbers<T>(600 * 900, 2);
  for (const bool invariant : {false, true}) {
    std::optional<RowInvariant> on;
    if (invariant) on.emplace();
    for (const Size size : {3, 20, 600}) {
      std::vector<T> c(static_cast<std::size_t>(size * 900), std::numeric_limits<T>::quiet_NaN());
      gemm<T>(size, 900, size, {a.data(), size, 1}, {b.data(), 900, 1}, false, c.data(), 900);
      CHECK(std::all_of(c.begin(), c.end(), [](T x) { return std::isfinite(x); }));
    }
    for (const Size m : {2, 20}) {
      const std::vector<T> before = numbers<T>(m * 2, 3);
      std::vector<T> c = before;
      gemm<T>(m, 2, 0, {a.data(), 0, 1}, {b.data(), 2, 1}, true, c.data(), 2);
      CHECK(c == before);
      c.assign(c.size(), std::numeric_limits<T>::quiet_NaN());
      gemm<T>(m, 2, 0, {a.data(), 0, 1}, {b.data(), 2, 1}, false, c.data(), 2);
      CHECK(c == std::vector<T>(c.size(), T{0}));
    }
  }
}

TEST_CASE_TEMPLATE("gemm: NaN and infinity in an operand reach exactly the rows and columns they belong to",
                   T, float, double) {
  const Size n = 40;
  std::vector<T> a = numbers<T>(n * n, 1), b = numbers<T>(n * n, 2), c(a.size());
  a[static_cast<std::size_t>(3 * n + 5)] = std::numeric_limits<T>::quiet_NaN();
  b[static_cast<std::size_t>(7 * n + 11)] = std::numeric_limits<T>::infinity();
  gemm<T>(n, n, n, {a.data(), n, 1}, {b.data(), n, 1}, false, c.data(), n);
  for (Size i = 0; i < n; ++i)
    for (Size j = 0; j < n; ++j)
      CHECK(std::isfinite(c[static_cast<std::size_t>(i * n + j)]) == (i != 3 && j != 11));
}

TEST_CASE_TEMPLATE("gemm_batch: broadcast operands repeat, and each product lands at its own place", T, float,
                   double) {
  const Size m = 9, n = 14, k = 21, count = 6;
  const std::vector<T> a = numbers<T>(3 * m * k, 1), b = numbers<T>(2 * k * n, 2),
                       before = numbers<T>(count * m * n, 3);
  std::vector<Size> pa, pb, pc;
  for (Size p = 0; p < count; ++p) {
    pa.push_back(p / 2 * m * k);
    pb.push_back(p % 2 * k * n);
    pc.push_back((count - 1 - p) * m * n);
  }
  std::vector<T> c = before;
  gemm_batch<T>(count, pa.data(), pb.data(), pc.data(), m, n, k, {a.data(), k, 1}, {b.data(), 1, k}, true,
                c.data(), n);
  for (std::size_t p = 0; p < static_cast<std::size_t>(count); ++p)
    CHECK(error_of<T>(m, n, k, {a.data() + pa[p], k, 1}, {b.data() + pb[p], 1, k}, true,
                      before.data() + pc[p], c.data() + pc[p], n) <= 4);
}

TEST_CASE_TEMPLATE("gemm: the bits do not depend on the number of threads", T, float, double) {
  struct Case {
    Size count, m, n, k;
  };
  for (const Case s : {Case{1, 301, 203, 257}, Case{1, 65, 128, 768}, Case{1, 1, 1000, 700},
                       Case{13, 40, 72, 48}, Case{1, 900, 600, 600}})
    for (const bool invariant : {false, true}) {
      const std::vector<T> a = numbers<T>(s.count * s.m * s.k, 1), b = numbers<T>(s.k * s.n, 2);
      std::vector<Size> pa, pb(static_cast<std::size_t>(s.count), 0), pc;
      for (Size p = 0; p < s.count; ++p) pa.push_back(p * s.m * s.k), pc.push_back(p * s.m * s.n);
      std::vector<T> first, c(static_cast<std::size_t>(s.count * s.m * s.n));
      const int threads_before = num_threads();
      for (const int threads : {1, 2, 3, 4, 8}) {
        set_num_threads(threads);
        std::optional<RowInvariant> on;
        if (invariant) on.emplace();
        gemm_batch<T>(s.count, pa.data(), pb.data(), pc.data(), s.m, s.n, s.k, {a.data(), s.k, 1},
                      {b.data(), 1, s.k}, false, c.data(), s.n);
        if (first.empty()) first = c;
        CAPTURE(s.m);
        CAPTURE(threads);
        CAPTURE(invariant);
        CHECK(same_bits(c, first));
      }
      set_num_threads(threads_before);
    }
}

TEST_CASE_TEMPLATE("RowInvariant: a row has the same bits alone, in any company and at any place", T, float,
                   double) {
  struct Case {
    Size n, k;
  };
  for (const Case s :
       {Case{65, 128}, Case{128, 512}, Case{384, 128}, Case{1030, 130}, Case{1, 7}, Case{5, 1}})
    for (const bool transposed : {false, true}) {
      const Size most = 150, n = s.n, k = s.k;
      measure::on_every_target([&] {
        const std::vector<T> a = numbers<T>(most * k, 1), b = numbers<T>(k * n, 2),
                             bias = numbers<T>(most * n, 3);
        const Matrix<T> mb = transposed ? Matrix<T>{b.data(), 1, k} : Matrix<T>{b.data(), n, 1};
        const RowInvariant on;
        const auto rows = [&](Size begin, Size count) {  // rows [begin, begin + count) of the product
          std::vector<T> c(bias.begin() + begin * n, bias.begin() + (begin + count) * n);
          gemm<T>(count, n, k, {a.data() + begin * k, k, 1}, mb, true, c.data(), n);
          return c;
        };
        const std::vector<T> all = rows(0, most);
        for (const Size count : {1, 2, 3, 8, 31, 32, 33, 63, 100})
          for (const Size begin : {0, 1, 5, 17, 50}) {
            CAPTURE(n);
            CAPTURE(k);
            CAPTURE(count);
            CAPTURE(begin);
            CHECK(same_bits(rows(begin, count),
                            std::vector<T>(all.begin() + begin * n, all.begin() + (begin + count) * n)));
          }
      });
    }
}

TEST_CASE_TEMPLATE("RowInvariant: the bits do not depend on how the operands lie in memory", T, float,
                   double) {
  const auto transposed = [](const std::vector<T>& x, Size rows, Size columns) {
    std::vector<T> y(x.size());
    for (Size i = 0; i < rows; ++i)
      for (Size j = 0; j < columns; ++j)
        y[static_cast<std::size_t>(j * rows + i)] = x[static_cast<std::size_t>(i * columns + j)];
    return y;
  };
  const RowInvariant on;
  measure::on_every_target([&] {
    for (const Size m : {1, 5, 60, 257, 515, 800})  // A^T is read in place, or packed
      for (const Size n : {1, 20, 97}) {
        const Size k = 300;
        const std::vector<T> a = numbers<T>(m * k, 1), b = numbers<T>(k * n, 2);
        const std::vector<T> at = transposed(a, m, k), bt = transposed(b, k, n);
        std::vector<T> first;
        for (const Matrix<T> ma : {Matrix<T>{a.data(), k, 1}, Matrix<T>{at.data(), 1, m}})
          for (const Matrix<T> mb : {Matrix<T>{b.data(), n, 1}, Matrix<T>{bt.data(), 1, k}}) {
            std::vector<T> c(static_cast<std::size_t>(m * n));
            gemm<T>(m, n, k, ma, mb, false, c.data(), n);
            if (first.empty()) first = c;
            CAPTURE(m);
            CAPTURE(n);
            CHECK(same_bits(c, first));
          }
      }
  });
}

TEST_CASE("RowInvariant: ends with its scope, scopes nest, and other threads do not see it") {
  CHECK_FALSE(RowInvariant::active());
  {
    const RowInvariant outer;
    { const RowInvariant inner; }
    CHECK(RowInvariant::active());
    bool elsewhere = true;
    std::thread([&] { elsewhere = RowInvariant::active(); }).join();
    CHECK_FALSE(elsewhere);
  }
  CHECK_FALSE(RowInvariant::active());
}

TEST_CASE("gemm: the BLAS stays on one thread, whatever other code tells it, on old and fresh threads") {
  if (!openblas_set_num_threads) return;
  const Size m = 600, n = 610, k = 700;  // large enough to be the BLAS's
  const std::vector<float> a = numbers<float>(m * k, 1), b = numbers<float>(k * n, 2);
  const auto product = [&] {
    std::vector<float> c(static_cast<std::size_t>(m * n));
    gemm<float>(m, n, k, {a.data(), k, 1}, {b.data(), n, 1}, false, c.data(), n);
    return c;
  };
  const std::vector<float> first = product();
  for (int round = 0; round < 3; ++round) {
    openblas_set_num_threads(4);
    CHECK(same_bits(product(), first));
    std::vector<float> elsewhere;
    std::thread([&] { elsewhere = product(); }).join();
    CHECK(same_bits(elsewhere, first));
    CHECK(same_bits(product(), first));
  }
}

TEST_CASE("gemm: strides it cannot read and sizes the BLAS cannot count are errors") {
  const auto kind_of = [](Matrix<float> a, Size ldc) {
    const std::vector<float> b(64);
    std::vector<float> c(64);
    try {
      gemm<float>(2, 2, 2, a, {b.data(), 2, 1}, false, c.data(), ldc);
    } catch (const Error& e) { return e.kind(); }
    return Kind{0};
  };
  const std::vector<float> a(64);
  CHECK(kind_of({a.data(), 4, 2}, 2) == Kind::internal);
  CHECK(kind_of({a.data(), 0, 1}, 2) == Kind::internal);  // an expanded axis
  CHECK(kind_of({a.data(), Size{1} << 32, 1}, 2) == Kind::resources);
  CHECK(kind_of({a.data(), 2, 1}, Size{1} << 32) == Kind::resources);
  CHECK(kind_of({a.data(), 2, 1}, 2) == Kind{0});
}

TEST_CASE("gemm: strides along an axis of one element do not matter") {
  const std::vector<double> a{2, 3, 5}, b{7, 11, 13};
  double c = 0;
  gemm<double>(1, 1, 3, {a.data(), 0, 1}, {b.data(), 1, 0}, false, &c, 1);
  CHECK(c == 2 * 7 + 3 * 11 + 5 * 13);
  std::vector<double> outer(9);
  gemm<double>(3, 3, 1, {a.data(), 1, 99}, {b.data(), -4, 1}, false, outer.data(), 3);
  for (std::size_t i = 0; i < 9; ++i) CHECK(outer[i] == a[i / 3] * b[i % 3]);
}

TEST_CASE("blas: it says what it is") {
  CHECK_FALSE(kernels::blas_description().empty());
  CHECK_FALSE(kernels::blas_core().empty());
}
