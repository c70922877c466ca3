#include "gradus/kernels/gather.h"

#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/base/random.h"

using namespace gradus;

namespace {

struct Problem {
  std::int64_t rows, n, m;
  std::vector<double> x, dy;
  std::vector<std::int64_t> index;

  Problem(std::int64_t r, std::int64_t width, std::int64_t picks) : rows(r), n(width), m(picks) {
    const Philox random{3, static_cast<std::uint64_t>(r)};
    for (std::int64_t i = 0; i < rows * n; ++i) x.push_back(random.normal(static_cast<std::uint64_t>(i)));
    for (std::int64_t i = 0; i < rows * m; ++i) {
      const auto counter = static_cast<std::uint64_t>(1'000'000 + i);
      dy.push_back(random.normal(counter));
      index.push_back(static_cast<std::int64_t>(random.below(counter, static_cast<std::uint64_t>(n))));
    }
  }
};

}  // namespace

TEST_CASE("gather_along picks, scatter_add_along adds up: each is the other's transpose") {
  for (const auto& [rows, n, m] :
       {std::array<std::int64_t, 3>{1, 1, 1}, {3, 5, 7}, {5000, 3, 9}, {2, 40000, 3}, {0, 4, 4}, {4, 4, 0}}) {
    const Problem p(rows, n, m);
    std::vector<double> y(p.dy.size(), -1), dx(p.x.size(), 0);
    kernels::gather_along(rows, n, m, p.x.data(), p.index.data(), y.data());
    kernels::scatter_add_along(rows, n, m, p.dy.data(), p.index.data(), dx.data());
    bool picked = true;
    std::vector<double> sums(p.x.size(), 0);
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t j = 0; j < m; ++j) {
        const auto at = static_cast<std::size_t>(r * m + j);
        const auto from = static_cast<std::size_t>(r * n + p.index[at]);
        picked &= y[at] == p.x[from];
        sums[from] += p.dy[at];
      }
    CHECK(picked);
    CHECK(dx == sums);  // the same order of sums, so the same bits
  }
}

TEST_CASE("scatter_add_along adds to what is there, in the same bits on any number of threads") {
  const Problem p(9000, 6, 20);
  std::vector<double> first;
  const int before = num_threads();
  for (int threads : {1, 2, 3, 8}) {
    set_num_threads(threads);
    std::vector<double> dx(p.x.size(), 0.5);
    kernels::scatter_add_along(p.rows, p.n, p.m, p.dy.data(), p.index.data(), dx.data());
    if (first.empty()) first = dx;
    CHECK(dx == first);
  }
  set_num_threads(before);
}
