#include "gradus/kernels/elementwise.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "gradus/base/error.h"
#include "kernels/measure.h"

using namespace gradus;
using kernels::Binary;
using kernels::Compare;
using kernels::Layout;

namespace {

using Size = std::int64_t;
constexpr std::size_t count = 30 * 70;

/// Ways to read 30 x 70 elements out of memory.
const std::array<Layout, 7> readings = {{{2, {30, 70}, {70, 1}},          // dense
                                         {2, {30, 70}, {0, 0}},           // one number
                                         {2, {30, 70}, {0, 1}},           // a row
                                         {2, {30, 70}, {1, 0}},           // a column
                                         {2, {30, 70}, {1, 30}},          // transposed
                                         {2, {30, 70}, {150, 2}},         // every other
                                         {3, {30, 2, 35}, {35, 0, 1}}}};  // a stretched axis in the middle

template <class E> std::vector<E> read(const Layout& l, const std::vector<E>& x) {
  std::vector<E> dense(count);
  kernels::gather(l, x.data(), 0, static_cast<Size>(count), dense.data());
  return dense;
}

/// Some zeros, equal pairs, infinities and NaN among random numbers.
template <class T> std::vector<T> with_surprises(std::uint64_t seed) {
  std::vector<T> x = measure::numbers<T>(4600, seed, 2);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::uint64_t kind = Philox{seed, 1}.below(i, 40);
    const T odd[] = {T(0),
                     T(-0.0),
                     T(1),
                     std::numeric_limits<T>::infinity(),
                     -std::numeric_limits<T>::infinity(),
                     std::numeric_limits<T>::quiet_NaN(),
                     T(2)};
    if (kind < std::size(odd)) x[i] = odd[kind];
  }
  return x;
}

template <class T> T value(Binary f, T a, T b) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  switch (f) {
    case Binary::add: return a + b;
    case Binary::sub: return a - b;
    case Binary::mul: return a * b;
    case Binary::div: return a / b;
    case Binary::pow: return std::pow(a, b);
    case Binary::minimum: return std::isnan(a) || std::isnan(b) ? nan : std::fmin(a, b);
    case Binary::maximum: return std::isnan(a) || std::isnan(b) ? nan : std::fmax(a, b);
    case Binary::mul_where_nonzero: return a == 0 ? 0 : a * b;
  }
  return nan;
}

template <class T> bool value(Compare f, T a, T b) {
  switch (f) {
    case Compare::eq: return a == b;
    case Compare::ne: return a != b;
    case Compare::lt: return a < b;
    case Compare::le: return a <= b;
    case Compare::gt: return a > b;
    case Compare::ge: return a >= b;
  }
  return false;
}

constexpr Binary every_binary[] = {Binary::add, Binary::sub,     Binary::mul,     Binary::div,
                                   Binary::pow, Binary::minimum, Binary::maximum, Binary::mul_where_nonzero};
constexpr Compare every_compare[] = {Compare::eq, Compare::ne, Compare::lt,
                                     Compare::le, Compare::gt, Compare::ge};

}  // namespace

TEST_CASE_TEMPLATE("binary computes every pair, however the operands lie", T, float, double) {
  const std::vector<T> a = with_surprises<T>(1), b = with_surprises<T>(2);
  measure::on_every_target([&] {
    for (const Binary f : every_binary)
      for (const Layout& l : readings)
        for (const Layout& r : readings) {
          std::vector<T> y(count);
          const std::vector<T> u = read(l, a), v = read(r, b);
          kernels::binary(f, l, r, a.data(), b.data(), y.data());
          double worst = 0;
          for (std::size_t i = 0; i < count; ++i)
            worst = std::fmax(worst, measure::ulps(y[i], value(f, u[i], v[i])));
          CAPTURE(static_cast<int>(f));
          CHECK(worst <= (f == Binary::pow ? 1 : 0));
        }
  });
}

TEST_CASE_TEMPLATE("compare answers every pair, however the operands lie", T, float, double, Size) {
  std::vector<T> a, b;
  for (const double v : with_surprises<double>(3))
    a.push_back(std::is_same_v<T, Size> && !(std::fabs(v) < 9) ? T(5) : T(v));
  for (const double v : with_surprises<double>(4))
    b.push_back(std::is_same_v<T, Size> && !(std::fabs(v) < 9) ? T(5) : T(v));
  measure::on_every_target([&] {
    for (const Compare f : every_compare)
      for (const Layout& l : readings)
        for (const Layout& r : readings) {
          std::array<bool, count> y{};
          const std::vector<T> u = read(l, a), v = read(r, b);
          kernels::compare(f, l, r, a.data(), b.data(), y.data());
          std::size_t wrong = 0;
          for (std::size_t i = 0; i < count; ++i) wrong += y[i] != value(f, u[i], v[i]);
          CHECK(wrong == 0);
        }
  });
}

