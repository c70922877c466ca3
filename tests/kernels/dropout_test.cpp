#include "gradus/kernels/dropout.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "kernels/measure.h"
#include "reference/philox.h"

using namespace gradus;

namespace {

using Size = std::int64_t;

template <class T> std::vector<T> dropped(const std::vector<T>& x, double p, std::uint64_t seed) {
  std::vector<T> y(x.size(), 9);
  kernels::dropout(static_cast<Size>(x.size()), x.data(), p, seed, y.data());
  return y;
}

}  // namespace

TEST_CASE_TEMPLATE("dropout keeps exactly the elements whose word is at least p 2^32", T, float, double) {
  measure::on_every_target([] {
    for (const Size n : {0, 1, 5, 63, 64, 65, 1000, 40001})
      for (const double p : {0x1p-32, 0.1, 0.5, 0.999, 1 - 1e-12}) {
        const std::uint64_t seed = 0x123456789abcdef0u + static_cast<std::uint64_t>(n);
        const std::vector<T> x = measure::numbers<T>(n, 1), y = dropped(x, p, seed);
        std::vector<T> want;
        for (std::size_t i = 0; i < x.size(); ++i)
          want.push_back(reference::random_word(seed, i) >= p * 4294967296.0
                             ? x[i] * static_cast<T>(1 / (1 - p))
                             : T(0));
        INFO("n ", n, ", p ", p);
        CHECK(measure::same_bits(y, want));
      }
  });
}

TEST_CASE_TEMPLATE("dropout with p = 0 is the identity, with p = 1 zero, and hides what it drops", T, float,
                   double) {
  std::vector<T> x = measure::numbers<T>(100, 2);
  x[7] = T(-0.0);
  CHECK(measure::same_bits(dropped(x, 0, 5), x));
  std::fill(x.begin(), x.end(), std::numeric_limits<T>::quiet_NaN());
  CHECK(dropped(x, 1, 5) == std::vector<T>(100, 0));
  const std::vector<T> half = dropped(x, 0.5, 5);
  std::size_t zeros = 0;
  for (const T v : half) zeros += v == 0;
  CHECK(zeros > 30);
  CHECK(zeros < 70);
  std::vector<T> in_place = measure::numbers<T>(1000, 3);
  const std::vector<T> want = dropped(in_place, 0.3, 6);
  kernels::dropout(1000, in_place.data(), 0.3, 6, in_place.data());
  CHECK(measure::same_bits(in_place, want));
}

TEST_CASE("dropout has the same bits on any number of threads") {
  const std::vector<double> x = measure::numbers<double>(100000, 4);
  CHECK(measure::same_on_any_number_of_threads([&] { return dropped(x, 0.2, 8); }));
}
