#include "gradus/kernels/strided.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/measure.h"

using namespace gradus;
using kernels::Layout;

namespace {

using Size = std::int64_t;

Layout layout(const std::vector<Size>& size, const std::vector<Size>& stride) {
  Layout l;
  l.rank = static_cast<int>(size.size());
  std::copy(size.begin(), size.end(), l.size);
  std::copy(stride.begin(), stride.end(), l.stride);
  return l;
}

/// Where each element lies, in row-major order: one index at a time.
std::vector<Size> places(const Layout& l) {
  std::vector<Size> all;
  for (Size n = 0; n < kernels::elements(l); ++n) {
    Size rest = n, place = 0;
    for (int i = l.rank - 1; i >= 0; --i) {
      place += rest % l.size[i] * l.stride[i];
      rest /= l.size[i];
    }
    all.push_back(place);
  }
  return all;
}

struct Case {
  std::string name;
  Layout layout;
  Size first = 0;  ///< where element (0, ..., 0) lies
};

/// Row-major, permuted, stretched, reversed, sliced, empty and scalar; small and large enough for several
/// tasks.
std::vector<Case> cases() {
  return {{"scalar", layout({}, {})},
          {"one element", layout({1, 1}, {7, 3})},
          {"dense", layout({50, 401}, {401, 1})},
          {"transposed", layout({37, 65}, {1, 37})},
          {"large transpose", layout({301, 257}, {1, 301})},
          {"batch of transposes", layout({5, 33, 40}, {33 * 40, 1, 33})},
          {"transpose around an axis", layout({40, 3, 50}, {1, 40, 120})},
          {"heads [B, H, T, D]", layout({2, 4, 17, 8}, {17 * 32, 8, 32, 1})},
          {"keys [B, H, D, T]", layout({2, 4, 8, 17}, {17 * 32, 8, 1, 32})},
          {"sliced columns", layout({100, 30}, {77, 1}), 5},
          {"every other", layout({9, 300}, {600, 2})},
          {"reversed", layout({1000}, {-1}), 999},
          {"stretched rows", layout({70, 300}, {0, 1})},
          {"stretched columns", layout({70, 300}, {1, 0})},
          {"stretched all", layout({70, 300}, {0, 0})},
          {"eight axes", layout({2, 3, 2, 3, 2, 3, 2, 3}, {648, 1, 324, 2, 162, 6, 81, 18})},
          {"empty", layout({5, 0, 3}, {0, 3, 1})}};
}

bool repeats(const Layout& l) {
  std::vector<Size> p = places(l);
  std::sort(p.begin(), p.end());
  return std::adjacent_find(p.begin(), p.end()) != p.end();
}

constexpr Size room = 120000;  // every case fits

/// std::vector<bool> has no data().
template <class E> struct Memory {
  std::vector<E> v;
  E* data() { return v.data(); }
};
template <> struct Memory<bool> {
  std::vector<unsigned char> v;
  bool* data() { return reinterpret_cast<bool*>(v.data()); }
};

template <class E> Memory<E> memory(Size n, std::uint64_t seed) {
  Memory<E> m;
  m.v.resize(static_cast<std::size_t>(n));
  for (Size i = 0; i < n; ++i)
    m.data()[i] =
        static_cast<E>(Philox{seed}.below(static_cast<std::uint64_t>(i), std::is_same_v<E, bool> ? 2 : 1000));
  return m;
}

}  // namespace

TEST_CASE_TEMPLATE("copy and gather read every element from its place", E, float, double, std::int64_t,
                   bool) {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    Memory<E> source = memory<E>(room, 1), dense = memory<E>(room, 2), part = memory<E>(room, 2);
    const std::vector<Size> at = places(c.layout);
    kernels::copy(c.layout, source.data() + c.first, dense.data());
    const Size n = static_cast<Size>(at.size()), begin = n / 3, count = n - begin - n / 5;
    kernels::gather(kernels::collapsed(c.layout), source.data() + c.first, begin, count, part.data());
    Size wrong = 0;
    for (Size i = 0; i < n; ++i)
      wrong += dense.data()[i] != source.data()[c.first + at[static_cast<std::size_t>(i)]];
    for (Size i = 0; i < count; ++i) wrong += part.data()[i] != dense.data()[begin + i];
    CHECK(wrong == 0);
    CHECK(dense.data()[n] == memory<E>(room, 2).data()[n]);  // and writes nothing behind
  }
}

TEST_CASE_TEMPLATE("scatter and fill write every element to its place and nothing else", E, float, double,
                   std::int64_t, bool) {
  for (const Case& c : cases()) {
    if (repeats(c.layout)) continue;
    CAPTURE(c.name);
    Memory<E> dense = memory<E>(room, 3), y = memory<E>(room, 4), want = memory<E>(room, 4),
              filled = memory<E>(room, 4);
    kernels::scatter(c.layout, dense.data(), y.data() + c.first);
    kernels::fill(c.layout, E(1), filled.data() + c.first);
    Memory<E> want_filled = memory<E>(room, 4);
    const std::vector<Size> at = places(c.layout);
    for (std::size_t i = 0; i < at.size(); ++i) {
      want.data()[c.first + at[i]] = dense.data()[i];
      want_filled.data()[c.first + at[i]] = E(1);
    }
    CHECK(y.v == want.v);
    CHECK(filled.v == want_filled.v);
  }
}

TEST_CASE_TEMPLATE("add_strided and scatter_add add, in order where places are shared", T, float, double) {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    const std::vector<Size> at = places(c.layout);
    const std::vector<T> source = measure::numbers<T>(room, 5);
    std::vector<T> sum = measure::numbers<T>(room, 6), want = sum;
    kernels::add_strided(c.layout, source.data() + c.first, sum.data());
    for (std::size_t i = 0; i < at.size(); ++i) want[i] += source[static_cast<std::size_t>(c.first + at[i])];
    CHECK(measure::same_bits(sum, want));

    const std::vector<T> dense = measure::numbers<T>(room, 7);
    std::vector<T> y = measure::numbers<T>(room, 8);
    want = y;
    kernels::scatter_add(c.layout, dense.data(), y.data() + c.first);
    for (std::size_t i = 0; i < at.size(); ++i) want[static_cast<std::size_t>(c.first + at[i])] += dense[i];
    CHECK(measure::same_bits(y, want));
  }
}

TEST_CASE("collapsed merges what steps alike and keeps the order") {
  const Layout dense = kernels::collapsed(layout({2, 3, 1, 4}, {12, 4, 99, 1}));
  CHECK(dense.rank == 1);
  CHECK(dense.size[0] == 24);
  CHECK(kernels::collapsed(layout({5, 6}, {0, 0})).rank == 1);
  CHECK(kernels::collapsed(layout({1, 1, 1}, {3, 2, 1})).rank == 0);
  CHECK(kernels::collapsed(layout({4, 5}, {1, 4})).rank == 2);
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    CHECK(places(kernels::collapsed(c.layout)) == places(c.layout));
  }
}

TEST_CASE("fill covers dense memory of any length") {
  for (const Size n : {0, 1, 3, 16384, 40001}) {
    std::vector<double> y(static_cast<std::size_t>(n) + 1, 7);
    kernels::fill(n, 2.5, y.data());
    CHECK(std::count(y.begin(), y.end(), 2.5) == n);
    CHECK(y.back() == 7);
  }
}