TEST_CASE("integers wrap, and have no division") {
  const Size most = std::numeric_limits<Size>::max(), least = std::numeric_limits<Size>::min();
  const std::vector<Size> a = {7, most, least, -3, most}, b = {-5, 1, -1, 4, 2};
  const Layout l{1, {5}, {1}};
  const auto run = [&](Binary f) {
    std::vector<Size> y(5);
    kernels::binary(f, l, l, a.data(), b.data(), y.data());
    return y;
  };
  measure::on_every_target([&] {
    CHECK(run(Binary::add) == std::vector<Size>{2, least, most, 1, least + 1});
    CHECK(run(Binary::sub) == std::vector<Size>{12, most - 1, least + 1, -7, most - 2});
    CHECK(run(Binary::mul) == std::vector<Size>{-35, most, least, -12, -2});
    CHECK(run(Binary::minimum) == std::vector<Size>{-5, 1, least, -3, 2});
    CHECK(run(Binary::maximum) == std::vector<Size>{7, most, -1, 4, most});
  });
  CHECK_THROWS_AS(run(Binary::div), Error);
  CHECK_THROWS_AS(run(Binary::pow), Error);
}

TEST_CASE_TEMPLATE("pow is 1 for exponent 0, exact for whole exponents and NaN for roots of negative numbers",
                   T, float, double) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> a = {0, 0, nan, -3, -3, -2, 5}, b = {0, T(0.5), 0, 2, 3, T(0.5), 2};
  const std::vector<T> want = {1, 0, 1, 9, -27, nan, 25};
  std::vector<T> y(7);
  const Layout l{1, {7}, {1}};
  kernels::binary(Binary::pow, l, l, a.data(), b.data(), y.data());
  for (std::size_t i = 0; i < 7; ++i) CHECK(measure::ulps(y[i], static_cast<long double>(want[i])) == 0);
}

TEST_CASE_TEMPLATE("where takes one or the other, whatever the one not taken holds", E, float, double, Size,
                   bool) {
  std::array<bool, 4600> c{};
  std::array<E, 4600> a{}, b{};
  for (std::size_t i = 0; i < 4600; ++i) {
    c[i] = Philox{5}.below(i, 2) == 1;
    a[i] = static_cast<E>(Philox{6}.below(i, std::is_same_v<E, bool> ? 2 : 100));
    b[i] = static_cast<E>(Philox{7}.below(i, std::is_same_v<E, bool> ? 2 : 100));
  }
  for (const Layout& lc : readings)
    for (const Layout& la : readings)
      for (const Layout& lb : readings) {
        std::array<bool, count> cd{};
        std::array<E, count> ad{}, bd{}, y{};
        kernels::gather(lc, c.data(), 0, static_cast<Size>(count), cd.data());
        kernels::gather(la, a.data(), 0, static_cast<Size>(count), ad.data());
        kernels::gather(lb, b.data(), 0, static_cast<Size>(count), bd.data());
        kernels::where(lc, la, lb, c.data(), a.data(), b.data(), y.data());
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < count; ++i) wrong += y[i] != (cd[i] ? ad[i] : bd[i]);
        CHECK(wrong == 0);
      }
}

TEST_CASE("convert cuts towards zero, saturates, and asks 'not 0' of bool") {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::nan("");
  const std::array<double, 9> x = {2.9, -2.9, 0, -0.0, 1e300, -1e300, nan, inf, 0.25};
  std::array<Size, 9> whole{};
  std::array<bool, 9> truth{};
  std::array<float, 9> narrow{};
  kernels::convert(9, x.data(), whole.data());
  kernels::convert(9, x.data(), truth.data());
  kernels::convert(9, x.data(), narrow.data());
  const Size most = std::numeric_limits<Size>::max(), least = std::numeric_limits<Size>::min();
  CHECK(whole == std::array<Size, 9>{2, -2, 0, 0, most, least, 0, most, 0});
  CHECK(truth == std::array<bool, 9>{true, true, false, false, true, true, true, true, true});
  CHECK(narrow[0] == 2.9f);
  CHECK(narrow[4] == std::numeric_limits<float>::infinity());
  std::array<double, 9> back{};
  kernels::convert(9, truth.data(), back.data());
  CHECK(back == std::array<double, 9>{1, 1, 0, 0, 1, 1, 1, 1, 1});
  std::vector<Size> many(50000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<Size>(i) - 7;
  std::vector<float> f(many.size());
  std::vector<Size> again(many.size());
  kernels::convert(50000, many.data(), f.data());
  kernels::convert(50000, f.data(), again.data());
  CHECK(again == many);
}

TEST_CASE_TEMPLATE("axpy adds a multiple", T, float, double) {
  measure::on_every_target([] {
    for (const Size n : {0, 1, 5, 16, 33, 40000}) {
      const std::vector<T> x = measure::numbers<T>(n, 8);
      std::vector<T> y = measure::numbers<T>(n, 9), want = y;
      kernels::axpy(n, T(-0.75), x.data(), y.data());
      for (std::size_t i = 0; i < want.size(); ++i) want[i] += T(-0.75) * x[i];
      CHECK(measure::distance(y, want) <= 2 * std::numeric_limits<T>::epsilon());
    }
  });
}

TEST_CASE("elementwise results do not depend on the number of threads, and empty shapes are fine") {
  const std::vector<float> a = measure::numbers<float>(200 * 300, 10), b = measure::numbers<float>(300, 11);
  const Layout dense{2, {200, 300}, {300, 1}}, row{2, {200, 300}, {0, 1}};
  CHECK(measure::same_on_any_number_of_threads([&] {
    std::vector<float> y(a.size());
    kernels::binary(Binary::div, dense, row, a.data(), b.data(), y.data());
    return y;
  }));
  const Layout none{2, {0, 4}, {4, 1}};
  float untouched = 3;
  kernels::binary(Binary::add, none, none, a.data(), b.data(), &untouched);
  CHECK(untouched == 3);
}
