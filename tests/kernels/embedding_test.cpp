#include "gradus/kernels/embedding.h"

#include <doctest/doctest.h>

#include <vector>

#include "kernels/measure.h"

using namespace gradus;

namespace {

using Size = std::int64_t;

struct Table {
  Size rows, width, count;
};
const Table tables[] = {{1, 1, 1},      {5, 3, 0},        {4, 0, 6},   {65, 128, 768},
                        {1000, 7, 301}, {300, 200, 2000}, {3, 65, 500}};

std::vector<Size> ids(const Table& t) {
  std::vector<Size> x(static_cast<std::size_t>(t.count));
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<Size>(Philox{1}.below(i, static_cast<std::uint64_t>(t.rows)));
  return x;
}

}  // namespace

TEST_CASE_TEMPLATE("gather_rows copies rows, scatter_add_rows adds them in order", T, float, double) {
  measure::on_every_target([] {
    for (const Table& t : tables) {
      INFO("table ", t.rows, " x ", t.width, ", ", t.count, " ids");
      const std::vector<Size> id = ids(t);
      const std::vector<T> table = measure::numbers<T>(t.rows * t.width, 2),
                           dout = measure::numbers<T>(t.count * t.width, 3);
      std::vector<T> out(dout.size()), want(dout.size()), sum = table, want_sum = table;
      kernels::gather_rows(t.count, t.width, table.data(), id.data(), out.data());
      kernels::scatter_add_rows(t.count, t.width, dout.data(), id.data(), sum.data());
      for (Size i = 0; i < t.count; ++i)
        for (Size j = 0; j < t.width; ++j) {
          const std::size_t here = static_cast<std::size_t>(i * t.width + j);
          const std::size_t there = static_cast<std::size_t>(id[static_cast<std::size_t>(i)] * t.width + j);
          want[here] = table[there];
          want_sum[there] += dout[here];
        }
      CHECK(measure::same_bits(out, want));
      CHECK(measure::same_bits(sum, want_sum));
    }
  });
}

TEST_CASE("100 000 times the same row has the same bits on any number of threads") {
  const Size count = 100000, width = 130;
  const std::vector<float> dout = measure::numbers<float>(count * width, 4);
  const std::vector<Size> same(static_cast<std::size_t>(count), 1);
  CHECK(measure::same_on_any_number_of_threads([&] {
    std::vector<float> table(static_cast<std::size_t>(3 * width));
    kernels::scatter_add_rows(count, width, dout.data(), same.data(), table.data());
    return table;
  }));
}
