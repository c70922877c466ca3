#include "gradus/kernels/blas.h"

#include <doctest/doctest.h>

#include <vector>

#include "gradus/base/error.h"

using namespace gradus;

TEST_CASE("blas_gemm: each operand as it lies or transposed, added to C") {
  // A = [[1, 2, 3], [4, 5, 6]], B = [[1, 0], [0, 1], [1, 1]], A B = [[4, 5], [10, 11]]
  const std::vector<double> a = {1, 2, 3, 4, 5, 6}, a_t = {1, 4, 2, 5, 3, 6};
  const std::vector<double> b = {1, 0, 0, 1, 1, 1}, b_t = {1, 0, 1, 0, 1, 1};
  for (bool ta : {false, true})
    for (bool tb : {false, true}) {
      std::vector<double> c = {1, 1, 1, 1};
      kernels::blas_gemm<double>(ta, tb, 2, 2, 3, 2, ta ? a_t.data() : a.data(), ta ? 2 : 3,
                                 tb ? b_t.data() : b.data(), tb ? 3 : 2, 1, c.data(), 2);
      CHECK(c == std::vector<double>{9, 11, 21, 23});
    }
}

TEST_CASE("blas_gemm: a size past 32 bits is an error, not a wrap") {
  const float x = 0;
  float c = 0;
  CHECK_THROWS_AS(
      kernels::blas_gemm<float>(false, false, std::int64_t{1} << 31, 1, 1, 1, &x, 1, &x, 1, 0, &c, 1), Error);
  CHECK_THROWS_AS(
      kernels::blas_gemm<float>(false, false, 1, 1, 1, 1, &x, std::int64_t{1} << 31, &x, 1, 0, &c, 1), Error);
}

TEST_CASE("the BLAS says what it is") {
  CHECK(!kernels::blas_description().empty());
  CHECK(!kernels::blas_core().empty());
}
